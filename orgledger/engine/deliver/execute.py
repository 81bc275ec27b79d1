"""Execute: carry out a plan, stage by stage, and sort out what becomes of each operation."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import TypeGuard

import msgspec

from domain.delivery import order
from domain.delivery.operation import Acknowledged, Action, Operation
from domain.delivery.state import EXISTS, TargetState
from domain.errors import AbsentFault, ExistsFault, StrangerFault, SystemFault, TransientFault
from domain.events import (
    ChangeApplied,
    ChangeDeferred,
    ChangeParked,
    ChangeRefused,
    DriftDetected,
    NotApplied,
)
from domain.ports import Progress, Target
from orgledger.engine.deliver.outcomes import Outcomes
from orgledger.engine.deliver.resolve import PutOff, Resolved, described, occupied, resolve

TRIES = 3
"""How often a change is sent in one run when it fails for a passing reason."""

PARKED_AFTER = 3
"""Runs in which the same change failed for a passing reason, before it is set aside."""

HOPELESS = 20
"""Changes in a row that fail for a passing reason: the target is down, the run stops."""

NEVER_SENT = "connect"

UNANSWERED = frozenset({"connection", "lost"})
"""Codes of a change that was sent, and of which nothing was heard again."""

SILENCE = 30.0
"""Seconds in which nothing was heard of the target at all: it hangs, the run stops."""

STRANGERS = 3
"""Answers of something else than the target, and none of its own: the address is wrong."""


class Executor:
    """Carries out the operations of one plan. ``absent``: something has to be made anew.

    ``again``: a run before was cut off, and what it had done can't be read back. ``patience`` is
    how long at least a change fails for a passing reason before it is set aside.
    """

    def __init__(
        self,
        target: Target,
        outcomes: Outcomes,
        position: int,
        progress: Progress,
        *,
        pause: float = 1.0,
        again: bool = False,
        patience: timedelta = timedelta(),
    ) -> None:
        self.target, self.outcomes, self.position = target, outcomes, position
        self.progress, self.pause, self.again = progress, pause, again
        self.patience = patience
        self.absent = False
        self._deleted: set[str] = set()
        self._can = target.capabilities
        self._occupied: set[str] = set()
        self._failed_in_a_row = 0
        self._heard, self._reached = time.monotonic(), False
        self._strange: list[tuple[Resolved, StrangerFault]] = []
        self._done = self._total = 0
        self._what = ""

    @property
    def freed(self) -> frozenset[str]:
        """The uids of what met a name, number or id that something deleted by now may have had."""
        return frozenset(
            uid
            for kind in self._deleted
            for uid, placed in self._state.of(kind).items()
            if any(stuck.code == EXISTS for stuck in placed.stuck.values())
        )

    @property
    def _state(self) -> TargetState:
        return self.outcomes.state

    async def run(self, operations: Sequence[Operation]) -> None:
        """Carry out a plan. Raises CredentialFault, TransientFault and LogError: all stop it."""
        for _, stage in groupby(operations, key=lambda o: o.stage):
            await self._stage(list(stage))
            await self._settle_strange()

    async def _stage(self, operations: list[Operation]) -> None:
        what = order.called(operations[0].stage)
        if what != self._what:
            self._what, self._done, self._total = what, 0, 0
        self._total += len(operations)
        deletes = any(o.action is Action.DELETE and o.kind != "member" for o in operations)
        self._occupied = occupied(self._state) if deletes else set()
        met: list[Operation] = []
        lanes: dict[str, list[Operation]] = {}
        for operation in operations:
            lanes.setdefault(operation.uid, []).append(operation)
        while lanes:  # one operation of each entity at a time, in their order
            turn = [lane.pop(0) for lane in lanes.values()]
            lanes = {uid: lane for uid, lane in lanes.items() if lane}
            met += await self._turn(turn, last=False)
        if met:
            await self._turn(met, last=True)

    async def _turn(self, operations: list[Operation], *, last: bool) -> list[Operation]:
        """Independent operations; returns those that met something of the same name.

        Somebody else in this turn may have given that name away, so they get another try.
        """
        ready = [r for r in map(self._resolved, operations) if r is not None]
        by_kind: dict[bool, list[Resolved]] = {True: [], False: []}
        for resolved in ready:
            by_kind[resolved.operation.kind in self._can.serial].append(resolved)
        met: list[Operation] = []
        for serial, group in by_kind.items():
            batches = _batches(group, self._can.batch)
            workers = 1 if serial else self._can.concurrency
            await _concurrently(batches, workers, lambda b: self._batch(b, met, last))
        return met

    def _resolved(self, operation: Operation) -> Resolved | None:
        found = resolve(operation, self._state, again=self.again)
        if operation.action is Action.DELETE and operation.uid in self._occupied:
            found = PutOff(operation=operation, why="something in it is still there")
        if isinstance(found, Resolved):
            return found
        self._count(1)
        if not found.silent:
            self.outcomes.failed(ChangeDeferred, operation, self.position, found.why)
        return None

    async def _batch(self, batch: list[Resolved], met: list[Operation], last: bool) -> None:
        for attempt in range(TRIES):
            await self.outcomes.room()
            changes = [r.change for r in batch]
            results = await self.target.apply(changes)
            again: list[Resolved] = []
            for resolved, result in zip(batch, results, strict=True):
                if _passes(result) and attempt < TRIES - 1:
                    if self._is_down(result):
                        raise result
                    change = msgspec.structs.replace(resolved.change, again=True)
                    again.append(msgspec.structs.replace(resolved, change=change))
                elif isinstance(result, ExistsFault) and not last:
                    met.append(resolved.operation)
                else:
                    await self._settle(resolved, result)
            self._count(len(batch) - len(again))
            if not again:
                return
            batch = again
            await asyncio.sleep(self.pause * 2**attempt * (0.5 + random.random()))  # noqa: S311

    def _is_down(self, fault: TransientFault) -> bool:
        """Whether other changes would fare no better: that is no reason to put each of them off."""
        if fault.code in UNANSWERED:
            return time.monotonic() - self._heard > SILENCE
        self._heard = time.monotonic()
        return fault.throttled or fault.code == NEVER_SENT

    async def _settle_strange(self) -> None:
        """What something else answered: refused if the target itself answered others."""
        strange, self._strange = self._strange, []
        if strange and not self._reached:
            raise strange[0][1]
        for resolved, fault in strange:
            await self._settle(resolved, fault)

    async def _settle(self, resolved: Resolved, result: Acknowledged | SystemFault) -> None:
        operation = resolved.operation
        if not isinstance(result, TransientFault | StrangerFault):
            self._heard, self._reached = time.monotonic(), True
        match result:
            case Acknowledged():
                self._failed_in_a_row = 0
                self._applied(operation, result)
            case AbsentFault():
                self.absent = True
                self.outcomes.take(
                    DriftDetected(
                        uid=operation.uid,
                        target=self._state.target,
                        kind=operation.kind,
                        missing=True,
                    )
                )
            case TransientFault():
                self._unsettled(operation, result)
            case StrangerFault() if not self._reached:
                self._strange.append((resolved, result))
                if len(self._strange) >= STRANGERS:
                    raise result
            case ExistsFault():
                self._exists(operation, result)
            case _:
                if len(operation.members) > 1:
                    await self._one_by_one(operation)
                else:
                    self._failed(ChangeRefused, operation, result)

    def _applied(self, operation: Operation, result: Acknowledged) -> None:
        if operation.action is Action.DELETE:
            self._deleted.add(operation.kind)
        self.outcomes.take(
            ChangeApplied(
                uid=operation.uid,
                target=self._state.target,
                kind=operation.kind,
                action=operation.action,
                remote=result.remote,
                fields=operation.fields,
                relations=described(operation.relations),
                members=operation.members,
                leaver=operation.leaver,
                at=self.position,
                warning=result.warning,
            )
        )

    async def _one_by_one(self, operation: Operation) -> None:
        """A list that is refused as a whole: whoever is wrong in it shall be alone with it."""
        for member in operation.members:
            alone = self._resolved(msgspec.structs.replace(operation, members=(member,)))
            if alone is not None:
                await self._batch([alone], [], last=True)

    def _exists(self, operation: Operation, fault: ExistsFault) -> None:
        """The next run reads the target; if it was not ours even then, it is refused."""
        before = self.outcomes.before(operation)
        if before is None or before.code != EXISTS or before.run == self.outcomes.run:
            self._failed(ChangeDeferred, operation, fault, code=EXISTS)
            return
        fault.fix = "Change one of the two, there or in the source, then retry."
        self._failed(ChangeRefused, operation, fault, code=EXISTS)

    def _unsettled(self, operation: Operation, fault: TransientFault) -> None:
        if fault.waiting:
            self._failed(ChangeDeferred, operation, fault)
            return
        before = self.outcomes.before(operation)
        often = before is not None and before.tries + 1 >= PARKED_AFTER
        long = before is not None and self.outcomes.lasts(before) >= self.patience
        self._failed(ChangeParked if often and long else ChangeDeferred, operation, fault)
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= HOPELESS:
            raise fault

    def _failed(
        self, kind: type[NotApplied], operation: Operation, fault: SystemFault, code: str = ""
    ) -> None:
        why = f"{fault.what}: {fault.why}" if fault.why else fault.what
        self.outcomes.failed(
            kind, operation, self.position, why, code=code or fault.code, fix=fault.fix
        )

    def _count(self, done: int) -> None:
        self._done += done
        self.progress(self._what, min(self._done, self._total), self._total)


def _passes(result: Acknowledged | SystemFault) -> TypeGuard[TransientFault]:
    """Whether another try soon may do."""
    return isinstance(result, TransientFault) and not result.waiting


def _batches(ready: list[Resolved], size: int) -> list[list[Resolved]]:
    return [ready[start : start + size] for start in range(0, len(ready), size)]


async def _concurrently(
    batches: Iterable[list[Resolved]],
    workers: int,
    work: Callable[[list[Resolved]], Awaitable[None]],
) -> None:
    """Let ``workers`` work on batches; the first error of one stops them all and is raised."""
    waiting = iter(batches)

    async def worker() -> None:
        for batch in waiting:
            await work(batch)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(worker())
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
