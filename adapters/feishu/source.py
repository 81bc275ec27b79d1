"""Feishu as a source: reading the organization through the port ``Source``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import httpx
from msgspec import UNSET

from adapters.feishu import source_mapping
from adapters.feishu.client import IDS, OPEN_IDS, FeishuClient
from adapters.feishu.looking import DEPARTMENTS, USERS, Hidden, Looking
from adapters.feishu.mapping import shown
from adapters.feishu.reading import Reading, group_role
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.source_capabilities import CAPABILITIES
from adapters.feishu.source_check import check
from adapters.http import CHECKING, Patience
from adapters.http.budget import Clock, Sleep
from domain.hints import Hint
from domain.observe import Coverage, Observation
from domain.ports import Finding, Known, Progress, SourceCapabilities
from domain.records import DepartmentRecord, MemberRecord, RoleRecord

USER_GROUPS = "User groups"
"""The role group in which user groups are roles."""


class FeishuSource:
    """Reads one tenant. ``name`` is the system's name in the configuration.

    ``transport`` replaces the network, for a simulator in process.
    """

    def __init__(
        self,
        name: str,
        settings: FeishuSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._name, self._settings = name, settings
        self._hidden: Hidden = {}
        ids = IDS if settings.id_kind == "custom" else OPEN_IDS
        self._client = FeishuClient(
            settings, ids=ids, transport=transport, patience=patience, clock=clock, sleep=sleep
        )
        self._checker = FeishuClient(
            settings, ids=ids, transport=transport, patience=CHECKING, clock=clock, sleep=sleep
        )

    @property
    def capabilities(self) -> SourceCapabilities:
        """What reading from Feishu can give."""
        return CAPABILITIES

    async def check(self) -> list[Finding]:
        """Credentials, permissions, range, hidden fields and roles, as findings."""
        return await check(self._checker, self._settings)

    async def read(self, known: Known, progress: Progress) -> Observation:
        """Read everything that is visible; see the port for what is raised."""
        before = self._client.calls
        reading = Reading(self._client, self._settings, progress)
        await reading.run()
        of_departments = shown(reading.departments.values(), source_mapping.DEPARTMENT_SHOWS)
        of_members = shown(reading.members.values(), source_mapping.MEMBER_SHOWS)
        self._hidden.clear()  # permissions may be others by now
        return Observation(
            system=self._name,
            coverage=_coverage(reading, self._settings, of_departments, of_members),
            departments=_departments(reading, of_departments),
            members=_members(reading, of_members),
            roles=_roles(reading, self._settings),
            gaps=reading.gaps.told(),
            calls=self._client.calls - before,
        )

    async def look(self, hints: Sequence[Hint], known: Known, progress: Progress) -> Observation:
        """Read again what ``hints`` name; see the port ``Looking``."""
        before = self._client.calls
        looking = Looking(self._client, self._settings, known, progress)
        await looking.run(hints)
        reading = looking.found
        of_departments = await looking.permitted(DEPARTMENTS, self._hidden)
        of_members = await looking.permitted(USERS, self._hidden)
        looking.need_places(of_members)
        return Observation(
            system=self._name,
            coverage=Coverage(
                changes=True,
                gone_departments=frozenset(looking.gone[DEPARTMENTS]),
                gone_members=frozenset(looking.gone[USERS]),
            ),
            departments=_departments(reading, of_departments),
            members=_members(reading, of_members),
            roles=tuple(r for r in _roles(reading, self._settings) if r.members is not UNSET),
            gaps=reading.gaps.told(),
            calls=self._client.calls - before,
            renamed=looking.renamed,
        )

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
        await self._checker.close()


def _coverage(
    reading: Reading,
    settings: FeishuSettings,
    of_departments: frozenset[str],
    of_members: frozenset[str],
) -> Coverage:
    """What was read completely. People who are visible alone make no subtree complete."""
    some = reading.whole or bool(reading.granted)
    hidden: dict[str, tuple[str, ...]] = {}
    for kind, rows, seen, fields, details in (
        ("department", reading.departments, of_departments, source_mapping.DEPARTMENT_FIELDS,
         source_mapping.DEPARTMENT_DETAILS),
        ("member", reading.members, of_members, source_mapping.FIELDS, source_mapping.DETAILS),
    ):  # fmt: skip
        names = source_mapping.hidden(seen, fields, details) if rows else []
        if names:
            hidden[kind] = tuple(names)
    asked = bool(settings.role_ids) or settings.user_groups
    return Coverage(
        departments=some and "departments" not in reading.incomplete,
        members=some and "members" not in reading.incomplete,
        roles=asked and "roles" not in reading.incomplete,
        roots=_roots(reading),
        hidden=hidden,
    )


def _roots(reading: Reading) -> tuple[str, ...]:
    """The granted departments that do not lie below another one."""
    return tuple(sorted(one for one in reading.granted if _top(reading, one)))


def _top(reading: Reading, department_id: str) -> bool:
    """Whether nothing is to be seen above a department."""
    parent = reading.parent(department_id)
    return parent is None or parent not in reading.departments


def _departments(reading: Reading, permitted: frozenset[str]) -> tuple[DepartmentRecord, ...]:
    """Departments with a place: granted ones are at the top where nothing is seen above them."""
    found = []
    for key, row in reading.departments.items():
        parent = reading.parent(key)
        if key in reading.granted and _top(reading, key):
            parent = None
        elif not row.parent_department_id:
            continue
        found.append(source_mapping.department(row, key, parent, permitted))
    return tuple(found)


def _members(reading: Reading, permitted: frozenset[str]) -> tuple[MemberRecord, ...]:
    """People; where only lists tell who is where, nobody unless all lists were read."""
    if "department_ids" not in permitted and "members" in reading.incomplete:
        return ()
    records = []
    while reading.members:  # gives the raw rows back while the records grow
        key, row = reading.members.popitem()
        found_in = reading.found_in.pop(key, [])
        records.append(source_mapping.member(row, key, reading.ids, permitted, found_in))
    records.reverse()
    return tuple(records)


def _roles(reading: Reading, settings: FeishuSettings) -> tuple[RoleRecord, ...]:
    roles = [
        RoleRecord(id=role_id, name=name, members=reading.holders.get(role_id, UNSET))
        for name, role_id in settings.role_ids.items()
        if role_id not in reading.gone_roles
    ]
    groups = [
        RoleRecord(
            id=group_role(group.id),
            name=group.name,
            group=USER_GROUPS,
            members=reading.holders.get(group_role(group.id), UNSET),
        )
        for group in reading.groups.values()
    ]
    return (*roles, *groups)
