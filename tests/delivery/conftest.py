"""The office of the engine's tests: a ledger on a real nats-server, a target in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.nats.embedded import attach
from domain.delivery.operation import Acknowledged, Change
from domain.delivery.plan import Leavers
from domain.delivery.scope import Scope
from domain.errors import SystemFault
from domain.ports import Target
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.deliver.delivered import Approval, Delivered
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.status import TargetStatus, status
from orgledger.ledger import Ledger
from tests.delivery.memory import MemoryDesk, MemoryTarget
from tests.delivery.suite import Office
from tests.engine.conftest import Clock


class UnsteadyTarget(MemoryTarget):
    """A target in memory that fails as the test says.

    ``faults`` has what is answered for a key instead of doing it, ``stop`` what is raised from
    the call after ``calls`` more; ``interrupt`` is called before every change.
    """

    def __init__(self, desk: MemoryDesk) -> None:
        super().__init__(desk)
        self.faults: dict[str, SystemFault] = {}
        self.stop: BaseException | None = None
        self.calls = 0
        self.interrupt: Callable[[], None] = lambda: None

    async def apply(self, changes: Sequence[Change]) -> list[Acknowledged | SystemFault]:
        self.interrupt()
        if self.stop is not None and self.calls <= 0:
            raise self.stop
        self.calls -= 1
        [change] = changes
        if change.key in self.faults:
            self.desk.changes.append(change)
            return [self.faults[change.key]]
        return await super().apply(changes)


class Workshop(Office):
    """An office whose target is in memory, and whose clock the test sets."""

    def __init__(self, ledger: Ledger, data: Path, memory: MemoryDesk, clock: Clock) -> None:
        self.unsteady = UnsteadyTarget(memory)
        super().__init__(ledger, data, memory, self.unsteady)
        self.memory, self.clock = memory, clock
        self.scope, self.leavers = Scope(), Leavers()

    def delivery(self, target: Target, **options: Any) -> Delivery:
        found = super().delivery(target, **options)
        found.destination = msgspec.structs.replace(
            found.destination, scope=self.scope, leavers=self.leavers
        )
        return found

    def planned(self, **options: Any) -> Delivered:
        """What a run would do."""
        return asyncio.run(self.delivery(self.unsteady, **options).plan())

    def status(self) -> TargetStatus:
        destination = self.delivery(self.unsteady).destination
        return status(self.views, destination, self.views.runs())

    def approve_some(self, run: str, *keys: str) -> Delivered:
        """``orgledger sync --approve RUN --entity KEY``."""
        only = frozenset(self.uid(key) for key in keys)
        approval = Approval(run=self.views.run(run), only=only)
        return asyncio.run(self.delivery(self.unsteady, approval=approval).execute())

    def uid(self, key: str) -> str:
        """The uid of something that the source calls ``key``."""
        links = self.views.directory("feifan").links
        return next(found.uids[key] for found in links.values() if key in found.uids)

    def sent(self, since: int = 0) -> list[str]:
        """The calls that the target got, in words: ``update member u4``."""
        return [f"{c.action} {c.kind} {c.key}" for c in self.memory.changes[since:]]

    def topics(self) -> list[str]:
        """The events in the log that are about the target, in order."""
        return [e.fact.TOPIC for batch in self.ledger.read(scope="feifan.delivery") for e in batch]


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    clock = Clock()
    with attach(tmp_path / "log") as attached:
        ledger = Ledger(environment(LogConfig(), attached.env()), clock=clock)
        yield Workshop(ledger, tmp_path, MemoryDesk(), clock)
        ledger.close()
