"""Identity: a uid is made once and never changes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from domain import events as e
from domain.events import Origin
from domain.identity import new_uid
from domain.observe import Coverage, Observation
from domain.records import MemberRecord
from tests.domain.given import ORG, SYSTEM, d, dep, given, glimpse, m, person, read

ANN = {"unionid": "ann"}


def ann(record_id: str, *departments: str, **fields: Any) -> MemberRecord:
    return person(record_id, *departments, **{"name": "Ann", "keys": ANN, **fields})


def test_uids_stand_through_rename_and_move():
    outcome = given(read(dep("a"), dep("b"), person("u", "b"))).when(
        read(dep("a"), dep("b", "a", name="New"), person("u", "a", name="New"))
    )
    assert outcome.member("u").uid == m("u")
    assert outcome.directory.departments.keys() == {d("a"), d("b")}


def test_someone_under_a_new_id_with_the_same_further_key_is_the_same_person():
    outcome = (
        given(read(ann("old")))
        .when(read(ann("new")))
        .then(
            e.RecordUnlinked(uid=ORG, system=SYSTEM, kind="member", id="old"),
            e.RecordLinked(
                uid=ORG, system=SYSTEM, kind="member", id="new", entity=m("old"), keys=ANN
            ),
        )
    )
    assert outcome.member("new").uid == m("old")


def test_a_rehire_under_a_new_id_is_recognised_by_the_further_key():
    outcome = given(read(ann("old"), person("w")), read(person("w"))).when(
        read(ann("new"), person("w"))
    )
    assert outcome.names_of_facts() == ["RecordUnlinked", "RecordLinked", "MemberRehired"]
    assert outcome.member("new").uid == m("old")


def test_a_further_key_that_was_read_later_is_remembered():
    given(read(person("old", name="Ann"))).when(read(ann("old"))).then(
        e.RecordLinked(uid=ORG, system=SYSTEM, kind="member", id="old", entity=m("old"), keys=ANN)
    )
    outcome = given(read(person("old", name="Ann")), read(ann("old"))).when(read(ann("new")))
    assert outcome.member("new").uid == m("old")


def test_two_listed_people_with_one_further_key_stay_two():
    outcome = given(read(ann("u"))).when(read(ann("u"), ann("v")))
    assert outcome.member("u").uid != outcome.member("v").uid


def test_the_old_id_that_is_listed_but_refused_still_holds_its_person():
    outcome = given(read(ann("old"))).when(read(ann("old", name=""), ann("new")))
    assert outcome.member("old").uid == m("old")
    assert outcome.member("new").uid != m("old")


def test_a_partial_reading_does_not_take_the_old_id_for_gone():
    outcome = given(read(ann("old"))).when(glimpse(ann("new")))
    assert outcome.member("old").uid == m("old")
    assert outcome.member("new").uid != m("old")


def test_an_old_id_out_of_sight_still_holds_its_person():
    outcome = given(read(dep("x"), dep("y"), ann("old", "y"))).when(
        glimpse(dep("x"), ann("new", "x"), departments=True, members=True, roots=("x",))
    )
    assert outcome.member("old").uid == m("old")
    assert outcome.member("new").uid != m("old")


def test_an_old_id_said_to_be_gone_gives_its_person_to_the_new_one():
    outcome = given(read(ann("old"))).when(glimpse(ann("new"), gone_members=frozenset({"old"})))
    assert outcome.member("new").uid == m("old")


def test_an_id_given_to_somebody_else_after_its_person_moved_on_gets_a_uid_of_its_own():
    outcome = given(read(ann("u1")), read(ann("u2"))).when(
        read(ann("u2"), person("u1", name="Bob", keys={"unionid": "bob"}))
    )
    assert outcome.member("u2").uid == m("u1")
    assert outcome.member("u1").uid not in {m("u1"), m("u2")}
    assert outcome.names_of_facts() == ["MemberCreated"]


def test_the_same_record_gives_the_same_uid_on_every_machine():
    assert new_uid("acme", "member", "hr", "u1", ()) == "m-qnxflmqpc25jz2qn"


def test_a_taken_uid_leads_to_the_next():
    first = new_uid("acme", "member", "hr", "u1", ())
    second = new_uid("acme", "member", "hr", "u1", {first})
    assert second != first
    assert second == new_uid("acme", "member", "hr", "u1", {first})


def test_ids_of_different_kinds_systems_and_organizations_never_meet():
    uids = {
        new_uid(org, kind, system, "1", ())
        for org in ("a", "b")
        for kind in ("department", "member", "role", "role_group")
        for system in ("hr", "dingtalk")
    }
    assert len(uids) == 16


def test_a_creation_carries_the_record_it_was_first_seen_as():
    given().when(read(ann("u"))).then(
        e.MemberCreated(uid=m("u"), name="Ann", origin=Origin(system=SYSTEM, id="u", keys=ANN))
    )


def test_a_person_whose_id_the_system_changed_keeps_the_uid():
    outcome = (
        given(read(dep("a", leaders=("old",)), person("old", "a", name="Ann"), person("w")))
        .when(
            glimpse_of(person("new", "a", name="Ann"), renamed={"new": "old"}, gone_members={"old"})
        )
        .then(
            e.RecordUnlinked(uid=ORG, system=SYSTEM, kind="member", id="old"),
            e.RecordLinked(uid=ORG, system=SYSTEM, kind="member", id="new", entity=m("old")),
        )
    )
    assert outcome.member("new").uid == m("old")
    assert outcome.member("new").present


def test_a_changed_id_is_not_believed_while_the_former_one_is_still_listed():
    ann, other = person("old", name="Ann"), person("new", name="Other")
    outcome = given(read(ann)).when(glimpse_of(ann, other, renamed={"new": "old"}))
    assert outcome.names_of_facts() == ["MemberCreated"]
    assert outcome.member("old").uid != outcome.member("new").uid


def test_a_changed_id_whose_former_one_was_never_heard_of_is_a_new_person():
    outcome = given(read(person("w"))).when(
        glimpse_of(person("new", name="Ann"), renamed={"new": "old"})
    )
    assert outcome.names_of_facts() == ["MemberCreated"]
    assert outcome.member("new").uid == m("new")


def test_a_changed_id_wins_over_a_further_key_of_somebody_who_left():
    past = read(ann("gone"), person("old", name="Bob")), read(person("old", name="Bob"))
    outcome = given(*past).when(glimpse_of(ann("new", name="Bob"), renamed={"new": "old"}))
    assert outcome.member("new").uid == m("old")


def test_a_leaver_whose_id_was_changed_meanwhile_is_rehired():
    outcome = given(read(person("old"), person("w")), read(person("w"))).when(
        glimpse_of(person("new", name="OLD"), renamed={"new": "old"})
    )
    assert outcome.names_of_facts() == ["RecordUnlinked", "RecordLinked", "MemberRehired"]


def glimpse_of(
    *records: MemberRecord, renamed: dict[str, str], gone_members: Collection[str] = ()
) -> Observation:
    """A look at people of whom the system says that it changed their ids."""
    coverage = Coverage(gone_members=frozenset(gone_members), changes=True)
    return read(*records, coverage=coverage, renamed=renamed)
