"""Reading back what Feishu holds, below the root department that is ours to fill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

from adapters.feishu import mapping, wire
from adapters.feishu.client import FeishuClient
from adapters.feishu.errors import NO_SUCH_ROLE, OUT_OF_RANGE, TOO_BIG_TO_RECURSE
from adapters.feishu.permissions import DEPARTMENT_BASE, EMPLOYEE_ID, ORGANIZE
from adapters.feishu.settings import FeishuSettings
from adapters.http import Lane
from domain.delivery.operation import Inventory, Present
from domain.errors import CredentialFault, PermissionFault, SystemFault, TerminalFault
from domain.ports import Progress

WORKERS = 8
NAMED = 5
"""So many ids are named where one cause struck several times; the others are a number."""


async def read(
    client: FeishuClient,
    settings: FeishuSettings,
    known: Mapping[str, Sequence[str]],
    progress: Progress,
) -> Inventory:
    """Everything below the root department, and the roles that are known by their ids."""
    reading = _Reading(client, settings, progress)
    await reading.departments()
    await reading.people()
    names = {role_id: name for name, role_id in settings.role_ids.items()}
    await reading.roles(dict.fromkeys((*known.get("role", ()), *names)))
    return reading.inventory(names)


class _Reading:
    """What was found so far, and what could not be found."""

    def __init__(self, client: FeishuClient, settings: FeishuSettings, progress: Progress) -> None:
        self._client, self._root, self._progress = client, settings.root_department, progress
        self._departments: dict[str, wire.Department] = {}
        self._places: list[str] = []
        self._people: dict[str, wire.User] = {}
        self._roles: dict[str, frozenset[str]] = {}
        self._gaps: dict[tuple[str, str, str], list[str]] = {}
        self._read = 0

    def _miss(self, kind: str, what: str, which: str, why: object) -> None:
        self._gaps.setdefault((kind, what, str(why)), []).append(which)

    async def departments(self) -> None:
        """The tree. Raises SystemFault when nothing can be read at all."""
        self._places = [self._root]
        try:
            await self._tree(self._root)
        except TerminalFault as fault:
            if fault.code not in OUT_OF_RANGE:
                raise
            self._places = []
            self._miss("department", "what is beside the app's contact range", "", fault)
            self._miss("member", "who is beside the app's contact range", "", fault)
            for one in (await self._client.granted()).departments:
                row = await self._client.department(one)
                self._take([row] if row is not None else [])
                await self._tree(one)
        self._places += self._departments
        if self._departments and not mapping.shown(
            self._departments.values(), ("parent_department_id",)
        ):
            self._miss("department", "parents of departments", "", f"they need {ORGANIZE}")

    async def _tree(self, top: str) -> None:
        try:
            async for rows in self._client.children(top, all_below=True):
                self._take(rows)
        except TerminalFault as fault:
            if fault.code != TOO_BIG_TO_RECURSE:
                raise
            await self._level_by_level(top)

    async def _level_by_level(self, top: str) -> None:
        waiting = [top]
        while waiting:
            async for rows in self._client.children(waiting.pop(), all_below=False):
                waiting += self._take(rows)

    def _take(self, rows: Iterable[wire.Department]) -> list[str]:
        """Keep departments; returns the ids of those that are new."""
        new: list[str] = []
        for row in rows:
            if row.deleted:
                continue
            if not isinstance(row.department_id, str) or not row.department_id:
                self._miss("department", "ids of departments", "", f"they need {DEPARTMENT_BASE}")
            elif row.department_id not in self._departments:
                self._departments[row.department_id] = row
                new.append(row.department_id)
        self._progress("departments", len(self._departments), None)
        return new

    async def people(self) -> None:
        """The direct members of every department, each person once."""
        await self._each(self._places, self._members_of)

    async def _members_of(self, department_id: str) -> None:
        try:
            async for rows in self._client.people(department_id):
                for row in rows:
                    if row.resigned:  # not listed, as far as is known; never taken for present
                        continue
                    if isinstance(row.user_id, str) and row.user_id:
                        self._people[row.user_id] = row
                    else:
                        self._miss("member", "ids of people", "", f"they need {EMPLOYEE_ID}")
        except SystemFault as fault:
            if isinstance(fault, (CredentialFault, PermissionFault)):
                raise
            self._miss("member", "members of department", department_id, fault)
        self._read += 1
        self._progress("members of departments", self._read, len(self._places))

    async def roles(self, role_ids: Collection[str]) -> None:
        """Who has the roles; one that is gone is not among them."""
        await self._each(role_ids, self._holders_of)

    async def _holders_of(self, role_id: str) -> None:
        try:
            pages = [page async for page in self._client.holders(role_id)]
        except CredentialFault:
            raise
        except SystemFault as fault:
            if fault.code != NO_SUCH_ROLE:
                self._miss("role", "members of role", role_id, fault)
            return
        self._roles[role_id] = frozenset(one.user_id for page in pages for one in page)

    async def _each(self, items: Iterable[str], work: Callable[[str], Awaitable[None]]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                lane = Lane(group, work, size=WORKERS)
                for item in items:
                    lane.put(item)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None

    def inventory(self, names: Mapping[str, str]) -> Inventory:
        """All of it. ``names`` are roles' names by id."""
        departments, people = self._departments.values(), self._people.values()
        of_departments = mapping.shown(departments, ("name", "order", "leaders"))
        of_people = mapping.shown(people, (*mapping.MEMBER_FIELDS, *mapping.RELATED))
        present: dict[str, tuple[Present, ...]] = {
            "department": tuple(
                mapping.department(row, of_departments, self._root) for row in departments
            ),
            "member": tuple(mapping.member(row, of_people, self._root) for row in people),
            "role": tuple(
                mapping.role(role_id, names.get(role_id), holders)
                for role_id, holders in self._roles.items()
            ),
        }
        missed = {kind for kind, _, _ in self._gaps}
        return Inventory(
            present=present,
            complete=frozenset(kind for kind in present if kind not in missed),
            gaps=tuple(
                f"{what} {_named(which)}".rstrip() + f": {why}"
                for (_, what, why), which in self._gaps.items()
            ),
        )


def _named(which: list[str]) -> str:
    ids = list(dict.fromkeys(filter(None, which)))
    named = ", ".join(ids[:NAMED])
    return f"{named} and {len(ids) - NAMED} more" if len(ids) > NAMED else named
