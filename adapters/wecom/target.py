"""WeCom as a target: bringing an organization there through the port ``Target``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx

from adapters.http import CHECKING, Patience
from adapters.http.budget import Clock, Sleep
from adapters.wecom import errors, target_mapping
from adapters.wecom.client import WeComClient
from adapters.wecom.errors import PLACE
from adapters.wecom.leading import Leading
from adapters.wecom.settings import WeComSettings
from adapters.wecom.target_capabilities import capabilities
from adapters.wecom.target_check import check_target
from adapters.wecom.target_reading import read
from adapters.wecom.whereabouts import Whereabouts
from adapters.wecom.writer import Writer
from adapters.wecom.writing_departments import Departments
from adapters.wecom.writing_members import Members
from adapters.wecom.writing_tags import NO_TAG, Tags
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.operation import Acknowledged, Action, Change, Fitted, Inventory
from domain.errors import AbsentFault, ConfigError, CredentialFault, SystemFault
from domain.ports import Finding, Progress

GONE = {
    "department": errors.NO_SUCH_DEPARTMENT,
    "member": errors.NO_SUCH_USER,
    "role": {NO_TAG},
}
"""Codes that say that the very thing that should be changed is not there, by kind."""


class _Room(Protocol):
    async def apply(self, change: Change) -> Acknowledged: ...


class WeComTarget:
    """Writes to one corporation. ``system`` is its name in the configuration.

    ``transport`` replaces the network, for a simulator in process. Raises ConfigError without
    ``contact_secret``, the only secret that may write.
    """

    def __init__(
        self,
        system: str,
        settings: WeComSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        if not settings.contact_secret:
            raise ConfigError(
                f"{system} cannot be a target",
                why="contact_secret is empty, and no other secret may write to WeCom",
                fix=f"Set contact_secret: the Secret under {PLACE['contact']}.",
            )
        self._system, self._settings = system, settings
        self._client = WeComClient(
            settings, transport=transport, patience=patience, clock=clock, sleep=sleep
        )
        self._checker = WeComClient(
            settings, transport=transport, patience=CHECKING, clock=clock, sleep=sleep
        )
        self._capabilities = capabilities(details=bool(settings.app_secret))
        self._keyed = True
        writer, where = Writer(self._client), Whereabouts(self._client)
        root = settings.root_department
        self._rooms: dict[str, _Room] = {
            "department": Departments(writer, Leading(writer, where), root),
            "member": Members(writer, where, root),
            "role": Tags(writer),
        }

    @property
    def capabilities(self) -> TargetCapabilities:
        """What writing to WeCom can do with the secrets that we have."""
        return self._capabilities

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """Values in WeCom's form; see ``target_mapping`` for the rules.

        Where userids are mapped to something else than our ids, they prove nobody's identity.
        """
        self._keyed = self._keyed and "userid" not in fields
        return target_mapping.fit(kind, fields)

    async def check(self) -> list[Finding]:
        """Both secrets, what each may do, the right to write and the root department."""
        return await check_target(self._checker, self._settings)

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        """Everybody, all tags, and the departments below the root department."""
        ours = known.get("member", ())
        return await read(self._client, self._settings, progress, ours, keyed=self._keyed)

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
            if fault.code in GONE[change.kind] and change.action is not Action.CREATE:
                return AbsentFault(fault.what, why=fault.why, fix=fault.fix, code=fault.code)
            return fault

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
        await self._checker.close()
