"""Feishu as a target: bringing an organization there through the port ``Target``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx

from adapters.feishu import mapping
from adapters.feishu.capabilities import CAPABILITIES
from adapters.feishu.check import check
from adapters.feishu.client import FeishuClient
from adapters.feishu.errors import NO_SUCH_DEPARTMENT, NO_SUCH_ROLE, NO_SUCH_USER
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.target_reading import read
from adapters.feishu.writing_departments import Departments
from adapters.feishu.writing_members import Members
from adapters.feishu.writing_roles import Roles
from adapters.http import CHECKING, Patience
from adapters.http.budget import Clock, Sleep
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.operation import Acknowledged, Action, Change, Fitted, Inventory
from domain.errors import AbsentFault, CredentialFault, SystemFault
from domain.ports import Finding, Progress

GONE = {
    "department": NO_SUCH_DEPARTMENT,
    "member": NO_SUCH_USER,
    "role": {NO_SUCH_ROLE},
}
"""Codes that say that the very thing that should be changed is not there, by kind."""


class _Room(Protocol):
    async def apply(self, change: Change) -> Acknowledged: ...


class FeishuTarget:
    """Writes to one tenant. ``name`` is the system's name in the configuration.

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
        self._client = FeishuClient(
            settings, transport=transport, patience=patience, clock=clock, sleep=sleep
        )
        self._checker = FeishuClient(
            settings, transport=transport, patience=CHECKING, clock=clock, sleep=sleep
        )
        self._rooms: dict[str, _Room] = {
            "department": Departments(self._client, settings.root_department),
            "member": Members(self._client, settings),
            "role": Roles(self._client, settings.role_ids),
        }

    @property
    def capabilities(self) -> TargetCapabilities:
        """What writing to Feishu can do."""
        return CAPABILITIES

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """Values in Feishu's form; see ``mapping`` for the rules."""
        return mapping.fit(kind, fields)

    async def check(self) -> list[Finding]:
        """Credentials, permissions, range and the root department."""
        return await check(self._checker, self._settings)

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
            fault.what = f"{self._name}: {fault.what} for {change.kind} {change.key}"
            if fault.code in GONE[change.kind] and change.action is not Action.CREATE:
                return AbsentFault(fault.what, why=fault.why, fix=fault.fix, code=fault.code)
            return fault

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
        await self._checker.close()
