"""Leaving and coming back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.feishu.simulator_desk import Desk

BACK = "users/ann/resurrect"


def test_a_leaver_is_told_as_resigned_and_listed_nowhere() -> None:
    desk = Desk()
    body = {
        "docs_acceptor_user_id": "bob",
        "email_acceptor": {"processing_type": "1", "acceptor_user_id": "cai"},
    }
    assert desk.data("DELETE", "users/ann", **body) == {}
    shown = desk.data("GET", "users/ann")["user"]
    assert shown["status"]["is_resigned"] is True and shown["mobile"] == "13800000001"
    for department in ("rd", "50"):
        query = {"department_id": department}
        listed = desk.data("GET", "users/find_by_department", query)["items"]
        assert "ann" not in [one["user_id"] for one in listed]
    assert desk.data("GET", "departments/rd")["department"]["leaders"] == []
    roster = desk.sim("GET", "roster")
    assert [one["id"] for one in roster["members"]] == ["bob", "cai"]
    assert roster["roles"][0]["members"] == ["bob"]
    event, told = desk.events()[-1]
    assert event == "contact.user.deleted_v3"
    assert set(told["old_object"]) == {"department_ids", "open_id"}
    assert len(told["old_object"]["department_ids"]) == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"docs_acceptor_user_id": "nobody"}, 41052),
        ({"calendar_acceptor_user_id": "ann"}, 41052),
        ({"email_acceptor": {"processing_type": "4"}}, 99992402),
        ({"email_acceptor": {"processing_type": "1", "acceptor_user_id": "x"}}, 41052),
    ],
)
def test_a_bad_acceptor_stops_it(body: dict[str, Any], code: int) -> None:
    desk = Desk()
    assert desk.code("DELETE", "users/ann", **body) == (400, code)
    assert desk.data("GET", "users/ann")["user"]["status"]["is_resigned"] is False


def test_who_is_gone_is_not_changed_and_managers_stay() -> None:
    desk = Desk(tenant_managers=["bob"])
    assert desk.code("DELETE", "users/bob") == (400, 44037)
    assert desk.data("GET", "users/bob")["user"]["is_tenant_manager"] is True
    desk.data("DELETE", "users/ann")
    assert desk.code("DELETE", "users/ann") == (400, 42006)
    assert desk.code("PATCH", "users/ann", name="x") == (400, 42006)
    assert desk.code("PATCH", "users/cai", leader_user_id="ann") == (400, 44021)


def test_what_a_leaver_had_is_free() -> None:
    desk = Desk()
    old = desk.data("GET", "users/ann")["user"]["open_id"]
    desk.data("DELETE", "users/ann")
    again = desk.person(user_id="ann", mobile="13800000001", email="ann@example.com")
    made = desk.data("POST", "users", **again)["user"]
    assert made["open_id"] != old
    assert desk.data("GET", "users/ann")["user"]["open_id"] == made["open_id"]
    gone = desk.data("GET", f"users/{old}", {"user_id_type": "open_id"})["user"]
    assert gone["status"]["is_resigned"] is True


def test_coming_back_gives_the_same_person() -> None:
    desk = Desk()
    before = desk.data("GET", "users/ann")["user"]
    assert desk.code("POST", BACK) == (400, 44033)
    desk.data("DELETE", "users/ann")
    body = {"departments": [{"department_id": "hr", "user_order": 3, "department_order": 1}]}
    assert desk.data("POST", BACK, **body) == {}
    after = desk.data("GET", "users/ann")["user"]
    assert (after["open_id"], after["mobile"]) == (before["open_id"], before["mobile"])
    assert after["department_ids"] == ["hr"] and after["orders"][0]["is_primary_dept"]
    assert after["status"]["is_resigned"] is False
    desk.data("DELETE", "users/ann")
    desk.data("POST", BACK)
    assert desk.data("GET", "users/ann")["user"]["department_ids"] == ["0"]


def test_coming_back_has_conditions() -> None:
    late = Desk()
    late.data("DELETE", "users/ann")
    late.sim("POST", "clock", {"advance": 31 * 86400})
    late.token = ""
    assert late.code("POST", BACK) == (400, 44028)
    busy = Desk(deletion_seconds=3600)
    busy.data("DELETE", "users/ann")
    assert busy.code("POST", BACK) == (400, 44034)
    poor = Desk(resurrection=False)
    poor.data("DELETE", "users/ann")
    assert poor.code("POST", BACK) == (400, 44029)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"mobile": "13800000001"}, 44030),
        ({"email": "ann@example.com"}, 44031),
        ({"user_id": "ann"}, 44032),
    ],
)
def test_somebody_else_may_have_taken_what_they_had(body: dict[str, Any], code: int) -> None:
    desk = Desk()
    open_id = desk.data("GET", "users/ann")["user"]["open_id"]
    desk.data("DELETE", "users/ann")
    desk.data("POST", "users", **desk.person(**body))
    path = f"users/{open_id}/resurrect"
    assert desk.code("POST", path, {"user_id_type": "open_id"}) == (400, code)
