"""The backlog: what waits in the log for the jobs, asked of their consumers when somebody looks.

Nothing is counted meanwhile: an idle service that nobody watches asks nothing.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic, time
from typing import TYPE_CHECKING

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from adapters.nats.inbox import STREAM
from domain.envelope import directory_scope

if TYPE_CHECKING:
    from nats.js.api import ConsumerInfo

    from orgledger.config import Config, SystemConfig
    from orgledger.live.metrics import Metrics

log = logging.getLogger("orgledger.live")

FRESH_S = 5.0
"""A look that is no older is not repeated, however many ask."""

PATIENCE_S = 1.5


class Backlog:
    """Of all sources and targets, whichever replica has their jobs."""

    def __init__(self, client: Client, config: Config, metrics: Metrics) -> None:
        self._client, self._js = client, client.jetstream(timeout=PATIENCE_S)
        self._config, self._metrics = config, metrics
        self._looked = -FRESH_S
        self._looking = asyncio.Lock()

    async def storable(self) -> bool:
        """Whether the inbox would take a callback at this moment: its stream has a leader."""
        if not self._client.is_connected:
            return False
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._js.stream_info(STREAM)
        except (NatsError, OSError, TimeoutError):
            return False
        return True

    async def look(self) -> None:
        """Bring the gauges up to date; those of a log that does not answer stay as they are."""
        async with self._looking:
            if monotonic() - self._looked < FRESH_S:
                return
            self._looked = monotonic()
            if not self._client.is_connected:
                self._metrics.reachable.set(0)
                return
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await asyncio.gather(
                        *map(self._source, self._config.sources()),
                        *map(self._target, self._config.targets()),
                    )
                self._metrics.reachable.set(1)
            except (NatsError, OSError, TimeoutError):
                self._metrics.reachable.set(0)

    async def _source(self, source: SystemConfig) -> None:
        info = await self._consumer(STREAM, f"read-{source.id}")
        if info is not None:
            self._metrics.pending.labels(source.id).set(_waiting(info))

    async def _target(self, target: SystemConfig) -> None:
        stream = self._config.log.stream
        info = await self._consumer(stream, f"deliver-{target.id}")
        if info is None:
            return
        events, seconds = _waiting(info), 0.0
        if events and info.ack_floor is not None:
            subject = f"orgledger.log.{directory_scope(target.org)}.>"
            try:
                oldest = await self._js.get_msg(
                    stream, info.ack_floor.stream_seq + 1, subject, direct=True, next=True
                )
            except NotFoundError:
                events = 0  # it was brought meanwhile
            else:
                at = oldest.time
                seconds = max(0.0, time() - at.timestamp()) if at is not None else 0.0
        self._metrics.behind_events.labels(target.id).set(events)
        self._metrics.behind_seconds.labels(target.id).set(seconds)

    async def _consumer(self, stream: str, name: str) -> ConsumerInfo | None:
        """None: the job has never been done, or has nothing to consume."""
        try:
            found: ConsumerInfo = await self._js.consumer_info(stream, name)
        except NotFoundError:
            return None
        return found


def _waiting(info: ConsumerInfo) -> int:
    """Messages that are not acknowledged: handed out already, or not yet."""
    return (info.num_pending or 0) + (info.num_ack_pending or 0)
