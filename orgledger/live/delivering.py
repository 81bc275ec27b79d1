"""Delivering: the job that brings one target to what the log says, change by change.

When it begins, and by schedule, everything is planned; in between only what the newest facts
touch. What fails for a passing reason, and what a guard holds, is planned as a whole again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from math import inf
from time import monotonic, time
from typing import TYPE_CHECKING

from faststream.nats.annotations import NatsMessage

from domain.delivery.focus import focus
from domain.delivery.guard import guard
from domain.delivery.operation import Action, Operation
from domain.delivery.plan import plan
from domain.directory import Directory
from domain.envelope import Entry, directory_scope
from domain.errors import CredentialFault, SystemFault
from domain.events import ChangeDeferred, ChangeParked
from domain.shrinking import WINDOW
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.deliver.execute import Executor
from orgledger.engine.deliver.outcomes import Outcomes
from orgledger.engine.runs import Status
from orgledger.engine.sitting import Sitting
from orgledger.ledger import Circumstances
from orgledger.live.consuming import consuming, sequence
from orgledger.live.gathering import Gathering
from orgledger.live.jobs import Check
from orgledger.live.organization import Organization
from orgledger.live.schedule import Schedule

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

AGAIN_S = (30.0, 900.0)
"""Pauses before everything is planned again because something did not come through."""

HELD_S = 10.0
"""While something is held everything is planned at each change, but not more often than this."""

_TAKING = (Action.DELETE, Action.DEACTIVATE, Action.REMOVE)


class Delivering:
    """One target. To be run in an event loop of its own; at one place at a time."""

    def __init__(
        self,
        opened: Service,
        configured: SystemConfig,
        organization: Organization,
        metrics: Metrics,
    ) -> None:
        self.opened, self.configured = opened, configured
        self.organization, self.metrics = organization, metrics
        self.name = f"deliver.{configured.id}"
        self._gathering: Gathering[NatsMessage] = Gathering(idle=IDLE_S, most=MOST_S)
        self._recent: deque[tuple[datetime, Operation]] = deque()
        self._pause, self._wanted = AGAIN_S[0], 0.0
        self._position = 0
        self._sound, self._rest = False, 0.0

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
            await stack.enter_async_context(
                consuming(
                    opened.address,
                    lambda message: self._gathering.put(sequence(message), message),
                    stream=opened.config.log.stream,
                    subject=f"orgledger.log.{directory_scope(org)}.>",
                    durable=f"deliver-{self.configured.id}",
                    new=True,
                    headers_only=True,
                )
            )
            await self._work(leave)

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
        return time() >= self._wanted or self.schedule.due(self.opened.ledger.now())

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
            recent=self._lately(),
        )
        self.schedule.done(opened.ledger.now())
        try:
            done = await delivery.execute()
        except CredentialFault:
            raise
        except SystemFault as fault:
            log.warning("%s: %s", self.name, fault)
            self._unsound()
            return
        self._position = max(self._position, done.at)
        self._state = opened.views.sync_state(self.configured.org, self.configured.id)
        self._sound = done.status is not Status.HELD
        self._rest = monotonic() + HELD_S
        if done.deferred:
            self._later()
        else:
            self._pause = AGAIN_S[0]

    def _later(self) -> None:
        self._wanted, self._pause = time() + self._pause, min(self._pause * 2, AGAIN_S[1])

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
        with self.organization.now(position) as directory:
            entries = self.organization.since(self._position)
            made = None if entries is None else self._planned(directory, entries)
            position = directory.position
        if entries is None or made is None:
            self._wanted = 0.0
            return False
        if made:
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
        guarded = guard(made.operations, self._state, destination.limits, recent=self._lately())
        return None if guarded.held or made.unfit else guarded.going

    async def _bring(
        self, operations: Sequence[Operation], position: int, entries: Sequence[Entry]
    ) -> None:
        self._check()
        found = self.sitting.open()
        by = Circumstances(
            actor=self.actor,
            source=self.configured.id,
            run=found.run,
            cause=entries[-1].position,
            inbox=entries[-1].envelope.inbox,
        )
        try:
            async with Outcomes(self.opened.ledger, self._state, by) as outcomes:
                executor = Executor(self.destination.target, outcomes, position, _quiet)
                await executor.run(operations)
        except CredentialFault:
            raise
        except SystemFault as fault:
            log.warning("%s: %s", self.name, fault)
            self._unsound()
            return
        now = self.opened.ledger.now()
        self._recent.extend((now, o) for o in operations if o.action in _TAKING)
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

    def _lately(self) -> tuple[Operation, ...]:
        """What was taken away within the last day, change by change."""
        since = self.opened.ledger.now() - WINDOW
        while self._recent and self._recent[0][0] < since:
            self._recent.popleft()
        return tuple(operation for _, operation in self._recent)


def _quiet(what: str, done: int, total: int | None) -> None:
    """Nobody watches."""
