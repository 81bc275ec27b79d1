"""Faults look as Feishu's own refusals do, and are counted."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from tests.adapters.feishu.simulator_desk import Desk, many

LISTING = "users/find_by_department"


def broken(kind: str, api: str, roster: Any = None, **fault: Any) -> Desk:
    """A desk with one dial set, logged in before."""
    desk = Desk(roster) if roster else Desk()
    desk.login()
    desk.sim("POST", "faults", {"api": api, "kind": kind, **fault})
    return desk


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("throttle", (429, 99991400)),
        ("throttle_platform", (429, 99991400)),
        ("busy", (400, 40003)),
        ("permission", (400, 99991672)),
        ("ip", (400, 99991401)),
        ("expire_token", (400, 99991663)),
        ("locked", (400, 44025)),
    ],
)
def test_refusals(kind: str, expected: tuple[int, int]) -> None:
    desk = broken(kind, "users/patch", times=1)
    assert desk.code("PATCH", "users/ann", name="x") == expected
    desk.token = ""
    assert desk.code("PATCH", "users/ann", name="x") == (200, 0)
    stats = desk.sim("GET", "stats")
    assert stats["errors"] == {str(expected[1]): 1} and stats["writes"] == 2
    assert stats["throttled"] == kind.startswith("throttle")


def test_a_lock_on_demand_is_43024_for_departments() -> None:
    desk = broken("locked", "departments/patch", times=1)
    assert desk.code("PATCH", "departments/rd", name="x") == (400, 43024)
    assert desk.code("PATCH", "departments/rd", name="x") == (200, 0)


@pytest.mark.parametrize(("api", "code"), [("users/create", 44054), ("users/patch", 44057)])
def test_written_but_refused_writes(api: str, code: int) -> None:
    desk = broken("written_but_refused", api, times=1)
    if api == "users/create":
        assert desk.code("POST", "users", **desk.person(user_id="dai")) == (400, code)
        assert desk.code("GET", "users/dai") == (200, 0)
    else:
        assert desk.code("PATCH", "users/ann", name="x") == (400, code)
        assert desk.data("GET", "users/ann")["user"]["name"] == "x"


def test_a_dial_may_mean_one_person_in_the_path() -> None:
    desk = broken("busy", "users/get", match={"user_id": "bob"})
    assert desk.code("GET", "users/ann") == (200, 0)
    assert desk.code("GET", "users/bob") == (400, 40003)


def test_pages_that_are_not_json() -> None:
    desk = broken("html_ban", LISTING, times=1)
    reply = desk.ask("GET", LISTING, {"department_id": "rd"})
    assert reply.status_code == 503 and reply.text.startswith("<html>")
    desk.sim("POST", "faults", {"api": LISTING, "kind": "truncated_json"})
    half = desk.ask("GET", LISTING, {"department_id": "rd"}).content
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(half)


def test_lists_that_come_out_empty() -> None:
    desk = broken("empty_list", LISTING, many(60), times=1)
    query = {"department_id": "crowd", "page_size": 50}
    assert desk.data("GET", LISTING, query) == {"has_more": False, "items": []}
    desk.sim("POST", "faults", {"api": LISTING, "kind": "drop_page", "times": 1})
    lost = desk.data("GET", LISTING, query)
    assert lost["items"] == [] and lost["has_more"] and lost["page_token"]


def test_a_write_may_be_done_without_an_answer() -> None:
    desk = broken("timeout_after_commit", "departments/create", times=1)
    with pytest.raises(httpx.ReadTimeout):
        desk.code("POST", "departments", name="新", parent_department_id="0", department_id="n")
    assert desk.code("GET", "departments/n") == (200, 0)
    again = {"name": "二", "parent_department_id": "0"}
    assert desk.code("POST", "departments", **again) == (200, 0)
