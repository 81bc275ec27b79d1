"""Tokens, scopes, fields and rates: what the gateway lets through."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.feishu.simulator.settings import BASE_READ, CONTACT, SCOPES
from tests.adapters.feishu.simulator_desk import API, TOKEN, Desk

RIGHT = {"app_id": "cli_simulatedapp", "app_secret": "simulated-secret"}


def bearer(desk: Desk, header: str | None) -> tuple[int, int]:
    """Status and code of a call with this Authorization."""
    headers = {} if header is None else {"Authorization": header}
    reply = desk.http("GET", API + "departments/0", headers=headers)
    return reply.status_code, reply.json()["code"]


def test_the_token_stands_at_the_top_and_stays_the_same_until_half_an_hour_is_left() -> None:
    desk = Desk()
    first = desk.http("POST", TOKEN, json=RIGHT).json()
    assert set(first) == {"code", "msg", "tenant_access_token", "expire"}
    assert first["tenant_access_token"].startswith("t-") and first["expire"] == 7200
    desk.sim("POST", "clock", {"advance": 5300})
    again = desk.http("POST", TOKEN, json=RIGHT).json()
    assert again["tenant_access_token"] == first["tenant_access_token"]
    assert 1890 < again["expire"] <= 1900
    desk.sim("POST", "clock", {"advance": 200})
    newer = desk.http("POST", TOKEN, json=RIGHT).json()
    assert newer["tenant_access_token"] != first["tenant_access_token"]
    for token in (first, newer):
        assert bearer(desk, f"Bearer {token['tenant_access_token']}") == (200, 0)
    desk.sim("POST", "clock", {"advance": 1701})
    assert bearer(desk, f"Bearer {first['tenant_access_token']}") == (400, 99991663)
    assert bearer(desk, f"Bearer {newer['tenant_access_token']}") == (200, 0)


def test_a_token_is_given_without_content_type_and_under_both_names() -> None:
    desk = Desk()
    content = b'{"app_id": "cli_simulatedapp", "app_secret": "simulated-secret"}'
    assert desk.http("POST", TOKEN, content=content).json()["code"] == 0
    both = desk.http("POST", TOKEN.replace("tenant", "app", 1), json=RIGHT).json()
    assert both["app_access_token"] == both["tenant_access_token"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 10003),
        ({**RIGHT, "app_id": "cli_other"}, 10003),
        ({**RIGHT, "app_secret": ""}, 10003),
        ({**RIGHT, "app_secret": "wrong"}, 99991543),
        ({**RIGHT, "app_secret": 7}, 99992402),
    ],
)
def test_wrong_credentials_get_no_token(body: dict[str, Any], code: int) -> None:
    reply = Desk().http("POST", TOKEN, json=body)
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert "simulated-secret" not in reply.text and "wrong" not in reply.text


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, 99991661),
        ("Bearer ", 99991661),
        ("t-123", 99991661),
        ("Bearer t-123", 99991663),
        ("Bearer u-123", 99991668),
        ("Bearer x-123", 99991671),
    ],
)
def test_a_call_without_a_good_token_is_refused(header: str | None, code: int) -> None:
    assert bearer(Desk(), header) == (400, code)


def test_a_refusal_tells_its_log_id_in_the_body_and_in_the_header() -> None:
    reply = Desk().http("GET", API + "departments/0")
    error = reply.json()["error"]
    assert reply.headers["x-tt-logid"] == error["log_id"] and error["message"]
    assert Desk().ask("GET", "departments/0").headers["x-tt-logid"]


def test_unknown_paths_and_methods_are_404() -> None:
    desk = Desk()
    assert desk.code("GET", "nowhere") == (404, 99991201)
    assert desk.code("GET", "users/ann/nowhere") == (404, 99991201)
    assert desk.code("DELETE", "departments/batch") == (400, 99992380)
    assert desk.code("DELETE", "scopes") == (404, 99991301)
    assert desk.http("GET", "/else").json()["code"] == 99991201
    assert desk.sim("GET", "stats")["calls"]["unknown"] == 4


def test_a_body_that_is_no_json_is_9499() -> None:
    desk = Desk()
    headers = {"Authorization": f"Bearer {desk.login()}"}
    for body in (b"[1]", b"{"):
        reply = desk.http("POST", API + "users", content=body, headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (400, 9499)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "departments", "contact:contact"),
        ("PATCH", "users/ann", "contact:user.base"),
        ("POST", "functional_roles", "contact:functional_role"),
        ("POST", "group", "contact:group"),
        ("POST", "users/batch_get_id", "contact:user.id:readonly"),
        ("PATCH", "users/ann/update_user_id", "contact:contact:update_user_id"),
    ],
)
def test_a_missing_scope_is_named(method: str, path: str, scope: str) -> None:
    reply = Desk(scopes=[BASE_READ]).ask(method, path, name="x")
    body = reply.json()
    assert (reply.status_code, body["code"]) == (400, 99991672)
    assert scope in body["msg"]
    assert scope in {one["subject"] for one in body["error"]["permission_violations"]}


def test_fields_without_their_scope_are_left_out_silently() -> None:
    bare = Desk(scopes=[BASE_READ])
    assert set(bare.data("GET", "departments/rd")["department"]) == {
        "open_department_id",
        "group_chat_employee_types",
    }
    user = bare.data("GET", "users/ann")["user"]
    assert set(user) == {"union_id", "open_id", "mobile_visible"}
    sensitive = {"user_id", "email", "mobile", "dotted_line_leader_user_ids", "geo"}
    app = Desk(scopes=["contact:contact:readonly_as_app"])
    shown = Desk().data("GET", "users/ann")["user"]
    assert set(shown) - set(app.data("GET", "users/ann")["user"]) == sensitive
    assert "department_hrbps" not in app.data("GET", "departments/rd")["department"]
    some = Desk(scopes=[BASE_READ, "contact:department.organize:readonly"])
    assert some.data("GET", "departments/50")["department"]["parent_department_id"] == "rd"
    assert "name" not in some.data("GET", "departments/50")["department"]


def test_a_reply_to_a_write_hides_the_same_fields() -> None:
    desk = Desk(scopes=[CONTACT])
    user = desk.data("POST", "users", **desk.person(user_id="dai"))["user"]
    assert "mobile" not in user and "name" not in user and user["open_id"].startswith("ou_")


def test_the_real_limits_count_per_call_and_say_when_there_is_room() -> None:
    desk = Desk(real_limits=True)
    for _ in range(50):
        assert desk.code("GET", "users/ann") == (200, 0)
    reply = desk.ask("GET", "users/ann")
    assert (reply.status_code, reply.json()["code"]) == (429, 99991400)
    assert reply.headers["x-ogw-ratelimit-limit"] == "50"
    assert reply.headers["x-ogw-ratelimit-reset"] == "1"
    assert desk.code("GET", "users/bob")[0] == 429
    assert desk.code("GET", "departments/rd") == (200, 0)
    desk.sim("POST", "clock", {"advance": 1})
    assert desk.code("GET", "users/ann") == (200, 0)
    assert desk.sim("GET", "stats")["throttled"] == 2


def test_the_minute_counts_too() -> None:
    desk = Desk(real_limits=True)
    for number in range(100):
        assert desk.code("POST", "functional_roles", role_name=f"r{number}") == (200, 0)
    reply = desk.ask("POST", "functional_roles", role_name="one more")
    assert reply.status_code == 429 and reply.headers["x-ogw-ratelimit-limit"] == "100"
    assert 50 < int(reply.headers["x-ogw-ratelimit-reset"]) <= 60


def test_the_shared_dial_throttles_like_feishu() -> None:
    desk = Desk(qps_per_api=1)
    assert desk.code("GET", "users/ann") == (200, 0)
    reply = desk.ask("GET", "users/ann")
    assert (reply.status_code, reply.headers["x-ogw-ratelimit-limit"]) == (429, "1")


def test_settings_change_while_running_and_hide_the_secret() -> None:
    desk = Desk()
    shown = desk.sim("POST", "settings", {"scopes": [BASE_READ], "employee_types": {"9": "x"}})
    assert shown["scopes"] == [BASE_READ] and "app_secret" not in shown
    assert desk.code("POST", "departments", name="x") == (400, 99991672)
    assert "colour" in desk.sim("POST", "settings", {"colour": 1}, status=400)["problems"][0]
    assert set(Desk().sim("GET", "settings")["scopes"]) == SCOPES
