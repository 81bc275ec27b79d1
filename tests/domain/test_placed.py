"""What a source may ask about the ledger: departments, people and roles by the source's own ids."""

from __future__ import annotations

from domain.decide.placed import known_departments, known_members, known_roles
from domain.ports import KnownDepartment, KnownMember, KnownRole
from tests.domain.given import SYSTEM, dep, given, person, read, role

ORG = given(
    read(
        dep("a", leaders=("u", "v"), details={"site": "B"}),
        dep("b", "a"),
        dep("gone"),
        person("u", "a", "b", manager="v"),
        person("v", "b"),
        person("left", "a"),
        role("r", "u", "left"),
        role("gone", "v"),
    ),
    read(
        dep("a", leaders=("u", "v"), details={"site": "B"}),
        dep("b", "a"),
        person("u", "a", "b", manager="v"),
        person("v", "b"),
        role("r", "u"),
    ),
).directory


def test_present_departments_with_their_people_leaders_and_details():
    found = {d.id: d for d in known_departments(ORG, SYSTEM)}
    assert found == {
        "a": KnownDepartment("a", "A", None, frozenset({"u"}), ("u", "v"), {"site": "B"}),
        "b": KnownDepartment("b", "B", "a", frozenset({"u", "v"})),
    }


def test_present_people_with_their_departments_and_managers():
    assert {m.id: m for m in known_members(ORG, SYSTEM)} == {
        "u": KnownMember("u", "U", ("a", "b"), "v"),
        "v": KnownMember("v", "V", ("b",), None),
    }


def test_present_roles_with_their_holders():
    assert list(known_roles(ORG, SYSTEM)) == [KnownRole("r", "R", frozenset({"u"}))]


def test_another_system_told_of_none():
    asked = (known_departments, known_members, known_roles)
    assert [list(ask(ORG, "other")) for ask in asked] == [[], [], []]
