"""The roster goes in and comes out the same; ids stay; what cannot be is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.wecom.simulator import create_app
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.wecom.simulator_desk import SMALL, Desk

NAMES = st.text("abc部门员工-,，😀 ", min_size=1, max_size=6).filter(str.strip)
OPTIONAL = st.one_of(st.just(msgspec.UNSET), st.text("abc1", min_size=1, max_size=5))
IDS = st.one_of(st.integers(2, 2**40).map(str), st.text("xyz_部 ", min_size=1, max_size=6))
USERIDS = st.text("uvw19.-@", min_size=1, max_size=8).filter(lambda t: t[0] not in ".-@")


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Small organizations that WeCom could have."""
    people = draw(st.lists(USERIDS, unique=True, max_size=6))
    dept_ids = draw(st.lists(IDS, unique=True, max_size=6))
    placed = (
        st.lists(st.sampled_from(dept_ids), unique=True, max_size=3) if dept_ids else st.just([])
    )
    members = []
    for i, userid in enumerate(people):
        places = tuple(draw(placed))
        members.append(
            MemberRecord(
                id=userid,
                name=draw(NAMES),
                departments=places,
                main_department=draw(st.sampled_from(places)) if places else msgspec.UNSET,
                title=draw(OPTIONAL),
                avatar=draw(OPTIONAL),
                email=draw(st.sampled_from([msgspec.UNSET, f"u{i}@example.com"])),
                mobile=draw(st.sampled_from([msgspec.UNSET, f"1380000000{i}"])),
                manager=draw(st.sampled_from([msgspec.UNSET, *people[:i]])),
                active=draw(st.booleans()),
            )
        )
    departments = tuple(
        DepartmentRecord(
            id=dept_id,
            name=f"{draw(NAMES)}{i}",
            parent_id=draw(st.sampled_from([None, *dept_ids[:i]])),
            leaders=tuple(m.id for m in members if dept_id in m.departments and draw(st.booleans()))
            or msgspec.UNSET,
            order=draw(st.integers(-5, 5)),
        )
        for i, dept_id in enumerate(dept_ids)
    )
    holders = st.lists(st.sampled_from(people), unique=True, max_size=3) if people else st.just([])
    roles = tuple(
        RoleRecord(id=role_id, name=f"r{i}", members=tuple(draw(holders)))
        for i, role_id in enumerate(draw(st.lists(IDS, unique=True, max_size=4)))
    )
    return Roster(departments=departments, members=tuple(members), roles=roles)


def by_id(roster: Roster) -> dict[str, Any]:
    """The roster without the order of its records and leaders."""
    plain: dict[str, Any] = msgspec.to_builtins(roster)
    for kind in plain:
        plain[kind] = sorted(plain[kind], key=lambda record: str(record["id"]))
    for department in plain["departments"]:
        department["leaders"] = sorted(department.get("leaders", ()))
    return plain


@given(rosters())
@settings(max_examples=60, deadline=None)
def test_what_goes_in_comes_out(roster: Roster) -> None:
    """By the roster's own ids, and without an event."""
    app = create_app(roster=roster)
    assert by_id(app.provider.roster(own_ids=True, system_roles=False)) == by_id(roster)
    assert app.provider.events(0) == []


@given(rosters(), rosters())
@settings(max_examples=30, deadline=None)
def test_replacing_is_the_same_as_starting_and_back_again_restores_ids(
    first: Roster, second: Roster
) -> None:
    """A number that was given out is never another department's."""
    app = create_app(roster=first)
    before = app.provider.roster(own_ids=False, system_roles=False)
    app.provider.put_roster(second)
    assert by_id(app.provider.roster(own_ids=True, system_roles=False)) == by_id(second)
    app.provider.put_roster(first)
    assert by_id(app.provider.roster(own_ids=False, system_roles=False)) == by_id(before)


@given(rosters())
@settings(max_examples=30, deadline=None)
def test_a_roster_that_is_there_already_is_no_event(roster: Roster) -> None:
    """PUT of the same roster changes nothing."""
    app = create_app(roster=roster)
    app.provider.put_roster(roster)
    assert app.provider.events(0) == []


def test_ids_that_wecom_cannot_have_become_numbers() -> None:
    """A department id is a 32-bit number; the own id is remembered."""
    odd = [DepartmentRecord(id=one, name=one, parent_id=None) for one in ("研发", "9999999999")]
    desk = Desk(Roster(departments=tuple(odd)))
    shown = [d["id"] for d in desk.sim("GET", "roster")["departments"]]
    assert all(0 < int(one) < 2**32 for one in shown)
    owns = [d["id"] for d in desk.sim("GET", "roster?ids=own")["departments"]]
    assert owns == ["研发", "9999999999"]


def test_who_is_in_no_department_is_in_the_organization() -> None:
    """Department 1 is where they are listed, and no department of theirs."""
    desk = Desk()
    assert [u["userid"] for u in desk.get("user/list", department_id=1)["userlist"]] == ["cai"]
    (cai,) = [m for m in desk.sim("GET", "roster")["members"] if m["id"] == "cai"]
    assert cai["departments"] == [] and "main_department" not in cai


def test_replacing_keeps_what_a_roster_cannot_say() -> None:
    """An alias and an order among colleagues stay with those who stay."""
    desk = Desk()
    desk.post("user/update", userid="Ann", alias="A", department=[2, 3], order=[7, 8])
    desk.sim("PUT", "roster", SMALL)
    ann = desk.get("user/get", userid="Ann")
    assert (ann["alias"], ann["order"]) == ("A", [7, 8])


def _only(department: DepartmentRecord) -> Roster:
    return Roster(departments=(department,))


@pytest.mark.parametrize(
    ("roster", "complaint"),
    [
        (_only(DepartmentRecord(id="a", name="a|b", parent_id=None)), "invalid char"),
        (_only(DepartmentRecord(id="a", name="x" * 65, parent_id=None)), "length"),
        (_only(DepartmentRecord(id="1", name="a", parent_id=None)), "itself"),
        (_only(DepartmentRecord(id="2", name="a", parent_id=None, order=2**32)), "no such order"),
        (Roster(members=(MemberRecord(id="a b", name="a", departments=()),)), "a userid has"),
        (
            Roster(
                departments=(DepartmentRecord(id="2", name="d", parent_id=None, leaders=("a",)),),
                members=(MemberRecord(id="a", name="a", departments=()),),
            ),
            "is not a member of it",
        ),
        (
            Roster(
                departments=(DepartmentRecord(id="2", name="d", parent_id=None),),
                members=(MemberRecord(id="a", name="a", departments=(), main_department="2"),),
            ),
            "main department",
        ),
        (
            Roster(
                members=(
                    MemberRecord(id="a", name="a", departments=(), mobile="13800000001"),
                    MemberRecord(id="b", name="b", departments=(), mobile="+86 138-0000-0001"),
                )
            ),
            "same mobile",
        ),
        (
            Roster(roles=(RoleRecord(id="a", name="x"), RoleRecord(id="b", name="x"))),
            "the same name",
        ),
        (Roster(roles=(RoleRecord(id="a", name="x" * 33),)), "at most 32"),
        (
            Roster(
                departments=tuple(
                    DepartmentRecord(id=f"{i}d", name="x", parent_id=f"{i - 1}d" if i else None)
                    for i in range(15)
                )
            ),
            "81002",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(roster: Roster, complaint: str) -> None:
    """The refusal says what is wrong with which record."""
    desk = Desk()
    before = desk.sim("GET", "roster")
    refused = desk.sim("PUT", "roster", roster, status=400)
    assert complaint in "".join(refused["problems"])
    assert desk.sim("GET", "roster") == before
