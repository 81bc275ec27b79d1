"""Two systems of one organization: each has the say in its own, and nothing goes in circles."""

from __future__ import annotations

from pathlib import Path

import pytest

from orgledger.ledger import Ledger
from tests.twoway.pair import PART, SOURCE, Pair, company


@pytest.fixture
def pair(ledger: Ledger, tmp_path: Path) -> Pair:
    found = Pair(ledger, tmp_path)
    company(found)
    return found


def test_what_comes_first_is_whole_and_then_quiet(pair: Pair) -> None:
    """People come to the other side with all they have; the next round does nothing at all."""
    assert pair.lark.person("ANN").fields["email"] == "ann@feifan.example"
    pair.rests()


def test_each_side_changes_what_it_owns(pair: Pair) -> None:
    """A mail address from its owner comes to the source, a name from the source to the owner."""
    pair.lark.edit("ANN", email="ann@new.example")
    pair.ding.edit("BOB", name="Robert")
    pair.sync()
    assert pair.ding.person("ANN").fields["email"] == "ann@new.example"
    assert pair.lark.person("Robert").fields["email"] == "bob@feifan.example"
    entry = pair.facts("MemberContactChanged")[-1]
    assert (entry.envelope.source, entry.fact.email) == (PART, "ann@new.example")
    pair.rests()
    pair.nobody_is_told_its_own()


def test_what_the_owner_empties_is_emptied_and_nobody_else_can(pair: Pair) -> None:
    """Empty is a value: it travels from the owner, and is put right elsewhere."""
    pair.lark.edit("ANN", email=None)
    pair.ding.edit("BOB", email=None)
    pair.sync()
    assert pair.ding.person("ANN").fields["email"] is None
    assert pair.ding.person("BOB").fields["email"] == "bob@feifan.example"
    pair.rests()


def test_the_owner_can_be_changed(pair: Pair, ledger: Ledger, tmp_path: Path) -> None:
    """From the next reading on the new one has the say, also about what the old one said."""
    pair.lark.edit("ANN", email="ann@lark.example")
    pair.sync()
    again = Pair(ledger, tmp_path, {})
    again.servers, again.ding, again.lark = pair.servers, pair.ding, pair.lark
    again.sources = pair.sources
    pair.ding.edit("ANN", email="ann@ding.example")
    again.pull(SOURCE)
    again.deliver(PART)
    assert pair.lark.person("ANN").fields["email"] == "ann@ding.example"
    pair.lark.edit("ANN", email="ann@back.example")
    pair.sync()
    assert pair.ding.person("ANN").fields["email"] == "ann@back.example"
    pair.rests()


def test_a_callback_from_the_owner_is_enough(pair: Pair) -> None:
    """What one look shows is recorded and brought; its echo is neither."""
    remote = next(r for r, t in pair.lark.things["member"].items() if t.fields["name"] == "ANN")
    pair.lark.edit("ANN", mobile="+8613900000000")
    assert len(pair.told(PART, remote).entries) == 1
    pair.deliver(SOURCE)
    assert pair.ding.person("ANN").fields["mobile"] == "+8613900000000"
    before = pair.traces()
    assert pair.told(SOURCE, "ann").entries == ()
    assert pair.told(PART, remote, remote).entries == ()
    assert pair.traces() == before


def test_what_one_does_not_own_is_put_right(pair: Pair) -> None:
    """A mail address changed at the source is a conflict: noted, and put right by its owner's."""
    pair.ding.edit("ANN", email="ann@wrong.example")
    assert pair.told(SOURCE, "ann").entries == ()
    [drift] = pair.facts("DriftDetected")
    assert drift.fact.fields == {"email": "ann@wrong.example"}
    pair.deliver(SOURCE)
    assert pair.ding.person("ANN").fields["email"] == "ann@feifan.example"
    pair.rests()


def test_a_name_changed_at_the_owner_of_something_else_is_put_right(pair: Pair) -> None:
    """Names are the source's."""
    pair.lark.edit("ANN", name="Anna")
    pair.sync()
    assert pair.lark.person("ANN").fields["email"] == "ann@feifan.example"
    pair.rests()


def test_an_account_that_was_there_keeps_its_own(ledger: Ledger, tmp_path: Path) -> None:
    """Somebody who is found at the owner is adopted, and the owner's values win at once."""
    pair = Pair(ledger, tmp_path)
    pair.lark.put_member(name="ANN", email="ann@feifan.example", mobile="+8613955555555")
    company(pair)
    assert pair.ding.person("ANN").fields["mobile"] == "+8613955555555"
    assert len(pair.lark.things["member"]) == 3
    pair.rests()


def test_who_is_only_at_the_owner_is_counted(pair: Pair) -> None:
    """Its records beyond ours make nobody."""
    pair.lark.put_member(name="Eve", email="eve@else.example", mobile="+8613911111111")
    outcome = pair.pull(PART)
    assert (outcome.read["members"], outcome.kept["members"]) == (4, 3)
    assert len(list(pair.views.directory("feifan").present_members())) == 3


def test_who_is_new_at_the_source_is_written_to_once_the_owner_has_them(pair: Pair) -> None:
    """New people go to the owner with what the source says, and then are its own."""
    pair.ding.hire("dan", "rd", email="dan@feifan.example", mobile="+8613800000004")
    pair.sync()
    pair.sync()
    pair.lark.edit("DAN", email="dan@new.example")
    pair.sync()
    assert pair.ding.person("DAN").fields["email"] == "dan@new.example"
    assert "dan" in pair.ding.things["member"], "nobody is made twice at the source"
    assert len(pair.ding.things["member"]) == 4
    pair.rests()


def test_who_left_at_the_source_is_not_taken_from_it(pair: Pair) -> None:
    """Nothing is made or deleted at the source: it was there first."""
    del pair.ding.things["member"]["bob"]
    pair.sync()
    assert not any(change.action in ("create", "delete") for change in pair.ding.changes)
    assert pair.lark.person("BOB").relations["active"] is False
    pair.rests(2)


def test_what_the_owner_has_no_more_is_the_sources_again(pair: Pair) -> None:
    """For somebody whom the owner does not have the source says everything."""
    pair.lark.remove_member("ann")
    pair.ding.edit("ANN", email="ann@back.example")
    pair.pull(PART)
    pair.pull(SOURCE)
    pair.deliver(PART)
    assert pair.lark.person("ANN").fields["email"] == "ann@back.example"
    pair.rests(2)


@pytest.mark.parametrize("normal", [SOURCE, PART])
def test_a_form_of_its_own_does_not_go_in_circles(
    ledger: Ledger, tmp_path: Path, normal: str
) -> None:
    """A system that cuts names and mends addresses is written to some times, and then left."""
    pair = Pair(ledger, tmp_path, normal=normal)
    company(pair)
    if normal == PART:
        pair.ding.edit("ANN", name="Alexandra the Great")
        pair.lark.edit("BOB", email="Bob@Feifan.example")
    else:
        pair.lark.edit("ANN", email="Ann@Feifan.example")
    pair.rests(6)


def test_memberships_managers_and_leaders_can_be_given_away(ledger: Ledger, tmp_path: Path) -> None:
    """Ties between people and departments travel from their owner, too."""
    pair = Pair(ledger, tmp_path, dict.fromkeys(("memberships", "managers", "leaders"), PART))
    company(pair)
    ids = {t.fields["name"]: r for r, t in pair.lark.things["member"].items()}
    places = {t.fields["name"]: r for r, t in pair.lark.things["department"].items()}
    pair.lark.person("ANN").relations["departments"] = (places["Headquarters"],)
    pair.lark.person("ANN").relations["manager"] = ids["BOB"]
    pair.lark.things["department"][places["Research"]].relations["leaders"] = (ids["CID"],)
    pair.sync()
    ann = pair.ding.person("ANN").relations
    assert (ann["departments"], ann["manager"]) == (("hq",), "bob")
    assert pair.ding.things["department"]["rd"].relations["leaders"] == ("cid",)
    pair.rests(2)
