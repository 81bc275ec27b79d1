"""A receiver of one's own as a target, through the port ``Target``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from msgspec.structs import replace

from adapters.http import CHECKING, Patience
from adapters.http.budget import Clock, Sleep
from adapters.webhook import mapping
from adapters.webhook.capabilities import CAPABILITIES
from adapters.webhook.check import check
from adapters.webhook.client import WebhookClient
from adapters.webhook.settings import WebhookSettings
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.operation import Acknowledged, Change, Fitted, Inventory
from domain.errors import CredentialFault, SystemFault
from domain.ports import Finding, Progress


class WebhookTarget:
    """Tells one receiver every change. ``system`` is its name in the configuration.

    ``transport`` replaces the network.
    """

    def __init__(
        self,
        system: str,
        settings: WebhookSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        epoch: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._epoch = settings, epoch
        self._capabilities = replace(CAPABILITIES, concurrency=settings.concurrency)
        self._client, self._checker = (
            WebhookClient(
                system,
                settings,
                transport=transport,
                patience=patient,
                clock=clock,
                sleep=sleep,
                epoch=epoch,
            )
            for patient in (patience, CHECKING)
        )

    @property
    def capabilities(self) -> TargetCapabilities:
        """What can be told."""
        return self._capabilities

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """The values as they are: a receiver of one's own takes what we have."""
        return Fitted(fields=dict(fields))

    async def check(self) -> list[Finding]:
        """Whether the receiver answers and accepts our signature."""
        return await check(self._checker, self._settings, self._epoch)

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        """Nothing: a receiver only listens."""
        return Inventory(present={}, complete=frozenset())

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        """Tell the changes, one after the other; see the port.

        A change that was told before has the same id, by which the receiver knows it.
        """
        return [await self._apply(change) for change in changes]

    async def _apply(self, change: Change) -> Acknowledged | SystemFault:
        try:
            said = await self._client.send(mapping.message(change))
        except CredentialFault:
            raise
        except SystemFault as fault:
            fault.what = f"{fault.what} for {change.kind} {change.key}"
            return fault
        return Acknowledged(remote=mapping.remote_of(change, said))

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
        await self._checker.close()
