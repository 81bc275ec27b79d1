"""Reading people: pages, orders, details, look-ups, leavers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.dingtalk.simulator.model import DEFAULT_ORDER
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.dingtalk.simulator_desk import Desk

LIST, SIMPLE, GET = "/topapi/v2/user/list", "/topapi/user/listsimple", "/topapi/v2/user/get"


def crowd(number: int) -> Desk:
    """A department 7 with this many people."""
    return Desk(
        Roster(
            departments=(DepartmentRecord(id="7", name="众", parent_id=None),),
            members=tuple(
                MemberRecord(id=f"u{i:03}", name=f"n{i}", departments=("7",)) for i in range(number)
            ),
        )
    )


@pytest.mark.parametrize("path", [LIST, SIMPLE])
@pytest.mark.parametrize(
    ("people", "pages"),
    [(0, [0]), (1, [1]), (99, [99]), (100, [100]), (101, [100, 1]), (200, [100, 100])],
)
def test_pages_end_exactly(path: str, people: int, pages: list[int]) -> None:
    desk, cursor, sizes, seen = crowd(people), 0, [], []
    while True:
        result = desk.result(path, dept_id=7, cursor=cursor, size=100)
        sizes.append(len(result["list"]))
        seen += [row["userid"] for row in result["list"]]
        assert result["has_more"] == ("next_cursor" in result)
        if not result["has_more"]:
            break
        cursor = result["next_cursor"]
    assert sizes == pages
    assert sorted(seen) == [f"u{i:03}" for i in range(people)]
    assert desk.result("/topapi/user/listid", dept_id=7)["userid_list"] == sorted(seen)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"dept_id": 7, "cursor": 0, "size": 101}, 40069),
        ({"dept_id": 7, "cursor": 0, "size": 0}, 40069),
        ({"dept_id": 7, "cursor": 0}, 40069),
        ({"dept_id": 7, "cursor": -1, "size": 10}, 40068),
        ({"dept_id": 7, "size": 10}, 40068),
        ({"dept_id": 7, "cursor": 0, "size": True}, 40069),
        ({"cursor": 0, "size": 10}, 400002),
        ({"dept_id": 8, "cursor": 0, "size": 10}, 60003),
        ({"dept_id": 7, "cursor": 0, "size": 10, "order_field": "age"}, 400002),
    ],
)
@pytest.mark.parametrize("path", [LIST, SIMPLE])
def test_paging_parameters_are_checked(path: str, body: dict[str, Any], code: int) -> None:
    assert crowd(1).code(path, **body) == code


def test_a_row_has_the_fields_of_the_list_and_no_more() -> None:
    desk = Desk()
    rows = desk.result(LIST, dept_id=desk.dept("rd"), cursor=0, size=10)["list"]
    unionid = rows[0].pop("unionid")
    assert unionid
    assert rows == [
        {
            "userid": "ann",
            "name": "安",
            "dept_id_list": [desk.dept("rd"), 50],
            "dept_order": DEFAULT_ORDER,
            "leader": True,
            "active": True,
            "admin": False,
            "boss": False,
            "hide_mobile": False,
            "exclusive_account": False,
            "email": "ann@example.com",
            "mobile": "13800000001",
            "state_code": "86",
            "job_number": "1",
            "title": "主任",
        }
    ]
    bob = desk.result(LIST, dept_id=50, cursor=0, size=10)["list"][1]
    assert {"mobile", "email", "manager_userid", "role_list"}.isdisjoint(bob)
    assert bob["leader"] is False


def test_get_adds_manager_roles_and_leadership() -> None:
    desk = Desk(main_admins=("ann",))
    ann, bob = desk.result(GET, userid="ann"), desk.result(GET, userid="bob")
    assert ann["leader_in_dept"] == [
        {"dept_id": desk.dept("rd"), "leader": True},
        {"dept_id": 50, "leader": False},
    ]
    assert [(role["name"], role["group_name"]) for role in ann["role_list"]] == [
        ("主管", "默认"),
        ("主管理员", "默认"),
        ("架构师", "职务"),
    ]
    assert ann["admin"] is True and "manager_userid" not in ann and "leader" not in ann
    assert (bob["manager_userid"], bob["active"]) == ("ann", False)
    assert desk.result(GET, userid="cai")["dept_id_list"] == [1]
    assert desk.code(GET, userid="ANN") == 33012
    assert desk.code(GET) == 400002


def test_orders_of_the_list() -> None:
    desk = crowd(3)

    def order(field: str | None = None) -> list[str]:
        extra = {} if field is None else {"order_field": field}
        rows = desk.result(LIST, dept_id=7, cursor=0, size=10, **extra)["list"]
        return [row["userid"] for row in rows]

    desk.sim("POST", "clock", {"advance": 1})
    update = {"dept_order_list": [{"dept_id": 7, "order": 5}]}
    assert desk.code("/topapi/v2/user/update", userid="u000", **update) == 0
    update["dept_order_list"][0]["order"] = 9
    assert desk.code("/topapi/v2/user/update", userid="u001", title="t", **update) == 0
    assert order() == order("custom") == ["u002", "u001", "u000"]
    assert order("entry_asc") == ["u000", "u001", "u002"]
    assert order("entry_desc") == ["u002", "u001", "u000"]
    assert order("modify_asc")[0] == "u002"
    assert order("modify_desc")[-1] == "u002"


def test_lookups() -> None:
    desk = Desk(main_admins=("ann",), sub_admins=("bob",))
    unionid = desk.result(GET, userid="ann")["unionid"]
    by_unionid = desk.result("/topapi/user/getbyunionid", unionid=unionid)
    assert by_unionid == {"contact_type": 0, "userid": "ann"}
    mobile = "/topapi/v2/user/getbymobile"
    assert desk.result(mobile, mobile="13800000001") == {"userid": "ann"}
    assert desk.code(mobile, mobile="13800000009") == 60121
    assert desk.code(mobile, mobile="one") == 40104
    assert desk.code("/topapi/user/getbyunionid", unionid="x") == 60121
    assert desk.result("/topapi/user/count", only_active=False) == {"count": 3}
    assert desk.result("/topapi/user/count", only_active=True) == {"count": 2}
    assert desk.result("/topapi/user/listadmin") == [
        {"userid": "ann", "sys_level": 1},
        {"userid": "bob", "sys_level": 2},
    ]
    assert desk.call("/topapi/user/get_admin_scope", userid="bob")["dept_ids"] == [1]
    assert desk.call("/topapi/user/get_admin_scope", userid="cai")["dept_ids"] == []


def test_restricted_people_need_the_flag() -> None:
    desk = Desk(restricted_users=("bob",))
    ask = {"dept_id": 50, "cursor": 0, "size": 10}
    assert [row["userid"] for row in desk.result(LIST, **ask)["list"]] == ["ann"]
    everybody = desk.result(LIST, **ask, contain_access_limit=True)["list"]
    assert [row["userid"] for row in everybody] == ["ann", "bob"]


def test_leavers_are_kept() -> None:
    desk, path = crowd(60), "/v1.0/contact/empLeaveRecords"
    for i in range(55):
        desk.sim("POST", "change", {"op": "delete_member", "id": f"u{i:03}"})
    assert desk.code("/topapi/v2/user/delete", userid="u059") == 0
    ask = {"startTime": "2026-01-01T00:00:00Z", "maxResults": "50"}
    desk.sim("POST", "clock", {"advance": 1})
    now = desk.sim("GET", "clock")["now"]
    moment = datetime.fromtimestamp(now, UTC)
    ask["startTime"] = (moment - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = desk.new("GET", path, params=ask).json()
    assert (len(first["records"]), first["nextToken"]) == (50, "50")
    second = desk.new("GET", path, params={**ask, "nextToken": "50"}).json()
    assert (len(second["records"]), second["nextToken"]) == (6, "0")
    assert second["records"][-1]["leaveReason"] == "oapi"
    assert first["records"][0]["leaveReason"] == "leave"
    ended = {**ask, "endTime": ask["startTime"]}
    assert desk.new("GET", path, params=ended).json() == {"nextToken": "0", "records": []}
    page = desk.new("GET", "/v1.0/hrm/employees/dismissions", params={"maxResults": "50"}).json()
    assert (len(page["userIdList"]), page["hasMore"], page["nextToken"]) == (50, True, 50)
    legacy = "/topapi/smartwork/hrm/employee/"
    last = desk.result(legacy + "querydimission", offset=50, size=50)
    assert len(last["data_list"]) == 6 and "next_cursor" not in last
    onjob = desk.result(legacy + "queryonjob", status_list="2,3,5,-1", offset=0, size=2)
    assert onjob == {"data_list": ["u055", "u056"], "next_cursor": 2}
    assert desk.code(legacy + "queryonjob", status_list="9", offset=0, size=2) == 400002


@pytest.mark.parametrize(
    "query",
    [
        {"maxResults": "50"},
        {"startTime": "2020-01-01T00:00:00Z", "maxResults": "50"},
        {"startTime": "yesterday", "maxResults": "50"},
        {"startTime": "2026-11-01T00:00:00Z"},
        {"startTime": "2026-11-01T00:00:00Z", "maxResults": "51"},
    ],
)
def test_leave_records_check_their_parameters(query: dict[str, str]) -> None:
    assert Desk().new("GET", "/v1.0/contact/empLeaveRecords", params=query).status_code == 400
