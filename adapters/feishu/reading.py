"""One reading of a tenant: every interface in a lane of its own, all at the same time.

Departments are listed recursively from the organization, or from the granted ones where the app's
range is a part; each one found is asked for its direct members. Roles are read beside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import msgspec

from adapters.feishu import errors, wire
from adapters.feishu.client import BATCH, FeishuClient
from adapters.feishu.permissions import DEPARTMENT_BASE, EMPLOYEE_ID, ORGANIZE, USER_BASE
from adapters.feishu.settings import ROOT, FeishuSettings
from adapters.feishu.source_mapping import Ids
from adapters.http import HostThrottled, Lane
from adapters.http.gaps import Gaps
from domain.errors import CredentialFault, PermissionFault, SystemFault, TransientFault
from domain.ports import Progress

T = TypeVar("T")
Row = TypeVar("Row")

WORKERS = 16
"""Calls of one interface under way at once: enough for 50 calls/s at 0.3 s each."""

HOPELESS = 30
"""So many failures in a row, of calls that were each tried several times: leave the rest."""

NORMAL, DYNAMIC = 1, 2
"""Kinds of user groups (Feishu contact v3, group/simplelist)."""


class Reading:
    """Collects what the lanes bring; ``source_mapping`` and ``source`` make records of it."""

    def __init__(self, client: FeishuClient, settings: FeishuSettings, progress: Progress) -> None:
        self._client, self._settings, self._progress = client, settings, progress
        self.ids = Ids(settings.id_kind)
        self.whole = True
        self.granted: tuple[str, ...] = ()
        self.gaps = Gaps()
        self.incomplete: set[str] = set()
        self.departments: dict[str, wire.Department] = {}
        self.members: dict[str, wire.User] = {}
        self.found_in: dict[str, list[str]] = {}
        self.holders: dict[str, tuple[str, ...]] = {}
        self.gone_roles: set[str] = set()
        self.groups: dict[str, wire.UserGroup] = {}
        self._stopped: dict[str, SystemFault] = {}
        self._streak: dict[str, int] = {}
        self._root_fault: SystemFault | None = None
        self._nameless: set[str] = set()

    async def run(self) -> None:
        """Read all. Raises CredentialFault, or the fault for which nothing can be read."""
        try:
            async with asyncio.TaskGroup() as group:
                self._lists = Lane(group, self._list, size=WORKERS)
                self._levels = Lane(group, self._level, size=WORKERS)
                self._batches = Lane(group, self._batch, size=WORKERS)
                self._role_lane = Lane(group, self._role, size=WORKERS)
                self._group_lane = Lane(group, self._group, size=WORKERS)
                group.create_task(self._tree())
        except* CredentialFault as several:
            raise _first(several) from None
        if self._root_fault is not None:
            raise self._root_fault
        self._need_ids()
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
            await self._try("group/simplelist", "roles", "user groups", "", self._user_groups)

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
        people = list(dict.fromkeys(scopes.users))
        for start in range(0, len(people), BATCH):
            self._batches.put(tuple(people[start : start + BATCH]))
        for start in range(0, len(self.granted), BATCH):
            await self._own_rows(self.granted[start : start + BATCH])
        for one in self.granted:
            try:
                await self._below(one)
            except CredentialFault:
                raise
            except SystemFault as fault:
                self._branch_lost(one, fault)

    def _branch_lost(self, top: str, fault: SystemFault) -> None:
        self._miss("departments", "departments below department", top, fault)
        self.incomplete.add("members")

    async def _own_rows(self, granted: tuple[str, ...]) -> None:
        async def ask() -> None:
            rows = await self._client.several("departments", granted, msgspec.Raw)
            self._take(rows, granted[0])
            for one in granted:
                if one not in self.departments:
                    why = "they are in the app's range, and Feishu does not show them"
                    self._miss("departments", "departments", one, why)

        what = "departments in range, from"
        await self._try("departments/batch", "departments", what, granted[0], ask)

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

        what = "departments below department"
        if await self._try("departments/children", "departments", what, top, walk):
            self.incomplete.add("members")

    def _take(self, rows: Iterable[msgspec.Raw], top: str) -> list[str]:
        """Keep departments and ask for their people; returns the ids of those that are new."""
        new: list[str] = []
        for raw in rows:
            row = self._decoded(raw, wire.Department, "departments", "a department below", top)
            if row is None:
                continue
            key = self.ids.department(row)
            if key is None:
                self._nameless.add("departments")
                self._miss("departments", "ids of departments", "", _need(DEPARTMENT_BASE))
            elif key != ROOT and key not in self.departments:
                self.departments[key] = row
                self._lists.put(key)
                new.append(key)
        self._progress("departments", len(self.departments), None)
        return new

    async def _list(self, department_id: str) -> None:
        async def walk() -> None:
            async for rows in self._client.people_pages(department_id, msgspec.Raw):
                self._meet(rows, department_id)

        what = "members of department"
        await self._try("users/find_by_department", "members", what, department_id, walk)
        self._progress("members", len(self.members), None)

    async def _batch(self, people: tuple[str, ...]) -> None:
        async def ask() -> None:
            self._meet(await self._client.several("users", people, msgspec.Raw), None)

        what = f"{len(people)} people in range by themselves, from"
        await self._try("users/batch", "members", what, people[0], ask)

    def _meet(self, rows: Iterable[msgspec.Raw], department_id: str | None) -> None:
        for raw in rows:
            row = self._decoded(raw, wire.User, "members", "a member of department", department_id)
            if row is None or row.resigned:  # not listed, as far as is known; never present
                continue
            key = self.ids.user(row)
            if key is None:
                self._nameless.add("members")
                self._miss("members", "ids of members", "", _need(EMPLOYEE_ID))
                continue
            self.members.setdefault(key, row)
            found = self.found_in.setdefault(key, [])
            if department_id is not None and department_id not in found:
                found.append(department_id)

    def _decoded(
        self, raw: msgspec.Raw, shape: type[Row], kind: str, what: str, where: str | None
    ) -> Row | None:
        """One row; a bad one is a gap and harms no other."""
        try:
            return msgspec.json.decode(raw, type=shape, strict=False)
        except msgspec.MsgspecError:
            self._miss(kind, what, where or "", "Feishu sent a row that cannot be read")
            return None

    async def _role(self, role_id: str) -> None:
        async def ask() -> None:
            try:
                pages = [page async for page in self._client.holders(role_id)]
            except SystemFault as fault:
                if fault.code == errors.NO_SUCH_ROLE:
                    self.gone_roles.add(role_id)
                    return
                raise
            self.holders[role_id] = _once(one.user_id for page in pages for one in page)

        await self._try("functional_roles/members/list", "", "members of role", role_id, ask)

    async def _user_groups(self) -> None:
        for kind in (NORMAL, DYNAMIC):
            async for rows in self._client.groups(kind):
                for row in rows:
                    if row.id not in self.groups:
                        self.groups[row.id] = row
                        self._group_lane.put(row.id)

    async def _group(self, group_id: str) -> None:
        async def ask() -> None:
            pages = [page async for page in self._client.group_members(group_id)]
            self.holders[group_role(group_id)] = _once(m.member_id for page in pages for m in page)

        await self._try("group/member/simplelist", "", "members of user group", group_id, ask)

    async def _try(
        self, api: str, kind: str, what: str, which: str, work: Callable[[], Awaitable[None]]
    ) -> SystemFault | None:
        """Do ``work``; a failure becomes a gap of ``kind``. A hopeless interface is left."""
        fault = self._stopped.get(api)
        if fault is None:
            try:
                await work()
            except CredentialFault:
                raise
            except SystemFault as failed:
                fault = failed
                self._note(api, failed)
            else:
                self._streak[api] = 0
                return None
        self._miss(kind, what, which, fault)
        return fault

    def _note(self, api: str, fault: SystemFault) -> None:
        if isinstance(fault, TransientFault):
            self._streak[api] = self._streak.get(api, 0) + 1
        hopeless = isinstance(fault, HostThrottled) or self._streak.get(api, 0) >= HOPELESS
        if hopeless or isinstance(fault, PermissionFault):
            self._stopped[api] = fault

    def _miss(self, kind: str, what: str, which: str, why: SystemFault | str) -> None:
        """Something of ``kind`` could not be read; "": its listing is complete all the same."""
        self.gaps.add(what, which, why)
        if kind:
            self.incomplete.add(kind)

    def _need_ids(self) -> None:
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
                self._miss("members", "members of department", department_id, why)

    def parent(self, department_id: str) -> str | None:
        """The id of the department above; None at the top, and where that is not to be seen."""
        row = self.departments.get(department_id)
        found = (row.parent_department_id or None) if row is not None else None
        return None if found == ROOT else found


def group_role(group_id: str) -> str:
    """The id under which a user group is a role: it must differ from the ids of roles."""
    return f"group:{group_id}"


def _need(permission: str) -> str:
    return f"they need the permission {permission}"


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in found if one))


def _first(several: BaseExceptionGroup[CredentialFault]) -> CredentialFault:
    found: BaseException = several
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, CredentialFault)
    return found
