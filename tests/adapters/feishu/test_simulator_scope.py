"""The app's range: what it sees, and what it may write."""

from __future__ import annotations

import pytest

from tests.adapters.feishu.simulator_desk import Desk, many


def test_all_staff_shows_the_first_level() -> None:
    desk = Desk()
    desk.data("POST", "group", name="组", group_id="g1")
    assert desk.data("GET", "scopes") == {
        "user_ids": ["cai"],
        "department_ids": ["rd", "hr"],
        "group_ids": ["g1"],
        "has_more": False,
    }


def test_a_range_shows_exactly_what_was_granted() -> None:
    desk = Desk(visible_departments=["rd"], visible_users=["cai"])
    found = desk.data("GET", "scopes", {"page_size": 1})
    assert found["user_ids"] == ["cai"] and found["department_ids"] == [] and found["has_more"]
    query = {"page_size": 1, "page_token": found["page_token"]}
    assert desk.data("GET", "scopes", query)["department_ids"] == ["rd"]
    assert desk.code("GET", "scopes", {"page_size": 101}) == (400, 40011)


def test_a_granted_department_covers_what_is_below() -> None:
    desk = Desk(visible_departments=["rd"])
    for path in ("departments/50", "departments/rd/children", "users/bob"):
        assert desk.code("GET", path) == (200, 0)
    assert desk.code("PATCH", "departments/50", name="x") == (200, 0)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "departments/0", (403, 40004)),
        ("GET", "departments/0/children", (403, 40004)),
        ("GET", "departments/hr", (403, 40004)),
        ("GET", "users/find_by_department?department_id=hr", (403, 40004)),
        ("DELETE", "departments/hr", (403, 40004)),
        ("GET", "users/cai", (400, 41050)),
        ("PATCH", "users/cai", (400, 41050)),
        ("DELETE", "users/cai", (403, 41050)),
    ],
)
def test_what_is_outside_is_refused(method: str, path: str, expected: tuple[int, int]) -> None:
    desk = Desk(visible_departments=["rd"])
    plain, _, department = path.partition("?department_id=")
    query = {"department_id": department} if department else None
    assert desk.code(method, plain, query, name="x") == expected


def test_writing_needs_the_parent_in_range() -> None:
    desk = Desk(visible_departments=["rd"])
    body = {"name": "x", "parent_department_id": "0"}
    assert desk.code("POST", "departments", **body) == (403, 40014)
    assert desk.code("PATCH", "departments/50", parent_department_id="hr") == (403, 40014)
    assert desk.code("POST", "departments", **{**body, "parent_department_id": "rd"}) == (200, 0)
    assert desk.code("POST", "users", **desk.person()) == (403, 40004)


def test_who_leaves_must_be_in_range_with_all_departments() -> None:
    desk = Desk(visible_departments=["50"])
    assert desk.code("DELETE", "users/ann") == (403, 40004)
    assert desk.code("DELETE", "users/bob") == (200, 0)


def test_batches_leave_out_what_is_outside() -> None:
    desk = Desk(visible_departments=["rd"])
    found = desk.data("GET", "departments/batch", {"department_ids": ["rd", "hr"]})["items"]
    assert [one["department_id"] for one in found] == ["rd"]
    people = desk.data("GET", "users/batch", {"user_ids": ["ann", "cai"]})["items"]
    assert [one["user_id"] for one in people] == ["ann"]
    desk.sim("POST", "settings", {"visible_departments": ["hr"]})
    found = desk.data("POST", "users/batch_get_id", mobiles=["13800000001"])["user_list"]
    assert found == [{"mobile": "13800000001"}]


def test_a_range_by_open_ids_is_the_same() -> None:
    open_id = Desk().data("GET", "departments/50")["department"]["open_department_id"]
    desk = Desk(visible_departments=[open_id])
    assert desk.code("GET", "departments/50") == (200, 0)
    assert desk.code("GET", "departments/rd") == (403, 40004)
    assert desk.data("GET", "scopes")["department_ids"] == ["50"]


def test_pages_of_a_range_mix_the_kinds() -> None:
    desk = Desk(many(60))
    desk.sim("POST", "settings", {"visible_departments": [f"d{i}" for i in range(60)]})
    pages = desk.pages("scopes", "department_ids", page_size=50)
    assert [len(page) for page in pages] == [50, 10]
