"""Publications: what is published to one organization is recorded, all or nothing, and once.

What was taken under which key is known from the log itself, so that it is known for ever and to
every replica. A publication is appended on the condition that nobody else appended since its key
was looked up, so that of two at once under one key the second finds the first; and so that the log
need not be read before each.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from domain.directory import Directory
from domain.envelope import Entry
from domain.errors import ConflictError, OrgledgerError
from domain.events import Fact, RunFailed, RunFinished, RunStarted
from domain.identity import GENERIC
from orgledger.api import Published
from orgledger.engine.publish import validated
from orgledger.engine.warm import Warm
from orgledger.ledger import Circumstances, Ledger, new_id

MODE = "publish"

_ATTEMPTS = 20
"""How often it is checked anew when somebody else appended meanwhile."""

_PAUSE_S = 0.003
"""At most, and times the attempt: how long the one who lost waits for the other to be done."""


class _Recorded:
    """A watcher: how many events of the organization each run made, and where the last one is."""

    def __init__(self) -> None:
        self.runs: dict[str, tuple[int, int]] = {}

    def begin(self, directory: Directory) -> None:
        self.runs.clear()

    def fold(self, entry: Entry) -> None:
        run = entry.envelope.run
        if run is not None:
            self.runs[run] = (self.runs.get(run, (0, 0))[0] + 1, entry.position)


class Publisher:
    """One generic organization's way in. To be used from one thread at a time."""

    def __init__(self, ledger: Ledger, org: str, *, name: str) -> None:
        """Fold the organization from its first fact on. ``name``: what a new one is called."""
        self.ledger, self.org, self.name = ledger, org, name
        self._recorded = _Recorded()
        self._under: dict[str, tuple[str, ...]] = {}
        self._looked, self._sure = 0, False
        self._warm = Warm(ledger, org, (self._recorded,))

    def publish(self, changes: Sequence[Any], *, actor: str, key: str | None = None) -> Published:
        """Record ``changes``.

        ``key`` is the sender's own for this publication; one that was taken before is not recorded
        again. Without a key, the same changes are taken for a repetition as long as nothing else
        was recorded since. Raises InputError with everything wrong, ConfigError for an
        organization fed by a provider, and nothing is recorded then; LogError when the log is away.
        """
        digest = hashlib.blake2b(msgspec.json.encode(changes), digest_size=16).hexdigest()
        if key is None or not self._sure:
            self._follow()
        earlier = self._earlier(key, digest)
        if earlier is not None:
            return earlier
        try:
            facts = validated(self._warm.directory, changes, name=self.name)
        except OrgledgerError:  # what others appended may set it right, or be this very one
            self._follow()
            earlier = self._earlier(key, digest)
            if earlier is not None:
                return earlier
            facts = validated(self._warm.directory, changes, name=self.name)
        run = new_id("run")
        by = Circumstances(actor=actor, run=run)
        started = RunStarted(uid=run, system=GENERIC, mode=MODE, key=key or digest)
        self._sure = False
        self.ledger.note(self.org, started, by, 1)
        self._begun(started)
        try:
            done = self._append(facts, changes, by, key, digest)
        except OrgledgerError as error:
            self._sure = False
            failed = RunFailed(uid=run, error=type(error).__name__, reason=error.what)
            self.ledger.note(self.org, failed, by, 2)
            raise
        self._sure = True
        count = 0 if done.repeated else done.events
        self.ledger.note(self.org, RunFinished(uid=run, appended=count, acknowledged=count), by, 2)
        return done

    def _append(
        self,
        facts: Sequence[Fact],
        changes: Sequence[Any],
        by: Circumstances,
        key: str | None,
        digest: str,
    ) -> Published:
        for attempt in range(_ATTEMPTS):
            try:
                entries = self._warm.append(facts, by)
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(random.random() * _PAUSE_S * attempt)  # noqa: S311 - no secret
            else:
                last = entries[-1].position
                return Published(run=str(by.run), events=len(entries), position=last)
            self._follow()
            earlier = self._earlier(key, digest)
            if earlier is not None:
                return earlier
            facts = validated(self._warm.directory, changes, name=self.name)
        raise AssertionError("unreachable")  # pragma: no cover - the last attempt raises

    def _follow(self) -> None:
        """Know what others appended. The organization first: of whatever changed it, the run is
        then known too, for it begins in the log before its events."""
        self._sure = False
        self._warm.recover()
        self._warm.fold()
        for batch in self.ledger.read(self._looked, scope=f"{self.org}.run"):
            for entry in batch:
                fact = entry.fact
                if isinstance(fact, RunStarted):
                    self._begun(fact)
                self._looked = entry.position
        self._sure = True

    def _begun(self, fact: RunStarted) -> None:
        if fact.mode == MODE and fact.key is not None:
            known = self._under.get(fact.key, ())
            if fact.uid not in known:
                self._under[fact.key] = (*known, fact.uid)

    def _earlier(self, key: str | None, digest: str) -> Published | None:
        """The newest publication that this one repeats."""
        for run in reversed(self._under.get(key or digest, ())):
            if run in self._recorded.runs:
                events, position = self._recorded.runs[run]
                if key is None and position < self._warm.directory.position:
                    return None
                return Published(run=run, events=events, position=position, repeated=True)
        return None
