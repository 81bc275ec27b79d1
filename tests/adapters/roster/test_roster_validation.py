"""Everything wrong with a roster is said at once, with row, field, reason and fix."""

from __future__ import annotations

import pytest

from adapters.roster.read import read_roster
from domain.errors import InputError
from tests.adapters.roster.files import json_file, refused

HQ = {"id": "hq", "name": "HQ", "parent_id": None}
ANN = {"id": "ann", "name": "Ann", "departments": ["hq"]}


def problems(tmp_path, departments=(HQ,), members=(ANN,), roles=()):
    path = json_file(
        tmp_path, departments=list(departments), members=list(members), roles=list(roles)
    )
    return refused(path)


@pytest.mark.parametrize("field", ["id", "name", "parent_id"])
def test_a_department_without_a_required_field(tmp_path, field):
    bad = {"id": "x", "name": "X", "parent_id": None}
    del bad[field]
    assert problems(tmp_path, [HQ, bad]) == [
        f"departments[1], {field}: it is missing. Give every row its {field}."
    ]


@pytest.mark.parametrize("field", ["id", "name", "departments"])
def test_a_member_without_a_required_field(tmp_path, field):
    bad = {"id": "x", "name": "X", "departments": []}
    del bad[field]
    assert problems(tmp_path, members=[ANN, bad]) == [
        f"members[1], {field}: it is missing. Give every row its {field}."
    ]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "the name is empty"),
        (None, "the name is empty"),
        ("x" * 300, "the name has 300 characters, at most 255 are allowed"),
        ("Zhang\x07San", "the name has control characters"),
        (7, "a number stands where a name belongs"),
    ],
)
def test_a_name_that_cannot_be_one(tmp_path, name, why):
    (problem,) = problems(tmp_path, members=[{**ANN, "name": name}])
    assert problem.startswith(f"members[0], name: {why}. ")
    assert "Zhang" not in problem


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("id", "", "the id is empty"),
        ("id", None, "the id is empty"),
        ("id", 1.5, "a number stands where a text belongs"),
        ("id", True, "true or false stands where a text belongs"),
        ("departments", "hq", "a text stands where a list of ids belongs"),
        ("departments", [["hq"]], "a list stands where a text belongs"),
        ("departments", [None], "the id is empty"),
        ("email", ["a"], "a list stands where a text belongs"),
        ("mobile", False, "true or false stands where a text belongs"),
        ("title", "Engineer\nManager", "the text has control characters"),
        ("active", "yes", "a text stands where true or false belongs"),
        ("active", 1, "a number stands where true or false belongs"),
        ("manager", {}, "an object stands where a text belongs"),
        ("keys", "x", "a text stands where an object belongs"),
        ("keys", {"unionid": None}, "the id is empty"),
        ("details", [], "a list stands where an object belongs"),
    ],
)
def test_a_value_of_the_wrong_type(tmp_path, field, value, why):
    (problem,) = problems(tmp_path, members=[{**ANN, field: value}])
    assert problem.startswith(f"members[0], {field}: {why}. ")


@pytest.mark.parametrize("order", ["1", 1.5, True])
def test_an_order_that_is_no_whole_number(tmp_path, order):
    (problem,) = problems(tmp_path, [{**HQ, "order": order}])
    assert problem.startswith("departments[0], order: ")


def test_an_id_with_different_values_names_the_fields_and_the_first_row(tmp_path):
    again = {**ANN, "name": "Eve", "email": "eve@acme.cn"}
    assert problems(tmp_path, members=[ANN, again]) == [
        "members[1], id: 'ann' was listed before at members[0] with a different name, email. "
        "Keep one of the rows, or give one a new id."
    ]


def test_a_department_with_two_parents(tmp_path):
    tree = [HQ, {**HQ, "id": "b"}, {**HQ, "id": "c"}, {**HQ, "id": "c", "parent_id": "b"}]
    (problem,) = problems(tmp_path, tree)
    assert problem.startswith("departments[3], id: 'c' was listed before at departments[2] with")


def test_rows_that_say_the_same_are_merged_and_noted(tmp_path):
    members = [ANN, ANN, {**ANN, "departments": ["b"]}]
    path = json_file(tmp_path, departments=[HQ, {**HQ, "id": "b"}, HQ], members=members)
    reading = read_roster(path)
    (ann,) = reading.roster.members
    assert ann.departments == ("hq", "b")
    assert reading.notes == (
        "1 repeated rows of departments were merged into the first of their id",
        "2 repeated rows of members were merged into the first of their id",
    )


def test_rows_of_a_role_add_up_its_holders(tmp_path):
    role = {"id": "r", "name": "R"}
    members = [ANN, {**ANN, "id": "bob"}]
    roles = [{**role, "members": ["ann"]}, {**role, "members": ["bob"]}, role]
    path = json_file(tmp_path, departments=[HQ], members=members, roles=roles)
    assert read_roster(path).roster.roles[0].members == ("ann", "bob")


def test_ids_that_differ_in_case_are_different(tmp_path):
    path = json_file(tmp_path, departments=[HQ], members=[ANN, {**ANN, "id": "Ann"}])
    assert len(read_roster(path).roster.members) == 2


def test_every_id_that_is_named_must_be_listed(tmp_path):
    found = problems(
        tmp_path,
        [{**HQ, "leaders": ["g1"]}, {**HQ, "id": "b", "parent_id": "g2"}],
        [{**ANN, "departments": ["hq", "g3"], "manager": "g4"}],
        [{"id": "r", "name": "R", "members": ["ann", "g5"]}],
    )
    assert [problem.partition(". ")[0] for problem in found] == [
        "departments[0], leaders: there is no member 'g1'",
        "departments[1], parent_id: there is no department 'g2'",
        "members[0], departments: there is no department 'g3'",
        "members[0], manager: there is no member 'g4'",
        "roles[0], members: there is no member 'g5'",
    ]


def test_a_row_with_a_problem_of_its_own_is_still_there_for_others(tmp_path):
    bad = {**ANN, "id": "bob", "name": ""}
    assert len(problems(tmp_path, [{**HQ, "leaders": ["bob"]}], [ANN, bad])) == 1


def test_a_main_department_is_one_of_the_departments(tmp_path):
    tree = [HQ, {**HQ, "id": "b"}]
    assert problems(tmp_path, tree, [{**ANN, "main_department": "b"}]) == [
        "members[0], main_department: the main department is none of the person's departments. "
        "Add it to the departments."
    ]


def test_a_cycle_is_told_once_with_its_path(tmp_path):
    tree = [
        {"id": "in", "name": "In", "parent_id": "a"},
        {"id": "a", "name": "A", "parent_id": "b"},
        {"id": "b", "name": "B", "parent_id": "c"},
        {"id": "c", "name": "C", "parent_id": "a"},
        {"id": "self", "name": "S", "parent_id": "self"},
    ]
    assert [problem.partition(". ")[0] for problem in problems(tmp_path, tree, [])] == [
        "departments[1], parent_id: the department lies below itself (a → b → c → a)",
        "departments[4], parent_id: the department lies below itself (self → self)",
    ]


def test_a_long_cycle_is_shortened(tmp_path):
    tree = [{"id": str(n), "name": "D", "parent_id": str((n + 1) % 1000)} for n in range(1000)]
    (problem,) = problems(tmp_path, tree, [])
    assert "0 → 1 → 2" in problem
    assert len(problem) < 300


@pytest.mark.parametrize("value", ["张三", "Zhang San", "z@acme.cn", "13800138000", "Zhang"])
def test_what_may_be_a_personal_value_is_not_repeated(tmp_path, value):
    """People write names where ids belong; a report of that goes into logs."""
    zhang = {**ANN, "id": "u9", "name": "Zhang", "mobile": "13800138000"}
    (problem,) = problems(tmp_path, members=[{**ANN, "manager": value}, zhang])
    assert value not in problem
    assert "there is no member of the id that is written there" in problem


def test_everything_is_told_at_once_in_the_order_of_the_file(tmp_path):
    found = problems(
        tmp_path,
        [{"id": "x"}],
        [{**ANN, "name": "", "email": 1.5}, {**ANN, "id": "bob", "manager": "ghost"}],
    )
    assert [problem.partition(":")[0] for problem in found] == [
        "departments[0], name",
        "departments[0], parent_id",
        "members[0], name",
        "members[0], email",
        "members[1], departments",
        "members[1], manager",
    ]


def test_beyond_a_hundred_problems_are_counted(tmp_path):
    path = json_file(tmp_path, members=[{"id": str(n), "departments": []} for n in range(250)])
    with pytest.raises(InputError) as caught:
        read_roster(path)
    assert len(caught.value.problems) == 101
    assert caught.value.problems[-1] == "… and 150 more"
    assert str(caught.value).startswith(
        "roster.json was not taken, it has 250 problems. "
        "Nothing was changed; mend the file and read it again.\n  - members[0], name: it is missing"
    )
