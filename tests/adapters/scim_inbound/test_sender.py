"""A sender of the contract suite's company, whose calls come late, twice or in another order."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from orgledger.engine.runs import Status
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.pushed_firm import PushedFirm
from tests.adapters.scim_inbound.source_contract_desk import SenderDesk, TextsDesk
from tests.adapters.scim_inbound.test_source_contract import Pushed
from tests.delivery.people import after
from tests.sources.desk import Passing
from tests.sources.situations import ORDERED, SITUATIONS

SITUATION = {s.name: s for s in SITUATIONS}
EVERYTHING, SWAPPED = (
    SITUATION[name].steps[0].changes
    for name in ("everything_at_once", "parent_and_child_change_places")
)
ROUNDS = 6
"""Each does at least one level of the tree."""


@pytest.fixture
def firm(ledger: Ledger, tmp_path: Path) -> PushedFirm:
    return PushedFirm(ledger, tmp_path, SenderDesk())


@pytest.mark.parametrize("name", ["everything_at_once", "mass_leave"])
def test_the_tree_follows(firm: PushedFirm, name: str) -> None:
    """What the whole suite asks (``make soak``), of two situations."""
    Pushed().test_the_tree_follows(firm, SITUATION[name])


@pytest.mark.parametrize("kind", ["connections_reset", "late_answers"])
def test_what_gets_lost_is_sent_again(firm: PushedFirm, kind: Passing) -> None:
    """Half a call is none, also not a refused one; one whose answer is lost is taken once."""
    Pushed().test_what_passes_by_is_waited_for(firm, kind)


def test_departments_that_are_attributes(ledger: Ledger, tmp_path: Path) -> None:
    """The same with ``tree = "attribute"``: a transfer is one call and one event."""
    firm = PushedFirm(ledger, tmp_path, TextsDesk())
    Pushed().test_the_tree_follows(firm, SITUATION["transfer"])


def test_calls_in_any_order(firm: PushedFirm) -> None:
    """A sender may work through its queue in its own order, and repeat what was refused.

    The tree is the same in the end. Only a circle of groups, which is there for a moment in some
    orders, is refused in between.
    """
    circles = 0
    for seed, changes in enumerate(((), EVERYTHING, SWAPPED, (), SWAPPED, (), SWAPPED)):
        firm.desk.put(after(ORDERED, *changes))
        random.Random(seed).shuffle(firm.desk.sender.pending)
        for _ in range(ROUNDS):
            if firm.desk.sender.pending:
                refused = firm.pull().refused
                assert all(text.endswith(": 400 invalidValue") for text in refused), refused
                circles += len(refused)
        assert firm.differences() == []
    assert circles, "none of these orders makes a circle"
    assert firm.pull().appended == 0


def test_a_creation_that_comes_twice(firm: PushedFirm) -> None:
    """It is a conflict that the run tells of (RFC 7644, section 3.3); nobody is there twice."""
    firm.desk.put(ORDERED)
    creations = [call for call in firm.desk.sender.pending if call.method == "POST"]
    assert firm.pull().status is Status.FINISHED
    firm.desk.sender.pending, head = creations, firm.ledger.head
    outcome = firm.pull()
    assert outcome.status is Status.PARTIAL
    assert Counter(outcome.refused) == {
        "POST Users: 409 uniqueness": len(ORDERED.members),
        "POST Groups: 409 uniqueness": len(ORDERED.departments) + len(ORDERED.roles),
    }
    assert not firm.events(head)
    assert firm.differences() == []
