"""Tokens and the gateway's envelopes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.dingtalk.simulator_desk import Desk

NEW = {"appKey": "dingsimulatedapp", "appSecret": "simulated-secret"}
OAUTH = {
    "client_id": "dingsimulatedapp",
    "client_secret": "simulated-secret",
    "grant_type": "client_credentials",
}
LISTSUB = "/topapi/v2/department/listsub"


def test_all_three_token_calls_give_the_same_token() -> None:
    desk = Desk()
    old = desk.login()
    new = desk.http("POST", "/v1.0/oauth2/accessToken", json=NEW).json()
    oauth = desk.http("POST", "/v1.0/oauth2/dingsimulatedcorp/token", json=OAUTH).json()
    assert new == {"accessToken": old, "expireIn": 7200}
    assert oauth == {"access_token": old, "expires_in": 7200}


def test_asking_again_extends_the_token_and_expiry_brings_a_new_one() -> None:
    desk = Desk()
    first = desk.login()
    desk.sim("POST", "clock", {"advance": 7000})
    assert desk.http("POST", "/v1.0/oauth2/accessToken", json=NEW).json()["accessToken"] == first
    desk.sim("POST", "clock", {"advance": 7000})
    assert desk.code(LISTSUB) == 0
    desk.sim("POST", "clock", {"advance": 300})
    assert desk.code(LISTSUB) == 40014
    renewed = desk.http("POST", "/v1.0/oauth2/accessToken", json=NEW).json()["accessToken"]
    assert renewed != first


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, 40035),
        ({"appkey": "dingsimulatedapp"}, 40035),
        ({"appkey": "dingsimulatedapp", "appsecret": "wrong"}, 40096),
        ({"appkey": "other", "appsecret": "simulated-secret"}, 40096),
    ],
)
def test_gettoken_refuses_bare(query: dict[str, str], code: int) -> None:
    assert Desk().http("GET", "/gettoken", params=query).json()["errcode"] == code


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("accessToken", {**NEW, "appSecret": "wrong"}, 400, "invalidClientIdOrSecret"),
        ("accessToken", {}, 400, "invalidClientIdOrSecret"),
        ("dingsimulatedcorp/token", {**OAUTH, "client_secret": "x"}, 400, "invalid.client"),
        ("dingsimulatedcorp/token", {**OAUTH, "grant_type": "x"}, 400, "unsupported.grant.type"),
        ("dingother/token", OAUTH, 500, "unknownError"),
    ],
)
def test_new_token_calls_refuse(path: str, body: dict[str, Any], status: int, code: str) -> None:
    reply = Desk().http("POST", f"/v1.0/oauth2/{path}", json=body)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert set(reply.json()) == {"code", "message", "requestid"}


def test_a_bad_token_comes_wrapped() -> None:
    reply = Desk().http("POST", LISTSUB, params={"access_token": "nonsense"}, json={}).json()
    assert reply.pop("request_id")
    assert reply == {
        "errcode": 88,
        "sub_code": "40014",
        "sub_msg": "不合法的access_token",
        "errmsg": "ding talk error[subcode=40014,submsg=不合法的access_token]",
    }


def test_a_missing_token_is_40000() -> None:
    assert Desk().http("POST", LISTSUB, json={}).json()["sub_code"] == "40000"


def test_bare_gateway_errors_are_not_wrapped() -> None:
    desk = Desk(bare_gateway_errors=True)
    reply = desk.http("POST", LISTSUB, params={"access_token": "nonsense"}, json={}).json()
    assert reply["errcode"] == 40014 and "sub_code" not in reply


def test_the_new_api_tells_a_missing_from_a_bad_token() -> None:
    desk, path = Desk(), "/v1.0/contact/departments/search"
    missing = desk.http("POST", path, json={})
    bad = desk.http("POST", path, json={}, headers={"x-acs-dingtalk-access-token": "nonsense"})
    assert (missing.status_code, bad.status_code) == (400, 400)
    assert missing.json()["code"] == "AuthenticationFailed.MissingParameter"
    assert bad.json()["code"] == "InvalidAuthentication"


def test_unknown_paths_answer_with_http_200() -> None:
    desk = Desk()
    old = desk.call("/topapi/v2/user/nonsense")
    assert (old["sub_code"], "dingtalk.oapi.v2.user.nonsense" in old["sub_msg"]) == ("22", True)
    new = desk.http("GET", "/v1.0/contact/nonsense")
    assert (new.status_code, new.json()["errcode"]) == (200, 404)


def test_a_form_and_a_token_in_the_form_are_accepted() -> None:
    desk = Desk()
    form = {"access_token": desk.login(), "userid": "ann", "language": "zh_CN"}
    reply = desk.http("POST", "/topapi/v2/user/get", data=form).json()
    assert reply["result"]["userid"] == "ann"


@pytest.mark.parametrize("body", [b"[1]", b"{", b'"text"'])
def test_a_body_that_is_no_object_is_400002(body: bytes) -> None:
    desk = Desk()
    token = {"access_token": desk.login()}
    assert desk.http("POST", LISTSUB, params=token, content=body).json()["errcode"] == 400002


def test_the_wrong_method_is_refused() -> None:
    desk = Desk()
    token = {"access_token": desk.login()}
    assert desk.http("GET", LISTSUB, params=token).json()["errcode"] == 43002
    assert desk.http("POST", "/auth/scopes", params=token).json()["errcode"] == 43001
    assert desk.new("POST", "/v1.0/contact/empLeaveRecords").status_code == 404


def test_sloppy_answers_spell_numbers_and_booleans_as_text() -> None:
    desk = Desk(sloppy=True)
    reply = desk.call("/topapi/v2/user/get", userid="bob")
    assert reply["errcode"] == "0" and "errmsg" not in reply
    assert reply["result"]["active"] == "false"
    assert reply["result"]["dept_id_list"] == ["50"]
    assert desk.call("/topapi/v2/user/get", userid="nobody")["errcode"] == "33012"
