"""One reading of a tenant: every interface in a lane of its own, all at the same time.

Departments are listed recursively from the organization, or from the granted ones where the app's
range is a part; each one found is asked for its direct members. Roles are read beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from adapters.feishu import errors, wire
from adapters.feishu.client import BATCH, FeishuClient
from adapters.feishu.permissions import DEPARTMENT_BASE, EMPLOYEE_ID, ORGANIZE, USER_BASE
from adapters.feishu.settings import ROOT, FeishuSettings
from adapters.feishu.source_mapping import Ids
from adapters.http import Attempts, Lane, decoded, decoder, together
from domain.errors import CredentialFault, SystemFault
from domain.ports import Progress

Row = TypeVar("Row")

WORKERS = 16
"""Calls of one interface under way at once: enough for 50 calls/s at 0.3 s each."""

BELOW = "departments below department"

GROUP_ROLE = "group:"
"""How the id of a role begins that is a user group."""

NORMAL, DYNAMIC = 1, 2
"""Kinds of user groups (Feishu contact v3, group/simplelist)."""


class Reading:
    """Collects what the lanes bring; ``source_mapping`` and ``source`` make records of it."""

    def __init__(self, client: FeishuClient, settings: FeishuSettings, progress: Progress) -> None:
        self._client, self._settings, self._progress = client, settings, progress
        self.ids = Ids(settings.id_kind)
        self.whole = True
        self.granted: tuple[str, ...] = ()
        self.attempts = Attempts()
        self.gaps, self.incomplete = self.attempts.gaps, self.attempts.incomplete
        self.departments: dict[str, wire.Department] = {}
        self.members: dict[str, wire.User] = {}
        self.found_in: dict[str, list[str]] = {}
        self.holders: dict[str, tuple[str, ...]] = {}
        self.gone_roles: set[str] = set()
        self.groups: dict[str, wire.UserGroup] = {}
        self._root_fault: SystemFault | None = None
        self._nameless: set[str] = set()
        self._alone: set[str] = set()

    async def run(self) -> None:
        """Read all. Raises CredentialFault, or the fault for which nothing can be read."""
        async with together() as group:
            self._lists = Lane(group, self._list, size=WORKERS)
            self._levels = Lane(group, self._level, size=WORKERS)
            self._batches = Lane(group, self._batch, size=WORKERS)
            self._ranges = Lane(group, self._in_range, size=WORKERS)
            self._role_lane = Lane(group, self.role, size=WORKERS)
            self._group_lane = Lane(group, self.group, size=WORKERS)
            group.create_task(self._tree())
        if self._root_fault is not None:
            raise self._root_fault
        self.need_ids()
        self.need_parents()
        self._compare_with_counts()
        for what, found in (("departments", self.departments), ("members", self.members)):
            self._progress(what, len(found), len(found))

    async def _tree(self) -> None:
        """The departments; roles are begun when it is clear that we may read at all."""
        try:
            await self._below(ROOT)
        except CredentialFault:
            raise
        except SystemFault as fault:
            if fault.code in errors.OUT_OF_RANGE:
                await self._granted()
            elif not self.departments:
                self._root_fault = fault
            else:
                self._branch_lost(ROOT, fault)
        if self._root_fault is not None:
            return
        for role_id in self._settings.role_ids.values():
            self._role_lane.put(role_id)
        if self._settings.user_groups:
            api = "group/simplelist"
            await self.attempts.make(api, "user groups", "", self._user_groups, "roles")

    async def _granted(self) -> None:
        """The app's range is a part: the granted departments, what is below, single people."""
        self.whole = False
        try:
            scopes = await self._client.granted()
        except CredentialFault:
            raise
        except SystemFault as fault:
            self._root_fault = fault
            return
        self.granted = tuple(dict.fromkeys(scopes.departments))
        self._ask_for(scopes.users)
        for group_id in dict.fromkeys(scopes.groups):
            self._ranges.put(group_id)
        for start in range(0, len(self.granted), BATCH):
            await self._own_rows(self.granted[start : start + BATCH])
        for one in self.granted:
            try:
                await self._below(one)
            except CredentialFault:
                raise
            except SystemFault as fault:
                self._branch_lost(one, fault)

    def _ask_for(self, people: Iterable[str]) -> None:
        """Read people who are in range by themselves, or by a user group."""
        asked = [one for one in _once(people) if one not in self._alone]
        self._alone.update(asked)
        for start in range(0, len(asked), BATCH):
            self._batches.put(tuple(asked[start : start + BATCH]))

    async def _in_range(self, group_id: str) -> None:
        async def ask() -> None:
            async for rows in self._client.group_members(group_id):
                self._ask_for(row.member_id for row in rows)

        api, what = "group/member/simplelist", "people in range by user group"
        await self.attempts.make(api, what, group_id, ask)

    def _branch_lost(self, top: str, fault: SystemFault) -> None:
        self.attempts.miss(BELOW, top, fault, "departments", "members")

    async def _own_rows(self, granted: tuple[str, ...]) -> None:
        async def ask() -> None:
            rows = await self._client.several("departments", granted, msgspec.Raw)
            self._take(rows, granted[0])
            for one in granted:
                if one not in self.departments:
                    why = "they are in the app's range, and Feishu does not show them"
                    self.attempts.miss("departments", one, why, "departments")

        what = "departments in range, from"
        await self.attempts.make("departments/batch", what, granted[0], ask, "departments")

    async def _below(self, top: str) -> None:
        """Everything below ``top``, in one list; level by level where that is refused."""
        first = True
        try:
            async for rows in self._client.child_pages(top, msgspec.Raw, all_below=True):
                if first:
                    self._lists.put(top)
                    first = False
                self._take(rows, top)
        except SystemFault as fault:
            if fault.code != errors.TOO_BIG_TO_RECURSE:
                raise
            self._lists.put(top)
            self._levels.put(top)

    async def _level(self, top: str) -> None:
        async def walk() -> None:
            async for rows in self._client.child_pages(top, msgspec.Raw, all_below=False):
                for new in self._take(rows, top):
                    self._levels.put(new)

        api = "departments/children"
        await self.attempts.make(api, BELOW, top, walk, "departments", "members")

    def _take(self, rows: Iterable[msgspec.Raw], top: str) -> list[str]:
        """Keep departments and ask for their people; returns the ids of those that are new."""
        new: list[str] = []
        for raw in rows:
            row = self.decoded(raw, wire.Department, "departments", "a department below", top)
            if row is not None and (key := self.place(row)) is not None:
                self._lists.put(key)
                new.append(key)
        self._progress("departments", len(self.departments), None)
        return new

    def place(self, row: wire.Department) -> str | None:
        """Keep a department; returns its id if it is new."""
        key = self.own_id(row)
        if key in (None, ROOT) or key in self.departments or row.deleted:
            return None
        self.departments[key] = row
        return key

    def own_id(self, row: wire.User | wire.Department) -> str | None:
        """The id of a row; one that is not permitted to be seen is a gap."""
        if isinstance(row, wire.User):
            key, kind, permission = self.ids.user(row), "members", EMPLOYEE_ID
        else:
            key, kind, permission = self.ids.department(row), "departments", DEPARTMENT_BASE
        if key is None:
            self._nameless.add(kind)
            self.attempts.miss(f"ids of {kind}", "", _need(permission), kind)
        return key

    async def _list(self, department_id: str) -> None:
        async def walk() -> None:
            async for rows in self._client.people_pages(department_id, msgspec.Raw):
                self._meet(rows, department_id)

        api, what = "users/find_by_department", "members of department"
        await self.attempts.make(api, what, department_id, walk, "members")
        self._progress("members", len(self.members), None)

    async def _batch(self, people: tuple[str, ...]) -> None:
        async def ask() -> None:
            self._meet(await self._client.several("users", people, msgspec.Raw), None)

        what = f"{len(people)} people in range by themselves, from"
        await self.attempts.make("users/batch", what, people[0], ask, "members")

    def _meet(self, rows: Iterable[msgspec.Raw], department_id: str | None) -> None:
        for raw in rows:
            row = self.decoded(raw, wire.User, "members", "a member of department", department_id)
            if row is None or row.resigned:  # not listed, as far as is known; never present
                continue
            key = self.meet(row)
            if key is not None and department_id is not None:
                found = self.found_in.setdefault(key, [])
                if department_id not in found:
                    found.append(department_id)

    def meet(self, row: wire.User) -> str | None:
        """Keep a person; returns their id, None where the app may not see it."""
        key = self.own_id(row)
        if key is not None:
            self.members.setdefault(key, row)
        return key

    def decoded(
        self, raw: msgspec.Raw, shape: type[Row], kind: str, what: str, where: str | None
    ) -> Row | None:
        """One row; a bad one is a gap in ``what`` of ``where`` and harms no other."""
        try:
            row: Row = decoded(decoder(shape), raw)
        except msgspec.MsgspecError:
            why = "Feishu sent a row that cannot be read"
            self.attempts.miss(what, where or "", why, kind)
            return None
        return row

    async def role(self, role_id: str) -> None:
        """Read who has a role, or that there is none of this id."""

        async def ask() -> None:
            try:
                pages = [page async for page in self._client.holders(role_id)]
            except SystemFault as fault:
                if fault.code == errors.NO_SUCH_ROLE:
                    self.gone_roles.add(role_id)
                    return
                raise
            self.holders[role_id] = _once(one.user_id for page in pages for one in page)

        await self.attempts.make("functional_roles/members/list", "members of role", role_id, ask)

    async def _user_groups(self) -> None:
        for kind in (NORMAL, DYNAMIC):
            async for rows in self._client.groups(kind):
                for row in rows:
                    if row.id not in self.groups:
                        self.groups[row.id] = row
                        self._group_lane.put(row.id)

    async def group(self, group_id: str) -> None:
        """Read who is in a user group."""

        async def ask() -> None:
            pages = [page async for page in self._client.group_members(group_id)]
            self.holders[group_role(group_id)] = _once(m.member_id for page in pages for m in page)

        api = "group/member/simplelist"
        await self.attempts.make(api, "members of user group", group_id, ask)

    def need_ids(self) -> None:
        """Raise PermissionFault when nobody can be told apart, named, or placed."""
        if "departments" in self._nameless and not self.departments:
            raise errors.hidden("Feishu departments/children", DEPARTMENT_BASE)
        if "members" in self._nameless and not self.members:
            fault = errors.hidden("Feishu users/find_by_department", EMPLOYEE_ID)
            fault.fix += ' Or set id_kind = "open".'
            raise fault
        rows, people = self.departments.values(), self.members.values()
        for what, seen, permission in (
            ("departments/children", [row.name for row in rows], DEPARTMENT_BASE),
            ("departments/children", [row.parent_department_id for row in rows], ORGANIZE),
            ("users/find_by_department", [row.name for row in people], USER_BASE),
        ):
            if seen and not any(seen):
                raise errors.hidden(f"Feishu {what}", permission)

    def need_parents(self) -> None:
        """A department of which it is not told where it belongs is no root (feishu.md, 5.3)."""
        why = f"Feishu does not tell what it belongs to; that needs the permission {ORGANIZE}"
        for key, row in self.departments.items():
            if not row.parent_department_id and key not in self.granted:
                self.attempts.miss("the place of department", key, why, "departments")

    def _compare_with_counts(self) -> None:
        """A branch in which Feishu counts people, and lists none while it lists others."""
        if not self.members or "members" in self.incomplete:
            return  # the engine holds a reading without people; an incomplete one has said why
        peopled: set[str] = set()
        for found in self.found_in.values():
            for department_id in found:
                step: str | None = department_id
                while step is not None and step not in peopled:
                    peopled.add(step)
                    step = self.parent(step)
        for department_id, row in self.departments.items():
            if department_id not in peopled and row.member_count:
                why = "Feishu counts people there or below, and lists none"
                self.attempts.miss("members of department", department_id, why, "members")

    def parent(self, department_id: str) -> str | None:
        """The id of the department above; None at the top, and where that is not to be seen."""
        row = self.departments.get(department_id)
        found = (row.parent_department_id or None) if row is not None else None
        return None if found == ROOT else found


def group_role(group_id: str) -> str:
    """The id under which a user group is a role: it must differ from the ids of roles."""
    return f"{GROUP_ROLE}{group_id}"


def _need(permission: str) -> str:
    return f"they need the permission {permission}"


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in found if one))
