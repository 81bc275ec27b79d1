"""Following: the job that keeps one organization as its source has it.

What the source tells is a hint: the record is read again, and what that shows is decided and
appended. Beside it everything is read by schedule, and whenever a hint cannot be followed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, cast

from faststream.nats.annotations import NatsMessage

from domain.envelope import Entry, directory_scope
from domain.errors import CredentialFault, HeldError, InputError, SystemFault, TransientFault
from domain.hints import Hint
from domain.observe import Observation
from domain.ports import Looking
from orgledger.engine.follow import Follow
from orgledger.engine.pull import Feed, Pull
from orgledger.engine.runs import Status
from orgledger.ledger import Circumstances
from orgledger.live import drift
from orgledger.live.consuming import sequence
from orgledger.live.gathering import Gathering
from orgledger.live.hearing import Hearing
from orgledger.live.jobs import Check
from orgledger.live.schedule import of_source
from orgledger.live.tracing import SILENT, Tracing, described

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

SKEW_S = 5.0
"""By how much the log's clock and ours may differ."""

LATE_S = 60.0
"""A callback that comes so long after a reading of everything still counts as one that came."""

DOUBTS_S = 300.0
"""Between two readings of everything because of something that could not be followed."""

AGAIN_S = (1.0, 60.0)
"""Pauses before a source that does not answer is asked again: the first, and the longest."""


AWAY = timedelta(minutes=10)
"""A job that begins reads everything, unless that was done so lately: nobody may have listened."""


class _Suspects(NamedTuple):
    """What a reading of everything found, and when it is known what was announced of it."""

    entries: tuple[Entry, ...]
    since: float
    delay: float
    by: Circumstances
    due: float


class Following:
    """One source. To be run in an event loop of its own; at one place at a time."""

    def __init__(
        self,
        opened: Service,
        configured: SystemConfig,
        metrics: Metrics,
        tracing: Tracing = SILENT,
    ) -> None:
        self.opened, self.configured, self.metrics = opened, configured, metrics
        self.tracing = tracing
        self.name = f"read.{configured.id}"
        self._gathering: Gathering[NatsMessage] = Gathering(idle=IDLE_S, most=MOST_S)
        self._doubt = ""
        self._asked = False
        self._compared = -DOUBTS_S
        self._covered = 0.0
        self._read: datetime | None = None
        self._suspects: _Suspects | None = None

    async def run(self, leave: asyncio.Event, check: Check) -> None:
        """Until it is to leave. Raises OrgledgerError for what has to be begun anew."""
        opened = self.opened
        self._check = check
        async with AsyncExitStack() as stack:
            feed = opened.feed(self.configured)
            stack.push_async_callback(feed.source.close)
            self._begin(feed)
            stack.callback(self.follow.close)
            stack.callback(self.metrics.unread, feed.system)
            self.hearing = await stack.enter_async_context(
                Hearing(
                    opened,
                    self.configured,
                    lambda message: self._gathering.put(sequence(message), message),
                    self.tracing,
                )
            )
            await self._work(leave)
            await self._judge(now=True)

    def _begin(self, feed: Feed) -> None:
        opened = self.opened
        turn, cursor = opened.views.readings(feed.org, feed.system)
        self.feed = feed
        self.follow = Follow(opened.ledger, feed, turn=turn, cursor=cursor)
        self._doubt = opened.views.left_open(feed.org, feed.system)
        self._read = opened.views.last_read(feed.org, feed.system)
        if self._read is not None:
            self.metrics.read_at.labels(feed.system).set(self._read.timestamp())
        tried = opened.views.last_reading(feed.org, feed.system)
        self.schedule = of_source(self.configured, opened.config.zone(feed.org), tried)
        away = tried is None or opened.ledger.now() - tried >= AWAY
        self._asked = away and self.schedule.enabled

    async def _work(self, leave: asyncio.Event) -> None:
        while not leave.is_set():
            batch = await self._gathering.next(TICK_S)
            if batch:
                org, system = self.feed.org, self.feed.system
                with self.tracing.span("follow", inbox=batch, org=org, system=system):
                    if not await self._told(batch, leave):
                        return  # not acknowledged: they come again, to whoever goes on
            if self.hearing.begun():
                self._asked = True  # what happened before it was asked has not been told
            if self._due():
                await self._compare()
            for number, message in batch.items():
                await message.ack()
                self._gathering.drop(number)
            self.follow.settle()
            await self._judge()
            self.hearing.check()

    # Hints

    async def _told(self, batch: Mapping[int, NatsMessage], leave: asyncio.Event) -> bool:
        """Follow a burst; False: we were to leave before the source had answered.

        What cannot be followed is a doubt, which the log keeps.
        """
        hinted = await self._hinted(batch)
        wanted = tuple(hint for hint in hinted if hint.kind != "all")
        looks = self.feed.source.capabilities.looks and len(wanted) <= MOST_LOOKED
        if wanted != hinted or (wanted and not looks):
            self._asked = True
        if not (wanted and looks) or (self._asked and not self._continues):
            return True
        try:
            seen = await self._look(wanted, leave)
        except CredentialFault:
            raise
        except SystemFault as fault:  # it would be so again, and what comes after it would wait
            log.warning("%s: %s", self.name, fault)
            self._doubted(str(fault))
            return True
        if seen is None:
            return False
        newest = max(batch)
        self._check()
        with self.tracing.span("append"):
            taken = self.follow.take(seen, newest)
            self.tracing.note(**described(taken.entries))
        self.metrics.followed(self.configured.id, batch.values(), taken.entries)
        if taken.doubt:
            self._doubted(taken.doubt)
        return True

    async def _hinted(self, batch: Mapping[int, NatsMessage]) -> tuple[Hint, ...]:
        """What a burst hints at, each once."""
        hints: list[Hint] = []
        for message in batch.values():
            await self.hearing.heed(message)
            if message.raw_message.metadata.timestamp.timestamp() < self._covered:
                continue
            try:
                hints += self.hearing.hints(message)
            except InputError as error:
                log.warning("%s: a message of the inbox is left out: %s", self.name, error)
                self.metrics.unreadable.labels(self.configured.id).inc()
                self._doubted(str(error))
        return _different(hints)

    @property
    def _continues(self) -> bool:
        """Whether a reading only asks what changed: that may be told later than by a callback."""
        return bool(self.follow.cursor)

    def _doubted(self, what: str) -> None:
        self._doubt = what
        self.follow.doubt(what)

    async def _look(self, hints: tuple[Hint, ...], leave: asyncio.Event) -> Observation | None:
        """Ask until the source answers, or we are to leave; meanwhile nothing is acknowledged."""
        pause, longest = AGAIN_S
        while True:
            self.follow.fold()
            try:
                source = cast("Looking", self.feed.source)
                with self.tracing.span("look", hints=len(hints)):
                    return await source.look(hints, self.follow.known(), _quiet)
            except TransientFault as fault:
                why = str(fault).rstrip(".")
                log.warning("%s: %s; asked again in %g s", self.name, why, pause)
                self.metrics.unanswered.labels(self.configured.id).inc()
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await leave.wait()
                        return None
                pause = min(pause * 2, longest)

    # Everything

    def _due(self) -> bool:
        doubtful = bool(self._doubt) and monotonic() - self._compared >= DOUBTS_S
        return self._asked or doubtful or self.schedule.due(self.opened.ledger.now())

    async def _compare(self) -> None:
        """Read everything. What fails is in the log, and tried again by schedule."""
        self._check()
        await self._judge(now=True)
        self._compared = monotonic()
        self.follow.close()  # a doubt of later is one of another run
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
        whole = not self._continues
        try:
            outcome = await pull.execute()
            if self._asked and whole and outcome.status is Status.FINISHED:
                self._covered = began.timestamp() - SKEW_S
            self._doubt, self._asked = "", False
            if outcome.appended:
                self._suspect(position, outcome.run)
            self._read = began
            self.metrics.read_at.labels(self.feed.system).set(began.timestamp())
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

    # What no callback had announced

    def _suspect(self, position: int, run: str) -> None:
        """Remember what a reading of everything found: its callbacks may be on their way."""
        if self.hearing.inbox is None or self._read is None:
            return
        since = self._read.timestamp()
        self._suspects = _Suspects(
            entries=tuple(
                entry
                for batch in self.opened.ledger.read(position, scope=directory_scope(self.feed.org))
                for entry in batch
                if entry.envelope.run == run
            ),
            since=since,
            delay=self.opened.ledger.now().timestamp() - since,
            by=Circumstances(actor="schedule", source=self.feed.system, run=run),
            due=monotonic() + LATE_S,
        )

    async def _judge(self, *, now: bool = False) -> None:
        """Note what was found and is announced by nothing, not even late."""
        found, inbox = self._suspects, self.hearing.inbox
        if found is None or inbox is None or not (now or monotonic() >= found.due):
            return
        self._suspects, opened, feed = None, self.opened, self.feed
        told = await drift.announced(inbox, self.hearing.openers, feed.system, found.since)
        self.follow.fold()
        missed = drift.unannounced(self.follow.directory, feed.system, found.entries, told)
        self.metrics.missed.labels(feed.system).inc(len(missed))
        drift.record(opened.ledger, opened.views, feed.org, missed, found.by, found.delay)


def _different(hints: Iterable[Hint]) -> tuple[Hint, ...]:
    """Each record once: what it is now does not depend on how often it was told."""
    found: dict[tuple[object, ...], Hint] = {}
    for hint in hints:
        key = (hint.kind, hint.id, hint.was, tuple(sorted(hint.keys.items())), hint.gone)
        found[key] = hint
    return tuple(found.values())


def _quiet(what: str, done: int, total: int | None) -> None:
    """Nobody watches."""
