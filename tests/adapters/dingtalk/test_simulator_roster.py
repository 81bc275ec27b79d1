"""The roster goes in and comes out the same; ids stay; what cannot be is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.dingtalk.simulator import create_app
from adapters.dingtalk.simulator.model import OTHER_GROUP
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.dingtalk.simulator_desk import SMALL, Desk

NAMES = st.text("abc部门员工-,，😀 ", min_size=1, max_size=6).filter(str.strip)
OPTIONAL = st.one_of(st.just(msgspec.UNSET), st.text("abc1", min_size=1, max_size=5))
IDS = st.one_of(st.integers(2, 2**40).map(str), st.text("xyz_", min_size=1, max_size=6))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Small organizations that DingTalk could have."""
    people = draw(st.lists(st.text("uvw.-@", min_size=1, max_size=8), unique=True, max_size=6))
    dept_ids = draw(st.lists(IDS, unique=True, max_size=6))
    somebody = st.lists(st.sampled_from(people), unique=True, max_size=3) if people else st.just([])
    departments = tuple(
        DepartmentRecord(
            id=dept_id,
            name=f"{draw(NAMES)}{i}",
            parent_id=draw(st.sampled_from([None, *dept_ids[:i]])),
            leaders=tuple(draw(somebody)) or msgspec.UNSET,
            order=draw(st.one_of(st.just(msgspec.UNSET), st.integers(1, 99))),
        )
        for i, dept_id in enumerate(dept_ids)
    )
    placed = (
        st.lists(st.sampled_from(dept_ids), unique=True, max_size=3) if dept_ids else st.just([])
    )
    members = tuple(
        MemberRecord(
            id=userid,
            name=draw(NAMES),
            departments=tuple(draw(placed)),
            title=draw(OPTIONAL),
            job_number=draw(OPTIONAL),
            avatar=draw(OPTIONAL),
            email=draw(st.sampled_from([msgspec.UNSET, f"u{i}@example.com"])),
            mobile=draw(st.sampled_from([msgspec.UNSET, f"1380000000{i}"])),
            manager=draw(st.sampled_from([msgspec.UNSET, *people[:i]])),
            active=draw(st.booleans()),
        )
        for i, userid in enumerate(people)
    )
    roles = tuple(
        RoleRecord(
            id=role_id,
            name=f"r{i}",
            group=draw(st.sampled_from([msgspec.UNSET, "甲", "乙"])),
            members=tuple(draw(somebody)),
        )
        for i, role_id in enumerate(draw(st.lists(IDS, unique=True, max_size=4)))
    )
    return Roster(departments=departments, members=members, roles=roles)


def by_id(roster: Roster) -> dict[str, Any]:
    """The roster without order of records and without what the simulator adds (unionid)."""
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
    assert by_id(app.provider.roster(own_ids=False, system_roles=False)) == by_id(before)


@given(rosters())
@settings(max_examples=30, deadline=None)
def test_dingtalks_own_ids_can_be_put_back(roster: Roster) -> None:
    app = create_app(roster=roster)
    shown = app.provider.roster(own_ids=False, system_roles=False)
    app.provider.put_roster(shown)
    assert app.provider.roster(own_ids=False, system_roles=False) == shown
    assert app.provider.events(0) == []


def test_numbers_are_kept_and_words_get_one() -> None:
    desk = Desk()
    shown = desk.sim("GET", "roster")["departments"]
    assert shown[1]["id"] == "50"
    assert shown[1]["parent_id"] == shown[0]["id"] and shown[0]["id"].isdecimal()
    assert len(shown[0]["id"]) == 9
    assert Desk().sim("GET", "roster")["departments"] == shown


def test_groups_show_their_id_and_the_rest_has_none() -> None:
    desk = Desk()
    first, second = desk.sim("GET", "roster")["roles"]
    assert first["group"] == "职务" and first["group_id"].isdecimal()
    assert {"group", "group_id"}.isdisjoint(second)
    listed = desk.sim("GET", "roster?system_roles=true")["roles"]
    assert [role["name"] for role in listed if role.get("group") == "默认"] == [
        "负责人",
        "主管",
        "主管理员",
        "子管理员",
    ]
    desk.sim(
        "PUT", "roster", {"roles": listed, "members": msgspec.to_builtins(SMALL)["members"]}, 400
    )


def test_a_group_with_an_id_can_change_its_name() -> None:
    role = RoleRecord(id="5", name="r", group="旧", group_id="g")
    desk = Desk(Roster(roles=(role,)))
    before = desk.sim("GET", "roster")["roles"][0]["group_id"]
    desk.sim("PUT", "roster", Roster(roles=(msgspec.structs.replace(role, group="新"),)))
    after = desk.sim("GET", "roster")["roles"][0]
    assert (after["group"], after["group_id"]) == ("新", before)
    assert desk.sim("GET", "roster?ids=own")["roles"][0]["group_id"] == "g"
    assert [event for event, _ in desk.events()] == ["label_conf_modify"]


def test_a_persons_unionid_is_stable_and_can_be_given() -> None:
    given_key = MemberRecord(id="u", name="n", departments=(), keys={"unionid": "mine"})
    desk = Desk(Roster(members=(given_key,)))
    assert desk.sim("GET", "roster")["members"][0]["keys"] == {"unionid": "mine"}
    first = Desk().sim("GET", "roster")["members"][0]["keys"]
    assert Desk().sim("GET", "roster")["members"][0]["keys"] == first


def test_what_the_roster_cannot_say_stays() -> None:
    desk = Desk()
    assert desk.code("/topapi/v2/department/update", dept_id=50, code="C") == 0
    update = {"userid": "bob", "work_place": "HZ", "dept_order_list": [{"dept_id": 50, "order": 3}]}
    assert desk.code("/topapi/v2/user/update", **update) == 0
    desk.sim("PUT", "roster", SMALL)
    assert desk.result("/topapi/v2/department/get", dept_id=50)["code"] == "C"
    bob = desk.result("/topapi/v2/user/get", userid="bob")
    assert bob["work_place"] == "HZ" and bob["dept_order_list"] == [{"dept_id": 50, "order": 3}]


def test_details_set_what_only_dingtalk_has() -> None:
    details = {"telephone": "8001", "boss": True, "extension": {"a": "1"}}
    member = MemberRecord(id="u", name="n", departments=(), details=details)
    user = Desk(Roster(members=(member,))).result("/topapi/v2/user/get", userid="u")
    assert (user["telephone"], user["boss"], user["extension"]) == ("8001", True, '{"a":"1"}')


def department(**fields: Any) -> dict[str, Any]:
    """A department row."""
    return {"id": "a", "name": "a", "parent_id": None, **fields}


def member(**fields: Any) -> dict[str, Any]:
    """A member row."""
    return {"id": "u", "name": "u", "departments": [], **fields}


@pytest.mark.parametrize(
    ("roster", "complaint"),
    [
        ({"departments": [department(), department()]}, "appears twice"),
        ({"departments": [department(parent_id="b")]}, "its parent b is not in the roster"),
        ({"departments": [department(parent_id="a")]}, "is below itself"),
        ({"departments": [department(id="1")]}, "the organization itself"),
        ({"departments": [department(name=" ")]}, "the name is empty"),
        ({"departments": [department(), department(id="b")]}, "a sibling has the same name"),
        ({"departments": [department(leaders=["x"])]}, "its leader x is not in the roster"),
        ({"members": [member(departments=["x"])]}, "department x is not in the roster"),
        ({"members": [member(manager="x")]}, "the manager x is not in the roster"),
        ({"members": [member(id="u" * 65)]}, "at most 64 characters"),
        ({"members": [member(email="e"), member(id="v", email="e")]}, "the same email"),
        ({"members": [member(mobile="1"), member(id="v", mobile="1")]}, "the same mobile"),
        (
            {"members": [member(keys={"unionid": "k"}), member(id="v", keys={"unionid": "k"})]},
            "the same unionid",
        ),
        ({"roles": [{"id": "r", "name": "r", "members": ["x"]}]}, "x is not in the roster"),
        ({"roles": [{"id": "r", "name": "r", "group": "默认"}]}, "takes no roles"),
        ({"roles": [{"id": "r", "name": "r"}, {"id": "s", "name": "r"}]}, "another role"),
        ({"departments": [{"id": "a"}]}, "missing required field"),
    ],
)
def test_an_impossible_roster_is_refused_and_nothing_changes(
    roster: dict[str, Any], complaint: str
) -> None:
    desk = Desk()
    before = desk.sim("GET", "roster")
    answer = desk.sim("PUT", "roster", roster, status=400)
    assert complaint in answer["error"]
    assert desk.sim("GET", "roster") == before


def test_the_other_group_can_be_written_out() -> None:
    role = {"id": "r", "name": "r", "group": OTHER_GROUP}
    desk = Desk(Roster())
    desk.sim("PUT", "roster", {"roles": [role]})
    assert "group" not in desk.sim("GET", "roster")["roles"][0]
