"""Mapping: expressions, defaults and their mistakes; scope: what goes to a target at all."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from domain.delivery.desired import desired
from domain.delivery.mapping import Expression, mapping
from domain.delivery.operation import Fitted
from domain.delivery.scope import Scope
from domain.errors import ConfigError
from tests.delivery.memory import CAPABILITIES
from tests.delivery.people import COMPANY, add, after, department, member, person
from tests.domain.delivery.planning import Bench, fit

ANN: dict[str, Any] = {
    "id": "u1", "name": "Ann", "email": None, "job_number": "007", "active": False,
    "departments": ["d1"], "details": {"cost": "C1"}, "title": "",
}  # fmt: skip
NONE_HIDDEN: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("name", "Ann"),
        ("job_number || id", "007"),
        ("email || id", "u1"),
        ("!active", True),
        ("active", False),
        ("details.cost", "C1"),
        ("details.nothing", None),
        ("departments[0]", "d1"),
        ("title", None),
        ("email", None),
        ("'CN'", "CN"),
        ("join('-', [id, name])", "u1-Ann"),
    ],
)
def test_an_expression_gives_the_value_of_the_document(expression: str, value: Any) -> None:
    """Empty text and empty lists are no value; false is one."""
    assert Expression(expression).value(ANN, NONE_HIDDEN) == value


def test_a_hidden_field_is_unknown_and_never_blank() -> None:
    """Complaint 51: what the source does not show leaves the target's field alone."""
    hidden = frozenset({"mobile"})
    assert Expression("mobile").value(ANN, hidden) is UNSET
    assert Expression("mobile || email").value(ANN, hidden) is UNSET
    assert Expression("email").value(ANN, hidden) is None
    assert Expression("mobile").value({**ANN, "mobile": "1"}, hidden) == "1"
    found = mapping(CAPABILITIES, {})["member"].values(ANN, hidden)
    assert "mobile" not in found
    assert found["email"] is None


def test_the_configuration_replaces_drops_and_ignores_letter_case() -> None:
    """Field names are the target's own, however they are written; an empty expression drops."""
    found = mapping(CAPABILITIES, {"member": {"TITLE": "details.cost", "mobile": ""}})["member"]
    values = found.values(ANN, NONE_HIDDEN)
    assert values["title"] == "C1"
    assert "mobile" not in values
    assert values["login"] == "007"


def test_every_mistake_is_told_at_once_with_the_nearest_name() -> None:
    wrong = {
        "member": {"emial": "email", "zzz": "id", "name": "name ||"},
        "persons": {"name": "name"},
        "department": {"nam": "name"},
    }
    with pytest.raises(ConfigError) as caught:
        mapping(CAPABILITIES, wrong)
    said = str(caught.value)
    for part in (
        "map.persons: this target has department, member, role, role_group",
        "map.member.emial: there is no such field; did you mean 'email'?",
        "map.member.zzz: there is no such field; known: email",
        "map.member.name: the expression 'name ||' cannot be read",
        "map.department.nam: there is no such field; did you mean 'name'?",
    ):
        assert part in said


def test_a_target_with_open_fields_takes_any_name() -> None:
    can = msgspec.structs.replace(CAPABILITIES, open_fields=True)
    found = mapping(can, {"member": {"gecos": "name"}})["member"]
    assert found.values(ANN, NONE_HIDDEN)["gecos"] == "Ann"


def test_an_expression_that_fails_for_one_person_is_that_persons_problem() -> None:
    """Complaint 31: one record that can't be mapped holds up nobody else."""
    bench = Bench().tell(after(COMPANY, member("u4", title=None)))
    bench.mapping = mapping(CAPABILITIES, {"member": {"title": "join('-', [title, id])"}})
    wanted = {bench.key(w.uid): w for w in bench.desired.of("member").values()}
    assert wanted["u5"].fields["title"] == "Engineer-u5"
    assert [key for key, w in wanted.items() if w.problems] == ["u4"]
    assert "join() takes array-string" in wanted["u4"].problems[0]


def test_the_sentence_about_a_failed_expression_has_no_personal_value() -> None:
    with pytest.raises(ConfigError) as caught:
        Expression("abs(name)").value({"name": "Ann Secret"}, NONE_HIDDEN)
    assert (
        str(caught.value)
        == "the expression 'abs(name)' failed: abs() takes number, and got string."
    )


def test_a_required_field_without_a_value_is_a_problem_before_anything_is_sent() -> None:
    bench = Bench().tell(COMPANY)
    bench.mapping = mapping(CAPABILITIES, {"member": {"name": "details.nick"}})
    assert {w.problems for w in bench.desired.of("member").values()} == {("name has no value",)}


# Scope


def chosen(scope: Scope, kind: str = "member") -> set[str | None]:
    bench = Bench(scope=scope).tell(COMPANY)
    return {bench.key(uid) for uid in bench.desired.of(kind)}


def test_a_scope_by_departments_takes_what_is_below_and_who_is_in_it() -> None:
    """A person in two departments goes along, with the department that is inside only."""
    scope = Scope(departments=("rd",))
    assert chosen(scope, "department") == {"rd", "fe", "be"}
    assert chosen(scope) == {"u2", "u3", "u4", "u5", "u8"}
    bench = Bench(scope=scope).tell(COMPANY)
    u8 = bench.desired.of("member")[bench.uid("member", "u8")]
    assert u8.relations.departments == (bench.uid("department", "be"),)
    assert u8.relations.manager is None  # out of the scope
    assert bench.desired.of("department")[bench.uid("department", "rd")].relations.parent is None


def test_scopes_by_expression_choose_each_kind() -> None:
    assert chosen(Scope(member="job_number == 'J0004'")) == {"u4"}
    assert chosen(Scope(department="name != 'Research'"), "department") == {"hq", "sales", "east"}
    assert chosen(Scope(role="name == 'Auditor'"), "role") == {"r1"}
    assert chosen(Scope(member="contains(department_paths[0] || '', 'Research')")) == {
        "u2", "u3", "u4", "u5"
    }  # fmt: skip


def test_what_the_scope_leaves_out_is_known_to_be_outside() -> None:
    """So a plan can say that a filter is the reason, and not a leave."""
    bench = Bench(scope=Scope(departments=("rd",))).tell(COMPANY)
    outside = {bench.key(uid) for uid in bench.desired.outside}
    assert outside == {"hq", "sales", "east", "u1", "u6", "u7"}


def test_a_scope_that_names_an_unknown_department_says_so() -> None:
    with pytest.raises(ConfigError, match="names a department 'nowhere' that the organization"):
        chosen(Scope(departments=("nowhere",)))


def test_ten_thousand_people_are_mapped_within_seconds() -> None:
    """Bounded work per person: no look-up goes through everybody."""
    many = tuple(person(n, f"d{n % 500}") for n in range(10_000))
    tree = tuple(department(f"d{n}", f"D{n}", None if n < 5 else f"d{n // 5}") for n in range(500))
    bench = Bench().tell(after(type(COMPANY)(), add(*tree, *many)))
    calls = 0

    def counted(kind: str, fields: dict[str, Any]) -> Fitted:
        nonlocal calls
        calls += 1
        return fit(kind, fields)

    found = desired(bench.directory, CAPABILITIES, bench.mapping, counted)
    assert (len(found.of("member")), calls) == (10_000, 10_500)
