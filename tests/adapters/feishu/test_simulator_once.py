"""Writes that come twice, and department writes that come at the same time."""

from __future__ import annotations

from tests.adapters.feishu.simulator_desk import Desk

ROOT = {"parent_department_id": "0"}


def test_the_same_key_and_body_do_the_work_once() -> None:
    desk, key = Desk(), {"client_token": "k1"}
    first = desk.data("POST", "departments", key, name="新", **ROOT)
    assert desk.data("POST", "departments", key, name="新", **ROOT) == first
    person = desk.person()
    made = desk.data("POST", "users", key, **person)
    assert desk.data("POST", "users", key, **person) == made
    assert len(desk.sim("GET", "roster")["departments"]) == 4
    assert len(desk.sim("GET", "roster")["members"]) == 4


def test_the_same_key_with_another_body_is_40021() -> None:
    desk, key = Desk(), {"client_token": "k1"}
    desk.data("POST", "departments", key, name="新", **ROOT)
    assert desk.code("POST", "departments", key, name="旧", **ROOT) == (400, 40021)
    assert desk.code("POST", "departments", name="旧", **ROOT) == (200, 0)


def test_a_refused_write_leaves_its_key_free() -> None:
    desk, key = Desk(), {"client_token": "k1"}
    assert desk.code("POST", "departments", key, name="研发", **ROOT) == (400, 43022)
    assert desk.code("POST", "departments", key, name="新", **ROOT) == (200, 0)


def test_a_half_success_is_repeated_as_it_was() -> None:
    desk, key = Desk(refused_cities=["Atlantis"]), {"client_token": "k1"}
    person = desk.person(city="Atlantis")
    for _ in range(2):
        assert desk.code("POST", "users", key, **person) == (400, 44054)
    assert len(desk.sim("GET", "roster")["members"]) == 4


def test_department_writes_at_the_same_time_exclude_each_other() -> None:
    """Of overlapping structure writes one is done, the others get 43024 and change nothing."""
    desk = Desk(latency_ms=50)
    requests = [
        desk.request("POST", "departments", name="甲", **ROOT),
        desk.request("PATCH", "departments/hr", name="乙"),
        desk.request("DELETE", "departments/hr"),
    ]
    replies = desk.together(*requests)
    assert [reply.json()["code"] for reply in replies] == [0, 43024, 43024]
    assert [reply.status_code for reply in replies] == [200, 400, 400]
    names = [one["name"] for one in desk.sim("GET", "roster")["departments"]]
    assert sorted(names) == sorted(["研发", "平台", "人事-行政", "甲"])
    assert desk.code("PATCH", "departments/hr", name="乙") == (200, 0)


def test_reads_and_writes_of_people_do_not_wait_for_departments() -> None:
    desk = Desk(latency_ms=50)
    replies = desk.together(
        desk.request("POST", "departments", name="甲", **ROOT),
        desk.request("GET", "departments/rd"),
        desk.request("POST", "users", **desk.person()),
        desk.request("POST", "users", **desk.person()),
    )
    assert [reply.json()["code"] for reply in replies] == [0, 0, 0, 0]


def test_a_refused_write_gives_the_lock_back() -> None:
    desk = Desk(latency_ms=1)
    assert desk.code("PATCH", "departments/nowhere", name="x") == (400, 99992380)
    desk.sim("POST", "faults", {"api": "departments/patch", "kind": "http_500", "times": 1})
    assert desk.ask("PATCH", "departments/hr", name="x").status_code == 500
    assert desk.code("PATCH", "departments/hr", name="x") == (200, 0)
