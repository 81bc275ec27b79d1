"""Delivering: the job that brings one target to what the log says, change by change.

When it begins, and by schedule, everything is planned; in between only what the newest facts
touch. What fails for a passing reason, and what a guard holds, is planned as a whole again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from math import inf
from time import monotonic, time_ns
from typing import TYPE_CHECKING

from faststream.nats.annotations import NatsMessage

from domain.delivery.focus import focus
from domain.delivery.guard import TAKING, guard
from domain.delivery.operation import Operation
from domain.delivery.plan import plan
from domain.directory import Directory
from domain.envelope import Entry, delivery_scope, directory_scope
from domain.errors import ConflictError, CredentialFault, SystemFault
from domain.events import ChangeDeferred, ChangeParked
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.deliver.execute import Executor
from orgledger.engine.deliver.lately import Lately
from orgledger.engine.deliver.noted import Noted
from orgledger.engine.deliver.outcomes import Outcomes
from orgledger.engine.sitting import Sitting
from orgledger.ledger import Circumstances
from orgledger.live.consuming import consuming, sequence
from orgledger.live.gathering import Gathering
from orgledger.live.jobs import Check
from orgledger.live.organization import Organization
from orgledger.live.schedule import Schedule
from orgledger.live.tracing import SILENT, Tracing, described

if TYPE_CHECKING:
    from orgledger.bootstrap import Service
    from orgledger.config import SystemConfig
    from orgledger.live.metrics import Metrics

log = logging.getLogger("orgledger.live")

IDLE_S, MOST_S = 0.01, 1.0
"""Facts are taken together that come within so much quiet, or so long after the first."""

TICK_S = 1.0
"""How often it is looked what is due."""

USUAL = "17 * * * *"
"""When everything is planned, where no schedule says so."""

AGAIN_S = (10.0, 120.0)
"""Pauses before everything is planned again because something did not come through."""

PATIENCE = timedelta(minutes=30)
"""For so long at least a change is tried that fails for a passing reason: here three runs are over
within a minute, and a target that is restarted, or mended, takes longer than that."""

HELD_S = 10.0
"""While something is held everything is planned at each change, but not more often than this."""


class Delivering:
    """One target. To be run in an event loop of its own; at one place at a time."""

    def __init__(
        self,
        opened: Service,
        configured: SystemConfig,
        organization: Organization,
        metrics: Metrics,
        tracing: Tracing = SILENT,
    ) -> None:
        self.opened, self.configured = opened, configured
        self.organization, self.metrics = organization, metrics
        self.tracing = tracing
        self.name = f"deliver.{configured.id}"
        self._gathering: Gathering[NatsMessage] = Gathering(idle=IDLE_S, most=MOST_S)
        self._pause, self._wanted = AGAIN_S[0], 0.0
        self._position = 0
        self._sound, self._rest = False, 0.0
        ownership = opened.config.ownership(configured.org)
        self._read = bool(ownership.shared) and configured in opened.config.sources()

    async def run(self, leave: asyncio.Event, check: Check) -> None:
        """Until it is to leave. Raises OrgledgerError for what has to be begun anew."""
        opened, org = self.opened, self.configured.org
        self._check = check
        async with AsyncExitStack() as stack:
            self.destination = opened.destination(self.configured)
            stack.push_async_callback(self.destination.target.close)
            zone = opened.config.zone(org)
            self.schedule = Schedule(
                self.configured.schedule, zone, last=opened.ledger.now(), usual=USUAL
            )
            self.actor = f"service:{self.configured.id}"
            self.sitting = Sitting(
                opened.ledger, org, self.configured.id, mode="deliver", actor=self.actor
            )
            stack.callback(self.sitting.close)
            self._lately = Lately(opened.ledger, org, self.configured.id)
            await self._hear(stack, f"{directory_scope(org)}.>", "deliver")
            if self._read:
                scope = delivery_scope(org, self.configured.id)
                await self._hear(stack, f"{scope}.*.DriftDetected", "drift")
            await self._work(leave)

    async def _hear(self, stack: AsyncExitStack, scope: str, durable: str) -> None:
        """Gather what is recorded from now on within ``scope``."""
        await stack.enter_async_context(
            consuming(
                self.opened.address,
                lambda message: self._gathering.put(sequence(message), message),
                stream=self.opened.config.log.stream,
                subject=f"orgledger.log.{scope}",
                durable=f"{durable}-{self.configured.id}",
                new=True,
                headers_only=True,
            )
        )

    async def _work(self, leave: asyncio.Event) -> None:
        while not leave.is_set():
            if self._due():
                await self._everything()
            batch = await self._gathering.next(TICK_S)
            if not batch or max(batch) <= self._position or await self._changes(max(batch)):
                for message in batch.values():
                    await message.ack()
                self.sitting.settle()
                continue
            for number, message in batch.items():  # acknowledged when everything was planned
                self._gathering.put(number, message)
            if not self._due():
                await asyncio.sleep(TICK_S)

    def _due(self) -> bool:
        return monotonic() >= self._wanted or self.schedule.due(self.opened.ledger.now())

    # Everything

    async def _everything(self) -> None:
        """Plan and bring all of it, as a run of its own."""
        self._check()
        self.sitting.close()
        opened = self.opened
        with self.organization.now() as directory:
            known = bool(directory.version)
        self._wanted = inf
        if not known:
            return
        delivery = Delivery(
            opened.ledger,
            opened.views,
            self.destination,
            actor="schedule",
            progress=_quiet,
            recent=self._lately.operations(),
            patience=PATIENCE,
        )
        self.schedule.done(opened.ledger.now())
        self._noted = Noted(opened.ledger, self.configured.org, self.configured.id)
        try:
            done = await delivery.execute()
        except CredentialFault:
            raise
        except (SystemFault, ConflictError) as fault:
            log.warning("%s: %s", self.name, fault)
            self._unsound()
            return
        self._position = max(self._position, done.at)
        self._state = opened.views.sync_state(self.configured.org, self.configured.id)
        self._sound = not done.held  # an account that may be somebody's own waits by itself
        self._rest = monotonic() + HELD_S
        if done.deferred:
            self._later()
        else:
            self._pause = AGAIN_S[0]

    def _later(self) -> None:
        """Plan everything in a while; what comes meanwhile does not put that off."""
        if self._wanted == inf:
            self._wanted, self._pause = monotonic() + self._pause, min(self._pause * 2, AGAIN_S[1])

    def _unsound(self) -> None:
        self._sound = False
        self._later()

    # What has changed

    async def _changes(self, position: int) -> bool:
        """Bring what the newest facts touch, up to ``position``; False: plan everything first."""
        if not self._sound:
            if self._wanted == inf and monotonic() >= self._rest:
                self._wanted = 0.0
            return False
        begun = time_ns()
        with self.organization.now(position) as directory:
            # after the directory: what was noted up to its position does not count any more
            noted = self._noted.take(self._state) if self._read else []
            entries = self.organization.since(self._position)
            entries = None if entries is None else entries + noted
            made = None if entries is None else self._planned(directory, entries)
            position = directory.position
        if entries is None or made is None:
            self._wanted = 0.0
            return False
        if made and entries:
            org, system = self.configured.org, self.configured.id
            callbacks = [entry.envelope.inbox for entry in entries]
            with self.tracing.span("deliver", inbox=callbacks, begun=begun, org=org, system=system):
                self.tracing.note(**described(entries))
                self.tracing.passed("plan", begun)
                await self._bring(made, position, entries)
        self._position = position
        return True

    def _planned(
        self, directory: Directory, entries: Sequence[Entry]
    ) -> tuple[Operation, ...] | None:
        """The operations; None where everything has to be planned."""
        touched = focus(directory, [entry.fact for entry in entries], self._state)
        if touched is None:
            return None
        destination = self.destination
        made = plan(
            destination.desired(directory, touched),
            self._state,
            destination.target.capabilities,
            destination.leavers,
            now=self.opened.ledger.now(),
        )
        takes = any(operation.action in TAKING for operation in made.operations)
        recent = self._lately.operations() if takes else ()
        guarded = guard(made.operations, self._state, destination.limits, recent=recent)
        news = any(self._state.failed(operation) is None for operation, _ in made.unfit)
        return None if guarded.held or news else guarded.going

    async def _bring(
        self, operations: Sequence[Operation], position: int, entries: Sequence[Entry]
    ) -> None:
        self._check()
        try:
            with self.sitting.piece() as found:
                by = Circumstances(
                    actor=self.actor,
                    source=self.configured.id,
                    run=found.run,
                    cause=entries[-1].position,
                    inbox=entries[-1].envelope.inbox,
                )
                async with Outcomes(self.opened.ledger, self._state, by) as outcomes:
                    target = self.tracing.calls(self.destination.target)
                    executor = Executor(target, outcomes, position, _quiet, patience=PATIENCE)
                    await executor.run(operations)
        except CredentialFault:
            raise
        except SystemFault as fault:
            log.warning("%s: %s", self.name, fault)
            self._unsound()
            return
        except ConflictError:  # a reading of the same system noted something meanwhile
            self._sound, self._wanted = False, 0.0
            return
        found.at = position
        found.planned += len(operations)
        found.acknowledged += outcomes.applied
        found.deferred += outcomes.count[ChangeDeferred]
        found.parked += outcomes.count[ChangeParked]
        for failure in outcomes.failures:
            found.refuse(failure)
        if executor.absent or executor.freed or outcomes.failures:
            self._later()
        self.metrics.brought(self.configured.id, outcomes.applied, entries)


def _quiet(what: str, done: int, total: int | None) -> None:
    """Nobody watches."""
