"""Following: the job that keeps one organization as its source has it.

What the source tells is a hint: the record is read again, and what that shows is decided and
appended. Beside it everything is read by schedule, and whenever a hint cannot be followed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, cast

from faststream.nats.annotations import NatsMessage

from domain.envelope import directory_scope
from domain.errors import CredentialFault, HeldError, InputError, SystemFault, TransientFault
from domain.hints import Hint
from domain.observe import Observation
from domain.ports import Looking
from orgledger.engine.follow import Follow
from orgledger.engine.pull import Feed, Pull
from orgledger.ledger import Circumstances
from orgledger.live import drift
from orgledger.live.consuming import sequence
from orgledger.live.gathering import Gathering
from orgledger.live.hearing import Hearing
from orgledger.live.jobs import Check
from orgledger.live.schedule import of_source

if TYPE_CHECKING:
    from orgledger.bootstrap import Service
    from orgledger.config import SystemConfig
    from orgledger.live.metrics import Metrics

log = logging.getLogger("orgledger.live")

IDLE_S, MOST_S = 0.05, 1.0
"""A burst of hints ends after so much quiet, or so long after it began."""

TICK_S = 1.0
"""How often it is looked what is due."""

MOST_LOOKED = 1000
"""Records that are looked at one by one; for more of them everything is read."""

DOUBTS_S = 300.0
"""Between two readings of everything because of something that could not be followed."""

AGAIN_S = (1.0, 60.0)
"""Pauses before a source that does not answer is asked again: the first, and the longest."""


class Following:
    """One source. To be run in an event loop of its own; at one place at a time."""

    def __init__(self, opened: Service, configured: SystemConfig, metrics: Metrics) -> None:
        self.opened, self.configured, self.metrics = opened, configured, metrics
        self.name = f"read.{configured.id}"
        self._gathering: Gathering[NatsMessage] = Gathering(idle=IDLE_S, most=MOST_S)
        self._doubt = ""
        self._asked = False
        self._compared = -DOUBTS_S
        self._read: datetime | None = None

    async def run(self, leave: asyncio.Event, check: Check) -> None:
        """Until it is to leave. Raises OrgledgerError for what has to be begun anew."""
        opened = self.opened
        self._check = check
        async with AsyncExitStack() as stack:
            feed = opened.feed(self.configured)
            stack.push_async_callback(feed.source.close)
            self._begin(feed)
            stack.callback(self.follow.close)
            self.hearing = await stack.enter_async_context(
                Hearing(
                    opened,
                    self.configured,
                    lambda message: self._gathering.put(sequence(message), message),
                )
            )
            await self._work(leave)

    def _begin(self, feed: Feed) -> None:
        turn, cursor = self.opened.views.readings(feed.org, feed.system)
        self.feed = feed
        self.follow = Follow(self.opened.ledger, feed, turn=turn, cursor=cursor)
        self._read = self.opened.views.last_reading(feed.org, feed.system)
        zone = self.opened.config.zone(feed.org)
        self.schedule = of_source(self.configured, zone, self._read)

    async def _work(self, leave: asyncio.Event) -> None:
        while not leave.is_set():
            batch = await self._gathering.next(TICK_S)
            if batch:
                await self._told(batch)
            if self._due():
                await self._compare()
            for message in batch.values():
                await message.ack()
            self.follow.settle()
            self.hearing.check()

    # Hints

    async def _told(self, batch: Mapping[int, NatsMessage]) -> None:
        hints: list[Hint] = []
        for message in batch.values():
            await self.hearing.heed(message)
            try:
                hints += self.hearing.hints(message)
            except InputError as error:
                log.warning("%s: a message of the inbox is left out: %s", self.name, error)
                self.metrics.unreadable.labels(self.configured.id).inc()
                self._doubt = str(error)
        wanted = _different(hints)
        if any(hint.kind == "all" for hint in wanted):
            self._asked = True
            return
        if not wanted:
            return
        if not self.feed.source.capabilities.looks or len(wanted) > MOST_LOOKED:
            self._asked = True
            return
        seen = await self._look(wanted)
        newest = max(batch)
        self._check()
        taken = self.follow.take(seen, newest)
        self.metrics.followed(self.configured.id, batch.values(), taken.entries)
        self._doubt = taken.doubt or self._doubt

    async def _look(self, hints: tuple[Hint, ...]) -> Observation:
        """Ask until the source answers; meanwhile nothing is acknowledged."""
        pause, longest = AGAIN_S
        while True:
            self.follow.fold()
            try:
                source = cast("Looking", self.feed.source)
                return await source.look(hints, self.follow.known(), _quiet)
            except TransientFault as fault:
                log.warning("%s: %s; asked again in %g s", self.name, fault, pause)
                self.metrics.unanswered.labels(self.configured.id).inc()
                await asyncio.sleep(pause)
                pause = min(pause * 2, longest)

    # Everything

    def _due(self) -> bool:
        doubtful = bool(self._doubt) and monotonic() - self._compared >= DOUBTS_S
        return self._asked or doubtful or self.schedule.due(self.opened.ledger.now())

    async def _compare(self) -> None:
        """Read everything. What fails is in the log, and tried again by schedule."""
        self._check()
        self._compared = monotonic()
        self.follow.fold()
        opened = self.opened
        pull = Pull(
            opened.ledger,
            opened.views,
            self.feed,
            actor="schedule",
            progress=_quiet,
            holding=self.follow.holding,
        )
        began, position = opened.ledger.now(), self.follow.directory.position
        try:
            outcome = await pull.execute()
            self._doubt, self._asked = "", False
            if outcome.appended:
                await self._missed(position, outcome.run)
            self._read = began
        except CredentialFault:
            raise
        except HeldError as held:
            log.warning("%s: %s", self.name, held)
            self._doubt, self._asked = "", False
        except SystemFault as fault:
            log.warning("%s: %s", self.name, fault)
            self._doubt, self._asked = str(fault), False
        self.schedule.done(opened.ledger.now())
        self.follow.turn, self.follow.cursor = opened.views.readings(
            self.feed.org, self.feed.system
        )
        self.follow.fold()

    async def _missed(self, position: int, run: str) -> None:
        """Note what a reading of everything found, and no callback had announced."""
        inbox = self.hearing.inbox
        if inbox is None or self._read is None:
            return
        opened, feed, since = self.opened, self.feed, self._read.timestamp()
        told = await drift.announced(inbox, self.hearing.openers, feed.system, since)
        entries = [
            entry
            for batch in opened.ledger.read(position, scope=directory_scope(feed.org))
            for entry in batch
            if entry.envelope.run == run
        ]
        self.follow.fold()
        missed = drift.unannounced(self.follow.directory, feed.system, entries, told)
        self.metrics.missed.labels(feed.system).inc(len(missed))
        by = Circumstances(actor="schedule", source=feed.system, run=run)
        delay = opened.ledger.now().timestamp() - since
        drift.record(opened.ledger, opened.views, feed.org, missed, by, delay)


def _different(hints: Iterable[Hint]) -> tuple[Hint, ...]:
    """Each record once: what it is now does not depend on how often it was told."""
    found: dict[tuple[object, ...], Hint] = {}
    for hint in hints:
        key = (hint.kind, hint.id, hint.was, tuple(sorted(hint.keys.items())), hint.gone)
        found[key] = hint
    return tuple(found.values())


def _quiet(what: str, done: int, total: int | None) -> None:
    """Nobody watches."""
