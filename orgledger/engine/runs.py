"""Runs: what every sync did, folded from the facts about runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from domain.envelope import Entry
from domain.events import RunApproved, RunFailed, RunFinished, RunHeld, RunStarted


class Status(StrEnum):
    """``running`` is also what a killed run looks like until another of its system begins."""

    RUNNING = "running"
    FINISHED = "finished"
    PARTIAL = "partial"
    HELD = "held"
    APPROVED = "approved"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run. ``position`` is that of the last event it appended, whatever it was about."""

    id: str
    org: str
    system: str
    mode: str
    actor: str
    status: Status
    started: datetime
    key: str | None = None
    ended: datetime | None = None
    position: int = 0
    version: int = 1
    read: dict[str, int] = {}
    kept: dict[str, int] = {}
    appended: int = 0
    calls: int = 0
    cursor: str = ""
    """Of a whole reading: what the next one of its system may start from."""
    refused: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    reason: str = ""
    members_going: tuple[str, ...] = ()
    departments_going: tuple[str, ...] = ()
    digest: str = ""
    planned: int = 0
    acknowledged: int = 0
    verified: int = 0
    deferred: int = 0
    parked: int = 0
    stuck: int = 0
    at: int = 0
    """Of a delivery: the position of the directory that it brought."""
    foreign: dict[str, int] = {}
    since: tuple[str, ...] = ()
    operations: dict[str, tuple[str, ...]] = {}
    """What a delivery holds: action to uids."""


class Runs:
    """All runs, in the order in which they began. Applying an entry twice changes nothing."""

    def __init__(self) -> None:
        self.position = 0
        self.by_id: dict[str, Run] = {}
        self._open: dict[tuple[str, str], str] = {}

    def apply(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.position > self.position:
                self.position = entry.position
                self._fold(entry)

    def _fold(self, entry: Entry) -> None:
        fact, envelope = entry.fact, entry.envelope
        if isinstance(fact, RunStarted):
            self._started(entry, fact)
            return
        run = self.by_id.get(envelope.run or fact.uid)
        if run is None:
            return
        if fact.KIND != "run":
            self.by_id[run.id] = replace(run, position=entry.position, appended=run.appended + 1)
            return
        run = replace(run, position=entry.position, version=entry.originator_version)
        match fact:
            case RunFinished():
                open_ends = fact.refused, fact.gaps, fact.deferred, fact.parked, fact.stuck
                whole = not any(open_ends)
                run = replace(
                    run,
                    status=Status.FINISHED if whole else Status.PARTIAL,
                    read=fact.read,
                    kept=fact.kept,
                    calls=fact.calls,
                    cursor=fact.cursor,
                    refused=fact.refused,
                    gaps=fact.gaps,
                    planned=fact.planned,
                    acknowledged=fact.acknowledged,
                    verified=fact.verified,
                    deferred=fact.deferred,
                    parked=fact.parked,
                    stuck=fact.stuck,
                    at=fact.at,
                    foreign=fact.foreign,
                    since=fact.since,
                )
            case RunHeld():
                run = replace(
                    run,
                    status=Status.HELD,
                    reason=fact.reason,
                    read=fact.read,
                    members_going=fact.members,
                    departments_going=fact.departments,
                    digest=fact.digest,
                    operations=fact.operations or self._same(run, fact.digest),
                )
            case RunApproved():
                run = replace(run, status=Status.APPROVED)
            case RunFailed():
                run = replace(run, status=Status.FAILED, reason=fact.reason)
        self.by_id[run.id] = replace(run, ended=envelope.at)

    def _same(self, run: Run, digest: str) -> dict[str, tuple[str, ...]]:
        """What an earlier run of the system held, told once for all of them."""
        if not digest or run.mode != "deliver":
            return {}
        found = (r.operations for r in self.newest(run.system) if r.digest == digest)
        return next((operations for operations in found if operations), {})

    def _started(self, entry: Entry, fact: RunStarted) -> None:
        key = (entry.org, fact.system)
        before = self.by_id.get(self._open.get(key, ""))
        if before is not None and before.status is Status.RUNNING:
            self.by_id[before.id] = replace(before, status=Status.INTERRUPTED)
        self._open[key] = fact.uid
        self.by_id[fact.uid] = Run(
            id=fact.uid,
            org=entry.org,
            system=fact.system,
            mode=fact.mode,
            actor=entry.envelope.actor,
            status=Status.RUNNING,
            started=entry.envelope.at,
            key=fact.key,
            position=entry.position,
        )

    def newest(self, system: str) -> Iterator[Run]:
        """The runs of a system, the newest first."""
        return (r for r in reversed(self.by_id.values()) if r.system == system)

    def finished(self, system: str) -> int:
        """How many readings of a system came to their end."""
        done = (Status.FINISHED, Status.PARTIAL)
        read = (r for r in self.by_id.values() if r.system == system and r.mode == "read")
        return sum(r.status in done for r in read)

    def cursor(self, system: str) -> str:
        """That of the system's last reading that left one; empty if none did."""
        return next((run.cursor for run in self.newest(system) if run.cursor), "")
