"""Casdoor holds what the contract suite of targets asks for."""

from __future__ import annotations

from tests.adapters.casdoor.target_desk import CasdoorTargetDesk
from tests.delivery.desk import TargetDesk
from tests.delivery.suite import TargetSuite


class TestCasdoor(TargetSuite):
    def desk(self) -> TargetDesk:
        return CasdoorTargetDesk()
