"""Entra passes the contract suite of sources."""

from __future__ import annotations

import pytest

from tests.adapters.entra.source_contract_desk import EntraDesk
from tests.sources.firm import Firm
from tests.sources.situations import SITUATIONS, Situation
from tests.sources.suite import SourceSuite

NAMED = [s for s in SITUATIONS if not any(step.again for step in s.steps)]
"""Without those that name people by the ids that were put: Entra gives object ids of its own."""


class TestEntra(SourceSuite):
    def desk(self) -> EntraDesk:
        return EntraDesk()

    @pytest.mark.parametrize("situation", NAMED, ids=str)
    def test_the_tree_follows(self, firm: Firm, situation: Situation) -> None:
        """After every step the tree is what Entra holds, with the fewest events."""
        super().test_the_tree_follows(firm, situation)
