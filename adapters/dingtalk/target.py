"""DingTalk as a target: bringing an organization there through the port ``Target``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx

from adapters.dingtalk import target_mapping
from adapters.dingtalk.client import DingTalkClient
from adapters.dingtalk.errors import NO_SUCH_USER
from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.target_capabilities import CAPABILITIES
from adapters.dingtalk.target_check import check_target
from adapters.dingtalk.target_reading import read
from adapters.dingtalk.writer import Writer
from adapters.dingtalk.writing_departments import NO_DEPARTMENT, Departments
from adapters.dingtalk.writing_members import Members
from adapters.dingtalk.writing_roles import NO_ROLE, RoleGroups, Roles
from adapters.http import CHECKING, Patience
from adapters.http.budget import Clock, Sleep
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.operation import Acknowledged, Action, Change, Fitted, Inventory
from domain.errors import AbsentFault, CredentialFault, SystemFault
from domain.ports import Finding, Progress

GONE = {
    "department": frozenset({NO_DEPARTMENT}),
    "member": frozenset(NO_SUCH_USER),
    "role": frozenset({NO_ROLE}),
}
"""Codes that say that the very thing that should be changed is not there, by kind."""


class _Room(Protocol):
    async def apply(self, change: Change) -> Acknowledged: ...


class DingTalkTarget:
    """Writes to one organization. ``system`` is its name in the configuration.

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
        writer = Writer(self._client)
        groups = RoleGroups(writer)
        self._rooms: dict[str, _Room] = {
            "role_group": groups,
            "department": Departments(writer, settings.root_department),
            "member": Members(writer, settings),
            "role": Roles(writer, groups, settings.role_group),
        }

    @property
    def capabilities(self) -> TargetCapabilities:
        """What writing to DingTalk can do."""
        return CAPABILITIES

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """Values in DingTalk's form; see ``target_mapping`` for the rules."""
        return target_mapping.fit(kind, fields)

    async def check(self) -> list[Finding]:
        """Credentials, permissions, scope, the right to write and the root department."""
        return await check_target(self._checker, self._settings.root_department)

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        """Everything below the root department; see the port for what is raised."""
        return await read(self._client, self._settings, known, progress)

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        """Carry out the changes, one after the other; see the port."""
        return [await self._apply(change) for change in changes]

    async def _apply(self, change: Change) -> Acknowledged | SystemFault:
        try:
            return await self._rooms[change.kind].apply(change)
        except CredentialFault:
            raise
        except SystemFault as fault:
            fault.what = f"{self._system}: {fault.what} for {change.kind} {change.key}"
            known_gone = fault.code in GONE.get(change.kind, ())
            if known_gone and change.action is not Action.CREATE:
                return AbsentFault(fault.what, why=fault.why, fix=fault.fix, code=fault.code)
            return fault

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
        await self._checker.close()
