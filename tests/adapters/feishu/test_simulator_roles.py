"""Functional roles and user groups."""

from __future__ import annotations

from typing import Any

import pytest

from domain.records import MemberRecord, Roster
from tests.adapters.feishu.simulator_desk import Desk

ROLES = "functional_roles"


def member(user_id: str, **changes: Any) -> dict[str, Any]:
    """An entry of a group's batch."""
    return {"member_type": "user", "member_id_type": "user_id", "member_id": user_id, **changes}


def test_a_role_lives_and_dies() -> None:
    desk = Desk()
    role_id = desk.data("POST", ROLES, role_name="经理")["role_id"]
    assert desk.code("POST", ROLES, role_name="经理") == (400, 41201)
    assert desk.code("POST", ROLES, role_name="") == (400, 99992402)
    assert desk.code("POST", ROLES, role_name="x" * 51) == (400, 99992402)
    assert desk.data("PUT", f"{ROLES}/{role_id}", role_name="主管") == {}
    assert desk.code("PUT", f"{ROLES}/{role_id}", role_name="保安") == (400, 41201)
    assert desk.code("DELETE", f"{ROLES}/r1") == (400, 41206)
    assert desk.data("DELETE", f"{ROLES}/{role_id}") == {}
    assert desk.code("PUT", f"{ROLES}/{role_id}", role_name="x") == (404, 41202)


def test_no_call_lists_roles() -> None:
    assert Desk().code("GET", ROLES) == (404, 99991301)


def test_members_have_a_reason_each() -> None:
    desk = Desk(visible_departments=["rd"], visible_users=["cai"])
    results = desk.data(
        "POST", f"{ROLES}/r2/members/batch_create", members=["ann", "nobody", "cai"]
    )["results"]
    assert results == [
        {"user_id": "ann", "reason": 1},
        {"user_id": "nobody", "reason": 2},
        {"user_id": "cai", "reason": 1},
    ]
    desk.sim("POST", "settings", {"visible_users": []})
    again = desk.data("POST", f"{ROLES}/r2/members/batch_create", members=["ann", "cai"])
    assert [one["reason"] for one in again["results"]] == [4, 3]
    gone = desk.data("PATCH", f"{ROLES}/r2/members/batch_delete", members=["ann", "bob"])
    assert [one["reason"] for one in gone["result"]] == [1, 5]
    assert desk.sim("GET", "roster")["roles"][1]["members"] == ["cai"]


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_1_to_100_members(count: int) -> None:
    given = [f"u{number}" for number in range(count)]
    path = f"{ROLES}/r2/members/batch_create"
    assert Desk().code("POST", path, members=given) == (400, 99992402)


def test_a_role_has_at_most_1000_members() -> None:
    people = [MemberRecord(id=f"u{i}", name="x", departments=()) for i in range(1001)]
    desk = Desk(Roster(members=tuple(people)))
    role_id = desk.data("POST", ROLES, role_name="all")["role_id"]
    path = f"{ROLES}/{role_id}/members/batch_create"
    for start in range(0, 1000, 100):
        desk.data("POST", path, members=[f"u{i}" for i in range(start, start + 100)])
    assert desk.code("POST", path, members=["u1000"]) == (400, 41209)
    pages = desk.pages(f"{ROLES}/{role_id}/members", "members", page_size=100)
    assert [len(page) for page in pages] == [100] * 10
    path = f"{ROLES}/{role_id}/members"
    assert len(desk.data("GET", path)["members"]) == 20
    assert len(desk.data("GET", path, {"page_size": 0})["members"]) == 1
    assert desk.code("GET", path, {"page_size": 101}) == (400, 40011)


def test_management_ranges() -> None:
    desk, path = Desk(), f"{ROLES}/r1/members"
    assert desk.data("GET", f"{path}/ann")["member"]["scope_type"] == "All"
    body = {"members": ["ann", "cai"], "departments": ["hr"]}
    told = desk.data("PATCH", f"{path}/scopes", **body)["results"]
    assert [one["reason"] for one in told] == [1, 5]
    shown = desk.data("GET", f"{path}/ann")["member"]
    assert shown == {"user_id": "ann", "scope_type": "Part", "department_ids": ["hr"]}
    assert desk.code("GET", f"{path}/cai") == (404, 41203)
    bad = {"members": ["ann"], "departments": ["nowhere"]}
    assert desk.code("PATCH", f"{path}/scopes", **bad) == (400, 41210)


def test_a_group_lives_and_dies() -> None:
    desk = Desk()
    assert desk.data("POST", "group", name="组", group_id="g1")["group_id"] == "g1"
    assert desk.code("POST", "group", name="组") == (400, 47009)
    assert desk.code("POST", "group", name="二", group_id="g1") == (400, 47005)
    assert desk.code("POST", "group", name="") == (400, 42001)
    assert desk.code("POST", "group", name="x" * 101) == (400, 42013)
    assert desk.code("POST", "group", name="x", description="x" * 501) == (400, 42014)
    assert desk.code("POST", "group", name="x", type=2) == (400, 42003)
    assert desk.code("POST", "group", name="x", group_id="a b") == (400, 42002)
    assert desk.data("PATCH", "group/g1", description="d") == {}
    assert desk.data("GET", "group/g1")["group"] == {
        "id": "g1",
        "name": "组",
        "description": "d",
        "member_user_count": 0,
        "member_department_count": 0,
        "type": 1,
    }
    assert [one["id"] for one in desk.data("GET", "group/simplelist")["grouplist"]] == ["g1"]
    assert desk.data("DELETE", "group/g1") == {}
    assert desk.code("GET", "group/g1") == (400, 42002)


def test_members_of_a_group_have_a_code_each() -> None:
    desk = Desk()
    desk.data("POST", "group", name="组", group_id="g1")
    add, remove = "group/g1/member/batch_add", "group/g1/member/batch_remove"
    given = [member("ann"), member("nobody"), member("bob")]
    results = desk.data("POST", add, members=given)["results"]
    assert [one["code"] for one in results] == [0, 41073, 0]
    assert desk.data("POST", add, members=given[:1])["results"][0]["code"] == 42005
    listed = desk.data("GET", "group/g1/member/simplelist", {"member_id_type": "user_id"})
    assert listed["memberlist"] == [
        {"member_id": one, "member_type": "user", "member_id_type": "user_id"}
        for one in ("ann", "bob")
    ]
    assert desk.code("DELETE", "group/g1") == (400, 42017)
    reply = desk.ask("POST", remove, members=[member("ann"), member("cai")])
    assert (reply.status_code, reply.json()["code"]) == (400, 40022)
    assert [one["code"] for one in reply.json()["error"]["results"]] == [0, 41073]
    desk.data("POST", add, members=[member("ann")])
    assert desk.data("POST", remove, members=[member("ann")]) == {}
    for change, code in (({"member_type": "department"}, 41074), ({"member_id_type": "x"}, 41071)):
        assert desk.code("POST", add, members=[member("ann", **change)]) == (400, code)
    desk.data("DELETE", "users/bob")
    assert desk.data("GET", "group/g1")["group"]["member_user_count"] == 0


def test_groups_need_the_range_of_all_staff() -> None:
    desk = Desk()
    desk.data("POST", "group", name="组", group_id="g1")
    desk.sim("POST", "settings", {"visible_departments": ["rd"]})
    assert desk.code("POST", "group", name="x") == (403, 42010)
    assert desk.code("GET", "group/g1") == (403, 42009)
    assert desk.data("GET", "group/simplelist")["grouplist"] == []
    desk.sim("POST", "settings", {"visible_groups": ["g1"]})
    assert desk.code("GET", "group/g1") == (200, 0)
