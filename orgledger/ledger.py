"""The ledger: the eventsourcing application through which every fact is written and read.

The product runs it on ``adapters.nats``; any persistence module of the library will do.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Protocol, runtime_checkable

import msgspec
from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    IntegrityError,
    Mapper,
    Notification,
    PersistenceError,
    StoredEvent,
    Subscription,
)

from domain.directory import Directory
from domain.envelope import Entry, Envelope, address, decode, directory_scope, encode
from domain.errors import ConflictError, LogError
from domain.events import Fact
from domain.evolve import evolve

BATCH = 1000
"""Events that every store takes in one batch, all or nothing."""

LARGEST_BATCH = 5000
"""Events a batch, unless the store takes fewer: each costs a wait for the disk."""

SKEW = timedelta(minutes=5)
"""By how much the clocks of two machines may differ (docs/serve.md)."""

PAGE = 1000

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """A new id such as ``run-06f3k8…`` that sorts by time: 48 bits of milliseconds, 40 random."""
    number = (int(time.time() * 1000) << 40) | secrets.randbits(40)
    digits = []
    for _ in range(18):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return f"{prefix}-{''.join(reversed(digits))}"


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """Who tells the ledger something, and why: the part of an envelope that facts share."""

    actor: str
    source: str | None = None
    run: str | None = None
    cause: int | None = None
    inbox: int | None = None


class EnvelopeMapper(Mapper[str]):
    """Entries to stored events and back, by the domain's own codec."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        assert isinstance(domain_event, Entry)
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=domain_event.fact.TOPIC,
            state=encode(domain_event.envelope),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Entry:
        return Entry(
            str(stored_event.originator_id),
            stored_event.originator_version,
            decode(stored_event.topic, stored_event.state),
            stored_event.id if isinstance(stored_event, Notification) else 0,
        )


@runtime_checkable
class BulkReader(Protocol):
    """A recorder that can stream its notifications faster than page by page."""

    def read(
        self, after: int, *, scope: str | None = None, stop: int | None = None
    ) -> Iterator[Sequence[Notification]]:
        """Notifications after ``after``, in order, a batch at a time, until ``stop`` or the end."""


@runtime_checkable
class BulkWriter(Protocol):
    """A recorder that stores one batch while the next is being made."""

    def write(
        self, events: Iterable[StoredEvent], *, scope: str, expected_position: int, batch: int
    ) -> Iterator[Sequence[int]]:
        """Append events of a scope in batches; the positions of each, before the next is stored."""


class Ledger(Application[str]):
    """Append-only memory of every organization. ``env`` names the persistence module."""

    name = "orgledger"

    def __init__(
        self, env: Mapping[str, str] | None = None, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        super().__init__(dict(env or {}))
        self._clock = clock or (lambda: datetime.now(UTC))

    def construct_mapper(self) -> Mapper[str]:
        return EnvelopeMapper(transcoder=self.construct_transcoder())

    @property
    def head(self) -> int:
        """The position of the last event in the log, 0 for an empty one."""
        return self.recorder.max_notification_id() or 0

    @property
    def batch(self) -> int:
        """How many events are appended at once, all or nothing."""
        return min(LARGEST_BATCH, getattr(self.recorder, "max_batch", LARGEST_BATCH))

    def now(self) -> datetime:
        """The time that an event recorded now would get."""
        return self._clock()

    @property
    def identity(self) -> str:
        """Tells this log from every other: the id of its first event, empty for an empty log."""
        first = self.recorder.select_notifications(None, 1)
        return self.entry(first[0]).envelope.id if first else ""

    def at(self, position: int) -> Entry | None:
        """The first entry at or after a position, None beyond the head."""
        found = self.recorder.select_notifications(position, 1)
        return self.entry(found[0]) if found else None

    def append(
        self,
        directory: Directory,
        facts: Sequence[Fact],
        by: Circumstances,
        progress: Callable[[int], None] | None = None,
    ) -> list[Entry]:
        """Append facts about an organization and fold them into ``directory``.

        All or nothing within a batch (:attr:`batch`); a longer list is cut into several, of which
        each leaves a valid organization. Raises ConflictError when somebody else appended to the
        organization since ``directory.position``; the directory must then be read anew.
        """
        recorded: list[Entry] = []
        made: deque[Entry] = deque()
        for positions in self._write(self._enveloped(directory, facts, by), directory, made):
            for position in positions:
                entry = made.popleft()
                evolve(directory, entry.fact, position)
                recorded.append(
                    Entry(entry.originator_id, entry.originator_version, entry.envelope, position)
                )
            if progress is not None:
                progress(len(recorded))
        return recorded

    def note(self, org: str, fact: Fact, by: Circumstances, version: int) -> Entry:
        """Append one fact about a run; ``version`` is 1 for the run's first."""
        return self.record(org, [(fact, version)], by)[0]

    def record(self, org: str, facts: Sequence[tuple[Fact, int]], by: Circumstances) -> list[Entry]:
        """Append facts about runs and deliveries, each with its version, at most a batch.

        All or nothing. Raises ConflictError when one of the versions is there already.
        """
        at, prefix = self._clock(), new_id("e")
        entries = [
            Entry(
                address(org, fact),
                version,
                Envelope(
                    id=f"{prefix}-{number}" if number else prefix,
                    at=at,
                    actor=by.actor,
                    fact=fact,
                    source=by.source,
                    run=by.run,
                    cause=by.cause,
                    inbox=by.inbox,
                ),
            )
            for number, (fact, version) in enumerate(facts)
        ]
        with _failures(org):
            positions = self.recorder.insert_events(list(map(self.mapper.to_stored_event, entries)))
        return [
            msgspec.structs.replace(entry, position=position)
            for entry, position in zip(entries, positions or (), strict=True)
        ]

    def _enveloped(
        self, directory: Directory, facts: Sequence[Fact], by: Circumstances
    ) -> Iterator[Entry]:
        """Facts with their circumstances and addresses, numbered on from the directory.

        It may be folded further meanwhile: an entity's number is looked up once.
        """
        at, prefix = self._clock(), new_id("e")
        versions: dict[str, int] = {}
        for number, fact in enumerate(facts):
            where = address(directory.org, fact)
            version = versions.get(where) or directory.next_version(fact.KIND, fact.uid)
            versions[where] = version + 1
            envelope = Envelope(
                id=f"{prefix}-{number}",
                at=at,
                actor=by.actor,
                fact=fact,
                source=by.source,
                run=by.run,
                cause=by.cause,
                inbox=by.inbox,
            )
            yield Entry(where, version, envelope)

    def _write(
        self, entries: Iterable[Entry], directory: Directory, made: deque[Entry]
    ) -> Iterator[Sequence[int]]:
        """Store entries in batches; yields the positions of each, to be folded before the next.

        Entries are taken as they are needed, and put into ``made``. Stored by the recorder and
        not by save(): that asks of every single event whether it is one (a protocol check), and
        makes two more objects of it that nobody here looks at.
        """
        scope, recorder = directory_scope(directory.org), self.recorder
        events = map(self.mapper.to_stored_event, _noted(entries, made))
        with _failures(directory.org):
            if isinstance(recorder, BulkWriter):
                yield from recorder.write(
                    events, scope=scope, expected_position=directory.position, batch=self.batch
                )
                return
            while batch := list(islice(events, self.batch)):
                found = recorder.insert_events(
                    batch, scope=scope, expected_position=directory.position
                )
                yield found or ()

    def read(
        self, after: int = 0, *, scope: str | None = None, stop: int | None = None
    ) -> Iterator[list[Entry]]:
        """Entries after a position, in order, in batches.

        ``scope`` is a prefix of addresses: ``feifan``, or ``feifan.run`` for its runs only.
        """
        to_entry = self.mapper.to_domain_event
        for batch in self._notifications(after, scope, stop):
            yield [entry for n in batch if isinstance(entry := to_entry(n), Entry)]

    def _notifications(
        self, after: int, scope: str | None, stop: int | None
    ) -> Iterator[Sequence[Notification]]:
        if isinstance(self.recorder, BulkReader):
            yield from self.recorder.read(after, scope=scope, stop=stop)
            return
        prefix = f"{scope}." if scope else ""
        while page := self.recorder.select_notifications(
            after, PAGE, stop=stop, inclusive_of_start=False
        ):
            after = page[-1].id
            yield [n for n in page if str(n.originator_id).startswith(prefix)]

    def follow(self, after: int) -> Subscription[Any]:
        """Notifications after a position as they are appended; decode with :meth:`entry`."""
        return self.recorder.subscribe(gt=after)

    def entry(self, notification: Notification) -> Entry:
        """The entry in a notification."""
        entry = self.mapper.to_domain_event(notification)
        assert isinstance(entry, Entry)
        return entry


def _noted(entries: Iterable[Entry], made: deque[Entry]) -> Iterator[Entry]:
    """``entries``, which are put into ``made`` as they go by."""
    for entry in entries:
        made.append(entry)
        yield entry


@contextmanager
def _failures(org: str) -> Iterator[None]:
    """What the recorder raises, in our words."""
    try:
        yield
    except IntegrityError as conflict:
        raise ConflictError(
            f"the organization {org!r} was changed by somebody else meanwhile",
            why="another sync or edit appended to its log since it was read",
            fix="Run the command again.",
        ) from conflict
    except PersistenceError as error:
        raise LogError(
            "the log did not take the events",
            why=str(error),
            fix="Nothing of this batch was recorded. Look at the log's health "
            "(orgledger check) and run the command again.",
        ) from error
