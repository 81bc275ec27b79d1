"""Faults wear DingTalk's face."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.adapters.dingtalk.simulator_desk import Desk

LISTSUB, LIST = "/topapi/v2/department/listsub", "/topapi/v2/user/list"
SEARCH = "/v1.0/contact/departments/search"
PAGE = {"dept_id": 50, "cursor": 0, "size": 1}


def broken(kind: str, api: str = "*", **options: Any) -> Desk:
    """A desk whose next calls suffer this fault; the token is already there."""
    desk = Desk()
    desk.login()
    desk.sim("POST", "faults", [{"api": api, "kind": kind, **options}])
    return desk


@pytest.mark.parametrize(
    ("kind", "errcode", "sub_code"),
    [
        ("throttle", 88, "90018"),
        ("throttle_platform", 88, "90002"),
        ("permission", 88, "60011"),
        ("ip", 88, "60020"),
        ("expire_token", 88, "40014"),
        ("busy", -1, None),
    ],
)
def test_gateway_faults_on_the_old_api(kind: str, errcode: int, sub_code: str | None) -> None:
    reply = broken(kind, times=1).call(LISTSUB)
    assert (reply["errcode"], reply.get("sub_code")) == (errcode, sub_code)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttle", 403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
        ("throttle_platform", 403, "Forbidden.AccessDenied.QpsLimitForApi"),
        ("permission", 403, "Forbidden.AccessDenied.AccessTokenPermissionDenied"),
        ("ip", 403, "Forbidden.AccessDenied.IpNotInWhiteList"),
        ("expire_token", 400, "InvalidAuthentication"),
        ("busy", 503, "systemBusy"),
    ],
)
def test_gateway_faults_on_the_new_api(kind: str, status: int, code: str) -> None:
    reply = broken(kind, times=1).new("POST", SEARCH, json={})
    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_a_fault_ends_after_its_times_and_spares_the_first() -> None:
    desk = broken("busy", "department/listsub", times=2, after=1)
    assert [desk.code(LISTSUB) for _ in range(5)] == [0, -1, -1, 0, 0]
    assert desk.sim("GET", "faults")[0]["times"] == 0
    stats = desk.sim("GET", "stats")
    assert stats["calls"] == {"department/listsub": 5, "gettoken": 1}
    assert stats["errors"] == {"-1": 2}


def test_a_fault_can_mean_one_department_only() -> None:
    desk = broken("busy", "user/list", match={"dept_id": 50})
    assert desk.code(LIST, **PAGE) == -1
    assert desk.code(LIST, **{**PAGE, "dept_id": desk.dept("rd")}) == 0
    desk.sim("POST", "faults", [])
    assert desk.code(LIST, **PAGE) == 0


def test_throttling_is_counted() -> None:
    desk = broken("throttle", times=2)
    assert [desk.code(LISTSUB) for _ in range(3)] == [90018, 90018, 0]
    assert desk.sim("GET", "stats")["throttled"] == 2


def test_the_rate_limit_is_per_api() -> None:
    desk = Desk(qps_per_api=3)
    codes = [desk.code(LISTSUB) for _ in range(4)]
    assert codes[:3] == [0, 0, 0] and codes[3] in (0, 90018)
    desk.sim("POST", "settings", {"qps_per_api": 0})
    assert desk.code(LISTSUB) == 90018
    desk.sim("POST", "settings", {"qps_per_api": None, "qps": 0})
    assert desk.code(LISTSUB) == 90018


def test_a_ban_is_a_page() -> None:
    desk = broken("html_ban")
    reply = desk.http("POST", LISTSUB, params={"access_token": desk.login()}, json={})
    assert reply.status_code == 200 and reply.headers["content-type"].startswith("text/html")


def test_half_an_answer_and_none_at_all() -> None:
    token = {"access_token": Desk().login()}
    half = broken("truncated_json").http("POST", LISTSUB, params=token, json={})
    with pytest.raises(ValueError, match="char"):
        half.json()
    failed = broken("http_500").http("POST", LISTSUB, params=token, json={})
    assert failed.status_code == 500
    with pytest.raises(httpx.ReadError):
        broken("reset").call(LISTSUB)


def test_a_time_out_may_hide_a_commit() -> None:
    desk = broken("timeout_after_commit", "department/create", times=1)
    body = {"name": "新部门", "parent_id": 1}
    with pytest.raises(httpx.ReadTimeout):
        desk.call("/topapi/v2/department/create", **body)
    assert desk.code("/topapi/v2/department/create", **body) == 60021


def test_empty_lists_look_like_empty_departments() -> None:
    desk = broken("empty_list")
    assert desk.result(LIST, **PAGE) == {"has_more": False, "list": []}
    assert desk.result(LISTSUB) == []
    assert desk.result("/topapi/user/listid", dept_id=50) == {"userid_list": []}


def test_a_dropped_page_goes_unnoticed() -> None:
    desk = broken("drop_page", "user/list", times=1)
    first = desk.result(LIST, **PAGE)
    assert first == {"has_more": True, "next_cursor": 1, "list": []}
    second = desk.result(LIST, **{**PAGE, "cursor": first["next_cursor"]})
    assert [row["userid"] for row in second["list"]] == ["bob"]
