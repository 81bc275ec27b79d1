"""People: reading them, one by one and in pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.feishu.simulator_desk import Desk, many

LOOK_UP = "users/batch_get_id"


@pytest.mark.parametrize("count", [49, 50, 51])
def test_pages_end_exactly(count: int) -> None:
    """No one is lost or comes twice where a page ends."""
    desk = Desk(many(count))
    pages = desk.pages("users/find_by_department", department_id="crowd", page_size=50)
    assert [len(page) for page in pages] == ([count] if count <= 50 else [50, count - 50])
    assert len({row["user_id"] for page in pages for row in page}) == count
    old = desk.pages("users", department_id="crowd")
    assert [len(page) for page in old[:2]] == [10, 10]


def test_only_direct_members_are_listed() -> None:
    desk, path = Desk(), "users/find_by_department"
    assert [u["user_id"] for u in desk.data("GET", path, {"department_id": "rd"})["items"]] == [
        "ann"
    ]
    assert [u["user_id"] for u in desk.data("GET", path, {"department_id": "0"})["items"]] == [
        "cai"
    ]
    assert desk.code("GET", path, {"department_id": "0", "page_size": 100}) == (400, 40011)
    assert desk.code("GET", path, {"department_id": "0", "page_token": "x"}) == (400, 40012)
    assert desk.code("GET", path) == (400, 99992402)


def test_a_larger_user_order_comes_first() -> None:
    desk = Desk()
    order = [{"department_id": "50", "user_order": 9, "department_order": 1}]
    desk.data("PATCH", "users/bob", department_ids=["50"], orders=order)
    items = desk.data("GET", "users/find_by_department", {"department_id": "50"})["items"]
    assert [one["user_id"] for one in items] == ["bob", "ann"]


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("open_id", "ann", 99992351),
        ("open_id", "ou_other", 99992361),
        ("union_id", "ann", 99992363),
        ("user_id", "nobody", 99992360),
        ("shoe_id", "ann", 99992402),
    ],
)
def test_each_kind_of_id_has_its_own_refusal(kind: str, given: str, code: int) -> None:
    desk = Desk(foreign_open_ids=["ou_other"])
    reply = desk.ask("GET", f"users/{given}", {"user_id_type": kind})
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    if code in (99992351, 99992363, 99992360):
        assert (
            f"not a valid {{{kind}}} or not exists. Invalid ids: [{given}]" == reply.json()["msg"]
        )


def test_every_kind_of_id_finds_the_person() -> None:
    desk = Desk()
    ann = desk.data("GET", "users/ann")["user"]
    for kind in ("open_id", "union_id", "user_id"):
        shown = desk.data("GET", f"users/{ann[kind]}", {"user_id_type": kind})["user"]
        assert shown["user_id"] == "ann"
        bob = desk.data("GET", "users/batch", {"user_ids": [ann[kind]], "user_id_type": kind})
        assert bob["items"] == [shown]
    bob = desk.data("GET", "users/bob")["user"]["open_id"]
    default = {"user_id_type": "", "department_id_type": ""}
    shown = desk.data("GET", f"users/{bob}", default)["user"]
    assert shown["leader_user_id"] == ann["open_id"]
    assert shown["department_ids"][0].startswith("od-")


def test_batch_leaves_out_what_it_does_not_know() -> None:
    desk = Desk()
    items = desk.data("GET", "users/batch", {"user_ids": ["bob", "nobody", "ann"]})["items"]
    assert [one["user_id"] for one in items] == ["bob", "ann"]
    many_ids = [str(number) for number in range(51)]
    assert desk.code("GET", "users/batch", {"user_ids": many_ids}) == (400, 99992402)


def test_people_are_found_by_mobile_and_email() -> None:
    desk = Desk()
    body: dict[str, Any] = {
        "emails": ["ann@example.com", "no@example.com"],
        "mobiles": ["+8613800000001", "13900000000"],
    }
    found = desk.data("POST", LOOK_UP, **body)["user_list"]
    assert [one.get("user_id") for one in found] == ["ann", None, "ann", None]
    assert found[1] == {"email": "no@example.com"}
    assert found[2]["mobile"] == "+8613800000001"
    assert found[0]["status"]["is_frozen"] is False
    assert desk.code("POST", LOOK_UP, emails=["x"] * 51) == (400, 99992402)
    desk.data("DELETE", "users/ann")
    assert "user_id" not in desk.data("POST", LOOK_UP, **body)["user_list"][0]
    gone = desk.data("POST", LOOK_UP, include_resigned=True, **body)["user_list"][0]
    assert gone["user_id"] == "ann" and gone["status"]["is_resigned"] is True


def test_names_of_a_few() -> None:
    desk = Desk()
    found = desk.data("POST", "users/basic_batch", user_ids=["ann", "nobody"])["users"]
    assert found == [{"user_id": "ann", "name": "安"}]
    assert desk.code("POST", "users/basic_batch", user_ids=[]) == (400, 40001)


def test_lists_of_what_people_can_have() -> None:
    desk = Desk(
        employee_types={7: "Guest"},
        inactive_employee_types=[7],
        custom_attrs=[{"id": "C-1", "name": "size", "type": "ENUMERATION", "options": {"o": "L"}}],
    )
    kinds = desk.data("GET", "employee_type_enums")["items"]
    assert [one["enum_value"] for one in kinds] == ["1", "2", "3", "4", "5", "7"]
    assert (kinds[5]["enum_type"], kinds[5]["enum_status"]) == (2, 2)
    attribute = desk.data("GET", "custom_attrs")["items"][0]
    assert attribute["options"]["options"] == [{"id": "o", "value": "L"}]
    assert [one["name"] for one in desk.data("GET", "job_titles")["items"]] == ["主任"]
