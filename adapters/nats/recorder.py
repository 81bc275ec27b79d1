"""eventsourcing's four recorders over one JetStream stream.

Optimistic concurrency and exactly-once appends: docs/adr/0003-subjects-and-concurrency.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import repeat
from time import monotonic
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)

from adapters.nats.batch import append, append_all
from adapters.nats.page import header, page
from adapters.nats.reader import VERSION, Reader, notification
from adapters.nats.staging import Guard, Outgoing
from adapters.nats.stream import Message, Stream

_PAGE = 1000
_LAG_S = 0.02
"""How long to wait before asking a replica again that lags behind the leader."""


class NatsRecorder:
    """What all recorders share: the stream, and the appending of events."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def _append(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> list[int]:
        """Append events, and a tracking record when one is given, as one batch."""
        scope, expected = kwargs.get("scope"), kwargs.get("expected_position")
        if (scope is None) != (expected is None):
            raise TypeError("scope and expected_position go together")
        tracking: Tracking | None = kwargs.get("tracking")
        messages = [_outgoing(self.stream, event) for event in stored_events]
        if not messages and tracking is None:
            return []
        return self.stream.connection.run(
            self._write(stored_events, messages, scope, expected, tracking)
        )

    async def _write(
        self,
        events: Sequence[StoredEvent],
        messages: list[Outgoing],
        scope: str | None,
        expected: int | None,
        tracking: Tracking | None,
    ) -> list[int]:
        guards: list[Guard] = []
        if scope is not None and expected is not None:
            guards.append(_scope_guard(self.stream, messages, scope, expected))
        elif events:
            guards += await self._version_guards(events)
        if tracking is not None:
            guard, message = await self._track(len(messages), tracking)
            guards.append(guard)
            messages.append(message)
        first = await append(self.stream, messages, guards)
        return list(range(first, first + len(events)))

    async def _version_guards(self, events: Sequence[StoredEvent]) -> list[Guard]:
        """One guard for each originator, after checking that its versions are new."""
        deadline = self.stream.connection.deadline()
        first: dict[UUID | str, int] = {}
        versions: dict[UUID | str, list[int]] = {}
        for index, event in enumerate(events):
            first.setdefault(event.originator_id, index)
            versions.setdefault(event.originator_id, []).append(event.originator_version)
        filters = {key: self.stream.subjects.originator(key) for key in first}
        lasts = await asyncio.gather(*(self.stream.last(filters[key], deadline) for key in first))
        guards = []
        for key, last in zip(first, lasts, strict=True):
            await self._check_versions(key, versions[key], last, deadline)
            position = last.position if last else 0
            guards.append(Guard(first[key], filters[key], position, first[key]))
        return guards

    async def _check_versions(
        self, key: UUID | str, new: list[int], last: Message | None, deadline: float
    ) -> None:
        if len(set(new)) < len(new):
            raise IntegrityError(f"Two of the new events of {key} have the same version")
        if last is None or min(new) > int(header(last.headers, VERSION)):
            return
        # Only snapshots come out of order; for them, look at every version there is.
        known = {event.originator_version for event in await self._events(key, deadline)}
        taken = known.intersection(new)
        if taken:
            raise IntegrityError(f"Version {min(taken)} of {key} is already recorded")

    async def _track(self, index: int, tracking: Tracking) -> tuple[Guard, Outgoing]:
        """The guarded message that records how far an application has been processed."""
        subject = self.stream.subjects.tracking(tracking.application_name)
        last = await self.stream.last(subject, self.stream.connection.deadline())
        if last is not None and int(last.data) >= tracking.notification_id:
            raise IntegrityError(
                f"Notification {tracking.notification_id} of {tracking.application_name} "
                f"is not after {int(last.data)}, which has been processed"
            )
        message = Outgoing(subject, b"%d" % tracking.notification_id)
        return Guard(index, subject, last.position if last else 0, index), message

    async def _events(self, originator_id: UUID | str, deadline: float) -> list[StoredEvent]:
        """All events of an originator, by version."""
        subjects = self.stream.subjects
        subject = subjects.originator(originator_id)
        newest = 0
        if self.stream.replicas > 1:  # any replica may answer a page
            last = await self.stream.last(subject, deadline)
            newest = last.position if last else 0
        events: list[StoredEvent] = []
        after, more = 0, True
        while more or after < newest:
            if not more:
                await self._lagging(deadline)
            rows, more = await page(self.stream, after, _PAGE, subject, deadline)
            for row in rows:
                after = row.position
                made = notification(subjects, after, row.subject, row.headers, row.data)
                events.append(
                    StoredEvent(
                        originator_id=made.originator_id,
                        originator_version=made.originator_version,
                        topic=made.topic,
                        state=made.state,
                    )
                )
        events.sort(key=lambda event: event.originator_version)
        return events

    async def _lagging(self, deadline: float) -> None:
        """A replica answered that does not have yet what the leader has: give it a moment."""
        if monotonic() >= deadline:
            raise self.stream.connection.unreachable("a replica lags behind the leader")
        await asyncio.sleep(_LAG_S)


class NatsAggregateRecorder(NatsRecorder, AggregateRecorder):
    """Stores and selects events by originator; used by the library for snapshots."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append all or none. Raises IntegrityError when a version is already recorded."""
        self._append(stored_events, **kwargs)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Events of an originator, by version, within ``gt`` (exclusive) and ``lte``."""
        deadline = self.stream.connection.deadline()
        events = [
            event
            for event in self.stream.connection.run(self._events(originator_id, deadline))
            if (gt is None or event.originator_version > gt)
            and (lte is None or event.originator_version <= lte)
        ]
        if desc:
            events.reverse()
        return events if limit is None else events[:limit]


class NatsApplicationRecorder(NatsAggregateRecorder, ApplicationRecorder):
    """Stores events and reads them back in the order of the log. Positions are its ids."""

    @property
    def max_batch(self) -> int:
        """The most events that one append may hold."""
        return self.stream.max_batch

    def durability(self) -> tuple[bool, str]:
        """Whether an acknowledged event survives the loss of power, and the reason in words."""
        found = self.stream.connection.run(self.stream.durability())
        return found.safe, str(found)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append all or none; returns the positions, None when there was nothing to append.

        Without keywords every ``(originator_id, originator_version)`` must be new. With
        ``scope`` (a prefix of originator ids, such as ``feifan.directory``) and
        ``expected_position`` there is one check for all: nothing may have been appended
        under the scope after that position, which is the last one in it that the decider
        saw (0: none). At least one event must lie in the scope.

        Raises IntegrityError when the check fails, LogError when the log stays silent or
        more than 1,000 events are given.
        """
        return self._append(stored_events, **kwargs) or None

    def write(
        self, events: Iterable[StoredEvent], *, scope: str, expected_position: int, batch: int
    ) -> Iterator[list[int]]:
        """Append events of one scope in batches of at most ``batch``, each as in insert_events.

        ``events`` are taken as they are needed; while the server stores one batch, the next is
        on its way. Yields the positions of a batch once it is stored, and lets the next be
        stored when the caller comes back: one that is not in the log then never will be.
        Raises as insert_events does, and ValueError for an event outside the scope.
        """
        stream = self.stream
        within = stream.subjects.scope(scope)
        messages = _within(map(_outgoing, repeat(stream), events), within)
        size = min(batch, stream.max_batch)
        return append_all(stream, messages, within, expected_position, size)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """At most ``limit`` notifications from ``start`` (None: the first) to ``stop``."""
        after = (start or 0) - (1 if inclusive_of_start and start else 0)
        last = self.last_position()
        upto = last if stop is None else min(last, stop)
        return self.stream.connection.run(
            self._select(max(0, after), limit, upto, frozenset(topics))
        )

    async def _select(
        self, after: int, limit: int, upto: int, topics: frozenset[str]
    ) -> list[Notification]:
        deadline = self.stream.connection.deadline()
        subjects = self.stream.subjects
        found: list[Notification] = []
        while after < upto and len(found) < limit:
            size = min(_PAGE, upto - after) if topics else min(limit - len(found), upto - after)
            rows, _ = await page(self.stream, after, size, None, deadline)
            if not rows:
                await self._lagging(deadline)
            for row in rows:
                after = row.position
                if after > upto or len(found) == limit:
                    break
                if subjects.holds(row.subject):
                    made = notification(subjects, after, row.subject, row.headers, row.data)
                    if not topics or made.topic in topics:
                        found.append(made)
        return found

    def max_notification_id(self) -> int | None:
        """The last position, None when nothing is recorded."""
        return self.last_position() or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Notifications after ``gt``, then those to come."""
        return NatsSubscription(self, gt=gt, topics=topics)

    def read(
        self, after: int, *, scope: str | None = None, stop: int | None = None, batch: int = 1000
    ) -> Iterator[list[Notification]]:
        """Everything after a position up to ``stop`` (None: what is recorded now), in order.

        ``scope`` is a prefix of originator ids. Yields lists of at most ``batch``; while
        the caller works on one, the next are on their way, and at most three exist.
        """
        last = self.last_position(scope)
        upto = last if stop is None else min(last, stop)
        return iter(Reader(self.stream, after, scope=scope, stop=upto, batch=batch))

    def last_position(self, scope: str | None = None) -> int:
        """The position of the last event, or of the last one in a scope; 0 if there is none."""
        connection = self.stream.connection
        subject = self.stream.subjects.scope(scope)
        last = connection.run(self.stream.last(subject, connection.deadline()))
        return last.position if last else 0

    def published_at(self, position: int) -> datetime | None:
        """When the server stored a position, in UTC; None if it has not yet."""
        connection = self.stream.connection
        found = connection.run(self.stream.at(position, connection.deadline()))
        return found.time.astimezone(UTC) if found else None


class NatsSubscription(Subscription[NatsApplicationRecorder]):
    """Follows the log from a position, over restarts of the server, until it is stopped."""

    def __init__(
        self, recorder: NatsApplicationRecorder, gt: int | None = None, topics: Sequence[str] = ()
    ) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._reader = Reader(recorder.stream, gt or 0, batch=500, topics=topics)
        self._batches = iter(self._reader)
        self._current: Iterator[Notification] = iter(())

    def stop(self) -> None:
        """End the iteration, also while it waits in another thread."""
        super().stop()
        self._reader.stop()

    def __next__(self) -> Notification:
        """The next notification; waits for it. Raises StopIteration after :meth:`stop`."""
        while not self._has_been_stopped:
            for found in self._current:
                return found
            self._current = iter(next(self._batches))
        raise StopIteration


class NatsTrackingRecorder(NatsRecorder, TrackingRecorder):
    """Remembers how far each upstream application has been processed."""

    def insert_tracking(self, tracking: Tracking) -> None:
        """Raises IntegrityError unless the position is after the recorded one."""
        self._append((), tracking=tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """The last recorded position of an upstream application, None if there is none."""
        connection = self.stream.connection
        subject = self.stream.subjects.tracking(application_name)
        last = connection.run(self.stream.last(subject, connection.deadline()))
        return int(last.data) if last else None


class NatsProcessRecorder(NatsTrackingRecorder, NatsApplicationRecorder, ProcessRecorder):
    """Stores events and the position that they came from in one batch (``tracking=``)."""


def _outgoing(stream: Stream, event: StoredEvent) -> Outgoing:
    subject = stream.subjects.event(event.originator_id, event.topic)
    return Outgoing(subject, event.state, event.originator_version)


def _scope_guard(stream: Stream, messages: list[Outgoing], scope: str, expected: int) -> Guard:
    subject = stream.subjects.scope(scope)
    for index, message in enumerate(messages):
        if message.subject.startswith(subject[:-1]):
            return Guard(index, subject, expected, index)
    raise ValueError(f"none of the events to append lies in the scope {scope}")


def _within(messages: Iterable[Outgoing], scope: str) -> Iterator[Outgoing]:
    start = scope[:-1]
    for message in messages:
        if not message.subject.startswith(start):
            raise ValueError(f"{message.subject} does not lie in the scope {scope}")
        yield message
