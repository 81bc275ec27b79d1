"""Entra passes the contract suite of sources: by each tree, whole and by changes."""

from __future__ import annotations

from typing import ClassVar

from tests.adapters.entra.source_contract_desk import (
    ChangesDesk,
    EntraDesk,
    TeamsDesk,
    UnitsDesk,
)
from tests.adapters.entra.texts_desk import TextsByChangesDesk, TextsDesk
from tests.sources.situations import SITUATIONS
from tests.sources.suite import SourceSuite

DEPARTMENTS = tuple(
    s.name
    for s in SITUATIONS
    if {"departments", "leaders", "several_departments"}.intersection(s.needs)
)
ONLY_DEPARTMENTS = {
    **dict.fromkeys(
        (*DEPARTMENTS, "no_order_given", "transfer", "in_no_department"),
        "managers and not departments make the teams",
    ),
    "manager_cycle": "where a circle of teams is opened is in test_source_trees",
}


class TestGroups(SourceSuite):
    def desk(self) -> EntraDesk:
        return EntraDesk()


class TestGroupsByChanges(SourceSuite):
    def desk(self) -> EntraDesk:
        return ChangesDesk()


class TestUnitsByChanges(SourceSuite):
    def desk(self) -> EntraDesk:
        return UnitsDesk()


class TestTeamsByChanges(SourceSuite):
    SKIPPED: ClassVar[dict[str, str]] = ONLY_DEPARTMENTS

    def desk(self) -> EntraDesk:
        return TeamsDesk()


class TestTexts(SourceSuite):
    def desk(self) -> EntraDesk:
        return TextsDesk()


class TestTextsByChanges(SourceSuite):
    def desk(self) -> EntraDesk:
        return TextsByChangesDesk()
