"""WeCom as a source: reading the organization through the port ``Source``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import httpx
from msgspec import UNSET

from adapters.http import CHECKING, Patience
from adapters.http.budget import Clock, Sleep
from adapters.wecom.capabilities import CAPABILITIES
from adapters.wecom.check import check
from adapters.wecom.client import WeComClient
from adapters.wecom.found import Found
from adapters.wecom.looking import Look
from adapters.wecom.reading import Reading
from adapters.wecom.settings import WeComSettings
from domain.hints import Hint
from domain.observe import Observation
from domain.ports import Finding, Known, Progress, SourceCapabilities


class WeComSource:
    """Reads one corporation. ``system`` is its name in the configuration.

    ``transport`` replaces the network, for a simulator in process.
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
        self._system, self._settings = system, settings
        self._client = WeComClient(
            settings, transport=transport, patience=patience, clock=clock, sleep=sleep
        )
        self._checker = WeComClient(
            settings, transport=transport, patience=CHECKING, clock=clock, sleep=sleep
        )

    @property
    def capabilities(self) -> SourceCapabilities:
        """What reading from WeCom can give."""
        return CAPABILITIES

    async def check(self) -> list[Finding]:
        """Both secrets, what each may do, what is visible and what is hidden, as findings."""
        return await check(self._checker, self._settings)

    async def read(self, known: Known, progress: Progress) -> Observation:
        """Read everything that is visible; see the port for what is raised."""
        before = self._client.calls
        reading = Reading(self._client, self._settings, progress)
        await reading.run()
        found = Found(reading, known)
        root = found.root
        return Observation(
            system=self._system,
            coverage=found.coverage(),
            departments=found.departments(),
            roles=found.roles(),
            members=found.members(),
            organization=(root.name or UNSET) if root else UNSET,
            leaders=found.leaders(root) if root else UNSET,
            gaps=reading.gaps.told(),
            calls=self._client.calls - before,
        )

    async def look(self, hints: Sequence[Hint], known: Known, progress: Progress) -> Observation:
        """Read again what ``hints`` name; see :class:`domain.ports.Looking`."""
        before = self._client.calls
        look = Look(self._client, known, progress)
        await look.run(hints)
        return look.seen(self._system, self._client.calls - before)

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
        await self._checker.close()
