"""What an administrator changes in the console, and the events that everything leaves."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.adapters.dingtalk.simulator_desk import SMALL, Desk

GET, DEPARTMENT = "/topapi/v2/user/get", "/topapi/v2/department/get"


def change(desk: Desk, op: str, **fields: Any) -> str:
    """One change; the answer is the id in DingTalk."""
    made: str = desk.sim("POST", "change", {"op": op, **fields})["id"]
    return made


def test_departments() -> None:
    desk = Desk()
    made = change(
        desk, "create_department", id="lab", name="实验-室", parent_id="rd", leaders=["bob"]
    )
    detail = desk.result(DEPARTMENT, dept_id=made)
    assert (detail["name"], detail["source_identifier"]) == ("实验-室", "lab")
    assert change(desk, "move_department", id="lab", parent_id="50") == made
    assert desk.result(DEPARTMENT, dept_id=made)["parent_id"] == 50
    change(desk, "update_department", id=made, name="b", order=3, leaders=[])
    detail = desk.result(DEPARTMENT, dept_id=made)
    assert (detail["name"], detail["order"]) == ("b", 3)
    assert detail["dept_manager_userid_list"] == []
    change(desk, "delete_department", id="lab")
    assert desk.code(DEPARTMENT, dept_id=made) == 60003
    assert [event for event, _ in desk.events()] == [
        "org_dept_create",
        "org_dept_modify",
        "org_dept_modify",
        "org_dept_remove",
    ]


def test_members() -> None:
    desk = Desk()
    created = {"name": "戴", "departments": ["rd"], "email": "d@example.com", "manager": "ann"}
    assert change(desk, "create_member", id="dai", **created) == "dai"
    assert desk.result(GET, userid="dai")["active"] is True
    change(desk, "update_member", id="dai", name="黛", departments=["50"], email=None, active=False)
    dai = desk.result(GET, userid="dai")
    assert (dai["name"], dai["dept_id_list"], dai["active"]) == ("黛", [50], False)
    assert "email" not in dai and dai["manager_userid"] == "ann"
    change(desk, "update_member", id="dai", manager=None, active=True, details={"boss": True})
    assert desk.result(GET, userid="dai")["boss"] is True
    change(desk, "delete_member", id="dai")
    kinds = [event for event, _ in desk.events()]
    assert kinds == [
        "user_add_org",
        "user_modify_org",
        "user_modify_org",
        "user_modify_org",
        "user_active_org",
        "user_leave_org",
    ]


def test_roles() -> None:
    desk = Desk()
    made = change(desk, "create_role", name="新", group="项目", members=["ann"])
    change(desk, "rename_role", id=made, name="旧")
    change(desk, "grant_role", id="r1", members=["cai"])
    change(desk, "revoke_role", id="r1", members=["ann", "bob"])
    change(desk, "delete_role", id="r2")
    roles = desk.sim("GET", "roster?ids=own")["roles"]
    assert [(role["id"], role["name"], role["members"]) for role in roles] == [
        ("r1", "架构师", ["cai"]),
        (made, "旧", ["ann"]),
    ]
    assert [(event, data.get("action")) for event, data in desk.events()] == [
        ("label_conf_add", None),
        ("label_conf_add", None),
        ("label_user_change", "add"),
        ("label_conf_modify", None),
        ("label_user_change", "add"),
        ("label_user_change", "remove"),
        ("label_conf_del", None),
    ]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "There is no change None"),
        ({"op": "paint"}, "create_department"),
        ({"op": "create_department"}, "missing required field `name`"),
        ({"op": "create_department", "name": "研发"}, "60021"),
        ({"op": "create_department", "name": "x", "colour": "red"}, "colour"),
        ({"op": "create_department", "name": "x", "leaders": ["nobody"]}, "nobody"),
        ({"op": "create_department", "name": "x", "id": "rd"}, "already there"),
        ({"op": "move_department", "id": "rd", "parent_id": "50"}, "60010"),
        ({"op": "update_department", "id": "nowhere"}, "no department nowhere"),
        ({"op": "update_department", "id": "1", "name": "x"}, "in the settings"),
        ({"op": "delete_department", "id": "rd"}, "60005"),
        ({"op": "create_member", "id": "ann", "name": "x"}, "60102"),
        ({"op": "create_member", "id": "x", "name": " "}, "the name is empty"),
        ({"op": "create_member", "id": "", "name": "x"}, "1 to 64"),
        ({"op": "update_member", "id": "bob", "email": "ann@example.com"}, "60106"),
        ({"op": "update_member", "id": "bob", "details": {"shoe": 1}}, "shoe"),
        ({"op": "update_member", "id": "nobody"}, "no member nobody"),
        ({"op": "delete_member", "id": "bob", "reason": "bored"}, "reason"),
        ({"op": "rename_role", "id": "nowhere", "name": "x"}, "no role nowhere"),
        ({"op": "create_role", "name": "x", "group": "默认"}, "23004"),
    ],
)
def test_nonsense_is_refused_clearly(body: dict[str, Any], complaint: str) -> None:
    desk = Desk()
    before = desk.sim("GET", "roster")
    assert complaint in desk.sim("POST", "change", body, status=400)["error"]
    assert desk.sim("GET", "roster") == before


def test_an_event_tells_old_and_new_values() -> None:
    desk = Desk()
    update = {"userid": "bob", "job_number": "7", "hired_date": 1597573616828}
    assert desk.code("/topapi/v2/user/update", **update) == 0
    change(desk, "update_member", id="bob", manager=None, job_number=None)
    (_, first), (_, second) = desk.events()
    assert first["userId"] == ["bob"] and first["timeStamp"].isdecimal()
    assert first["diffInfo"] == {
        "userid": "bob",
        "prev": {},
        "curr": {"jobNumber": "7", "hiredDate": "2020-08-16"},
    }
    assert second["diffInfo"]["prev"] == {"jobNumber": "7", "managerUserid": "ann"}
    assert second["diffInfo"]["curr"] == {}


def test_events_have_numbers_and_ids() -> None:
    desk = Desk()
    for name in ("a", "b"):
        change(desk, "create_department", name=name)
    first, second = desk.sim("GET", "events?after=0")
    assert (first["number"], second["number"]) == (1, 2)
    assert first["eventId"] != second["eventId"]
    assert first["eventCorpId"] == "dingsimulatedcorp"
    assert desk.sim("GET", "events?after=1") == [second]
    desk.sim("GET", "events?after=x", status=400)


def test_replacing_the_roster_tells_every_difference() -> None:
    desk = Desk()
    roster = msgspec.json.decode(msgspec.json.encode(SMALL))
    roster["departments"][1]["name"] = "平台部"
    roster["departments"].pop()
    roster["members"][1]["departments"] = ["rd"]
    roster["members"].pop()
    roster["members"].append({"id": "dai", "name": "戴", "departments": ["50"]})
    roster["roles"][0]["members"] = ["ann", "dai"]
    gone = desk.dept("hr")
    desk.sim("PUT", "roster", roster)
    events = [(event, data) for event, data in desk.events()]
    assert [event for event, _ in events] == [
        "org_dept_modify",
        "org_dept_remove",
        "user_leave_org",
        "user_modify_org",
        "user_add_org",
        "label_user_change",
        "label_user_change",
    ]
    assert events[1][1] == {"deptId": [gone]}
    seen = len(events)
    desk.sim("PUT", "roster", roster)
    assert desk.events(seen) == []


def test_settings_that_matter_to_others_are_events() -> None:
    desk = Desk()
    desk.sim("POST", "settings", {"org_name": "新名字"})
    desk.sim("POST", "settings", {"authed_dept": [50]})
    desk.sim("POST", "settings", {"main_admins": ["ann"]})
    desk.sim("POST", "settings", {"main_admins": []})
    assert [event for event, _ in desk.events()] == [
        "org_change",
        "org_dept_modify",
        "inner_app_scopes_change",
        "org_admin_add",
        "org_admin_remove",
    ]
