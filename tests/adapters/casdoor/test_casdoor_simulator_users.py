"""Reading and adding users (targets.md, A4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.casdoor.casdoor_desk import ORG, Desk, user


def names(rows: list[dict[str, Any]]) -> list[str]:
    """The names in a list."""
    return [row["name"] for row in rows]


def test_a_user_is_shown_with_roles_and_without_its_password() -> None:
    """get-user has every field, roles without their users, and never a password."""
    desk = Desk()
    desk.data("add-user", user("dai", password="secret", groups=[f"{ORG}/d-hr"]))
    shown = desk.user("ann")
    assert (shown["displayName"], shown["phone"], shown["countryCode"]) == (
        "安",
        "13800000001",
        "CN",
    )
    assert [(role["name"], role["users"]) for role in shown["roles"]] == [("r1", None)]
    assert shown["groups"] == [f"{ORG}/d-rd", f"{ORG}/d-50"] and shown["permissions"] == []
    assert shown["dingtalk"] == "" and shown["isForbidden"] is False and shown["address"] is None
    assert desk.user("dai")["password"] == "***" and shown["password"] == ""
    listed = {row["name"]: row for row in desk.data("get-users", owner=ORG)}
    assert listed["dai"]["password"] == "***" and listed["ann"]["roles"] is None
    assert b"secret" not in desk.http("GET", "/_sim/settings").content.replace(
        b"client_secret", b""
    )


@pytest.mark.parametrize(
    "query",
    [
        {"id": f"{ORG}/ann"},
        {"owner": ORG, "email": "ann@example.com"},
        {"email": "ann@example.com"},
        {"owner": ORG, "phone": "13800000001"},
        {"owner": ORG, "phone": "+86 138 0000 0001"},
        {"phone": "13800000001"},
    ],
)
def test_a_user_is_found_by_id_email_and_phone(query: dict[str, str]) -> None:
    """One user, by whichever key."""
    assert Desk().data("get-user", **query)["name"] == "ann"


def test_a_user_is_found_by_its_user_id() -> None:
    """userId with owner, or alone."""
    desk = Desk()
    user_id = desk.user("ann")["id"]
    assert desk.data("get-user", owner=ORG, userId=user_id)["name"] == "ann"
    assert desk.data("get-user", userId=user_id)["name"] == "ann"


@pytest.mark.parametrize(
    "query",
    [
        {"id": f"{ORG}/nobody"},
        {"owner": ORG, "email": "no@example.com"},
        {"owner": ORG, "phone": "13800000009"},
        {"owner": ORG, "phone": "+852 5123 4567"},
        {"owner": ORG, "userId": "x"},
        {},
    ],
)
def test_nobody_is_null(query: dict[str, str]) -> None:
    """A user who is not there is data null, not an error."""
    assert Desk().data("get-user", **query) is None


def test_lists_pages_groups_and_counts() -> None:
    """get-users in pages with the total, of one group, newest first; get-user-count."""
    desk = Desk()
    desk.sim("POST", "clock", {"advance": 5})
    desk.data("add-user", user("new"))
    assert names(desk.data("get-users", owner=ORG)) == ["new", "ann", "bob", "cai"]
    page = desk.reply("get-users", owner=ORG, p=2, pageSize=3)
    assert (names(page["data"]), page["data2"]) == (["cai"], 4)
    assert names(desk.data("get-users", owner=ORG, groupName="d-50")) == ["ann", "bob"]
    query = {"owner": ORG, "groupName": "d-50", "pageSize": 1}
    page = desk.reply("get-users", p=2, sortField="name", sortOrder="descend", **query)
    assert (names(page["data"]), page["data2"]) == (["ann"], 2)
    found = desk.reply("get-users", owner=ORG, p=1, pageSize=9, field="email", value="EXAMPLE")
    assert (names(found["data"]), found["data2"]) == (["ann"], 1)
    assert desk.data("get-user-count", owner=ORG) == 4
    assert desk.data("get-user-count", owner=ORG, isOnline="1") == 0


def test_a_page_size_that_is_no_number_crashes_the_call() -> None:
    """Casdoor panics there; the web framework answers HTTP 500."""
    desk = Desk()
    path = f"/api/get-users?owner={ORG}&p=1&pageSize=x"
    pair = "&clientId=casdoor-simulated-client&clientSecret=simulated-secret"
    assert desk.http("GET", path + pair).status_code == 500


@pytest.mark.parametrize("name", ["a", "A9", "a-b", "a.b_c", "x" * 255])
def test_names_that_can_be(name: str) -> None:
    """Letters, digits and single separators between them, up to 255."""
    assert Desk().data("add-user", user(name, displayName="n")) == "Affected"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Empty username."),
        ("x" * 256, "Username is too long"),
        *(
            (bad, "The username may only contain")
            for bad in ("a--b", "-a", "a.", "a@b", "安", "a b")
        ),
        ("ann", "Username already exists"),
    ],
)
def test_names_that_cannot_be(name: str, message: str) -> None:
    """A bad or taken name is refused, when adding and when renaming."""
    desk = Desk()
    assert desk.refused("add-user", user(name)).startswith(message)
    query = {"id": f"{ORG}/bob", "columns": "name"}
    assert desk.refused("update-user", {"name": name}, **query).startswith(message)


def test_an_email_can_be_a_name_where_the_organization_says_so() -> None:
    """useEmailAsUsername is the organization's own setting."""
    desk = Desk(email_as_username=True)
    assert desk.data("add-user", user("dai@example.com")) == "Affected"
    assert desk.refused("add-user", user("-")).startswith("Username supports email format.")


def test_an_organization_and_an_application_are_needed() -> None:
    """No user without the organization, nor in one that has no application."""
    desk = Desk()
    missing = user("dai") | {"owner": "nowhere"}
    assert desk.refused("add-user", missing) == "The organization: nowhere does not exist"
    desk.data("add-organization", {"owner": "admin", "name": "other"})
    elsewhere = user("dai") | {"owner": "other"}
    needed = "The organization: admin should have one application at least"
    assert desk.refused("add-user", elsewhere) == needed
    desk.sim("POST", "settings", {"has_application": False})
    assert desk.refused("add-user", user("dai")) == needed


def test_email_and_phone_are_unique_in_the_organization() -> None:
    """A second one is refused; the same phone of another country is another one."""
    desk = Desk()
    taken = user("dai", email="ann@example.com")
    assert desk.refused("add-user", taken) == "Email already exists"
    for phone in ("13800000001", "138-0000-0001", "+8613800000001"):
        row = user("dai", phone=phone, countryCode="CN")
        assert desk.refused("add-user", row) == "Phone already exists"
    by_update = {"phone": "13800000001", "countryCode": "CN"}
    query = {"id": f"{ORG}/bob", "columns": "phone,countryCode"}
    assert desk.refused("update-user", by_update, **query) == "Phone already exists"
    assert desk.refused("update-user", {"email": "ann@example.com"}, **query) == (
        "Email already exists"
    )
    elsewhere = user("ann", email="ann@example.com") | {"owner": "built-in"}
    assert desk.data("add-user", elsewhere) == "Affected"


@pytest.mark.parametrize(
    ("phone", "country", "stored"),
    [
        ("13900000001", "CN", ("13900000001", "CN")),
        ("+86 139 0000-0001", "", ("13900000001", "CN")),
        ("+852 5123 4567", "CN", ("51234567", "HK")),
        ("(212) 555-2368", "", ("2125552368", "US")),
        ("07400 123456", "GB", ("7400123456", "GB")),
    ],
)
def test_a_phone_is_stored_as_national_digits_and_country(
    phone: str, country: str, stored: tuple[str, str]
) -> None:
    """The country comes from the number, from countryCode, or is the organization's first."""
    desk = Desk()
    desk.data("add-user", user("dai", phone=phone, countryCode=country))
    shown = desk.user("dai")
    assert (shown["phone"], shown["countryCode"]) == stored


@pytest.mark.parametrize(("phone", "country"), [("13900000001", ""), ("123", "CN"), ("abc", "CN")])
def test_a_phone_that_is_none_in_its_country(phone: str, country: str) -> None:
    """A Chinese number without its country is measured by the organization's first, the US."""
    row = user("dai", phone=phone, countryCode=country)
    assert Desk().refused("add-user", row) == "Phone number is invalid"


def test_texts_have_to_fit_and_groups_need_not_exist() -> None:
    """A display name of 101 characters is the database's error; a missing group is none."""
    desk = Desk()
    long = user("dai", displayName="长" * 101)
    too_long = "Error 1406 (22001): Data too long for column 'display_name' at row 1"
    assert desk.refused("add-user", long) == too_long
    assert desk.user("dai") is None
    desk.data("add-user", user("dai", groups=[f"{ORG}/nowhere"], id="own-id"))
    assert desk.user("dai")["groups"] == [f"{ORG}/nowhere"]
    assert desk.user("dai")["id"] == "own-id"


def test_names_may_be_lowered() -> None:
    """isUsernameLowered stores the name in lower case."""
    desk = Desk(lower_names=True)
    desk.data("add-user", user("Dai"))
    assert desk.user("Dai") is None and desk.user("dai")["displayName"] == "DAI"
