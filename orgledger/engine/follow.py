"""Follow: what a look at some records showed, decided and appended.

A pull sees a whole organization and judges the whole of what would go. A look sees one person, so
here the day counts: what the organization has lost since yesterday (domain.shrinking).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.directory import Directory, SourceScope
from domain.envelope import Entry
from domain.errors import ConflictError
from domain.observe import Observation
from orgledger.engine.holding import Holding
from orgledger.engine.known import Knowledge
from orgledger.engine.owning import must_own
from orgledger.engine.pull import Feed
from orgledger.engine.sitting import Sitting
from orgledger.engine.warm import Warm
from orgledger.ledger import Circumstances, Ledger

_ATTEMPTS = 5
"""How often a decision is made anew when somebody else appended meanwhile."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a look. With ``doubt`` the next thing to do is to read everything."""

    entries: tuple[Entry, ...] = ()
    doubt: str = ""


class Follow:
    """One source's way into its organization, hint by hint. For one thread at a time."""

    def __init__(self, ledger: Ledger, feed: Feed, *, turn: int = 0, cursor: str = "") -> None:
        """Fold the organization. Raises ConfigError when another system owns it."""
        self.ledger, self.feed = ledger, feed
        self.holding = Holding(ledger, system=feed.system, org=feed.org, limits=feed.limits)
        self.turn, self.cursor = turn, cursor
        self.actor = f"callback:{feed.system}"
        self._sitting = Sitting(ledger, feed.org, feed.system, mode="follow", actor=self.actor)
        self._warm = Warm(ledger, feed.org, (self.holding,))
        must_own(self.directory, feed.system, feed.ownership)
        self._telling = feed.telling(ledger)

    @property
    def directory(self) -> Directory:
        """The organization, as far as it was folded."""
        return self._warm.directory

    def known(self) -> Knowledge:
        """What the ledger knows now, for the source, which is about to be read."""
        self._warm.recover()
        self._telling.listen()
        return Knowledge(self.directory, self.feed.system, self.turn, self.cursor)

    def take(self, seen: Observation, inbox: int | None = None) -> Taken:
        """Decide on what was seen and append it; ``inbox`` is the position of the newest hint.

        A record that cannot be used is left out alone. Nothing is appended where too much would
        go. Raises ConflictError when others append again and again, LogError.
        """
        observation = self._within_scope(seen)
        for attempt in range(_ATTEMPTS):
            self._warm.recover()
            decided = self._telling.decide(self.directory, observation)
            doubts = [str(gap) for gap in observation.gaps] + list(map(str, decided.refused))
            reason = self.holding.too_far(decided.facts)
            if reason is not None:
                return Taken(doubt=reason)
            entries: Sequence[Entry] = ()
            if decided.facts:
                found = self._sitting.open()
                by = Circumstances(
                    actor=self.actor, source=self.feed.system, run=found.run, inbox=inbox
                )
                try:
                    entries = self._warm.append(decided.facts, by)
                except ConflictError:
                    if attempt == _ATTEMPTS - 1:
                        raise
                    continue
                found.calls += observation.calls
                found.count(observation, len(entries))
                found.cursor = observation.cursor if not doubts else ""
            self._note(observation, inbox)
            if observation.cursor and not doubts:
                self.cursor = observation.cursor
            return Taken(entries=tuple(entries), doubt="; ".join(doubts[:3]))
        raise AssertionError("unreachable")  # pragma: no cover - the last attempt raises

    def _note(self, observation: Observation, inbox: int | None) -> None:
        """Where the system differs from what we brought there ourselves."""
        run = self._sitting.current
        by = Circumstances(actor=self.actor, source=self.feed.system, run=run, inbox=inbox)
        self._telling.note(self.directory, observation, by)

    def _within_scope(self, seen: Observation) -> Observation:
        """A look does not tell what is hidden or out of sight: the last reading did."""
        scope = self.directory.scopes.get(self.feed.system, SourceScope())
        coverage = msgspec.structs.replace(seen.coverage, roots=scope.roots, hidden=scope.hidden)
        return msgspec.structs.replace(seen, coverage=coverage)

    def fold(self) -> None:
        """Take in what others appended: a pull, or a person."""
        self._warm.recover()
        self._warm.fold()

    def doubt(self, what: str) -> None:
        """Remember what could not be followed, in the log: whoever takes over has to know."""
        self._sitting.open().refuse(what)

    def settle(self) -> None:
        """Close the run that nothing came to for a while. To be called now and then."""
        self._sitting.settle()

    def close(self) -> None:
        """Close the open run, if there is one."""
        self._sitting.close()
