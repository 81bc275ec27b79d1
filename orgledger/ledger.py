"""The ledger: the eventsourcing application through which every fact is written and read.

The product runs it on ``adapters.nats``; any persistence module of the library will do.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
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
"""Events a batch, where the store says nothing of its own."""

LARGEST_BATCH = 5000
"""Events a batch, where the store takes as many: fewer waits for an acknowledgement."""

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
            originator_id=str(stored_event.originator_id),
            originator_version=stored_event.originator_version,
            envelope=decode(stored_event.topic, stored_event.state),
            position=stored_event.id if isinstance(stored_event, Notification) else 0,
        )


@runtime_checkable
class BulkReader(Protocol):
    """A recorder that can stream its notifications faster than page by page."""

    def read(
        self, after: int, *, scope: str | None = None, stop: int | None = None
    ) -> Iterator[Sequence[Notification]]:
        """Notifications after ``after``, in order, a batch at a time, until ``stop`` or the end."""


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
        return min(LARGEST_BATCH, getattr(self.recorder, "max_batch", BATCH))

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
        for start in range(0, len(facts), self.batch):
            entries = self._enveloped(directory, facts[start : start + self.batch], by)
            positions = self._save(
                entries,
                scope=directory_scope(directory.org),
                expected_position=directory.position,
            )
            for entry, position in zip(entries, positions, strict=True):
                evolve(directory, entry.fact, position)
                recorded.append(msgspec.structs.replace(entry, position=position))
            if progress is not None:
                progress(len(recorded))
        return recorded

    def note(self, org: str, fact: Fact, by: Circumstances, version: int) -> Entry:
        """Append one fact about a run; ``version`` is 1 for the run's first."""
        at = self._clock()
        envelope = Envelope(
            id=new_id("e"), at=at, actor=by.actor, fact=fact, source=by.source, run=by.run
        )
        entry = Entry(address(org, fact), version, envelope)
        position = self._save([entry])[0]
        return msgspec.structs.replace(entry, position=position)

    def _enveloped(
        self, directory: Directory, facts: Sequence[Fact], by: Circumstances
    ) -> list[Entry]:
        """Facts with their circumstances and addresses, numbered on from the directory."""
        at, prefix = self._clock(), new_id("e")
        ahead: Counter[str] = Counter()
        entries = []
        for number, fact in enumerate(facts):
            where = address(directory.org, fact)
            version = directory.next_version(fact.KIND, fact.uid) + ahead[where]
            ahead[where] += 1
            envelope = Envelope(
                id=f"{prefix}-{number}",
                at=at,
                actor=by.actor,
                fact=fact,
                source=by.source,
                run=by.run,
                cause=by.cause,
            )
            entries.append(Entry(where, version, envelope))
        return entries

    def _save(self, entries: Sequence[Entry], **conditions: Any) -> list[int]:
        to_stored = self.mapper.to_stored_event
        try:
            # The recorder and not save(): that asks of every single event whether it is one (a
            # protocol check), and makes two more objects of it that nobody here looks at.
            positions = self.recorder.insert_events(list(map(to_stored, entries)), **conditions)
        except IntegrityError as conflict:
            raise ConflictError(
                f"the organization {entries[0].org!r} was changed by somebody else meanwhile",
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
        return list(positions or ())

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
