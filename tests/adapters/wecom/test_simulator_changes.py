"""The console's changes, what is called back of them, and the fault dials."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.wecom.simulator_desk import SMALL, Desk


def test_new_style_callbacks_tell_little() -> None:
    """An address set after 2022-08-15: names, heads and mobiles change without an event."""
    desk = Desk(newcomer_events=1)
    new = desk.change("create_department", name="新", parent_id="2")
    desk.change("update_department", id="3", name="别名")
    desk.change("move_department", id="3", parent_id=None)
    desk.change("create_member", id="eve", name="夏", departments=["3"], mobile="13900000001")
    desk.change("update_member", id="eve", name="夏天", title="x")
    desk.change("update_member", id="eve", departments=["2", "3"])
    desk.change("update_department", id="3", leaders=["eve"])
    desk.change("update_member", id="eve", manager="Ann")
    desk.change("grant_role", id="7", members=["eve"])
    desk.change("revoke_role", id="7", members=["Ann"])
    desk.change("rename_role", id="7", name="首席")
    desk.change("delete_member", id="eve")
    desk.change("delete_department", id=new)
    assert desk.events() == [
        ("create_party", {"Id": new, "ParentId": "2"}),
        ("update_party", {"Id": "3", "ParentId": "1"}),
        ("create_user", {"UserID": "eve", "Department": "3"}),
        ("update_user", {"UserID": "eve", "Department": "2,3"}),
        ("update_user", {"UserID": "eve", "Department": "2,3"}),
        ("update_user", {"UserID": "eve", "Department": "2,3"}),
        ("update_tag", {"TagId": "7", "AddUserItems": "eve"}),
        ("update_tag", {"TagId": "7", "DelUserItems": "Ann"}),
        ("delete_user", {"UserID": "eve"}),
        ("delete_party", {"Id": new}),
    ]


def test_old_style_callbacks_tell_what_changed() -> None:
    """An address set before: everything of somebody new, afterwards changed fields only."""
    desk = Desk(new_callbacks=False, newcomer_events=1)
    desk.change("update_department", id="3", name="别名", order=9)
    desk.change("create_member", id="eve", name="夏", departments=["3"], mobile="13900000001")
    desk.change("update_member", id="eve", name="夏天", active=False)
    told = desk.events()
    assert told[0] == ("update_party", {"Id": "3", "Name": "别名"})
    assert told[1][0] == "create_user"
    assert told[1][1]["Mobile"] == "13900000001" and told[1][1]["Status"] == "1"
    assert told[2] == ("update_user", {"UserID": "eve", "Name": "夏天", "Status": "2"})


def test_what_the_assistant_does_itself_is_not_called_back() -> None:
    """Writes through the API make no event (wecom.md, section 5)."""
    desk = Desk()
    desk.post("department/create", name="x", parentid=1)
    desk.post("user/update", userid="Ann", department=[3])
    desk.post("tag/addtagusers", tagid=7, userlist=["cai"])
    desk.get("user/delete", "contact", userid="dai")
    assert desk.events() == []
    desk.change("delete_member", id="cai")
    assert len(desk.events()) == 1


def test_a_roster_that_differs_is_told() -> None:
    """Who came, moved, left, and who has a tag now."""
    desk = Desk()
    departments = (
        *[d for d in SMALL.departments if d.id != "hr"],
        DepartmentRecord(id="4", name="新", parent_id="2"),
    )
    members = (
        *[m for m in SMALL.members if m.id in ("Ann", "bob")],
        MemberRecord(id="eve", name="夏", departments=("4",)),
    )
    roles = (RoleRecord(id="7", name="架构师", members=("eve",)),)
    desk.sim("PUT", "roster", Roster(departments=departments, members=members, roles=roles))
    told = desk.events()
    assert ("create_party", {"Id": "4", "ParentId": "2"}) in told
    assert ("create_user", {"UserID": "eve", "Department": "4"}) in told
    assert {e["UserID"] for kind, e in told if kind == "delete_user"} == {"cai", "dai"}
    items = {"TagId": "7", "AddUserItems": "eve", "DelUserItems": "Ann,bob"}
    assert ("update_tag", items) in told
    assert sum(kind == "delete_party" for kind, _ in told) == 1


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"op": "create_department", "name": "研发"}, "60008"),
        ({"op": "create_department", "name": "x", "leaders": ["Ann"]}, "must be a member"),
        ({"op": "create_department", "name": "x", "id": "2"}, "already there"),
        ({"op": "create_department", "name": "x", "order": 2**32}, "no order"),
        ({"op": "update_department", "id": "1", "name": "x"}, "organization itself"),
        ({"op": "update_department", "id": "3", "leaders": ["dai"]}, "must be a member"),
        ({"op": "update_department", "id": "99", "name": "x"}, "no department 99"),
        ({"op": "move_department", "id": "2", "parent_id": "3"}, "60010"),
        ({"op": "delete_department", "id": "2"}, "60005"),
        ({"op": "create_member", "id": "ANN", "name": "x"}, "already there"),
        ({"op": "create_member", "id": "a b", "name": "x"}, "userid"),
        ({"op": "update_member", "id": "bob", "mobile": "13800000001"}, "60104"),
        ({"op": "update_member", "id": "bob", "details": {"x": 1}}, "does not know"),
        ({"op": "update_member", "id": "bob", "details": {"status": 3}}, "status"),
        ({"op": "update_member", "id": "bob", "manager": "nobody"}, "no member nobody"),
        ({"op": "create_role", "name": "架构师"}, "40071"),
        ({"op": "create_role", "name": "x", "id": "7"}, "already there"),
        ({"op": "grant_role", "id": "99", "members": []}, "no role 99"),
    ],
)
def test_the_console_refuses_what_cannot_be(change: dict[str, Any], complaint: str) -> None:
    """With the reason, and nothing changes."""
    desk = Desk()
    before = desk.sim("GET", "roster")
    refused = desk.sim("POST", "change", change, status=400)
    assert complaint in refused["error"] + "".join(refused["problems"])
    assert desk.sim("GET", "roster") == before


def test_tags_come_and_go_in_the_console() -> None:
    """create_role makes a tag with its people, delete_role takes it."""
    desk = Desk()
    number = desk.change("create_role", name="新", members=["cai"])
    assert [u["userid"] for u in desk.get("tag/get", tagid=number)["userlist"]] == ["cai"]
    desk.change("delete_role", id=number)
    assert desk.code("app", "tag/get", {"tagid": number}) == 40068


def test_settings_change_while_running_and_keep_the_secrets() -> None:
    """Secrets are not shown, unknown keys are refused, the organization is renamed."""
    desk = Desk()
    shown = desk.sim("POST", "settings", {"org_name": "飞帆"})
    assert "contact_secret" not in shown and "app_secret" not in shown
    assert desk.get("department/get", id=1)["department"]["name"] == "飞帆"
    assert "cannot be changed" in desk.sim("POST", "settings", {"x": 1}, status=400)["error"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("throttle", 45009),
        ("throttle_platform", 45033),
        ("busy", -1),
        ("permission", 60011),
        ("ip", 60020),
        ("locked", 45035),
    ],
)
def test_faults_have_wecoms_face(kind: str, code: int) -> None:
    """Each dial is a code of the documentation, once, and then all is well."""
    desk = Desk()
    desk.sim("POST", "faults", [{"api": "department/list", "kind": kind, "times": 1}])
    assert desk.code("app", "department/list", {}) == code
    assert desk.code("app", "department/list", {}) == 0


def test_lists_come_out_empty_on_demand() -> None:
    """empty_list ends the list, drop_page goes on after the lost page."""
    desk = Desk()
    fault = {"api": "user/list_id", "kind": "empty_list", "times": 1}
    desk.sim("POST", "faults", [fault])
    reply = desk.post("user/list_id", limit=2)
    assert (reply["dept_user"], reply["next_cursor"]) == ([], "")
    desk.sim("POST", "faults", [{**fault, "kind": "drop_page"}])
    reply = desk.post("user/list_id", limit=2)
    assert reply["dept_user"] == [] and reply["next_cursor"]
    desk.sim("POST", "faults", [{"api": "department/get", "kind": "empty_list"}])
    assert desk.get("department/get", id=2)["department"]["name"] == "研发"


def test_a_gateway_page_and_a_lost_answer() -> None:
    """html_ban is a web page; timeout_after_commit writes and says nothing."""
    desk = Desk()
    desk.login()
    desk.sim("POST", "faults", [{"api": "department/list", "kind": "html_ban", "times": 1}])
    method, path, parts = desk.request("app", "department/list", {})
    assert desk.http(method, path, **parts).status_code == 502
    fault = {"api": "department/create", "kind": "timeout_after_commit", "times": 1}
    desk.sim("POST", "faults", [fault])
    with pytest.raises(httpx.ReadTimeout):
        desk.post("department/create", name="x", parentid=1, id=60)
    assert desk.get("department/get", id=60)["department"]["name"] == "x"
