"""The contract suite on the simulated Authing."""

from __future__ import annotations

import pytest

from tests.adapters.authing.target_desk import AuthingTargetDesk
from tests.delivery.desk import TargetDesk
from tests.delivery.suite import TargetSuite


@pytest.mark.slow
class TestAuthing(TargetSuite):
    def desk(self) -> TargetDesk:
        return AuthingTargetDesk()
