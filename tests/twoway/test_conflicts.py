"""Conflicts: what was found where something else had been brought, with the history of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.delivery.state import STANDS
from orgledger.engine.conflicts import Conflict, conflicts
from orgledger.ledger import Ledger
from tests.twoway.pair import PART, SOURCE, Pair, company


@pytest.fixture
def pair(ledger: Ledger, tmp_path: Path) -> Pair:
    found = Pair(ledger, tmp_path)
    company(found)
    return found


def listed(pair: Pair, system: str = SOURCE) -> list[Conflict]:
    return conflicts(pair.ledger, pair.views, pair.destination(system))


def history(conflict: Conflict) -> list[tuple[str, object, str | None]]:
    return [(moment.side, moment.value, moment.source) for moment in conflict.history]


def test_a_conflict_is_open_until_it_is_put_right(pair: Pair) -> None:
    """Both sides' history is told: who said ours, what was found, and what was written over it."""
    pair.ding.edit("ANN", email="wrong@x.example")
    pair.told(SOURCE, "ann")
    [conflict] = listed(pair)
    assert (conflict.state, conflict.field, conflict.id) == ("open", "email", "ann")
    assert history(conflict)[-1] == ("there", "wrong@x.example", SOURCE)
    assert conflict.history[0].side == "ours"
    pair.deliver(SOURCE)
    [conflict] = listed(pair)
    assert conflict.state == "repaired"
    assert history(conflict)[-1] == ("written", "ann@feifan.example", SOURCE)


def test_what_the_owner_takes_over_is_agreed(pair: Pair) -> None:
    """Entered at the owner, the other value wins, and nothing is written for it."""
    pair.ding.edit("ANN", email="better@x.example")
    pair.told(SOURCE, "ann")
    pair.lark.edit("ANN", email="better@x.example")
    writes = pair.ding.writes()
    pair.sync()
    [conflict] = listed(pair)
    assert (conflict.state, pair.ding.writes()) == ("agreed", writes)
    assert history(conflict)[-1] == ("ours", "better@x.example", PART)


def test_who_insists_is_overruled_some_times_and_then_left(pair: Pair) -> None:
    """The same value is put right three times; then it stands until one side changes."""
    for _ in range(STANDS):
        pair.ding.edit("ANN", email="mine@x.example")
        pair.sync()
        assert pair.ding.person("ANN").fields["email"] == "ann@feifan.example"
    pair.ding.edit("ANN", email="mine@x.example")
    pair.rests()
    assert pair.ding.person("ANN").fields["email"] == "mine@x.example"
    [conflict] = listed(pair)
    assert conflict.state == "stands"
    pair.lark.edit("ANN", email="new@x.example")
    pair.sync()
    assert pair.ding.person("ANN").fields["email"] == "new@x.example"
    [conflict] = listed(pair)
    assert conflict.state == "repaired"


def test_somebody_who_was_deleted_there_is_a_conflict(pair: Pair) -> None:
    """Who there is, is the source's to say: the account is made again."""
    pair.lark.remove_member("bob")
    pair.pull(PART)
    [conflict] = listed(pair, PART)
    assert (conflict.field, conflict.state) == ("missing", "open")
    pair.deliver(PART)
    [conflict] = listed(pair, PART)
    assert conflict.state == "repaired"
    assert history(conflict) == [
        ("ours", False, SOURCE),
        ("there", True, PART),
        ("written", False, PART),
    ]


def test_somebody_who_left_at_the_source_is_no_conflict_there(pair: Pair) -> None:
    """Who there is, is the source's to say: also when they are back, and always were elsewhere."""
    gone = pair.ding.things["member"].pop("bob")
    pair.sync()
    pair.ding.things["member"]["bob"] = gone
    pair.sync()
    assert pair.facts("MemberRehired")
    assert listed(pair) == []


def test_what_the_owner_changes_is_no_conflict(pair: Pair) -> None:
    """A change of what a system owns is a fact, and nothing else."""
    pair.lark.edit("ANN", email="new@x.example")
    pair.sync()
    assert (listed(pair), listed(pair, PART)) == ([], [])
