"""Departments: reading, writing, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.dingtalk.simulator_desk import Desk

BASE = "/topapi/v2/department/"


def test_listsub_gives_one_level_without_order() -> None:
    desk = Desk()
    rows = desk.result(BASE + "listsub")
    assert [row["name"] for row in rows] == ["研发", "人事-行政"]
    assert set(rows[0]) == {"dept_id", "name", "parent_id", "create_dept_group", "auto_add_user"}
    below = desk.result(BASE + "listsub", dept_id=desk.dept("rd"))
    assert below == [
        {
            "dept_id": 50,
            "name": "平台",
            "parent_id": desk.dept("rd"),
            "create_dept_group": False,
            "auto_add_user": False,
        }
    ]
    assert desk.result(BASE + "listsub", dept_id="50") == []


def test_get_tells_order_managers_source_and_counts() -> None:
    desk = Desk()
    detail = desk.result(BASE + "get", dept_id=desk.dept("rd"))
    assert detail["parent_id"] == 1 and detail["order"] == 2
    assert detail["source_identifier"] == "rd"
    assert detail["dept_manager_userid_list"] == ["ann"]
    assert (detail["member_count"], detail["owning_member_count"]) == (2, 1)
    root = desk.result(BASE + "get", dept_id=1)
    assert "parent_id" not in root and root["member_count"] == 3
    assert "source_identifier" not in desk.result(BASE + "get", dept_id=50)


def test_ids_and_paths() -> None:
    desk = Desk()
    rd = desk.dept("rd")
    assert desk.result(BASE + "listsubid", dept_id=1) == {"dept_id_list": [rd, desk.dept("hr")]}
    assert desk.result(BASE + "listparentbydept", dept_id=50) == {"parent_id_list": [50, rd, 1]}
    assert desk.result(BASE + "listparentbyuser", userid="ann") == {
        "parent_list": [
            {"parent_dept_id_list": [rd, 1]},
            {"parent_dept_id_list": [50, rd, 1]},
        ]
    }
    assert desk.code(BASE + "listparentbyuser", userid="nobody") == 33012


@pytest.mark.parametrize("call", ["listsub", "get", "listsubid", "listparentbydept", "delete"])
def test_an_unknown_department_is_60003(call: str) -> None:
    assert Desk().code(BASE + call, dept_id=999) == 60003
    assert Desk().code(BASE + call, dept_id="x") == 400002


def test_search_pages_over_names() -> None:
    desk, path = Desk(), "/v1.0/contact/departments/search"
    found = desk.new("POST", path, json={"queryWord": "人", "offset": 0, "size": 10}).json()
    assert found == {"hasMore": False, "totalCount": 1, "list": [desk.dept("hr")]}
    bad = desk.new("POST", path, json={"queryWord": "人", "offset": 0, "size": 0})
    assert bad.status_code == 400


def test_create_keeps_the_given_key_and_order() -> None:
    desk = Desk()
    made = desk.result(
        BASE + "create", name="新部门", parent_id=50, order=7, source_identifier="ours/1"
    )
    detail = desk.result(BASE + "get", dept_id=made["dept_id"])
    assert (detail["order"], detail["source_identifier"]) == (7, "ours/1")
    assert detail["dept_manager_userid_list"] == []
    assert desk.dept("ours/1") == made["dept_id"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"parent_id": 1}, 60001),
        ({"name": "", "parent_id": 1}, 60001),
        ({"name": "n" * 65, "parent_id": 1}, 60001),
        ({"name": "a-b", "parent_id": 1}, 60009),
        ({"name": "a,b", "parent_id": 1}, 60009),
        ({"name": "a，b", "parent_id": 1}, 60009),
        ({"name": "研发", "parent_id": 1}, 60021),
        ({"name": "new"}, 400002),
        ({"name": "new", "parent_id": 999}, 60004),
        ({"name": "new", "parent_id": 1, "order": 0}, 40011),
        ({"name": "new", "parent_id": 1, "hide_dept": "perhaps"}, 400002),
        ({"name": "new", "parent_id": 1, "dept_permits": "999"}, 60109),
        ({"name": "new", "parent_id": 1, "user_permits": "nobody"}, 60109),
    ],
)
def test_create_refuses(body: dict[str, Any], code: int) -> None:
    desk = Desk()
    before = desk.sim("GET", "roster")
    assert desk.code(BASE + "create", **body) == code
    assert desk.sim("GET", "roster") == before


def test_the_same_name_under_another_parent_is_fine() -> None:
    assert Desk().code(BASE + "create", name="研发", parent_id=50) == 0


def test_update_changes_only_what_is_given() -> None:
    desk = Desk()
    rd, hr = desk.dept("rd"), desk.dept("hr")
    assert desk.code(BASE + "update", dept_id=50, name="基础平台", parent_id=hr, code="C1") == 0
    detail = desk.result(BASE + "get", dept_id=50)
    assert (detail["name"], detail["parent_id"], detail["code"]) == ("基础平台", hr, "C1")
    assert detail["order"] == 1
    assert desk.result(BASE + "get", dept_id=rd)["member_count"] == 1
    assert desk.result(BASE + "get", dept_id=hr)["member_count"] == 2
    assert desk.result(BASE + "get", dept_id=1)["member_count"] == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"dept_id": 1, "name": "new"}, 60018),
        ({"dept_id": 999, "name": "new"}, 60003),
        ({"dept_id": 50, "name": "a-b"}, 60009),
        ({"dept_id": 50, "parent_id": 999}, 60004),
        ({"dept_id": 50, "parent_id": 50}, 60010),
        ({"dept_id": 50, "order": -1}, 40011),
        ({"dept_id": 50, "code": "c" * 31}, 40063),
        ({"dept_id": 50, "dept_manager_userid_list": "cai"}, 40031),
        ({"dept_id": 50, "org_dept_owner": "cai"}, 40093),
    ],
)
def test_update_refuses_and_changes_nothing(body: dict[str, Any], code: int) -> None:
    desk = Desk()
    before = desk.sim("GET", "roster")
    assert desk.code(BASE + "update", **body) == code
    assert desk.sim("GET", "roster") == before


def test_a_department_cannot_move_below_itself_or_onto_a_sibling_name() -> None:
    desk = Desk()
    rd = desk.dept("rd")
    assert desk.code(BASE + "update", dept_id=rd, parent_id=50) == 60010
    twin = desk.result(BASE + "create", name="研发", parent_id=50)["dept_id"]
    assert desk.code(BASE + "update", dept_id=twin, parent_id=1) == 60021
    assert desk.code(BASE + "update", dept_id=twin, parent_id=1, name="研发二") == 0


def test_managers_are_cleared_only_by_force() -> None:
    desk = Desk()
    path = BASE + "update"
    assert desk.code(path, dept_id=50, dept_manager_userid_list="bob,ann") == 0
    assert desk.code(path, dept_id=50, dept_manager_userid_list="") == 0
    managers = "dept_manager_userid_list"
    assert desk.result(BASE + "get", dept_id=50)[managers] == ["bob", "ann"]
    assert desk.code(path, dept_id=50, force_update_fields=managers) == 0
    assert desk.result(BASE + "get", dept_id=50)[managers] == []


def test_delete_refuses_root_and_people_and_takes_empty_descendants_along() -> None:
    desk = Desk()
    top = desk.result(BASE + "create", name="空", parent_id=1)["dept_id"]
    below = desk.result(BASE + "create", name="也空", parent_id=top)["dept_id"]
    assert desk.code(BASE + "delete", dept_id=1) == 60007
    assert desk.code(BASE + "delete", dept_id=desk.dept("rd")) == 60005
    seen = len(desk.events())
    assert desk.code(BASE + "delete", dept_id=top) == 0
    assert desk.events(seen) == [("org_dept_remove", {"deptId": [top, below]})]
    assert desk.code(BASE + "get", dept_id=below) == 60003


def test_cascading_can_be_refused() -> None:
    desk = Desk(refuse_cascade=True)
    top = desk.result(BASE + "create", name="空", parent_id=1)["dept_id"]
    desk.result(BASE + "create", name="也空", parent_id=top)
    assert desk.code(BASE + "delete", dept_id=top) == 60006


def test_ids_are_never_handed_out_again() -> None:
    desk = Desk(Roster())
    seen: set[int] = set()
    for _ in range(5):
        made = desk.result(BASE + "create", name="一", parent_id=1)["dept_id"]
        assert made not in seen
        seen.add(made)
        assert desk.code(BASE + "delete", dept_id=made) == 0


def test_a_person_in_two_branches_counts_once_above_them() -> None:
    departments = (
        DepartmentRecord(id="a", name="a", parent_id=None),
        DepartmentRecord(id="b", name="b", parent_id="a"),
        DepartmentRecord(id="c", name="c", parent_id="a"),
    )
    desk = Desk(
        Roster(
            departments=departments,
            members=(MemberRecord(id="u", name="u", departments=("b", "c")),),
        )
    )
    assert desk.result(BASE + "get", dept_id=desk.dept("a"))["member_count"] == 1
    assert desk.code("/topapi/v2/user/delete", userid="u") == 0
    assert desk.result(BASE + "get", dept_id=desk.dept("a"))["member_count"] == 0
