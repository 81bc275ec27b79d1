"""Outcomes: what became of each operation, folded at once and recorded in batches.

An outcome is recorded soon after its call. What a crash takes away in between is found by the
next run, which reads the target back.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

from domain.delivery.operation import Operation
from domain.delivery.state import Stuck, TargetState, fold
from domain.events import ChangeApplied, DeliveryFact, DriftDetected, NotApplied
from orgledger.ledger import Circumstances, Ledger

SOON = 0.05
"""Seconds that an outcome waits for others to be recorded with it."""

MOST = 1000
"""Outcomes that are recorded at once."""

AHEAD = 500
"""Outcomes that may wait to be recorded: with a log that stalls, no more is done than this."""

_LISTED = 200
"""Failures that a run's closing event names one by one."""


class Outcomes:
    """Takes facts about the target, folds them into ``state`` and appends them to the log."""

    def __init__(self, ledger: Ledger, state: TargetState, by: Circumstances) -> None:
        self.state = state
        self.count: Counter[type[DeliveryFact]] = Counter()
        self.failures: list[str] = []
        self.run = by.run
        self._ledger, self._by = ledger, by
        self._waiting: list[tuple[DeliveryFact, int]] = []
        self._unrecorded = 0
        self._wake = asyncio.Event()
        self._ending = False
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Outcomes:
        self._writer = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._writer is not None
        self._ending = True
        self._wake.set()
        await asyncio.shield(self._writer)  # a run that is stopped still records what was done

    def take(self, fact: DeliveryFact) -> None:
        """Fold a fact and let it be recorded.

        Raises LogError when what was taken before could not be recorded.
        """
        if self._writer is not None and self._writer.done():
            self._writer.result()
        fold(self.state, fact, self._ledger.now(), self._by.run)
        self.count[type(fact)] += 1
        self._waiting.append((fact, self.state.version(fact.kind, fact.uid)))
        self._unrecorded += 1
        self._wake.set()

    async def room(self) -> None:
        """Wait until the log has caught up. Raises LogError when it does not take any more."""
        while self._unrecorded >= AHEAD:
            assert self._writer is not None
            if self._writer.done():
                self._writer.result()
            await asyncio.sleep(SOON / 5)

    def failed(
        self,
        kind: type[NotApplied],
        operation: Operation,
        at: int,
        why: str,
        *,
        code: str = "",
        fix: str = "",
    ) -> None:
        """Take it that an operation did not come through."""
        alone = operation.members if len(operation.members) == 1 else ()
        fact = kind(
            uid=operation.uid,
            target=self.state.target,
            kind=operation.kind,
            action=operation.action,
            digest=operation.digest,
            members=alone,
            why=why,
            code=code,
            fix=fix,
            at=at,
        )
        self._list(fact, operation.key)
        self.take(fact)

    def before(self, operation: Operation) -> Stuck | None:
        """How the very same operation failed before."""
        return self.state.failed(operation)

    def lasts(self, stuck: Stuck) -> timedelta:
        """For how long something has failed."""
        return self._ledger.now() - stuck.since

    def _list(self, fact: NotApplied, key: str) -> None:
        code = f" ({fact.code})" if fact.code else ""
        said = f"{fact.action} {fact.kind.replace('_', ' ')} {key}: {fact.why}{code}"
        if len(self.failures) < _LISTED:
            self.failures.append(f"{said}. {fact.fix}".rstrip() if fact.fix else said)
        elif len(self.failures) == _LISTED:
            self.failures.append("… and more")

    @property
    def applied(self) -> int:
        return self.count[ChangeApplied]

    @property
    def drifted(self) -> int:
        return self.count[DriftDetected]

    async def _write(self) -> None:
        """One batch after the other: the facts about an entity must stay in their order."""
        while self._waiting or not self._ending:
            await self._wake.wait()
            if not self._ending:
                self._wake.clear()
                await asyncio.sleep(SOON)
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await asyncio.to_thread(self._ledger.record, self.state.org, batch, self._by)
                self._unrecorded -= len(batch)
