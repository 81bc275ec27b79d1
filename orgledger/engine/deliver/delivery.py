"""Delivery: one run that brings one target to what the log says.

Nothing has to be remembered between two runs but the log. Where a run was cut off, the next one
reads the target back first, so that what was done and not recorded is found.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Container, Sequence
from datetime import timedelta

import msgspec

from domain.delivery.desired import Desired
from domain.delivery.guard import Guarded, guard
from domain.delivery.names import Names
from domain.delivery.operation import Operation
from domain.delivery.plan import Plan, plan
from domain.delivery.reconcile import Reconciled, reconcile
from domain.delivery.state import CANDIDATE, EXISTS, Result, TargetState, fold
from domain.directory import Directory
from domain.errors import ConfigError, OrgledgerError
from domain.events import (
    ChangeDeferred,
    ChangeParked,
    ChangeRefused,
    DeliveryFact,
    Fact,
    RunApproved,
    RunFailed,
    RunFinished,
    RunHeld,
    RunStarted,
)
from domain.ports import Progress
from orgledger.engine.deliver.delivered import (
    Approval,
    Delivered,
    candidates_found,
    digest,
    waiting,
)
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.deliver.doubtful import orderly, touched, unanswered
from orgledger.engine.deliver.execute import Executor
from orgledger.engine.deliver.outcomes import Outcomes
from orgledger.engine.deliver.shown import changed_since, remember
from orgledger.engine.runs import Run, Status
from orgledger.engine.views import Views
from orgledger.ledger import Circumstances, Ledger, new_id

PASSES = 3
"""How often a run plans anew: somebody else removed what it works on, or what it deleted itself was
in the way of something."""

UNFIT = "unfit"
"""Code of a record that the target cannot take; nothing was sent."""


class _Reading(msgspec.Struct, kw_only=True):
    """What a reading of the target showed."""

    verified: int = 0
    drifted: int = 0
    adopted: tuple[str, ...] = ()
    candidates: frozenset[str] | None = None
    foreign: dict[str, int] = {}
    gaps: tuple[str, ...] = ()
    names: Names | None = None


class Delivery:
    """One run of one destination."""

    def __init__(
        self,
        ledger: Ledger,
        views: Views,
        destination: Destination,
        *,
        actor: str,
        progress: Progress,
        at: int | None = None,
        verify: bool = False,
        approval: Approval | None = None,
        retry: Container[str] = frozenset(),
        pause: float = 1.0,
        recent: Sequence[Operation] = (),
        patience: timedelta = timedelta(),
    ) -> None:
        """``recent`` was done within the last day, and counts for the guard; ``patience`` is the
        executor's.
        """
        self.ledger, self.views, self.destination = ledger, views, destination
        self.recent, self.patience = recent, patience
        self.progress, self.at, self.verify = progress, at, verify
        self.approval, self.retry, self.pause = approval, retry, pause
        self.run = new_id("run")
        self.by = Circumstances(actor=actor, source=destination.system, run=self.run)
        self._version = 0

    async def plan(self) -> Delivered:
        """What a run would do now. The target may be read; nothing is written anywhere."""
        directory, state = self._sides()
        desired = self.destination.desired(directory)
        reading, before = _Reading(), self._before()
        if self._must_read(desired, state, orderly=_orderly(before)):
            found, reading = await self._read(desired, state, before)
            for fact in found.facts:
                fold(state, fact, self.ledger.now(), self.run)
        made = self._plan(desired, state, reading)
        guarded = self._guard(made, state, _held(before))
        remember(self.views.data, directory.org, state.target, made.position, guarded)
        return self._delivered(made, guarded, reading, plan=guarded.going)

    async def execute(self) -> Delivered:
        """Bring the target to what the log says.

        Raises CredentialFault or another SystemFault when the target can't be worked with, and
        LogError when outcomes can't be recorded; what was done until then is recorded.
        """
        directory, state = self._sides()
        before = self._before()
        self._note(RunStarted(uid=self.run, system=self.destination.system, mode="deliver"))
        try:
            outcome = await self._deliver(directory, state, before)
        except asyncio.CancelledError:
            self._note(RunFailed(uid=self.run, error="Interrupted", reason="it was stopped"))
            raise
        except OrgledgerError as error:
            self._note(RunFailed(uid=self.run, error=type(error).__name__, reason=str(error)))
            raise
        self._finish(outcome, _held(before))
        return outcome

    # The two sides

    def _sides(self) -> tuple[Directory, TargetState]:
        org, system = self.destination.org, self.destination.system
        directory = self.views.directory(org, self.at)
        if not directory.version:
            raise ConfigError(
                f"the log knows nothing of the organization {org!r} yet"
                if self.at is None
                else f"the log knew nothing of the organization {org!r} at position {self.at}",
                fix="Run 'orgledger sync' for its source first.",
            )
        return directory, self.views.sync_state(org, system)

    def _before(self) -> list[Run]:
        """The runs before this one, the newest first."""
        return self.views.deliveries(self.destination.org, self.destination.system)

    def _must_read(self, desired: Desired, state: TargetState, *, orderly: bool) -> bool:
        """Whether what the log says about the target is not enough to go by."""
        if not self.destination.target.capabilities.reads:
            return False
        if self.verify or state.empty or (self.approval and self.approval.candidates):
            return True
        return (
            not orderly
            or bool(unanswered(state, desired))
            or any(
                (stuck.code == EXISTS and stuck.result is Result.DEFERRED)
                or (stuck.code in (EXISTS, CANDIDATE) and uid in self.retry)
                for kind in state.placed
                for uid, placed in state.of(kind).items()
                if placed.stuck and uid in desired.of(kind)
                for stuck in placed.stuck.values()
            )
        )

    async def _read(
        self, desired: Desired, state: TargetState, before: list[Run]
    ) -> tuple[Reconciled, _Reading]:
        target = self.destination.target
        known = {kind: list(state.remotes(kind)) for kind in target.capabilities.fields}
        inventory = await target.read(known, self.progress)
        approved = self.approval.candidates if self.approval else frozenset()
        found = reconcile(
            desired,
            state,
            target.capabilities,
            inventory,
            self.destination.adoption,
            approved,
            unanswered(state, desired) | touched(self.ledger, desired.org, before),
        )
        reading = _Reading(
            verified=sum(len(present) for present in inventory.present.values()),
            drifted=len(found.drift),
            adopted=tuple(fact.uid for fact in found.adopted),
            candidates=frozenset(fact.uid for fact in found.waiting),
            foreign=found.foreign,
            gaps=inventory.gaps,
            names=found.names,
        )
        return found, reading

    def _plan(
        self,
        desired: Desired,
        state: TargetState,
        reading: _Reading,
        freed: frozenset[str] = frozenset(),
    ) -> Plan:
        return plan(
            desired,
            state,
            self.destination.target.capabilities,
            self.destination.leavers,
            now=self.ledger.now(),
            adopted=reading.adopted,
            names=reading.names,
            retry=freed or self.retry,
            candidates=reading.candidates,
        )

    def _guard(self, made: Plan, state: TargetState, held: Run | None) -> Guarded:
        approved = self.approval.operations if self.approval else None
        holding = Approval(run=held).operations if held else None
        return guard(
            made.operations, state, self.destination.limits, approved, holding, self.recent
        )

    # The run

    async def _deliver(
        self, directory: Directory, state: TargetState, before: list[Run]
    ) -> Delivered:
        self.progress("mapping", 0, None)
        desired = self.destination.desired(directory)
        reading = _Reading()
        planned = told = 0
        since: tuple[str, ...] = ()
        async with Outcomes(self.ledger, state, self.by) as outcomes:
            orderly, held = _orderly(before), _held(before)
            if self._must_read(desired, state, orderly=orderly):
                found, reading = await self._read(desired, state, before)
                for fact in _news(found, state):
                    outcomes.take(fact)
            freed: frozenset[str] = frozenset()
            for attempt in range(PASSES):
                made = self._plan(desired, state, reading, freed)
                guarded = self._guard(made, state, held)
                if attempt == 0:
                    since = changed_since(self.views.data, state.org, state.target, guarded)
                planned += len(guarded.going)
                told += self._refuse_unfit(made, outcomes)
                executor = Executor(
                    self.destination.target,
                    outcomes,
                    directory.position,
                    self.progress,
                    pause=self.pause,
                    again=not orderly and not self.destination.target.capabilities.reads,
                    patience=self.patience,
                )
                await executor.run(guarded.going)
                freed = executor.freed
                if not executor.absent and not freed:
                    break
        return self._delivered(
            made, guarded, reading, planned=planned, told=told, outcomes=outcomes, since=since
        )

    def _refuse_unfit(self, made: Plan, outcomes: Outcomes) -> int:
        """Record what can't be sent, and return how much of it is news."""
        news = [(o, why) for o, why in made.unfit if outcomes.before(o) is None]
        for operation, why in news:
            outcomes.failed(
                ChangeRefused,
                operation,
                made.position,
                why,
                code=UNFIT,
                fix="Change it in the source, or the mapping of this target.",
            )
        return len(news)

    def _delivered(
        self,
        made: Plan,
        guarded: Guarded,
        reading: _Reading,
        *,
        planned: int = 0,
        told: int = 0,
        outcomes: Outcomes | None = None,
        since: tuple[str, ...] = (),
        plan: tuple[Operation, ...] = (),
    ) -> Delivered:
        candidates = {o.uid for o, stuck in made.stuck if stuck.code == CANDIDATE}
        count = outcomes.count if outcomes else Counter()
        failed = count[ChangeRefused] + count[ChangeDeferred] + count[ChangeParked]
        stuck = len(made.stuck) - len(candidates) + len(made.unfit) - told
        status = Status.FINISHED
        if guarded.held or candidates:
            status = Status.HELD
        elif failed or stuck or made.unfit or reading.gaps:
            status = Status.PARTIAL
        reason = guarded.reason
        if candidates and not reason:
            reason = candidates_found(len(candidates))
        return Delivered(
            run=self.run,
            org=self.destination.org,
            system=self.destination.system,
            status=status,
            at=made.position,
            planned=planned or len(plan),
            applied=outcomes.applied - len(reading.adopted) if outcomes else 0,
            refused=count[ChangeRefused],
            deferred=count[ChangeDeferred],
            parked=count[ChangeParked],
            stuck=stuck,
            resting=made.resting,
            verified=reading.verified,
            drifted=reading.drifted,
            adopted=len(reading.adopted),
            foreign=reading.foreign,
            gaps=reading.gaps,
            failures=tuple(outcomes.failures) if outcomes else (),
            since=since,
            plan=plan,
            held=guarded.held,
            candidates=tuple(sorted(candidates)),
            reason=reason,
        )

    def _finish(self, outcome: Delivered, before: Run | None) -> None:
        self._note(
            RunFinished(
                uid=self.run,
                planned=outcome.planned,
                acknowledged=outcome.applied,
                verified=outcome.verified,
                deferred=outcome.deferred,
                parked=outcome.parked,
                stuck=outcome.stuck,
                refused=outcome.failures,
                gaps=outcome.gaps,
                at=outcome.at,
                foreign=outcome.foreign,
                since=outcome.since,
            )
        )
        if self.approval is not None:
            held = self.approval.run
            self.ledger.note(
                outcome.org,
                RunApproved(uid=held.id, continued_by=self.run),
                Circumstances(actor=self.by.actor, source=held.system, run=held.id),
                held.version + 1,
            )
        if outcome.status is Status.HELD:
            asked = waiting(outcome)
            mark = digest(asked)
            same = before is not None and before.digest == mark
            self._note(
                RunHeld(
                    uid=self.run,
                    reason=outcome.reason,
                    operations={} if same else asked,
                    digest=mark,
                )
            )

    def _note(self, fact: Fact) -> None:
        self._version += 1
        self.ledger.note(self.destination.org, fact, self.by, self._version)


def _orderly(before: list[Run]) -> bool:
    """Whether the log has everything that the newest run did."""
    return bool(before) and orderly(before[0])


def _held(before: list[Run]) -> Run | None:
    """The newest run that came to its end, if it holds something that nobody has approved."""
    ended = next((run for run in before if orderly(run)), None)
    return ended if ended and ended.status is Status.HELD else None


def _news(found: Reconciled, state: TargetState) -> list[DeliveryFact]:
    """What a reading showed, without the candidates that wait already."""
    news: list[DeliveryFact] = [*found.drift, *found.adopted]
    for fact in found.waiting:
        placed = state.of(fact.kind).get(fact.uid)
        before = placed.stuck.get(fact.action) if placed else None
        if before is None or before.digest != fact.digest:
            news.append(fact)
    return news
