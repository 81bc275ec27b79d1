"""The contract suite of targets on a real scim2-server."""

from __future__ import annotations

from tests.adapters.scim.target_desk import ScimTargetDesk
from tests.delivery.desk import TargetDesk
from tests.delivery.suite import TargetSuite


class TestScim(TargetSuite):
    def desk(self) -> TargetDesk:
        return ScimTargetDesk()
