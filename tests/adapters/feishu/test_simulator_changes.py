"""What an administrator changes in the console, in the words that all simulators share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.feishu.simulator_desk import Desk


def change(desk: Desk, op: str, **fields: Any) -> str:
    """One change; the answer is the id in Feishu."""
    made: str = desk.sim("POST", "change", {"op": op, **fields})["id"]
    return made


def test_departments() -> None:
    desk = Desk()
    made = change(
        desk, "create_department", id="实 验", name="实验", parent_id="rd", leaders=["bob"]
    )
    shown = desk.data("GET", f"departments/{made}")["department"]
    assert (shown["name"], shown["leader_user_id"]) == ("实验", "bob")
    assert change(desk, "move_department", id="实 验", parent_id="50") == made
    change(desk, "update_department", id=made, name="b", order=3, leaders=[])
    shown = desk.data("GET", f"departments/{made}")["department"]
    assert (shown["parent_department_id"], shown["order"]) == ("50", "3")
    assert (shown["name"], shown["leaders"]) == ("b", [])
    change(desk, "delete_department", id="实 验")
    assert desk.code("GET", f"departments/{made}") == (400, 40015)
    assert [event for event, _ in desk.events()] == [
        "contact.department.created_v3",
        "contact.department.updated_v3",
        "contact.department.updated_v3",
        "contact.department.deleted_v3",
    ]


def test_members() -> None:
    desk = Desk()
    created = {"name": "戴", "departments": ["rd"], "email": "d@example.com", "manager": "ann"}
    assert change(desk, "create_member", id="dai", **created) == "dai"
    change(desk, "update_member", id="dai", name="黛", departments=["50"], email=None, active=False)
    dai = desk.data("GET", "users/dai")["user"]
    assert (dai["name"], dai["department_ids"], dai["email"]) == ("黛", ["50"], "")
    assert dai["status"]["is_frozen"] is True and dai["leader_user_id"] == "ann"
    change(desk, "update_member", id="dai", manager=None, active=True, details={"city": "X"})
    dai = desk.data("GET", "users/dai")["user"]
    assert (dai["city"], dai["leader_user_id"]) == ("X", "")
    change(desk, "delete_member", id="dai")
    assert desk.data("GET", "users/dai")["user"]["status"]["is_resigned"] is True
    kinds = [event for event, _ in desk.events()]
    assert kinds == [
        "contact.user.created_v3",
        "contact.user.updated_v3",
        "contact.user.updated_v3",
        "contact.user.updated_v3",
        "contact.user.deleted_v3",
    ]


def test_roles() -> None:
    desk = Desk()
    made = change(desk, "create_role", name="新", group="项目", members=["ann"])
    change(desk, "rename_role", id=made, name="旧")
    change(desk, "grant_role", id="r1", members=["cai"])
    change(desk, "revoke_role", id="r1", members=["ann", "bob"])
    change(desk, "delete_role", id="r2")
    assert desk.sim("GET", "roster")["roles"] == [
        {"id": "r1", "name": "架构师", "members": ["cai"]},
        {"id": made, "name": "旧", "members": ["ann"]},
    ]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "There is no change None"),
        ({"op": "paint"}, "create_department"),
        ({"op": "create_department"}, "missing required field `name`"),
        ({"op": "create_department", "name": "研发"}, "43022"),
        ({"op": "create_department", "name": "a/b"}, "43029"),
        ({"op": "create_department", "name": "x", "colour": "red"}, "colour"),
        ({"op": "create_department", "name": "x", "leaders": ["nobody"]}, "nobody"),
        ({"op": "create_department", "name": "x", "id": "rd"}, "already there"),
        ({"op": "move_department", "id": "rd", "parent_id": "50"}, "40018"),
        ({"op": "update_department", "id": "nowhere"}, "no department nowhere"),
        ({"op": "update_department", "id": "0", "name": "x"}, "in the settings"),
        ({"op": "delete_department", "id": "50"}, "43011"),
        ({"op": "create_member", "id": "ann", "name": "x"}, "41011"),
        ({"op": "create_member", "id": "x", "name": " "}, "the name is empty"),
        ({"op": "create_member", "id": "", "name": "x"}, "1 to 64"),
        ({"op": "create_member", "id": "x", "name": "x", "job_number": "1"}, "44051"),
        ({"op": "update_member", "id": "bob", "email": "ann@example.com"}, "41002"),
        ({"op": "update_member", "id": "bob", "manager": "bob"}, "41030"),
        ({"op": "update_member", "id": "bob", "details": {"shoe": 1}}, "shoe"),
        ({"op": "update_member", "id": "nobody"}, "no member nobody"),
        ({"op": "rename_role", "id": "nowhere", "name": "x"}, "no role nowhere"),
        ({"op": "rename_role", "id": "r1", "name": "保安"}, "41201"),
        ({"op": "create_role", "name": "x" * 51}, "at most 50"),
    ],
)
def test_nonsense_is_refused_clearly(body: dict[str, Any], complaint: str) -> None:
    desk = Desk()
    before = desk.sim("GET", "roster")
    assert complaint in desk.sim("POST", "change", body, status=400)["error"]
    assert desk.sim("GET", "roster") == before
