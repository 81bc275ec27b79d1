"""The simulated Authing's departments, roles, tokens, faults and control endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.authing.simulator import AuthingSettings
from domain.records import Roster
from tests.adapters.authing.authing_desk import KEY, ORG, SMALL, Desk

OURS = "open_department_id"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def department(**fields: Any) -> dict[str, Any]:
    """A body for calls about departments, by our ids."""
    return {"organizationCode": ORG, "departmentIdType": OURS, **fields}


@pytest.mark.parametrize(
    ("api", "fields", "status", "message"),
    [
        ("create-department", {"name": "", "parentDepartmentId": "root"}, 400,
         "参数 name 格式错误"),
        ("create-department", {"name": "x", "parentDepartmentId": "no"}, 404, "部门不存在"),
        (
            "create-department",
            {"name": "x", "parentDepartmentId": "root", "openDepartmentId": "d-rd"},
            409,
            "openDepartmentId 已被占用",
        ),
        (
            "create-department",
            {"name": "x", "parentDepartmentId": "root", "code": "额! "},
            400,
            "invalid organization code: 额! ",
        ),
        ("update-department", {"departmentId": "d-rd", "parentDepartmentId": "d-50"}, 422,
         "不能将部门移动到自身或其子部门下"),
        ("update-department", {"departmentId": "d-rd", "leaderUserIds": ["x"]}, 404, "用户不存在"),
        ("delete-department", {"departmentId": "d-rd"}, 422, "部门下存在子部门"),
        ("delete-department", {"departmentId": "root"}, 422, "不能删除组织的根部门"),
        (
            "delete-department",
            {"departmentId": "d-rd", "organizationCode": "额！ "},
            404,
            "organization not found for code: 额！ ",
        ),
        (
            "delete-department",
            {"departmentId": "d-rd", "organizationCode": "x" * 65},
            400,
            "参数 organizationCode 格式错误",
        ),
    ],
)  # fmt: skip
def test_what_a_department_cannot_be(
    desk: Desk, api: str, fields: dict[str, Any], status: int, message: str
) -> None:
    """Refusals say in Authing's words what is wrong, and nothing happens."""
    assert desk.refused(api, department(**fields)) == (status, message)
    assert desk.sim("GET", "roster")["departments"] == Desk().sim("GET", "roster")["departments"]


def test_departments_are_listed_with_their_members(desk: Desk) -> None:
    """Everything below the root comes without pages; the root itself only where it is told to."""
    page = desk.data("get-all-departments", organizationCode=ORG)
    assert page["totalCount"] == 3
    assert {d["name"]: d["membersCount"] for d in page["list"]} == {
        "研发": 1, "平台": 2, "人事/行政": 0,
    }  # fmt: skip
    root = desk.data("get-organization", organizationCode=ORG)["departmentId"]
    assert [d["parentDepartmentId"] == root for d in page["list"]] == [True, True, False]
    other = Desk(lists_root=True)
    assert other.data("get-all-departments", organizationCode=ORG)["totalCount"] == 4


def test_a_deleted_department_has_no_members(desk: Desk) -> None:
    """Its members lose it, and their main department becomes another one."""
    desk.data("delete-department", department(departmentId="d-50"))
    ann = desk.user("ann")
    assert ann["departmentIds"] == [desk.department("d-rd")["departmentId"]]
    assert ann["mainDepartmentId"] == ann["departmentIds"][0]


@pytest.mark.parametrize(
    ("api", "body", "status", "message"),
    [
        ("create-role", {"code": "额! "}, 400, "invalid role code: 额! "),
        ("create-role", {"code": ""}, 400, "参数 code 格式错误"),
        ("create-role", {"code": "x" * 65}, 400, "参数 code 格式错误"),
        ("create-role", {"code": "x", "namespace": "no"}, 404, "权限组不存在"),
        ("create-role", {"code": "r1"}, 409, "code 已被占用"),
        ("update-role", {"code": "r1", "name": "x"}, 400, "参数 newCode 格式错误"),
        ("update-role", {"code": "r1", "newCode": "r2", "name": "x"}, 409, "code 已被占用"),
        ("delete-roles-batch", {"codeList": ["r1", "no"]}, 404, "角色不存在"),
        ("assign-role", {"code": "no", "targets": [{}]}, 404, "角色不存在"),
        ("assign-role", {"code": "r1", "targets": []}, 400, "参数 targets 格式错误"),
        (
            "assign-role",
            {"code": "r1", "targets": [{"targetType": "USER", "targetIdentifier": "ann"}]},
            404,
            "用户不存在",
        ),
    ],
)
def test_what_a_role_cannot_be(
    desk: Desk, api: str, body: dict[str, Any], status: int, message: str
) -> None:
    """Refusals say in Authing's words what is wrong."""
    assert desk.refused(api, body) == (status, message)
    assert desk.data("list-roles")["totalCount"] == 2


def test_a_token_is_needed_and_ends(desk: Desk) -> None:
    """Without a good token, or with that of another pool, every call is refused."""
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer x.y.z"}, 401),
        ({"Authorization": f"Bearer {desk.token()}", "x-authing-userpool-id": "no"}, 403),
    ):
        assert (
            desk.http("GET", "/api/v3/list-roles", headers=headers).json()["statusCode"] == status
        )
    desk.sim("POST", "clock", {"advance": 7200})
    assert desk.refused("list-roles") == (401, "尚未登录，无权限访问此请求")
    wrong = desk.http("POST", "/api/v3/get-management-token", json={**KEY, "accessKeySecret": "x"})
    assert (wrong.status_code, wrong.json()["statusCode"]) == (200, 403)


def test_a_server_without_departments_says_so() -> None:
    """What GenAuth's SDK does not have is refused as not supported."""
    desk = Desk(None, departments=False)
    assert desk.refused("get-organization", organizationCode=ORG)[0] == 501
    assert desk.data("list-users")["totalCount"] == 0


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("throttle", 200, 429), ("busy", 200, 503), ("permission", 200, 403), ("ip", 403, None),
     ("expire_token", 200, 401)],
)  # fmt: skip
def test_faults_have_authings_face(desk: Desk, kind: str, status: int, code: int | None) -> None:
    """A fault dial makes the next call go wrong as the real thing would."""
    desk.token()
    desk.sim("POST", "faults", [{"api": "list-roles", "kind": kind, "times": 1}])
    headers = {"Authorization": f"Bearer {desk.token()}"}
    reply = desk.http("GET", "/api/v3/list-roles", headers=headers)
    assert reply.status_code == status
    assert code is None or reply.json()["statusCode"] == code


def test_a_lost_page_keeps_its_total(desk: Desk) -> None:
    """drop_page empties a page and leaves the total; empty_list empties both."""
    desk.sim("POST", "faults", [{"api": "list-roles", "kind": "drop_page", "times": 1}])
    assert desk.data("list-roles") == {"totalCount": 2, "list": []}
    desk.sim("POST", "faults", [{"api": "list-roles", "kind": "empty_list", "times": 1}])
    assert desk.data("list-roles") == {"totalCount": 0, "list": []}


def test_unknown_paths_are_refused(desk: Desk) -> None:
    """There is no call of that name, and none with the other method."""
    assert desk.refused("no-such-call")[0] == 404
    assert desk.refused("create-user")[0] == 404


def test_a_roster_comes_back_as_it_was(desk: Desk) -> None:
    """What is put in is what is read out, also under Authing's own ids."""
    shown = desk.sim("GET", "roster")
    assert Desk(None).sim("PUT", "roster", SMALL) == {"departments": 3, "members": 2, "roles": 2}
    again = Desk(None)
    again.sim("PUT", "roster", shown)
    assert again.sim("GET", "roster") == shown
    assert [d["id"] for d in shown["departments"]] == ["d-rd", "d-hr", "d-50"]
    own = desk.sim("GET", "roster?ids=own")
    assert {m["id"] for m in own["members"]}.isdisjoint({"ann", "bob"})


def test_a_roster_that_cannot_be_is_refused_whole() -> None:
    """Every problem is named, and the organization stays."""
    desk = Desk()
    roster = {
        "departments": [{"id": "d1", "name": "x", "parent_id": "d1"}],
        "members": [{"id": "u1", "name": "x", "departments": [], "email": "nothing"}],
        "roles": [{"id": "röle", "name": "x"}],
    }
    problems = desk.sim("PUT", "roster", roster, status=400)["problems"]
    assert problems == [
        "department d1 is below itself",
        "member u1: Authing takes no such email",
        "role röle: a code has letters, digits, - and _ only",
    ]
    assert len(desk.sim("GET", "roster")["members"]) == 2


CHANGES: list[dict[str, Any]] = [
    {"op": "create_department", "id": "d-new", "name": "新", "parent_id": "d-hr"},
    {"op": "update_department", "id": "d-new", "name": "newer", "leaders": ["ann"]},
    {"op": "move_department", "id": "d-new", "parent_id": None},
    {"op": "create_member", "id": "cai", "name": "蔡", "departments": ["d-new"], "title": "x"},
    {"op": "update_member", "id": "cai", "email": "cai@example.com", "active": False,
     "mobile": "13800000005", "manager": "ann", "departments": ["d-hr"], "name": "Cai"},
    {"op": "create_role", "id": "r3", "name": "三", "members": ["cai"]},
    {"op": "grant_role", "id": "r3", "members": ["ann"]},
    {"op": "revoke_role", "id": "r3", "members": ["cai"]},
    {"op": "rename_role", "id": "r3", "name": "叁"},
]  # fmt: skip


def test_the_console_changes_things(desk: Desk) -> None:
    """Every change of the shared vocabulary shows in the roster."""
    for change in CHANGES:
        desk.sim("POST", "change", change)
    shown = desk.sim("GET", "roster")
    (made,) = [d for d in shown["departments"] if d["id"] == "d-new"]
    assert made == {"id": "d-new", "name": "newer", "parent_id": None, "leaders": ["ann"]}
    (cai,) = [m for m in shown["members"] if m["id"] == "cai"]
    assert (cai["name"], cai["departments"], cai["active"], cai["manager"], cai["title"]) == (
        "Cai", ["d-hr"], False, "ann", "x",
    )  # fmt: skip
    assert cai["mobile"] == "+8613800000005"
    (role,) = [r for r in shown["roles"] if r["id"] == "r3"]
    assert role == {"id": "r3", "name": "叁", "members": ["ann"]}
    for op, key in (
        ("delete_role", "r3"),
        ("delete_member", "cai"),
        ("delete_department", "d-new"),
    ):
        desk.sim("POST", "change", {"op": op, "id": key})
    assert desk.sim("GET", "roster") == Desk().sim("GET", "roster")


@pytest.mark.parametrize(
    "change",
    [
        {"op": "update_member", "id": "nobody", "name": "x"},
        {"op": "update_department", "id": "nowhere", "name": "x"},
        {"op": "update_department", "id": "d-rd", "order": 3},
        {"op": "move_department", "id": "d-rd", "parent_id": "d-50"},
        {"op": "create_member", "id": "ann", "name": "x"},
        {"op": "update_member", "id": "ann", "details": {"shoe": "42"}},
        {"op": "create_role", "name": "x", "group": "y"},
        {"op": "rename_role", "id": "no", "name": "x"},
    ],
)
def test_the_console_refuses_nonsense(desk: Desk, change: dict[str, Any]) -> None:
    """What the API would refuse, the console refuses too."""
    before = desk.sim("GET", "roster")
    assert desk.sim("POST", "change", change, status=400)["error"]
    assert desk.sim("GET", "roster") == before


def test_settings_are_shown_without_the_secret(desk: Desk) -> None:
    """They can be changed while running, but not into nonsense."""
    shown = desk.sim("POST", "settings", {"batch_most": 5})
    assert shown["batch_most"] == 5
    assert "access_key_secret" not in shown
    assert desk.sim("POST", "settings", {"batch_most": "x"}, status=400)["error"]
    assert desk.sim("GET", "events") == []


def test_an_empty_pool_is_an_empty_roster() -> None:
    """Without a roster there is only the organization."""
    assert Desk(None).app.provider.roster(own_ids=False, system_roles=False) == Roster()
    assert AuthingSettings().organization_code == ORG
