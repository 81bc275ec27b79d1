"""Roles: groups, pages, assignments, and the system roles that nobody can change."""

from __future__ import annotations

from typing import Any

import pytest

from domain.records import MemberRecord, RoleRecord, Roster
from tests.adapters.dingtalk.simulator_desk import Desk


def groups(desk: Desk) -> dict[str, dict[str, Any]]:
    """The role groups by name."""
    result = desk.result("/topapi/role/list", size=200, offset=0)
    assert result["hasMore"] is False
    return {group["name"]: group for group in result["list"]}


def test_the_list_has_the_default_group_and_a_group_for_the_rest() -> None:
    desk = Desk()
    found = groups(desk)
    assert list(found) == ["默认", "职务", "其他"]
    assert [r["name"] for r in found["默认"]["roles"]] == ["负责人", "主管", "主管理员", "子管理员"]
    assert found["职务"]["roles"] == [{"id": desk.role("r1"), "name": "架构师"}]
    first = desk.result("/topapi/role/list")
    assert first["list"] == list(found.values())


def test_a_group_may_go_on_over_the_page() -> None:
    desk = Desk()
    seen: dict[int, list[str]] = {}
    for offset in range(6):
        result = desk.result("/topapi/role/list", size=1, offset=offset)
        assert result["hasMore"] is (offset < 5)
        for group in result["list"]:
            seen.setdefault(group["groupId"], []).extend(r["name"] for r in group["roles"])
    assert [len(names) for names in seen.values()] == [4, 1, 1]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/topapi/role/list", {"size": 201, "offset": 0}, 40069),
        ("/topapi/role/list", {"size": 20}, 40035),
        ("/topapi/role/list", {"size": 20, "offset": -1}, 40068),
        ("/topapi/role/simplelist", {"role_id": 1}, 33011),
        ("/topapi/role/getrole", {"roleId": 1}, 33011),
        ("/topapi/role/getrolegroup", {"group_id": 1}, 33011),
        ("/role/add_role_group", {}, 34018),
        ("/role/add_role_group", {"name": "职务"}, 34021),
        ("/role/add_role", {"groupId": 1}, 34018),
        ("/role/add_role", {"roleName": "new", "groupId": 1}, 34020),
        ("/role/update_role", {"roleId": 1}, 660000),
        ("/role/update_role", {"roleId": 1, "roleName": "new"}, 33011),
        ("/topapi/role/deleterole", {"role_id": 1}, 33011),
        ("/topapi/role/addrolesforemps", {"roleIds": "1", "userIds": "ann"}, 33011),
        ("/topapi/role/addrolesforemps", {"userIds": "ann"}, 400002),
    ],
)
def test_refusals(path: str, body: dict[str, Any], code: int) -> None:
    assert Desk().code(path, **body) == code


def test_holders_come_in_pages_of_at_most_a_hundred() -> None:
    members = tuple(MemberRecord(id=f"u{i}", name="n", departments=()) for i in range(101))
    role = RoleRecord(id="9", name="role", group="g", members=tuple(m.id for m in members))
    desk = Desk(Roster(members=members, roles=(role,)))
    path = "/topapi/role/simplelist"
    assert len(desk.result(path, role_id=9)["list"]) == 20
    page = desk.result(path, role_id=9, size=100, offset=0)
    assert (len(page["list"]), page["hasMore"], page["nextCursor"]) == (100, True, 100)
    page = desk.result(path, role_id=9, size=100, offset=100)
    assert page == {"hasMore": False, "list": [{"userid": "u100", "name": "n"}]}
    assert desk.code(path, role_id=9, size=101, offset=0) == 40069
    assert desk.code(path, role_id=9, size=100, offset=-1) == 40068


def test_roles_live_their_life_through_the_api() -> None:
    desk = Desk()
    group = desk.call("/role/add_role_group", name="项目")["groupId"]
    role = desk.call("/role/add_role", roleName="经理", groupId=group)["roleId"]
    assert desk.code("/role/add_role", roleName="经理", groupId=group) == 34021
    assert desk.call("/topapi/role/getrole", roleId=role)["role"] == {
        "groupId": group,
        "name": "经理",
    }
    assert desk.code("/role/update_role", roleId=role, roleName="总监") == 0
    assert desk.call("/topapi/role/getrolegroup", group_id=group)["role_group"] == {
        "group_name": "项目",
        "roles": [{"role_id": role, "role_name": "总监"}],
    }
    both = {"roleIds": str(role), "userIds": "ann,cai"}
    assert desk.code("/topapi/role/addrolesforemps", **both) == 0
    assert desk.code("/topapi/role/deleterole", role_id=role) == 1002
    scope = {"userid": "ann", "role_id": role}
    assert desk.code("/topapi/role/scope/update", **scope, dept_ids="50") == 0
    holders = desk.result("/topapi/role/simplelist", role_id=role)["list"]
    assert holders[0]["manageScopes"] == [{"dept_id": 50, "name": "平台"}]
    assert desk.code("/topapi/role/scope/update", **scope) == 0
    assert "manageScopes" not in desk.result("/topapi/role/simplelist", role_id=role)["list"][0]
    assert desk.code("/topapi/role/scope/update", **scope, dept_ids="999") == 60003
    assert desk.code("/topapi/role/removerolesforemps", **both) == 0
    assert desk.code("/topapi/role/deleterole", role_id=role) == 0
    assert desk.code("/topapi/role/getrole", roleId=role) == 33011


def test_batches_are_limited() -> None:
    members = tuple(MemberRecord(id=f"u{i}", name="n", departments=()) for i in range(101))
    desk = Desk(Roster(members=members, roles=(RoleRecord(id="9", name="role"),)))
    add, remove = "/topapi/role/addrolesforemps", "/topapi/role/removerolesforemps"

    def users(number: int) -> dict[str, str]:
        return {"roleIds": "9", "userIds": ",".join(f"u{i}" for i in range(number))}

    assert (desk.code(add, **users(20)), desk.code(add, **users(21))) == (0, 12012)
    assert (desk.code(remove, **users(100)), desk.code(remove, **users(101))) == (0, 12012)
    many = ",".join(str(i) for i in range(21))
    assert desk.code(add, roleIds=many, userIds="u1") == 12012
    assert desk.code(add, roleIds="9", userIds="nobody") == 33012


def test_the_default_group_is_out_of_reach() -> None:
    desk = Desk(main_admins=("ann",))
    default = groups(desk)["默认"]
    manager, main_admin = (default["roles"][i]["id"] for i in (1, 2))
    both = {"roleIds": str(manager), "userIds": "bob"}
    assert desk.code("/role/add_role", roleName="new", groupId=default["groupId"]) == 23004
    assert desk.code("/role/update_role", roleId=manager, roleName="new") == 23004
    assert desk.code("/topapi/role/deleterole", role_id=manager) == 23004
    assert desk.code("/topapi/role/addrolesforemps", **both) == 23004
    assert desk.code("/topapi/role/removerolesforemps", **both) == 23004
    for role in (manager, main_admin):
        holders = desk.result("/topapi/role/simplelist", role_id=role)["list"]
        assert [holder["userid"] for holder in holders] == ["ann"]
