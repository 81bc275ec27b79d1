"""Changing and deleting users (targets.md, A4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.casdoor.casdoor_desk import ORG, Desk, user

ANN = f"{ORG}/ann"


def columns(desk: Desk, names: str, name: str = "ann", **body: Any) -> Any:
    """Change the named columns of somebody."""
    return desk.data("update-user", body, id=f"{ORG}/{name}", columns=names)


def test_named_columns_are_written_and_nothing_else() -> None:
    """With columns, in either spelling, the body is laid over the user and only those written."""
    desk = Desk()
    before = desk.user("ann")
    assert columns(desk, "displayName,is_forbidden", displayName="新", isForbidden=True, title="x")
    after = desk.user("ann")
    changed = {name for name in after if after[name] != before[name]}
    assert changed - {"updatedTime"} == {"displayName", "isForbidden"}


def test_without_columns_what_is_absent_is_emptied() -> None:
    """The whole default list is written: title, email, phone and groups are gone."""
    desk = Desk()
    before = desk.user("ann")
    body = user("ann", id=before["id"])
    assert desk.data("update-user", body, id=ANN) == "Affected"
    after = desk.user("ann")
    assert (after["title"], after["email"], after["phone"], after["countryCode"]) == (
        "",
        "",
        "",
        "",
    )
    assert (after["groups"], after["properties"]) == ([], None)
    assert after["createdTime"] == before["createdTime"] and after["id"] == before["id"]
    assert desk.group("d-rd")["users"] == []


@pytest.mark.parametrize("names", ["", "id", "displayName"])
def test_an_id_is_immutable(names: str) -> None:
    """A body with another id is refused, whatever columns it names."""
    body = user("ann", id="other")
    assert Desk().refused("update-user", body, id=ANN, columns=names) == "The ID is immutable."


def test_without_columns_the_id_has_to_be_there() -> None:
    """A body without id and columns would empty the id, which is immutable."""
    assert Desk().refused("update-user", user("ann"), id=ANN) == "The ID is immutable."


def test_account_items_rule_the_administrator_too() -> None:
    """What the organization makes immutable, or has a pattern for, stays or fits."""
    desk = Desk(account_rules={"Title": "Immutable", "Bio": "Nonsense"})
    assert desk.refused("update-user", {"title": "x"}, id=ANN, columns="title") == (
        "The Title is immutable."
    )
    assert desk.refused("update-user", {"bio": "x"}, id=ANN, columns="bio") == (
        "Unknown modify rule Nonsense."
    )
    assert columns(desk, "affiliation", affiliation="x") == "Affected"
    organization = desk.data("get-organization", id=f"admin/{ORG}")
    for item in organization["accountItems"]:
        if item["name"] == "Location":
            item["regex"] = "^[a-z]+$"
    organization["accountItems"] = [i for i in organization["accountItems"] if i["name"] != "ID"]
    assert desk.data("update-organization", organization, id=f"admin/{ORG}") == "Affected"
    assert desk.refused("update-user", {"location": "X1"}, id=ANN, columns="location") == (
        'The value "X1" for account field "Location" doesn\'t match the account item regex'
    )
    assert columns(desk, "location", location="x") == "Affected"
    assert columns(desk, "id", id="other") == "Affected"
    assert desk.user("ann")["id"] == "other"


def test_an_empty_display_name_needs_leave() -> None:
    """allowEmpty lets a display name be emptied."""
    desk = Desk()
    query = {"id": ANN, "columns": "displayName"}
    body = {"displayName": ""}
    assert desk.refused("update-user", body, **query) == "Display name cannot be empty"
    assert desk.data("update-user", body, allowEmpty="1", **query) == "Affected"
    assert desk.user("ann")["displayName"] == ""


def test_properties_are_merged_key_by_key() -> None:
    """With columns a property that is not mentioned stays; an emptied one stays empty."""
    desk = Desk()
    columns(desk, "properties", properties={"a": "1", "job_number": None})
    assert desk.user("ann")["properties"] == {"job_number": "", "a": "1"}


def test_nothing_new_is_unaffected_within_a_second() -> None:
    """The time of the update is what changes, once a second."""
    desk = Desk()
    desk.sim("POST", "clock", {"advance": 60})
    first = [columns(desk, "title", title="x") for _ in range(20)]
    assert first[0] == "Affected" and "Unaffected" in first
    desk.sim("POST", "clock", {"advance": 60})
    assert columns(desk, "title", title="x") == "Affected"


def test_a_rename_takes_roles_and_memberships_along() -> None:
    """The body has the new name, the query the old id."""
    desk = Desk()
    assert desk.data("update-user", {"name": "anna"}, id=ANN, columns="name") == "Affected"
    assert desk.user("ann") is None and desk.user("anna")["email"] == "ann@example.com"
    assert desk.role("r1")["users"] == [f"{ORG}/anna", f"{ORG}/bob"]
    assert sorted(desk.group("d-50")["users"]) == [f"{ORG}/anna", f"{ORG}/bob"]


def test_somebody_unknown_is_an_error() -> None:
    """Unlike groups and roles, a user who is not there is refused."""
    desk = Desk()
    gone = f"The user: {ORG}/x doesn't exist"
    assert desk.refused("update-user", user("x"), id=f"{ORG}/x", columns="title") == gone
    by_id = {"owner": ORG, "userId": "x", "columns": "title"}
    assert desk.refused("update-user", user("x"), **by_id) == "The user: x doesn't exist"


def test_somebody_is_addressed_by_user_id() -> None:
    """userId with owner stands for the id."""
    desk = Desk()
    query = {"owner": ORG, "userId": desk.user("ann")["id"], "columns": "title"}
    assert desk.data("update-user", {"title": "x"}, **query) == "Affected"
    assert desk.user("ann")["title"] == "x"


def test_a_deleted_user_is_gone_but_roles_keep_naming_it() -> None:
    """A hard delete takes the user and the memberships, not the entries in roles."""
    desk = Desk()
    assert desk.data("delete-user", user("ann")) == "Affected"
    assert desk.user("ann") is None
    assert desk.group("d-rd")["users"] == []
    assert desk.role("r1")["users"] == [ANN, f"{ORG}/bob"]
    assert desk.data("delete-user", user("ann")) == "Unaffected"
    assert desk.data("add-user", user("dai", email="ann@example.com")) == "Affected"


def test_a_soft_deleted_user_stays_marked() -> None:
    """With enableSoftDeletion the user keeps name and email, and groups count it no more."""
    desk = Desk(soft_deletion=True)
    assert desk.data("delete-user", user("ann")) == "Affected"
    shown = desk.user("ann")
    assert shown["isDeleted"] and shown["deletedTime"] and shown["groups"]
    assert desk.group("d-rd")["users"] == []
    assert desk.refused("add-user", user("ann")) == "Username already exists"
    assert desk.refused("delete-user", user("x")) == f"the user: {ORG}/x is not found"
    assert "ann" not in {member["id"] for member in desk.sim("GET", "roster")["members"]}


def test_one_group_is_taken_from_a_user() -> None:
    """remove-user-from-group takes a form and answers whether the user was in it."""
    desk = Desk()
    pair = {"clientId": "casdoor-simulated-client", "clientSecret": "simulated-secret"}

    def remove(name: str, group: str) -> Any:
        form = {"owner": ORG, "name": name, "groupName": group}
        return desk.http("POST", "/api/remove-user-from-group", params=pair, data=form)

    assert remove("ann", "d-rd").json()["data"] is True
    assert remove("ann", "d-rd").json()["data"] is False
    assert desk.user("ann")["groups"] == [f"{ORG}/d-50"]
    assert desk.group("d-50")["users"] == [f"{ORG}/bob", ANN]
    assert remove("nobody", "d-rd").status_code == 500
