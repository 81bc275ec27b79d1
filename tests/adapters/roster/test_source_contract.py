"""The roster passes the contract suite of sources."""

from __future__ import annotations

from tests.adapters.roster.source_contract_desk import RosterDesk
from tests.sources.suite import SourceSuite


class TestRoster(SourceSuite):
    def desk(self) -> RosterDesk:
        return RosterDesk()
