"""The roster goes in and comes out the same; ids stay; what cannot be is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.feishu.simulator import create_app
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.feishu.simulator_desk import SMALL, Desk

NAMES = st.text("abc部门员工-,，😀 ", min_size=1, max_size=6).filter(str.strip)
OPTIONAL = st.one_of(st.just(msgspec.UNSET), st.text("abc1", min_size=1, max_size=5))
IDS = st.one_of(st.integers(2, 2**40).map(str), st.text("xyz_部 ", min_size=1, max_size=6))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Small organizations that Feishu could have."""
    people = draw(st.lists(st.text("uvw.-@", min_size=1, max_size=8), unique=True, max_size=6))
    dept_ids = draw(st.lists(IDS, unique=True, max_size=6))
    somebody = st.lists(st.sampled_from(people), unique=True, max_size=3) if people else st.just([])
    departments = tuple(
        DepartmentRecord(
            id=dept_id,
            name=f"{draw(NAMES)}{i}",
            parent_id=draw(st.sampled_from([None, *dept_ids[:i]])),
            leaders=tuple(draw(somebody)) or msgspec.UNSET,
            order=i * 3,
        )
        for i, dept_id in enumerate(dept_ids)
    )
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
                job_number=draw(st.sampled_from([msgspec.UNSET, f"n{i}"])),
                email=draw(st.sampled_from([msgspec.UNSET, f"u{i}@example.com"])),
                mobile=draw(st.sampled_from([msgspec.UNSET, f"1380000000{i}"])),
                manager=draw(st.sampled_from([msgspec.UNSET, *people[:i]])),
                active=draw(st.booleans()),
            )
        )
    roles = tuple(
        RoleRecord(id=role_id, name=f"r{i}", members=tuple(draw(somebody)))
        for i, role_id in enumerate(draw(st.lists(IDS, unique=True, max_size=4)))
    )
    return Roster(departments=departments, members=tuple(members), roles=roles)


def by_id(roster: Roster) -> dict[str, Any]:
    """The roster without order of records and without what the simulator adds (keys)."""
    members = [msgspec.structs.replace(m, keys=msgspec.UNSET) for m in roster.members]
    plain: dict[str, Any] = msgspec.to_builtins(
        Roster(departments=roster.departments, members=tuple(members), roles=roster.roles)
    )
    for kind in plain:
        plain[kind] = sorted(plain[kind], key=lambda record: record["id"])
    return plain


@given(rosters())
@settings(max_examples=60, deadline=None)
def test_what_goes_in_comes_out(roster: Roster) -> None:
    app = create_app(roster=roster)
    shown = app.provider.roster(own_ids=True, system_roles=False)
    assert by_id(shown) == by_id(roster)
    assert app.provider.events(0) == []


@given(rosters(), rosters())
@settings(max_examples=30, deadline=None)
def test_replacing_is_the_same_as_starting_and_back_again_restores_ids(
    first: Roster, second: Roster
) -> None:
    app = create_app(roster=first)
    before = app.provider.roster(own_ids=False, system_roles=False)
    app.provider.put_roster(second)
    assert by_id(app.provider.roster(own_ids=True, system_roles=False)) == by_id(second)
    app.provider.put_roster(first)
    after = app.provider.roster(own_ids=False, system_roles=False)
    assert by_id(after) == by_id(before)
    assert {m.id: m.keys for m in after.members} == {m.id: m.keys for m in before.members}


@given(rosters())
@settings(max_examples=30, deadline=None)
def test_feishus_own_ids_can_be_put_back(roster: Roster) -> None:
    app = create_app(roster=roster)
    shown = app.provider.roster(own_ids=False, system_roles=False)
    app.provider.put_roster(shown)
    assert app.provider.roster(own_ids=False, system_roles=False) == shown
    assert app.provider.events(0) == []


def test_ids_that_feishu_cannot_have_get_another() -> None:
    odd = DepartmentRecord(id="研 发", name="x", parent_id=None)
    desk = Desk(Roster(departments=(odd,)))
    shown = desk.sim("GET", "roster")["departments"][0]["id"]
    assert shown.isalnum() and shown.isascii()
    assert desk.data("GET", f"departments/{shown}")["department"]["name"] == "x"
    assert desk.sim("GET", "roster?ids=own")["departments"][0]["id"] == "研 发"


def test_siblings_get_an_order_each() -> None:
    records = [
        DepartmentRecord(id=name, name=name, parent_id=None, order=order)
        for name, order in (("a", 1), ("b", 1), ("c", msgspec.UNSET), ("d", -5), ("e", 0))
    ]
    shown = Desk(Roster(departments=tuple(records))).sim("GET", "roster")["departments"]
    assert [(one["id"], one["order"]) for one in shown] == [
        ("d", 0),
        ("e", 1),
        ("a", 2),
        ("b", 3),
        ("c", 4),
    ]


def test_numbers_and_groups_of_other_systems_are_taken_as_feishu_would() -> None:
    abroad = MemberRecord(id="x", name="x", departments=(), mobile="+852-12345678")
    home = MemberRecord(id="y", name="y", departments=(), mobile="+8613800000001")
    role = RoleRecord(id="r", name="r", group="职务", members=("x",))
    shown = Desk(Roster(members=(abroad, home), roles=(role,))).sim("GET", "roster")
    assert [one["mobile"] for one in shown["members"]] == ["+85212345678", "13800000001"]
    assert "group" not in shown["roles"][0]


def test_replacing_makes_leavers_and_keeps_what_a_roster_cannot_say() -> None:
    desk = Desk()
    desk.data("PATCH", "users/ann", en_name="Ann")
    desk.data("POST", "group", name="组", group_id="g1")
    entry = {"member_type": "user", "member_id_type": "user_id"}
    members = [{**entry, "member_id": "ann"}, {**entry, "member_id": "bob"}]
    desk.data("POST", "group/g1/member/batch_add", members=members)
    kept = [m for m in SMALL.members if m.id != "bob"]
    departments = tuple(d for d in SMALL.departments if d.id != "hr")
    already = len(desk.events())
    desk.sim("PUT", "roster", Roster(departments=departments, members=tuple(kept)))
    assert desk.data("GET", "users/ann")["user"]["en_name"] == "Ann"
    assert desk.data("GET", "users/bob")["user"]["status"]["is_resigned"] is True
    assert desk.code("GET", "departments/hr") == (400, 40015)
    assert desk.data("GET", "group/g1")["group"]["member_user_count"] == 1
    told = [event.split(".", 1)[1] for event, _ in desk.events(already)]
    assert "department.deleted_v3" in told and "user.deleted_v3" in told
    desk.sim("PUT", "roster", SMALL)
    assert desk.data("GET", "users/bob")["user"]["status"]["is_resigned"] is False


@pytest.mark.parametrize(
    ("roster", "complaint"),
    [
        (Roster(departments=(DepartmentRecord(id="a", name="a/b", parent_id=None),)), "slash"),
        (Roster(departments=(DepartmentRecord(id="0", name="a", parent_id=None),)), "itself"),
        (Roster(members=(MemberRecord(id="a b", name="a", departments=()),)), "no blanks"),
        (
            Roster(
                departments=(DepartmentRecord(id="d", name="d", parent_id=None),),
                members=(MemberRecord(id="a", name="a", departments=(), main_department="d"),),
            ),
            "main department",
        ),
        (
            Roster(
                members=(
                    MemberRecord(id="a", name="a", departments=(), mobile="13800000001"),
                    MemberRecord(id="b", name="b", departments=(), mobile="+8613800000001"),
                )
            ),
            "same mobile",
        ),
        (
            Roster(roles=(RoleRecord(id="a", name="x"), RoleRecord(id="b", name="x"))),
            "the same name",
        ),
        (Roster(roles=(RoleRecord(id="a", name="x" * 51),)), "at most 50"),
        (
            Roster(
                departments=tuple(
                    DepartmentRecord(id=f"{i}d", name="x", parent_id=f"{i - 1}d" if i else None)
                    for i in range(26)
                )
            ),
            "43019",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(roster: Roster, complaint: str) -> None:
    desk = Desk()
    before = desk.sim("GET", "roster")
    refused = desk.sim("PUT", "roster", roster, status=400)
    assert complaint in "".join(refused["problems"])
    assert desk.sim("GET", "roster") == before
