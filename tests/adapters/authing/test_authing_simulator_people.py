"""The simulated Authing's people: what is taken, what is refused, in its own words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.authing.authing_desk import ORG, Desk

LOGIN = "Must contain one of the following fields: username, phone, email"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_new_account_shows_what_was_given_and_authings_own_picture(desk: Desk) -> None:
    """Mail becomes lower case; a picture is shown even where there is none."""
    made = desk.data("create-user", {"username": "cai", "email": "Cai@Example.COM"})
    assert (made["email"], made["status"]) == ("cai@example.com", "Activated")
    assert made["photo"].startswith("https://")


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, LOGIN),
        ({"externalId": "x"}, 400, LOGIN),
        ({"username": None, "email": ""}, 400, LOGIN),
        ({"email": "test1@qqq"}, 400, "参数 email 格式错误"),
        ({"phone": "+8613800000009"}, 400, "参数 phone 格式错误"),
        ({"username": "x", "status": "Open"}, 400, "参数 status 格式错误"),
        ({"username": "x", "gender": "X"}, 400, "参数 gender 格式错误"),
        ({"username": "x", "nosuch": "y"}, 400, "参数 nosuch 格式错误"),
        ({"username": "x", "customData": {"shoe": "42"}}, 400, "参数 customData 格式错误"),
        (
            {"username": "x", "customData": {"title": "y" * 1025}},
            400,
            "customData must be less than 1024 characters",
        ),
        ({"username": "x", "email": "ANN@example.com"}, 409, "email 已被占用"),
        ({"username": "ann"}, 409, "username 已被占用"),
        ({"username": "x", "externalId": "ann"}, 409, "externalId 已被占用"),
        ({"username": "x", "departmentIds": ["nowhere"]}, 404, "部门不存在"),
    ],
)
def test_what_a_new_account_cannot_be(
    desk: Desk, body: dict[str, Any], status: int, message: str
) -> None:
    """Refusals come with HTTP 200 and say in Authing's words what is wrong."""
    assert desk.refused("create-user", body) == (status, message)
    assert desk.data("list-users", page=1)["totalCount"] == 2


def test_a_batch_is_all_or_nothing(desk: Desk) -> None:
    """One bad row, also one that collides with another row, and nobody is made or changed."""
    assert desk.refused("create-users-batch", {"list": [{"username": "x"}, {"username": "x"}]}) == (
        409,
        "username 已被占用",
    )
    assert desk.refused("create-users-batch", {"list": []}) == (400, "参数 list 格式错误")
    rows = [{"username": f"u{n}"} for n in range(51)]
    assert desk.refused("create-users-batch", {"list": rows}) == (400, "参数 list 格式错误")
    ann = desk.user("ann")["userId"]
    changes = [{"userId": ann, "name": "new"}, {"userId": "nobody", "name": "new"}]
    assert desk.refused("update-user-batch", {"list": changes}) == (404, "用户不存在")
    assert desk.user("ann")["name"] == "安"
    assert desk.refused("delete-users-batch", {"userIds": [ann, "nobody"]})[0] == 404
    assert desk.data("list-users", page=1)["totalCount"] == 2


def test_an_update_leaves_what_it_does_not_name(desk: Desk) -> None:
    """Custom data is merged by key; null empties a text."""
    ann = desk.user("ann")["userId"]
    body = {"userId": ann, "email": None, "customData": {"title": "院长"}}
    shown = desk.data("update-user", body)
    assert shown["email"] is None and shown["name"] == "安"
    assert shown["customData"] == {"job_number": "1", "title": "院长"}
    assert shown["departmentIds"] == [desk.department(key)["departmentId"] for key in
                                      ("d-rd", "d-50")]  # fmt: skip


def test_departments_are_set_as_a_whole(desk: Desk) -> None:
    """They are named by departmentId, never none, and leadership goes where it is not told."""
    rd, hr = (desk.department(key)["departmentId"] for key in ("d-rd", "d-hr"))
    ann = desk.user("ann")["userId"]
    for rows, status, message in (
        ([], 400, "参数 departments 格式错误"),
        ([{"departmentId": "d-rd"}], 404, "存在不合法的 departmentId: d-rd"),
        ([{"departmentId": ""}], 404, "存在不合法的 departmentId: "),
    ):
        body = {"userId": ann, "departments": rows}
        assert desk.refused("set-user-departments", body) == (status, message)
    rows = [{"departmentId": rd}, {"departmentId": hr, "isMainDepartment": True}]
    desk.data("set-user-departments", {"userId": ann, "departments": rows})
    shown = desk.user("ann")
    assert (shown["departmentIds"], shown["mainDepartmentId"]) == ([rd, hr], hr)
    assert desk.department("d-rd")["leaderUserIds"] == []
    assert desk.user("bob")["userId"] in desk.department("d-50")["leaderUserIds"]


def test_the_last_department_is_left_by_its_own_call(desk: Desk) -> None:
    """remove-department-members takes somebody out; add-department-members brings them back."""
    bob = desk.user("bob")["userId"]
    body = {
        "organizationCode": ORG,
        "departmentId": "d-50",
        "departmentIdType": "open_department_id",
        "userIds": [bob],
    }
    desk.data("remove-department-members", body)
    assert (desk.user("bob")["departmentIds"], desk.user("bob")["mainDepartmentId"]) == ([], None)
    desk.data("add-department-members", body)
    assert len(desk.user("bob")["departmentIds"]) == 1


def test_who_resigns_cannot_come_back(desk: Desk) -> None:
    """Departments and roles are gone, what is unique stays taken, and the status stays."""
    desk.data("resign-user", {"userId": "ann", "userIdType": "external_id"})
    shown = desk.user("ann")
    assert (shown["status"], shown["workStatus"], shown["departmentIds"]) == (
        "Resigned", "Closed", [],
    )  # fmt: skip
    assert desk.data("list-role-members", code="r1")["totalCount"] == 1
    assert desk.refused("create-user", {"username": "ann"})[0] == 409
    body = {"userId": shown["userId"], "status": "Activated"}
    assert desk.refused("update-user", body)[0] == 422


def test_lists_have_pages_of_at_most_fifty(desk: Desk) -> None:
    """The total is over all pages; a page beyond the end is empty."""
    rows = [{"username": f"u{n}"} for n in range(49)]
    desk.data("create-users-batch", {"list": rows})
    assert len(desk.data("list-users")["list"]) == 10
    options = {"pagination": {"page": 2, "limit": 50}}
    page = desk.data("list-users", {"options": options})
    assert (page["totalCount"], len(page["list"])) == (51, 1)
    assert desk.data("list-users", page=3, limit=50)["list"] == []
    assert desk.refused("list-users", limit=51) == (400, "limit must less than 50")
    assert desk.refused("list-users", page=0) == (400, "参数 page 格式错误")
    assert desk.refused("list-users", status="Gone") == (400, "参数 status 格式错误")
    assert desk.refused("list-users", {"keywords": "x"})[0] == 501


def test_somebody_is_found_by_each_of_their_ids(desk: Desk) -> None:
    """get-user takes five kinds of ids, and is-user-exists four fields."""
    by = {"external_id": "ann", "email": "ANN@example.com", "username": "ann"}
    for kind, value in by.items():
        assert desk.data("get-user", userId=value, userIdType=kind)["name"] == "安"
    assert desk.refused("get-user", userId="ann") == (404, "用户不存在")
    assert desk.refused("get-user", userId="ann", userIdType="shoe")[0] == 400
    assert desk.data("is-user-exists", {"phone": "1"}) == {"exists": False}
    assert desk.refused("is-user-exists", {})[0] == 400
