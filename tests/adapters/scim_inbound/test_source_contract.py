"""SCIM inbound passes the contract suite of sources: a sender brings us up to date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from adapters.scim_inbound.capabilities import capabilities
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.pushed_firm import PushedFirm
from tests.adapters.scim_inbound.source_contract_desk import SenderDesk, TextsDesk
from tests.sources.suite import SourceSuite


class Pushed(SourceSuite):
    __test__ = False

    def desk(self) -> SenderDesk:
        return SenderDesk()

    @pytest.fixture
    def firm(self, log: Ledger, tmp_path: Path) -> Iterator[PushedFirm]:
        with self.desk() as desk:
            yield PushedFirm(log, tmp_path, desk)


class TestGroups(Pushed):
    __test__ = True


class TestTexts(Pushed):
    __test__ = True
    SKIPPED: ClassVar[dict[str, str]] = dict.fromkeys(
        (
            "department_moved",
            "deep_move",
            "parent_and_child_change_places",
            "department_to_the_top",
        ),
        capabilities(TextsDesk.settings).why["departments"],
    )

    def desk(self) -> SenderDesk:
        return TextsDesk()
