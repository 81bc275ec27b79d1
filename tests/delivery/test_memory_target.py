"""The contract suite on the target in memory: the engine by itself."""

from __future__ import annotations

from domain.ports import Target
from tests.delivery.desk import TargetDesk
from tests.delivery.memory import MemoryDesk, MemoryTarget
from tests.delivery.suite import TargetSuite


class TestMemory(TargetSuite):
    def desk(self) -> TargetDesk:
        return MemoryDesk()

    def in_process(self, desk: TargetDesk) -> Target | None:
        assert isinstance(desk, MemoryDesk)
        return MemoryTarget(desk)
