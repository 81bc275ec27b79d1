"""Push: what a system tells us by itself, decided and appended call by call."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from domain.decide import Refusal, decide
from domain.decide.part import withheld
from domain.directory import Directory
from domain.errors import ConflictError
from domain.events import Fact
from domain.observe import Observation
from domain.ownership import Ownership
from domain.plausible import Limits
from orgledger.engine.holding import Holding
from orgledger.engine.owning import must_own, registered
from orgledger.engine.sitting import Sitting
from orgledger.engine.warm import Warm, Watcher
from orgledger.ledger import Circumstances, Ledger

_ATTEMPTS = 20
"""How often a decision is made anew: where two processes push at once, every second collides."""

_PAUSE = 0.003
"""Seconds, at most and times the attempt, that the one who lost waits for the other to be done."""


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
        ownership: Ownership = Ownership(),  # noqa: B008 - a frozen value
    ) -> None:
        """Fold the organization from its first fact on.

        ``ownership`` says what of it is not this system's, ``limits`` how far it may shrink within
        a day before a call is held.
        Raises ConfigError when the log says that another system owns it.
        """
        self.ledger, self.system, self.org, self.name = ledger, system, org, name
        self.holding = Holding(ledger, system=system, org=org, limits=limits or Limits())
        self._ownership, self._actor = ownership, f"token:{system}"
        self._sitting = Sitting(ledger, org, system, mode="push", actor=self._actor)
        self._warm = Warm(ledger, org, (watcher, self.holding))
        must_own(self.directory, system)

    @property
    def directory(self) -> Directory:
        """The organization, as far as it was folded."""
        return self._warm.directory

    def follow(self) -> None:
        """Fold what others appended, unless that was done a moment ago."""
        self._warm.follow()

    def accept(self, observe: Callable[[], Observation]) -> tuple[Refusal, ...]:
        """Decide on what a call said and append it; what was refused, and then nothing was.

        ``observe`` is asked again after somebody else appended; what it raises is raised here.
        Raises HeldError when too much would go away, ConflictError when others append again and
        again, LogError when the log is away.
        """
        for attempt in range(_ATTEMPTS):
            self._warm.recover()
            observation = observe()
            own = withheld(self.directory, observation, self._ownership)
            decided = decide(self.directory, own)
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
        found = self._sitting.open()
        by = Circumstances(actor=self._actor, source=self.system, run=found.run)
        entries = self._warm.append(facts, by)
        found.calls += 1
        found.count(observation, len(entries))

    def left_out(self, what: str) -> None:
        """Remember a call that was refused, with ids and codes only."""
        found = self._sitting.open()
        found.calls += 1
        found.refuse(what)

    def settle(self) -> None:
        """Close the run that nothing came to for a while. To be called now and then."""
        self._sitting.settle()

    def close(self) -> None:
        """Close the open run, if there is one."""
        self._sitting.close()
