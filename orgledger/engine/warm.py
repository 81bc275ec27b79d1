"""Warm: one organization that is kept folded while the log grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from domain.directory import Directory
from domain.envelope import Entry, directory_scope
from domain.events import Fact
from domain.evolve import evolve
from orgledger.ledger import Circumstances, Ledger

FRESH = timedelta(seconds=1)
"""How old our knowledge of what other processes appended may be when something is looked up."""


class Watcher(Protocol):
    """Follows the organization beside the directory."""

    def begin(self, directory: Directory) -> None:
        """Everything is folded anew, into this directory."""

    def fold(self, entry: Entry) -> None:
        """One fact, which the directory has folded already."""


class Warm:
    """The directory of ``org`` and what follows it. To be used from one thread at a time."""

    def __init__(self, ledger: Ledger, org: str, watchers: Sequence[Watcher] = ()) -> None:
        """Fold the organization from its first fact on."""
        self.ledger, self.org, self.watchers = ledger, org, watchers
        self._unsure = False
        self._begin()

    def _begin(self) -> None:
        self.directory = Directory(org=self.org)
        self.position = 0
        for watcher in self.watchers:
            watcher.begin(self.directory)
        self.fold()

    def fold(self) -> None:
        """Fold what others appended."""
        for batch in self.ledger.read(self.position, scope=directory_scope(self.org)):
            for entry in batch:
                evolve(self.directory, entry.fact, entry.position)
                self._tell(entry)
                self.position = entry.position
        self._looked = self.ledger.now()

    def _tell(self, entry: Entry) -> None:
        for watcher in self.watchers:
            watcher.fold(entry)

    def follow(self) -> None:
        """Fold what others appended, unless that was done a moment ago."""
        if self._unsure:
            self.recover()
        elif self.ledger.now() - self._looked >= FRESH:
            self.fold()

    def recover(self) -> None:
        """After an append that failed: it may have been taken, in part even folded."""
        if not self._unsure:
            return
        if self.directory.position == self.position:
            self.fold()
        else:
            self._begin()
        self._unsure = False

    def append(self, facts: Sequence[Fact], by: Circumstances) -> list[Entry]:
        """Append facts and fold them. Raises as :meth:`Ledger.append`; then :meth:`recover`."""
        self._unsure = True
        entries = self.ledger.append(self.directory, facts, by)
        self._unsure = False
        for entry in entries:
            self._tell(entry)
        self.position = entries[-1].position
        return entries
