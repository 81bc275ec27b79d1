"""Smaller rules of Casdoor that a client can stumble over."""

from __future__ import annotations

from typing import Any

from domain.records import DepartmentRecord, Roster
from tests.adapters.casdoor.casdoor_desk import ORG, PAIR, Desk, group, user

ANN = f"{ORG}/ann"


def change(desk: Desk, columns: str, **body: Any) -> Any:
    """Change columns of ann."""
    return desk.data("update-user", body, id=ANN, columns=columns)


def test_a_masked_password_is_no_change() -> None:
    """*** written back is not held against a rule; another password is."""
    desk = Desk(account_rules={"Password": "Immutable"})
    body = {"password": "***", "title": "x"}
    assert desk.data("update-user", body, id=ANN, columns="title,password") == "Affected"
    assert desk.refused("update-user", {"password": "x"}, id=ANN, columns="password") == (
        "The Password is immutable."
    )


def test_properties_that_are_not_mentioned_stay() -> None:
    """Two writes of one property each leave both."""
    desk = Desk()
    change(desk, "properties", properties={"a": "1"})
    change(desk, "properties", properties={"b": "2"})
    assert desk.user("ann")["properties"] == {"job_number": "1", "a": "1", "b": "2"}


def test_a_page_without_size_has_ten_and_says_that_all_have_children() -> None:
    """Size zero means ten; haveChildren is true for leaves as well."""
    desk = Desk()
    for number in range(9):
        desk.data("add-group", group(f"n{number}"))
    page = desk.reply("get-groups", owner=ORG, p=0, pageSize=0)
    assert (len(page["data"]), page["data2"]) == (10, 12)
    assert all(row["haveChildren"] for row in page["data"])


def test_lists_follow_writes() -> None:
    """What was listed before a change is listed anew after it."""
    desk = Desk()
    query = {"owner": ORG, "p": 1, "pageSize": 9, "sortField": "title", "sortOrder": "descend"}
    assert [row["title"] for row in desk.data("get-users", **query)] == ["主任", "", ""]
    desk.data("update-user", {"title": "龙"}, id=f"{ORG}/cai", columns="title")
    assert [row["title"] for row in desk.data("get-users", **query)] == ["龙", "主任", ""]


def test_a_number_may_carry_its_calling_code_without_a_plus() -> None:
    """86139… in China is 139…."""
    desk = Desk()
    desk.data("add-user", user("dai", phone="8613900000001", countryCode="CN"))
    assert desk.user("dai")["phone"] == "13900000001"


def test_the_same_digits_of_two_countries_are_two_numbers() -> None:
    """Uniqueness and look-up by +… take the country into account."""
    desk = Desk()
    desk.data("add-user", user("hong", phone="51234567", countryCode="HK"))
    desk.data("add-user", user("deng", phone="51234567", countryCode="DE"))
    assert desk.data("get-user", owner=ORG, phone="+4951234567")["name"] == "deng"
    assert desk.data("get-user", owner=ORG, phone="+85251234567")["name"] == "hong"


def test_an_access_key_of_a_user_is_not_known_here() -> None:
    """The third way to sign in is refused in Casdoor's words."""
    reply = Desk().http("GET", "/api/get-groups", params={"accessKey": "k", "accessSecret": "s"})
    assert reply.json()["msg"] == "Access key not found: k"


def test_a_rename_to_a_taken_name_is_the_databases_error() -> None:
    """A group's new name may be taken here, or elsewhere on the site."""
    desk = Desk()
    taken = "Error 1062 (23000): Duplicate entry "
    assert desk.refused("update-group", group("d-rd"), id=f"{ORG}/d-hr") == (
        f"{taken}'{ORG}-d-rd' for key 'group.PRIMARY'"
    )
    desk.data("add-group", group("d-x") | {"owner": "built-in"})
    assert desk.refused("update-group", group("d-x"), id=f"{ORG}/d-hr") == (
        f"{taken}'d-x' for key 'group.UQE_group_name'"
    )
    assert desk.group("d-hr") and desk.group("d-rd")
    roster = Roster(departments=(DepartmentRecord(id="d-x", name="x", parent_id=None),))
    said = desk.sim("PUT", "roster", roster, status=400)
    assert "organization built-in has a group of that name" in said["error"]


def test_a_new_roster_leaves_no_membership_behind() -> None:
    """A group of the same name in the next roster starts without users."""
    desk = Desk()
    roster = Roster(departments=(DepartmentRecord(id="d-rd", name="n", parent_id=None),))
    desk.sim("PUT", "roster", roster)
    assert desk.group("d-rd")["users"] == []
    assert desk.data("delete-group", group("d-rd")) == "Affected"


def test_secrets_are_masked_and_the_mask_changes_nothing() -> None:
    """A user's second factor is never shown; an organization's *** written back keeps the value."""
    desk = Desk()
    desk.data("add-user", user("dai", totpSecret="t", recoveryCodes=["c"]))
    assert (desk.user("dai")["totpSecret"], desk.user("dai")["recoveryCodes"]) == ("", None)
    desk.data("add-organization", {"owner": "admin", "name": "other", "masterPassword": "m"})
    shown = desk.data("get-organization", id="admin/other")
    assert (shown["masterPassword"], shown["mfaRememberInHours"]) == ("***", 12)
    written = {**shown, "defaultPassword": "***"}
    desk.data("update-organization", written, id="admin/other")
    again = desk.data("get-organization", id="admin/other")
    assert (again["masterPassword"], again["defaultPassword"]) == ("***", "")


def test_names_are_lowered_in_updates_too() -> None:
    """isUsernameLowered holds for a rename."""
    desk = Desk(lower_names=True)
    change(desk, "name", name="Anna")
    assert desk.user("anna")["email"] == "ann@example.com"


def test_membership_may_be_immutable() -> None:
    """The Groups item rules remove-user-from-group as well."""
    desk = Desk(account_rules={"Groups": "Immutable"})
    form = {"owner": ORG, "name": "ann", "groupName": "d-rd"}
    reply = desk.http("POST", "/api/remove-user-from-group", params=PAIR, data=form).json()
    assert reply["msg"] == "The Groups is immutable."


def test_chinese_is_answered_in_chinese() -> None:
    """A translated refusal follows Accept-Language; an untranslated one stays English."""
    desk = Desk()
    headers = {"Accept-Language": "zh-CN,zh;q=0.9"}

    def said(api: str, body: dict[str, Any]) -> str:
        reply = desk.http("POST", f"/api/{api}", params=PAIR, headers=headers, json=body)
        message: str = reply.json()["msg"]
        return message

    assert said("add-user", user("ann")) == "用户名已存在"
    assert said("add-user", user("x") | {"owner": "y"}) == "组织: y 不存在"
    assert said("delete-group", group("d-rd")) == "group has children group"
