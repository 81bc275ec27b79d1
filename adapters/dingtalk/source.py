"""DingTalk as a source: reading the organization through the port ``Source``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import httpx
from msgspec import UNSET

from adapters.dingtalk import mapping
from adapters.dingtalk.capabilities import CAPABILITIES
from adapters.dingtalk.check import check
from adapters.dingtalk.client import DingTalkClient
from adapters.dingtalk.looking import Look
from adapters.dingtalk.mapping import ROOT
from adapters.dingtalk.reading import Reading
from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.turns import Turns
from adapters.http import CHECKING, Patience
from adapters.http.budget import Clock, Sleep
from domain.hints import Hint
from domain.observe import Coverage, Observation
from domain.ports import Finding, Known, Progress, SourceCapabilities
from domain.records import DepartmentRecord, MemberRecord, RoleRecord


class DingTalkSource:
    """Reads one organization. ``system`` is its name in the configuration.

    ``transport`` replaces the network, for a simulator in process.
    """

    def __init__(
        self,
        system: str,
        settings: DingTalkSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._system, self._settings = system, settings
        self._client = DingTalkClient(
            settings, transport=transport, patience=patience, clock=clock, sleep=sleep
        )
        self._checker = DingTalkClient(
            settings, transport=transport, patience=CHECKING, clock=clock, sleep=sleep
        )

    @property
    def capabilities(self) -> SourceCapabilities:
        """What reading from DingTalk can give."""
        return CAPABILITIES

    async def check(self) -> list[Finding]:
        """Credentials, permissions, scope and hidden fields, as findings."""
        return await check(self._checker)

    async def read(self, known: Known, progress: Progress) -> Observation:
        """Read everything that is visible; see the port for what is raised."""
        before = self._client.calls
        scopes = await self._client.scopes()
        reading = Reading(
            self._client,
            scopes,
            Turns(self._settings, known),
            progress,
            system_roles=self._settings.system_roles,
        )
        await reading.run()
        root = reading.departments.get(ROOT) if reading.whole else None
        return Observation(
            system=self._system,
            coverage=_coverage(reading),
            departments=_departments(reading),
            members=_members(reading),
            roles=_roles(reading),
            organization=(root.name or UNSET) if root else UNSET,
            leaders=mapping.leaders(root) if root else UNSET,
            gaps=reading.gaps.told(),
            calls=self._client.calls - before,
        )

    async def look(self, hints: Sequence[Hint], known: Known, progress: Progress) -> Observation:
        """Read again what ``hints`` name; see :class:`domain.ports.Looking`."""
        before = self._client.calls
        scopes = await self._client.scopes()
        look = Look(self._client, self._settings, scopes, known, progress)
        await look.run(hints)
        return look.seen(self._system, self._client.calls - before)

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
        await self._checker.close()


def _coverage(reading: Reading) -> Coverage:
    """What was read completely. People who are visible alone make no subtree complete."""
    some = bool(reading.roots)
    hidden = reading.fields.hidden
    if not reading.managers_permitted:
        hidden = tuple(sorted((*hidden, "manager")))
    roots = () if reading.whole else tuple(str(r) for r in _roots(reading))
    return Coverage(
        departments=some and "departments" not in reading.incomplete,
        members=some and "members" not in reading.incomplete,
        roles="roles" not in reading.incomplete,
        roots=roots,
        hidden={"member": hidden} if hidden else {},
    )


def _roots(reading: Reading) -> list[int]:
    """The visible roots that do not lie below another one."""
    return sorted(root for root in reading.roots if reading.parents[root] is None)


def _departments(reading: Reading) -> tuple[DepartmentRecord, ...]:
    found = []
    for dept_id, parent in reading.parents.items():
        detail = reading.departments.get(dept_id)
        name = reading.names.get(dept_id, "")
        if dept_id == ROOT or (detail is None and not name):
            continue
        found.append(mapping.department(dept_id, name, parent, detail))
    return tuple(found)


def _members(reading: Reading) -> tuple[MemberRecord, ...]:
    records = []
    while reading.members:  # gives the raw rows back while the records grow
        userid, user = reading.members.popitem()
        record = reading.drafts.pop(userid, None)
        manager = reading.managers.get(userid, UNSET)
        if record is None or manager is not UNSET:
            found_in = reading.found_in.get(userid)
            record = mapping.member(user, reading.fields, found_in=found_in, manager=manager)
        records.append(record)
    records.reverse()
    return tuple(records)


def _roles(reading: Reading) -> tuple[RoleRecord, ...]:
    return tuple(
        mapping.role(group, role, reading.holders.get(role.id, UNSET))
        for group, role in reading.roles.values()
    )
