"""The sync state of one target, folded from the log, with the position it is at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from domain.delivery.state import TargetState, fold
from domain.envelope import Entry
from projections import snapshot

FORMAT = 2
"""Raise it when a state's shape or the meaning of a fold changes."""


class SyncState:
    """Applying an entry twice changes nothing: those at or below ``position`` are passed over."""

    def __init__(self, state: TargetState, position: int = 0) -> None:
        self.state, self.position = state, position

    def apply(self, entries: Iterable[Entry]) -> int:
        """Fold entries of this target in log order and return the position reached."""
        for entry in entries:
            if entry.position > self.position:
                self.position = entry.position
                fold(self.state, entry.fact, entry.envelope.at, entry.envelope.run)
        return self.position


def save(found: SyncState, path: Path, log: str) -> None:
    """Write the state to ``path``; ``log`` identifies the log that it was folded from."""
    snapshot.save(path, log, FORMAT, found.position, found.state)


def load(path: Path, log: str, *, at_most: int) -> SyncState | None:
    """The state in ``path``; None if there is none of this log that is no later than that."""
    found = snapshot.load(path, log, FORMAT, TargetState, at_most=at_most)
    return None if found is None else SyncState(found[1], found[0])
