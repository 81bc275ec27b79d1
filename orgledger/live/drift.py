"""Drift: what a reading of everything found, and no callback had announced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from adapters.nats.inbox import Inbox
from domain.delivery.state import fold
from domain.directory import Directory, Links
from domain.envelope import Entry
from domain.errors import ConflictError, InputError
from domain.events import (
    DepartmentLeadersChanged,
    DriftDetected,
    Fact,
    MemberManagerChanged,
    MemberResigned,
    RecordLinked,
    RoleGranted,
    RoleRevoked,
)
from domain.hints import Hint
from orgledger.engine.views import Views
from orgledger.ledger import BATCH, Circumstances, Ledger

KINDS = ("member", "department", "role")
_ATTEMPTS = 3


class Opener(Protocol):
    """What reads a message of the inbox."""

    def hints(self, kept: bytes) -> tuple[Hint, ...]:
        """Raises InputError."""


class Announced:
    """What a source told of since a moment."""

    def __init__(self) -> None:
        self.everything = False
        self._names: set[tuple[str, str]] = set()

    def add(self, hints: Iterable[Hint]) -> None:
        """Take hints in."""
        for hint in hints:
            self.everything |= hint.kind == "all"
            for name in (hint.id, hint.was, *hint.keys.values()):
                self._names.add((hint.kind, name))

    def told(self, kind: str, names: Iterable[str]) -> bool:
        """Whether one of these names of an entity was told of."""
        return self.everything or any((kind, name) in self._names for name in names)


async def announced(
    inbox: Inbox, openers: Mapping[str, Opener], system: str, since: float
) -> Announced:
    """What came in since a moment, in seconds since 1970."""
    found = Announced()
    async for entry in inbox.entries(system, since):
        opener = openers.get(entry.via)
        try:
            found.add(opener.hints(entry.data) if opener is not None else ())
        except InputError:
            found.everything = True  # nobody knows what it said
    return found


def unannounced(
    directory: Directory, system: str, entries: Sequence[Entry], told: Announced
) -> list[Entry]:
    """Those of ``entries`` that are about something of which nothing was told.

    Nor are the roles of a person who was told of, and the posts that are vacant since somebody
    left who was: a provider tells of such things once.
    """
    names = {kind: _names(directory.links.get(f"{system}/{kind}")) for kind in KINDS}

    def is_told(kind: str, uid: str) -> bool:
        return told.told(kind, names[kind].get(uid, ()))

    left = any(
        isinstance(e.fact, MemberResigned) and is_told("member", e.fact.uid) for e in entries
    )

    def follows(fact: Fact) -> bool:
        match fact:
            case RoleGranted() | RoleRevoked():
                return is_told("member", fact.member)
            case DepartmentLeadersChanged():
                return left
            case MemberManagerChanged():
                return left and fact.manager is None
        return isinstance(fact, RecordLinked)

    return [
        entry
        for entry in entries
        if entry.fact.KIND in names
        and not is_told(entry.fact.KIND, entry.fact.uid)
        and not follows(entry.fact)
    ]


def _names(links: Links | None) -> dict[str, list[str]]:
    """Every id that a system has for an entity, by ours."""
    found: dict[str, list[str]] = {}
    if links is not None:
        for record_id, uid in links.uids.items():
            found.setdefault(uid, []).append(record_id)
        for key, uid in links.keys.items():
            found.setdefault(uid, []).append(key.partition(":")[2])
    return found


def record(
    ledger: Ledger,
    views: Views,
    org: str,
    entries: Iterable[Entry],
    by: Circumstances,
    delay: float,
) -> None:
    """Note for each of ``entries`` that it was found, and not told.

    ``delay`` is the most that it can have waited, in seconds. Raises ConflictError, LogError.
    """
    system, found = by.source or "", list(entries)
    for start in range(0, len(found), BATCH):
        for attempt in range(_ATTEMPTS):
            state, facts = views.sync_state(org, system), []
            for entry in found[start : start + BATCH]:
                fact = DriftDetected(
                    uid=entry.fact.uid,
                    target=system,
                    kind=entry.fact.KIND,
                    missed=entry.fact.TOPIC,
                    delay=round(delay),
                )
                fold(state, fact, ledger.now(), by.run)
                facts.append((fact, state.version(fact.kind, fact.uid)))
            try:
                ledger.record(org, facts, by)
                break
            except ConflictError:  # a delivery to the same system noted something meanwhile
                if attempt == _ATTEMPTS - 1:
                    raise
