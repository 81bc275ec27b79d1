"""Who may call: Basic, query, Bearer, nobody (targets.md, A1)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.adapters.casdoor.casdoor_desk import ORG, PAIR, Desk

GROUPS = f"/api/get-groups?owner={ORG}"
TOKEN = "/api/login/oauth/access_token"
ASKED = {
    "grant_type": "client_credentials",
    "client_id": PAIR["clientId"],
    "client_secret": PAIR["clientSecret"],
}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """An Authorization header."""
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def test_the_right_pair_opens_as_basic_and_in_the_query() -> None:
    """Both ways of an application open every call."""
    desk = Desk()
    right = basic(PAIR["clientId"], PAIR["clientSecret"])
    assert desk.http("GET", GROUPS, headers=right).json()["status"] == "ok"
    assert desk.http("GET", GROUPS, params=PAIR | {"owner": ORG}).json()["status"] == "ok"


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "Unauthorized operation"), ("zh-CN", "未授权的操作"), ("xx", "Unauthorized operation")],
)
def test_a_wrong_basic_pair_is_ignored_and_the_caller_is_nobody(
    language: str, message: str
) -> None:
    """A wrong Basic pair says nothing of itself: HTTP 200, unauthorized, in the caller's tongue."""
    headers = basic("casdoor-simulated-client", "wrong") | {"Accept-Language": language}
    reply = Desk().http("GET", GROUPS, headers=headers)
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "error",
        "msg": message,
        "sub": "",
        "name": "",
        "data": None,
        "data2": None,
        "data3": None,
    }


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ({"clientId": "x"}, "Application not found for client ID: x"),
        ({"clientSecret": "x"}, "Incorrect client secret for application: app-simulated"),
    ],
)
def test_a_wrong_pair_in_the_query_is_named(pair: dict[str, str], message: str) -> None:
    """In the query, a wrong id is named and a wrong secret names the application."""
    assert Desk().refused("get-groups", owner=ORG, **pair) == message


@pytest.mark.parametrize("form", ["data", "json", "params"])
def test_a_token_is_given_for_the_pair_and_expires(form: Any) -> None:
    """Client credentials give a Bearer token that opens calls until it is too old."""
    desk = Desk()
    given = desk.http("POST", TOKEN, **{form: ASKED}).json()
    assert given["token_type"] == "Bearer" and given["expires_in"] == 7 * 24 * 3600
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert desk.http("GET", GROUPS, headers=bearer).json()["status"] == "ok"
    desk.sim("POST", "clock", {"advance": given["expires_in"]})
    late = desk.http("GET", GROUPS, headers=bearer).json()
    assert late["msg"].startswith("Access token has expired, expireTime = ")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_id": "x"}, 401, "invalid_client"),
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_the_token_call_alone_has_http_errors(
    change: dict[str, str], status: int, error: str
) -> None:
    """A token that is not given is an OAuth error with its HTTP status."""
    reply = Desk().http("POST", TOKEN, data=ASKED | change)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_an_unknown_token_is_refused_even_beside_a_right_pair() -> None:
    """A Bearer token is looked at first."""
    headers = {"Authorization": "Bearer x"}
    reply = Desk().http("GET", "/api/get-groups", params=PAIR, headers=headers).json()
    assert reply["msg"] == "Access token doesn't exist in database"


def test_what_nobody_may_see() -> None:
    """Without credentials: health is open, organizations and a private user ask for a login."""
    desk = Desk()
    assert desk.http("GET", "/api/health").json()["status"] == "ok"
    user = desk.http("GET", f"/api/get-user?id={ORG}/ann").json()
    assert user["msg"] == "Please login first"
    organizations = desk.http("GET", "/api/get-organizations?owner=admin").json()
    assert organizations["msg"] == "Please sign in first"
    one = desk.http("GET", f"/api/get-organization?id=admin/{ORG}").json()
    assert one["msg"] == "Unauthorized operation"
    written = desk.http("POST", "/api/add-user", json={}).json()
    assert written["msg"] == "Unauthorized operation"


def test_paths_and_methods_that_are_not_there_get_pages() -> None:
    """Outside of the calls the web framework answers, with HTTP errors."""
    desk = Desk()
    assert desk.http("GET", "/api/nonsense").status_code == 404
    assert desk.http("POST", "/api/get-groups", params=PAIR).status_code == 405


@pytest.mark.parametrize("api", ["get-user", "get-group", "get-role", "get-organization"])
def test_an_id_has_two_parts(api: str) -> None:
    """An id that is not owner/name is refused with Casdoor's own words."""
    message = "GetOwnerAndNameFromId() error, wrong token count for ID: "
    assert Desk().refused(api, id="ann") == message + "ann"
    assert Desk().refused(api, id="a/b/c") == message + "a/b/c"
