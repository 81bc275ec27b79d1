"""Bad records are refused alone, with the reason, and remove nobody."""

from __future__ import annotations

import pytest

from domain import events as e
from domain.records import NAME_LIMIT, name_problem
from tests.domain.given import d, dep, given, m, person, read, role

BAD_NAMES = {
    "": "the name is empty",
    " \t ": "the name is empty",
    "x" * 300: "the name has 300 characters, at most 255 are allowed",
    "a\x00b": "the name has control characters",
    "a\nb": "the name has control characters",
    "a\x9bb": "the name has control characters",
}


@pytest.mark.parametrize(("name", "why"), BAD_NAMES.items(), ids=ascii)
def test_a_name_that_cannot_be_one_is_refused_with_the_reason(name, why):
    given().when(read(dep("a"), person("u", name=name), person("v"))).refusing(f"member 'u': {why}")


def test_a_name_of_just_the_limit_is_taken():
    assert name_problem("字" * NAME_LIMIT) is None
    assert name_problem("字" * (NAME_LIMIT + 1)) is not None


@pytest.mark.parametrize("field", ["title", "job_number", "email", "mobile"])
def test_control_characters_are_refused_by_the_name_of_their_field(field):
    given().when(read(person("u", **{field: "a\x07b"}))).refusing(
        f"member 'u': {field} has control characters"
    )


HALF = "\ud83d"


@pytest.mark.parametrize(
    "record",
    [
        person("u", name=HALF),
        person("u", email=HALF),
        person("u", manager=HALF),
        person("u", details={"x": [HALF]}),
        person("u", keys={"unionid": HALF}),
        person("u", HALF),
    ],
)
def test_what_the_log_could_not_write_down_is_refused_alone(record):
    outcome = given().when(read(record, person("v")))
    assert [refusal.id for refusal in outcome.decided.refused] == ["u"]
    assert outcome.names_of_facts() == ["MemberCreated"]


def test_an_id_that_the_log_could_not_write_down_is_refused_alone():
    outcome = given().when(read(dep(HALF), dep("a"), person(HALF), role(HALF)))
    assert len(outcome.decided.refused) == 3
    assert outcome.names_of_facts() == ["DepartmentCreated"]


def test_a_refused_record_of_a_known_person_removes_and_changes_nothing():
    given(read(dep("a", leaders=("u",)), person("u", "a"), role("admin", "u"))).when(
        read(dep("a", leaders=("u",)), person("u", name="x" * 300), role("admin", "u"))
    ).nothing_happens()


def test_a_refused_department_stays_where_it_is_with_its_people_and_children():
    tree = [dep("a"), dep("b", "a"), person("u", "a")]
    given(read(*tree)).when(
        read(dep("a", name="\x00"), dep("b", "a"), person("u", "a"))
    ).nothing_happens()


def test_an_unknown_parent_refuses_the_department_and_everything_below_it():
    given().when(read(dep("a", "ghost"), dep("b", "a"), dep("c"))).refusing(
        "department 'a': its parent 'ghost' is unknown",
        "department 'b': its parent 'ghost' is unknown",
    ).then_among_others()


def test_people_of_a_refused_new_department_are_kept_without_it():
    outcome = given().when(read(dep("a", "ghost"), person("u", "a")))
    assert outcome.member("u").departments == ()


def test_a_cycle_refuses_its_departments_and_nothing_else():
    given().when(read(dep("a", "b"), dep("b", "a"), dep("c"), dep("e", "e"))).refusing(
        "department 'a': its parents form a cycle through 'a'",
        "department 'b': its parents form a cycle through 'b'",
        "department 'e': its parents form a cycle through 'e'",
    )


def test_a_cycle_of_known_departments_changes_and_deletes_nothing():
    given(read(dep("a"), dep("b", "a"), person("u", "b"))).when(
        read(dep("a", "b"), dep("b", "a"), person("u", "b"))
    ).nothing_happens()


def test_the_same_row_twice_is_one_record():
    given().when(read(dep("a"), dep("a"), person("u", "a"), person("u", "a"))).refusing()


def test_rows_of_one_id_are_merged_where_one_knows_what_the_other_does_not():
    outcome = given().when(read(person("u", email="e"), person("u", mobile="m"))).refusing()
    assert (outcome.member("u").email, outcome.member("u").mobile) == ("e", "m")


def test_rows_of_one_id_that_contradict_each_other_are_refused_and_nobody_is_removed():
    given(read(person("u", email="a"), person("v"))).when(
        read(person("u", email="b"), person("u", email="c"), person("v"))
    ).nothing_happens().refusing("member 'u': it is listed twice with a different email")


def test_a_third_row_does_not_bring_a_refused_record_back():
    given(read(person("u", email="a"))).when(
        read(person("u", email="b"), person("u", email="c"), person("u", email="c"))
    ).nothing_happens()


def test_a_department_listed_with_two_parents_is_refused_and_stays():
    tree = [dep("a"), dep("b"), dep("c", "a")]
    given(read(*tree)).when(read(*tree, dep("c", "b"))).nothing_happens().refusing(
        "department 'c': it is listed twice with a different parent_id"
    )


def test_a_record_without_an_id_is_refused():
    given().when(read(person(""))).refusing("member '': the id is empty").nothing_happens()


def test_a_refused_manager_is_still_a_manager():
    given(read(person("u", manager="v"), person("v"))).when(
        read(person("u", manager="v"), person("v", name=""))
    ).nothing_happens()


def test_a_refusal_never_says_the_name():
    refused = given().when(read(person("u", name="Zhang\x00San"))).decided.refused
    assert "Zhang" not in str(refused[0])


def test_one_bad_record_does_not_stop_the_others():
    given().when(read(dep("a"), person("bad", name=""), person("u", "a"))).then_among_others(
        e.MemberCreated(
            uid=m("u"),
            name="U",
            departments=(d("a"),),
            origin=e.Origin(system="hr", id="u"),
        )
    )
