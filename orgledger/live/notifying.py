"""Notifying: the job that tells one subscriber's address every event, in order, as a webhook.

What was not taken is told again until it is, and nothing after it; how far the subscriber is, is
remembered beside the log. So everything arrives, some of it twice after a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from adapters.http import CHECKING
from adapters.nats.bookmarks import Bookmark, Bookmarks
from adapters.nats.client import connect
from adapters.webhook.client import WebhookClient
from domain.envelope import Entry
from domain.errors import SystemFault, TransientFault
from orgledger.api import Notice, event
from orgledger.live.jobs import Check
from orgledger.live.subscribing import after

if TYPE_CHECKING:
    from nats.aio.client import Client

    from orgledger.bootstrap import Service
    from orgledger.config import SubscriberConfig
    from orgledger.live.metrics import Metrics

log = logging.getLogger("orgledger.live")

AT_ONCE = 100
"""Events in one message, at most."""

AGAIN_S = (1.0, 3600.0)
"""Pauses before what was not taken is told again: the first, and the longest."""


class Notifying:
    """One subscriber. To be run in an event loop of its own; at one place at a time.

    ``tell`` is called, from that loop, with the class of what hinders it, and with "" afterwards.
    """

    def __init__(
        self,
        opened: Service,
        subscriber: str,
        configured: SubscriberConfig,
        metrics: Metrics,
        tell: Callable[[str], None],
    ) -> None:
        self._opened, self._configured, self._metrics = opened, configured, metrics
        self._tell, self._subscriber = tell, subscriber
        self.name = f"notify.{subscriber}"
        self._sending = asyncio.Lock()

    async def run(self, leave: asyncio.Event, check: Check) -> None:
        """Until it is to leave; a message that is under way is finished."""
        work = asyncio.ensure_future(self._work(check))
        left = asyncio.ensure_future(leave.wait())
        try:
            await asyncio.wait([work, left], return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                async with self._sending:
                    work.cancel()
        finally:
            left.cancel()
            work.cancel()
            await asyncio.wait([work])
        if not work.cancelled():
            work.result()

    async def _work(self, check: Check) -> None:
        opened, configured = self._opened, self._configured
        client = await connect(opened.address, name=f"orgledger {self.name}")
        hook = WebhookClient(self._subscriber, configured.webhook, patience=CHECKING)
        try:
            bookmarks = Bookmarks(client, replicas=opened.config.log.replicas)
            await bookmarks.ensure()
            mark = await self._begin(bookmarks)
            await self._follow(client, hook, bookmarks, mark, check)
        finally:
            await hook.close()
            await client.close()

    async def _begin(self, bookmarks: Bookmarks) -> Bookmark:
        """Where it left off; the first time, where it is configured to begin."""
        mark = await bookmarks.get(self.name)
        if mark is not None:
            return mark
        head = 0 if self._configured.past else self._opened.ledger.head
        return await bookmarks.put(self.name, head, 0)

    async def _follow(
        self,
        client: Client,
        hook: WebhookClient,
        bookmarks: Bookmarks,
        mark: Bookmark,
        check: Check,
    ) -> None:
        opened, org = self._opened, self._configured.org
        stream, patterns = opened.config.log.stream, self._configured.events
        async for entries in after(client, opened.ledger, stream, org, mark.position):
            for begin in range(0, len(entries), AT_ONCE):
                part = entries[begin : begin + AT_ONCE]
                told = [e for e in part if any(fnmatchcase(e.fact.TOPIC, p) for p in patterns)]
                if told:
                    await self._notify(hook, told, check)
                async with self._sending:
                    mark = await bookmarks.put(self.name, part[-1].position, mark.revision)

    async def _notify(self, hook: WebhookClient, entries: Sequence[Entry], check: Check) -> None:
        """Tell some events until they are taken."""
        first, last = entries[0].position, entries[-1].position
        notice = Notice(
            id=f"{self._configured.org}-{first}-{last}",
            timestamp=entries[-1].envelope.at,
            org=self._configured.org,
            events=tuple(map(event, entries)),
        )
        pause, longest = AGAIN_S
        while True:
            try:
                async with self._sending:
                    check()
                    await hook.send(notice)
                break
            except SystemFault as fault:
                asked = fault.retry_after if isinstance(fault, TransientFault) else None
                wait = max(pause, min(asked or 0.0, longest))
                log.warning("%s: %s Told again in %g s", self.name, fault, wait)
                self._tell(type(fault).__name__)
                self._metrics.untaken.labels(self._subscriber).inc()
                self._metrics.hindered.labels(self._subscriber).set(1)
            await asyncio.sleep(wait)
            pause = min(pause * 2, longest)
        self._tell("")
        self._metrics.hindered.labels(self._subscriber).set(0)
        self._metrics.notified(self._subscriber, entries)
