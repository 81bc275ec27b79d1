"""Notifying: the job that tells one subscriber's address every event, in order, as a webhook.

What was not taken is told again until it is, and nothing after it; how far the subscriber is, is
remembered beside the log. So everything arrives, some of it twice after a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

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

LARGEST = 256 * 1024
"""Bytes of the events in one message, unless one alone has more: nginx takes bodies of 1 MB unless
it is told otherwise (ngx_http_core_module, client_max_body_size)."""

AGAIN_S = (1.0, 3600.0)
"""Pauses before what was not taken is told again: the first, and the longest."""


class _Place:
    """How far the subscriber is, as it is remembered beside the log."""

    def __init__(self, bookmarks: Bookmarks, name: str, mark: Bookmark) -> None:
        self._bookmarks, self._name, self._mark = bookmarks, name, mark

    @property
    def position(self) -> int:
        return self._mark.position

    async def move(self, position: int) -> None:
        self._mark = await self._bookmarks.put(self._name, position, self._mark.revision)


def portions(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """What is told in one message each."""
    part, size = list[Entry](), 0
    for entry in entries:
        more = len(msgspec.json.encode(event(entry)))
        if part and (len(part) == AT_ONCE or size + more > LARGEST):
            yield part
            part, size = [], 0
        part.append(entry)
        size += more
    if part:
        yield part


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
            place = _Place(bookmarks, self.name, await self._begin(bookmarks))
            await self._follow(client, hook, place, check)
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
        self, client: Client, hook: WebhookClient, place: _Place, check: Check
    ) -> None:
        opened, org = self._opened, self._configured.org
        stream, patterns = opened.config.log.stream, self._configured.events
        async for entries in after(client, opened.ledger, stream, org, place.position):
            told = [e for e in entries if any(fnmatchcase(e.fact.TOPIC, p) for p in patterns)]
            for part in portions(told):
                await self._notify(hook, part, place, check)
            if entries and entries[-1].position > place.position:
                async with self._sending:
                    await place.move(entries[-1].position)

    async def _notify(
        self, hook: WebhookClient, entries: Sequence[Entry], place: _Place, check: Check
    ) -> None:
        """Tell some events until they are taken, and remember that they were."""
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
                    await place.move(last)  # before a stop, which waits for the lock
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
