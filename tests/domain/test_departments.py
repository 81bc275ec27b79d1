"""Departments: created, moved, renamed, ordered, led, deleted, restored."""

from __future__ import annotations

import pytest

from domain import events as e
from domain.directory import Directory
from domain.events import Origin
from domain.evolve import evolve
from tests.domain.given import d, dep, fold, given, glimpse, m, person, read


def test_parents_come_before_their_children_whatever_the_order_of_the_reading():
    given().when(read(dep("c", "b"), dep("b", "a"), dep("a"))).then(
        e.DepartmentCreated(uid=d("a"), name="A", origin=Origin(system="hr", id="a")),
        e.DepartmentCreated(
            uid=d("b"), name="B", parent=d("a"), origin=Origin(system="hr", id="b")
        ),
        e.DepartmentCreated(
            uid=d("c"), name="C", parent=d("b"), origin=Origin(system="hr", id="c")
        ),
    )


def test_a_rename_is_a_rename_and_no_new_department():
    given(read(dep("a"))).when(read(dep("a", name="Research"))).then(
        e.DepartmentRenamed(uid=d("a"), name="Research")
    )


def test_a_move_takes_the_subtree_along_with_one_fact():
    given(read(dep("a"), dep("b"), dep("c", "a"), dep("x", "c"))).when(
        read(dep("a"), dep("b"), dep("c", "b"), dep("x", "c"))
    ).then(e.DepartmentMoved(uid=d("c"), parent=d("b")))


def test_a_move_to_the_top_has_no_parent():
    given(read(dep("a"), dep("b", "a"))).when(read(dep("a"), dep("b"))).then(
        e.DepartmentMoved(uid=d("b"), parent=None)
    )


def test_parent_and_child_swap_places_without_a_cycle_in_between():
    given(read(dep("a"), dep("b", "a"))).when(read(dep("a", "b"), dep("b"))).then(
        e.DepartmentMoved(uid=d("b"), parent=None), e.DepartmentMoved(uid=d("a"), parent=d("b"))
    )


def test_a_chain_turned_upside_down_never_has_a_cycle():
    chain = [dep("a"), dep("b", "a"), dep("c", "b"), dep("e", "c")]
    outcome = given(read(*chain)).when(read(dep("e"), dep("c", "e"), dep("b", "c"), dep("a", "b")))
    assert outcome.names_of_facts() == ["DepartmentMoved"] * 4


def test_a_department_moves_below_one_that_is_new():
    given(read(dep("a"))).when(read(dep("a", "new"), dep("new"))).then(
        e.DepartmentCreated(uid=d("new"), name="NEW", origin=Origin(system="hr", id="new")),
        e.DepartmentMoved(uid=d("a"), parent=d("new")),
    )


def test_a_child_survives_the_deletion_of_its_old_parent():
    given(read(dep("a"), dep("b", "a"))).when(read(dep("b"))).then(
        e.DepartmentMoved(uid=d("b"), parent=None), e.DepartmentDeleted(uid=d("a"))
    )


def test_deletions_go_from_the_bottom_up():
    given(read(dep("z"), dep("a"), dep("b", "a"), dep("c", "b"))).when(read(dep("z"))).then(
        e.DepartmentDeleted(uid=d("c")),
        e.DepartmentDeleted(uid=d("b")),
        e.DepartmentDeleted(uid=d("a")),
    )


def test_people_of_a_deleted_department_stay_with_the_organization_while_they_are_listed():
    given(read(dep("a"), person("u", "a"))).when(read(person("u", "a"))).then(
        e.MemberTransferred(uid=m("u"), departments=()), e.DepartmentDeleted(uid=d("a"))
    )


def test_a_department_deleted_with_its_people_loses_the_people_first():
    given(read(dep("z"), dep("a", leaders=("u",)), person("u", "a"))).when(read(dep("z"))).then(
        e.DepartmentLeadersChanged(uid=d("a"), leaders=()),
        e.MemberResigned(uid=m("u")),
        e.DepartmentDeleted(uid=d("a")),
    )


def test_a_department_that_still_holds_somebody_who_was_not_read_is_kept():
    given(read(dep("a"), dep("b"), person("u", "a"))).when(
        glimpse(dep("b"), departments=True)
    ).nothing_happens()


def test_a_department_said_to_be_gone_goes_without_a_complete_listing():
    given(read(dep("a"), dep("b"))).when(glimpse(gone_departments=frozenset({"a"}))).then(
        e.DepartmentDeleted(uid=d("a"))
    )


def test_a_department_that_is_listed_and_said_to_be_gone_is_there():
    given(read(dep("a"))).when(
        glimpse(dep("a"), gone_departments=frozenset({"a"}))
    ).nothing_happens()


def test_a_parent_is_kept_while_a_child_of_it_is_there():
    given(read(dep("a"), dep("b", "a"))).when(
        glimpse(gone_departments=frozenset({"a"}))
    ).nothing_happens()


def test_a_deleted_department_is_restored_under_its_old_uid():
    given(read(dep("a"), dep("b")), read(dep("b"))).when(
        read(dep("b"), dep("a", "b", name="Again"))
    ).then(
        e.DepartmentRestored(uid=d("a"), parent=d("b")),
        e.DepartmentRenamed(uid=d("a"), name="Again"),
    )


def test_leaders_are_people_of_the_same_reading():
    given(read(dep("a"))).when(read(dep("a", leaders=("u",)), person("u", "a"))).then_among_others(
        e.DepartmentLeadersChanged(uid=d("a"), leaders=(m("u"),))
    )


def test_a_leader_that_nobody_knows_is_left_out():
    given(read(dep("a"))).when(read(dep("a", leaders=("ghost",)))).nothing_happens()


def test_the_order_of_the_leaders_says_nothing():
    people = [person("u", "a"), person("v", "a")]
    given(read(dep("a", leaders=("u", "v")), *people)).when(
        read(dep("a", leaders=("v", "u")), *people)
    ).nothing_happens()


def test_leaders_that_were_not_read_stay():
    given(read(dep("a", leaders=("u",)), person("u", "a"))).when(
        read(dep("a"), person("u", "a"))
    ).nothing_happens()


def test_leaders_known_to_be_none_are_removed():
    given(read(dep("a", leaders=("u",)), person("u", "a"))).when(
        read(dep("a", leaders=()), person("u", "a"))
    ).then(e.DepartmentLeadersChanged(uid=d("a"), leaders=()))


@pytest.mark.parametrize(("read_now", "becomes"), [(7, 7), (None, None)])
def test_the_place_among_siblings_changes_or_becomes_unknown(read_now, becomes):
    given(read(dep("a", order=1))).when(read(dep("a", order=read_now))).then(
        e.DepartmentReordered(uid=d("a"), order=becomes)
    )


def test_an_order_that_was_not_read_stays():
    given(read(dep("a", order=1))).when(read(dep("a"))).nothing_happens()


def test_details_travel_as_a_patch():
    old = {"cost": "12", "floor": 3, "site": "B"}
    given(read(dep("a", details=old))).when(
        read(dep("a", details={"cost": "13", "floor": None}))
    ).then(e.DepartmentDetailsChanged(uid=d("a"), details={"cost": "13", "floor": None}))


def test_a_detail_known_to_be_empty_is_removed_and_one_not_read_stays():
    outcome = given(read(dep("a", details={"cost": "12", "floor": 3}))).when(
        read(dep("a", details={"floor": None}))
    )
    assert outcome.directory.departments[d("a")].details == {"cost": "12"}


def test_details_that_are_empty_from_the_start_are_not_kept():
    given().when(read(dep("a", details={"floor": None, "cost": 1}))).then(
        e.DepartmentCreated(
            uid=d("a"), name="A", details={"cost": 1}, origin=Origin(system="hr", id="a")
        )
    )


def test_a_merged_department_is_the_past_and_names_where_it_went():
    directory = given(read(dep("a"), dep("b"))).directory
    fold(directory, [e.DepartmentMerged(uid=d("a"), into=d("b"))])
    assert not directory.departments[d("a")].present
    assert directory.departments[d("a")].merged_into == d("b")


def test_facts_about_runs_pass_the_directory_by():
    directory = Directory(org="acme")
    before = Directory(org="acme")
    assert evolve(directory, e.RunStarted(uid="run-1", system="hr"), 7) == before
