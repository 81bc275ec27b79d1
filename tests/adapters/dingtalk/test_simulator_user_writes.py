"""Writing people: what is accepted, what is refused, what stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.dingtalk.simulator_desk import Desk

BASE, GET = "/topapi/v2/user/", "/topapi/v2/user/get"
NEW = {"userid": "dai", "name": "戴", "mobile": "13900000001", "dept_id_list": "50"}


def test_create_answers_with_both_ids_and_waits_for_activation() -> None:
    desk = Desk()
    made = desk.result(
        BASE + "create",
        **NEW,
        email="dai@example.com",
        telephone="8001",
        manager_userid="ann",
        extension={"爱好": "旅游"},
        dept_order_list=[{"dept_id": 50, "order": 3}],
        dept_title_list=[{"dept_id": 50, "title": "组长"}],
        hired_date=1597573616828,
        hide_mobile=True,
    )
    assert set(made) == {"userid", "unionId"}
    dai = desk.result(GET, userid="dai")
    assert dai["unionid"] == made["unionId"]
    assert dai["active"] is False and dai["hide_mobile"] is True
    assert dai["manager_userid"] == "ann" and json.loads(dai["extension"]) == {"爱好": "旅游"}
    assert dai["dept_order_list"] == [{"dept_id": 50, "order": 3}]
    assert dai["dept_position_list"] == [{"dept_id": 50, "title": "组长"}]
    assert dai["hired_date"] == 1597573616828


def test_a_userid_is_made_up_when_absent() -> None:
    desk = Desk(auto_activate=True)
    body = {key: value for key, value in NEW.items() if key != "userid"}
    userid = desk.result(BASE + "create", **body)["userid"]
    assert desk.result(GET, userid=userid)["active"] is True


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"userid": "ann"}, 60102),
        ({"userid": "u" * 65}, 40063),
        ({"name": ""}, 60112),
        ({"name": "n" * 81}, 60112),
        ({"mobile": None}, 60113),
        ({"mobile": "12"}, 60103),
        ({"mobile": "13800000001"}, 60104),
        ({"dept_id_list": None}, 40025),
        ({"dept_id_list": "a"}, 40066),
        ({"dept_id_list": [50]}, 40066),
        ({"dept_id_list": "999"}, 60003),
        ({"dept_id_list": ",".join(str(i) for i in range(101))}, 40025),
        ({"email": "nonsense"}, 60105),
        ({"email": "ann@example.com"}, 60106),
        ({"job_number": "1" * 51}, 60123),
        ({"title": "t" * 201}, 40064),
        ({"telephone": "1" * 51}, 40063),
        ({"remark": "r" * 2001}, 40065),
        ({"manager_userid": "nobody"}, 60128),
        ({"dept_order_list": [{"dept_id": 1, "order": 1}]}, 40009),
        ({"dept_order_list": "nonsense"}, 400002),
        ({"extension": "nonsense"}, 400002),
        ({"extension": {"k": "v" * 2001}}, 40065),
    ],
)
def test_create_refuses_and_changes_nothing(change: dict[str, Any], code: int) -> None:
    desk = Desk()
    before = desk.sim("GET", "roster")
    assert desk.code(BASE + "create", **{**NEW, **change}) == code
    assert desk.sim("GET", "roster") == before
    assert desk.events() == []


def test_limits_are_inclusive() -> None:
    desk = Desk()
    longest = {"name": "n" * 80, "job_number": "1" * 50, "title": "t" * 200, "remark": "r" * 2000}
    assert desk.code(BASE + "create", **{**NEW, **longest, "userid": "u" * 64}) == 0


def test_foreign_numbers_need_their_country() -> None:
    desk = Desk()
    assert desk.code(BASE + "create", **{**NEW, "mobile": "+852-51234567"}) == 0
    assert desk.result(GET, userid="dai")["state_code"] == "852"


def test_consent_means_no_user_until_then() -> None:
    desk = Desk(consent_mobiles=("13900000001",))
    assert desk.code(BASE + "create", **NEW) == 40103
    assert desk.code(GET, userid="dai") == 33012


def test_a_department_takes_a_thousand_people() -> None:
    members = tuple(MemberRecord(id=f"u{i}", name="n", departments=("7",)) for i in range(1000))
    top = DepartmentRecord(id="7", name="众", parent_id=None)
    desk = Desk(Roster(departments=(top,), members=members))
    assert desk.code(BASE + "create", **{**NEW, "dept_id_list": "7"}) == 40023
    assert desk.code(BASE + "update", userid="u1", dept_id_list="7", title="t") == 0


def test_update_keeps_what_is_absent() -> None:
    desk = Desk()
    assert desk.code(BASE + "update", userid="ann", title="总监") == 0
    ann = desk.result(GET, userid="ann")
    assert (ann["title"], ann["email"], ann["job_number"]) == ("总监", "ann@example.com", "1")
    assert desk.code(BASE + "update", userid="ann", job_number="", name="安安") == 0
    ann = desk.result(GET, userid="ann")
    assert ann["name"] == "安安" and "job_number" not in ann


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"userid": "nobody"}, 33012),
        ({"mobile": "13900000001"}, 40022),
        ({"mobile": "13800000001"}, 40022),
        ({"name": "n" * 81}, 60112),
        ({"email": "ann@example.com"}, 60106),
        ({"manager_userid": "bob"}, 60128),
        ({"dept_id_list": "999"}, 60003),
    ],
)
def test_update_refuses_and_changes_nothing(change: dict[str, Any], code: int) -> None:
    desk = Desk()
    before = desk.sim("GET", "roster")
    assert desk.code(BASE + "update", **{"userid": "bob", "title": "t", **change}) == code
    assert desk.sim("GET", "roster") == before


def test_departments_are_replaced_and_leadership_ends_with_membership() -> None:
    desk = Desk()
    rd = desk.dept("rd")
    assert desk.code(BASE + "update", userid="ann", dept_id_list="50,1") == 0
    assert desk.result(GET, userid="ann")["dept_id_list"] == [50, 1]
    detail = desk.result("/topapi/v2/department/get", dept_id=rd)
    assert detail["dept_manager_userid_list"] == [] and detail["owning_member_count"] == 0


def test_a_manager_is_cleared_only_by_force() -> None:
    desk = Desk()
    assert desk.code(BASE + "update", userid="bob", manager_userid="") == 0
    assert desk.result(GET, userid="bob")["manager_userid"] == "ann"
    assert desk.code(BASE + "update", userid="bob", force_update_fields="manager_userid") == 0
    assert "manager_userid" not in desk.result(GET, userid="bob")


def test_own_attributes_are_overwritten_unless_merged() -> None:
    desk = Desk()
    update = BASE + "update"
    assert desk.code(update, userid="bob", extension={"a": "1", "b": "2"}) == 0
    assert desk.code(update, userid="bob", extension={"c": "3"}, ext_attrs_update_mode=1) == 0
    merged = json.loads(desk.result(GET, userid="bob")["extension"])
    assert merged == {"a": "1", "b": "2", "c": "3"}
    assert desk.code(update, userid="bob", extension='{"d":"4"}') == 0
    assert json.loads(desk.result(GET, userid="bob")["extension"]) == {"d": "4"}


def test_a_change_that_names_no_own_attributes_wipes_them_unless_merged() -> None:
    desk = Desk()
    update = BASE + "update"
    assert desk.code(update, userid="bob", extension={"a": "1"}) == 0
    assert desk.code(update, userid="bob", title="t", ext_attrs_update_mode=1) == 0
    assert json.loads(desk.result(GET, userid="bob")["extension"]) == {"a": "1"}
    assert desk.code(update, userid="bob", title="u") == 0
    assert "extension" not in desk.result(GET, userid="bob")
    assert desk.code(update, userid="bob", ext_attrs_update_mode=2) == 400002


def test_deleting_somebody_cleans_up_after_them() -> None:
    desk = Desk()
    assert desk.code(BASE + "delete", userid="ann") == 0
    assert desk.code(BASE + "delete", userid="ann") == 33012
    assert "manager_userid" not in desk.result(GET, userid="bob")
    roster = desk.sim("GET", "roster?ids=own")
    assert "leaders" not in roster["departments"][0]
    assert roster["roles"][0]["members"] == ["bob"]


def test_a_number_and_a_mailbox_are_free_again_and_the_person_is_recognised() -> None:
    desk = Desk()
    unionid = desk.result(GET, userid="ann")["unionid"]
    assert desk.code(BASE + "delete", userid="ann") == 0
    again = {**NEW, "mobile": "13800000001", "email": "ann@example.com"}
    assert desk.result(BASE + "create", **again) == {"userid": "dai", "unionId": unionid}
