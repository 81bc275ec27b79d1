"""One organization in memory, for everything in the process that delivers it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from domain.directory import Directory
from domain.envelope import Entry
from orgledger.engine.warm import Warm
from orgledger.ledger import Ledger

REMEMBERED = 20_000
"""Newest facts that are kept at hand; who is further behind looks at everything."""


class _Recent:
    """A watcher that keeps the newest entries."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=REMEMBERED)
        self.forgotten = 0

    def begin(self, directory: Directory) -> None:
        self.entries.clear()
        self.forgotten = 0

    def fold(self, entry: Entry) -> None:
        if len(self.entries) == REMEMBERED:
            self.forgotten = self.entries[0].position
        self.entries.append(entry)


class Organization:
    """Its directory, from any thread, by one of them at a time."""

    def __init__(self, ledger: Ledger, org: str) -> None:
        self.ledger, self.org = ledger, org
        self._lock, self._recent = Lock(), _Recent()
        self._warm: Warm | None = None

    @contextmanager
    def now(self, position: int = 0) -> Iterator[Directory]:
        """The directory, folded up to ``position`` at least. It must not be kept, nor changed."""
        with self._lock:
            if self._warm is None:
                self._warm = Warm(self.ledger, self.org, (self._recent,))
            elif not position or self._warm.position < position:
                self._warm.fold()
            yield self._warm.directory

    def since(self, position: int) -> list[Entry] | None:
        """What came after a position, as far as it was folded; None where that is forgotten.

        To be called within :meth:`now`.
        """
        if position < self._recent.forgotten:
            return None
        newest: list[Entry] = []
        for entry in reversed(self._recent.entries):
            if entry.position <= position:
                break
            newest.append(entry)
        newest.reverse()
        return newest


class Organizations:
    """Every organization once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._lock = ledger, Lock()
        self._found: dict[str, Organization] = {}

    def of(self, org: str) -> Organization:
        with self._lock:
            if org not in self._found:
                self._found[org] = Organization(self._ledger, org)
            return self._found[org]
