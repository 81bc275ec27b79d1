"""Push: what a system tells us by itself, decided and appended call by call.

Many calls make one run: it begins with the first change and ends when nothing came for a while,
so that a night's provisioning is one line of ``orgledger runs`` and two facts in the log.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from domain.decide import Refusal, decide
from domain.directory import Directory
from domain.envelope import Entry, directory_scope
from domain.errors import ConflictError
from domain.events import Fact, RunFinished, RunStarted
from domain.evolve import evolve
from domain.observe import Observation
from domain.plausible import Limits
from orgledger.engine.holding import Holding
from orgledger.engine.owning import must_own, registered
from orgledger.ledger import Circumstances, Ledger, new_id

QUIET = timedelta(minutes=1)
"""A run ends when nothing came for so long."""

LONGEST = timedelta(hours=1)
"""A run ends after so long in any case, so that a steady stream shows in ``orgledger runs``."""

FRESH = timedelta(seconds=1)
"""How old our knowledge of what other processes appended may be when something is looked up."""

_ATTEMPTS = 20
"""How often a decision is made anew: where two processes push at once, every second collides."""

_PAUSE = 0.003
"""Seconds, at most and times the attempt, that the one who lost waits for the other to be done."""

_LISTED = 200


class Watcher(Protocol):
    """Follows the organization beside the directory."""

    def begin(self, directory: Directory) -> None:
        """Everything is folded anew, into this directory."""

    def fold(self, entry: Entry) -> None:
        """One fact, which the directory has folded already."""


class _Window:
    """The run that is open: its id, when it began and was last used, and what it counts."""

    def __init__(self, run: str, at: datetime) -> None:
        self.run, self.began, self.used = run, at, at
        self.read: Counter[str] = Counter()
        self.appended = self.calls = self.unlisted = 0
        self.refused: list[str] = []


class Push:
    """One system's way into its organization. To be used from one thread at a time."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        system: str,
        org: str,
        name: str,
        watcher: Watcher,
        limits: Limits | None = None,
    ) -> None:
        """Fold the organization from its first fact on.

        ``limits`` say how far it may shrink within a day before a call is held.
        Raises ConfigError when the log says that another system owns it.
        """
        self.ledger, self.system, self.org, self.name = ledger, system, org, name
        self.watcher = watcher
        self.holding = Holding(ledger, system=system, org=org, limits=limits or Limits())
        self._open: _Window | None = None
        self._unsure = False
        self._begin()
        must_own(self.directory, system)

    def _begin(self) -> None:
        self.directory = Directory(org=self.org)
        self._seen = 0
        self.watcher.begin(self.directory)
        self.holding.begin()
        self._fold()

    def _catch_up(self) -> None:
        """After an append that failed: it may have been taken, in part even folded."""
        if self.directory.position == self._seen:
            self._fold()
        else:
            self._begin()
        self._unsure = False

    def _fold(self) -> None:
        for batch in self.ledger.read(self._seen, scope=directory_scope(self.org)):
            for entry in batch:
                evolve(self.directory, entry.fact, entry.position)
                self._tell(entry)
                self._seen = entry.position
        self._looked = self.ledger.now()

    def _tell(self, entry: Entry) -> None:
        """To those who follow the organization beside the directory."""
        self.watcher.fold(entry)
        self.holding.fold(entry)

    def follow(self) -> None:
        """Fold what others appended, unless that was done a moment ago."""
        if self._unsure:
            self._catch_up()
        elif self.ledger.now() - self._looked >= FRESH:
            self._fold()

    def accept(self, observe: Callable[[], Observation]) -> tuple[Refusal, ...]:
        """Decide on what a call said and append it; what was refused, and then nothing was.

        ``observe`` is asked again after somebody else appended; what it raises is raised here.
        Raises HeldError when too much would go away, ConflictError when others append again and
        again, LogError when the log is away.
        """
        for attempt in range(_ATTEMPTS):
            if self._unsure:
                self._catch_up()
            observation = observe()
            decided = decide(self.directory, observation)
            if decided.refused:
                return decided.refused
            if not decided.facts:
                return ()
            self._hold_if_too_far(decided.facts)
            facts = registered(self.directory, decided.facts, name=self.name, system=self.system)
            try:
                self._append(facts, observation)
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(random.random() * _PAUSE * (attempt + 1))  # noqa: S311 - no secret
                continue
            return ()
        raise AssertionError("unreachable")  # pragma: no cover - the last attempt raises

    def _hold_if_too_far(self, facts: tuple[Fact, ...]) -> None:
        reason = self.holding.too_far(facts)
        if reason is None:
            return
        if self.holding.waits is None:
            self.close()  # a run that begins would look like the end of the open one
            self.holding.hold(reason, facts, self._actor)
        raise self.holding.refusal(reason)

    def _append(self, facts: tuple[Fact, ...], observation: Observation) -> None:
        window = self._window()
        by = Circumstances(actor=self._actor, source=self.system, run=window.run)
        self._unsure = True
        entries = self.ledger.append(self.directory, facts, by)
        self._unsure = False
        for entry in entries:
            self._tell(entry)
        self._seen = entries[-1].position
        window.calls += 1
        window.appended += len(entries)
        for kind in ("departments", "members", "roles"):
            window.read[kind] += len(getattr(observation, kind))
        window.read["members"] += len(observation.coverage.gone_members)

    def left_out(self, what: str) -> None:
        """Remember a call that was refused, with ids and codes only."""
        window = self._window()
        window.calls += 1
        if len(window.refused) < _LISTED:
            window.refused.append(what)
        else:
            window.unlisted += 1

    @property
    def _actor(self) -> str:
        return f"token:{self.system}"

    def _window(self) -> _Window:
        """The open run; begun when there is none."""
        self.settle()
        if self._open is None:
            run, now = new_id("run"), self.ledger.now()
            self._note(RunStarted(uid=run, system=self.system, mode="push"), run, 1)
            self._open = _Window(run, now)
        self._open.used = self.ledger.now()
        return self._open

    def settle(self) -> None:
        """Close the run that nothing came to for a while. To be called now and then."""
        window, now = self._open, self.ledger.now()
        if window is None:
            return
        if now - window.used >= QUIET or now - window.began >= LONGEST:
            self.close()

    def close(self) -> None:
        """Close the open run, if there is one."""
        window = self._open
        if window is None:
            return
        self._open = None
        refused = tuple(window.refused)
        if window.unlisted:
            refused += (f"… and {window.unlisted} more",)
        read = {kind: count for kind, count in window.read.items() if count}
        self._note(
            RunFinished(
                uid=window.run,
                read=read,
                kept=read,
                appended=window.appended,
                planned=window.appended,
                acknowledged=window.appended,
                calls=window.calls,
                refused=refused,
            ),
            window.run,
            2,
        )

    def _note(self, fact: Fact, run: str, version: int) -> None:
        by = Circumstances(actor=self._actor, source=self.system, run=run)
        self.ledger.note(self.org, fact, by, version)
