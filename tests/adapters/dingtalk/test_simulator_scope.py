"""What an app may see: contact scope, permissions, field permissions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.dingtalk.simulator_desk import Desk

LISTSUB, GET = "/topapi/v2/department/listsub", "/topapi/v2/user/get"
DEPARTMENT, LIST = "/topapi/v2/department/get", "/topapi/v2/user/list"
PAGE = {"cursor": 0, "size": 10}


def narrow() -> Desk:
    """An app that may see department 50 and the person cai."""
    return Desk(authed_dept=(50,), authed_user=("cai",))


def test_scopes_say_where_to_start() -> None:
    desk = narrow()
    token = {"access_token": desk.login()}
    reply = desk.http("GET", "/auth/scopes", params=token).json()
    assert reply["auth_org_scopes"] == {"authed_user": ["cai"], "authed_dept": [50]}
    assert {"mobile", "email", "name"} <= set(reply["auth_user_field"])
    assert reply["condition_field"] == []


def test_outside_the_scope_is_refused() -> None:
    desk = narrow()
    rd = desk.dept("rd")
    assert desk.code(LISTSUB) == 50004
    assert desk.code(DEPARTMENT, dept_id=rd) == 50004
    assert desk.code(LIST, dept_id=rd, **PAGE) == 50004
    assert desk.code("/topapi/v2/department/create", name="new", parent_id=1) == 50004
    assert desk.code("/topapi/v2/department/update", dept_id=50, parent_id=1) == 50004
    assert desk.code("/topapi/v2/user/update", userid="bob", dept_id_list="1") == 50004
    assert desk.code(LISTSUB, dept_id=50) == 0
    assert [row["userid"] for row in desk.result(LIST, dept_id=50, **PAGE)["list"]] == [
        "ann",
        "bob",
    ]


def test_people_count_by_any_department_or_by_name() -> None:
    desk = narrow()
    assert desk.code(GET, userid="ann") == 0
    assert desk.code(GET, userid="cai") == 0
    desk.sim("POST", "settings", {"authed_user": [], "authed_dept": [desk.dept("hr")]})
    assert desk.code(GET, userid="ann") == 50002
    assert desk.code(GET, userid="cai") == 50002
    assert desk.code("/topapi/v2/user/delete", userid="cai") == 50002


def test_listid_and_paths_ignore_the_scope() -> None:
    desk = narrow()
    rd = desk.dept("rd")
    assert desk.result("/topapi/v2/department/listsubid", dept_id=rd) == {"dept_id_list": [50]}
    assert desk.result("/topapi/user/listid", dept_id=rd) == {"userid_list": ["ann"]}
    assert desk.code("/topapi/v2/department/listparentbydept", dept_id=rd) == 0
    assert desk.code("/topapi/v2/department/listparentbyuser", userid="ann") == 0


@pytest.mark.parametrize(
    ("permission", "path", "body"),
    [
        ("qyapi_get_department_list", LISTSUB, {}),
        ("qyapi_get_department_list", "/topapi/role/list", {}),
        ("qyapi_get_department_member", LIST, {"dept_id": 50, **PAGE}),
        ("qyapi_get_department_member", "/topapi/role/simplelist", {"role_id": 1}),
        ("qyapi_get_member", GET, {"userid": "ann"}),
        ("qyapi_manage_addresslist", "/topapi/v2/user/delete", {"userid": "ann"}),
        ("qyapi_manage_addresslist", "/role/add_role_group", {"name": "new"}),
        ("qyapi_hrm_read_user", "/topapi/smartwork/hrm/employee/querydimission", {}),
    ],
)
def test_a_missing_permission_is_named(permission: str, path: str, body: dict[str, Any]) -> None:
    desk = Desk()
    held = set(desk.sim("GET", "settings")["permissions"]) - {permission}
    desk.sim("POST", "settings", {"permissions": sorted(held)})
    reply = desk.call(path, **body)
    assert (reply["errcode"], reply["sub_code"]) == (88, "60011")
    assert f"requiredScopes=[{permission}]" in reply["errmsg"]


def test_a_missing_permission_on_the_new_api_is_403() -> None:
    reply = Desk(permissions=()).new("GET", "/v1.0/contact/empLeaveRecords")
    assert reply.status_code == 403
    assert reply.json()["code"] == "Forbidden.AccessDenied.AccessTokenPermissionDenied"
    assert reply.json()["accessdenieddetail"] == {"requiredScopes": ["Contact.Common.Read"]}


def test_hidden_fields_are_absent_and_scopes_say_so() -> None:
    desk = Desk(hidden_fields=("mobile", "state_code", "email"))
    row = desk.result(LIST, dept_id=50, **PAGE)["list"][0]
    detail = desk.result(GET, userid="ann")
    for shown in (row, detail):
        assert {"mobile", "state_code", "email"}.isdisjoint(shown) and shown["job_number"] == "1"
    reply = desk.http("GET", "/auth/scopes", params={"access_token": desk.login()}).json()
    assert {"mobile", "email"}.isdisjoint(reply["auth_user_field"])
    assert desk.sim("GET", "roster")["members"][0]["mobile"] == "13800000001"


def test_settings_are_checked_and_keep_their_secret() -> None:
    desk = Desk()
    assert "app_secret" not in desk.sim("GET", "settings")
    assert "colour" in desk.sim("POST", "settings", {"colour": 1}, status=400)["error"]
    assert "qps" in desk.sim("POST", "settings", {"qps": "many"}, status=400)["error"]
