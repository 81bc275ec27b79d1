"""Roles and organizations (targets.md, A5)."""

from __future__ import annotations

from tests.adapters.casdoor.casdoor_desk import ORG, Desk


def test_a_role_is_written_whole() -> None:
    """update-role replaces every list; what is left out is emptied."""
    desk = Desk()
    body = {"owner": ORG, "name": "r1", "displayName": "新", "users": [f"{ORG}/cai"]}
    assert desk.data("update-role", body, id=f"{ORG}/r1", columns="displayName") == "Affected"
    assert desk.data("update-role", body, id=f"{ORG}/r1") == "Unaffected"
    assert desk.role("r1") == {
        "owner": ORG,
        "name": "r1",
        "createdTime": "",
        "displayName": "新",
        "description": "",
        "users": [f"{ORG}/cai"],
        "groups": None,
        "roles": None,
        "domains": None,
        "isEnabled": False,
    }
    assert desk.data("update-role", body, id=f"{ORG}/none") == "Unaffected"


def test_roles_are_added_listed_and_deleted() -> None:
    """A second role of the name is the database's error; deleting twice is no error."""
    desk = Desk()
    body = {"owner": ORG, "name": "r3", "users": [f"{ORG}/nobody"], "isEnabled": True}
    assert desk.data("add-role", body) == "Affected"
    assert desk.refused("add-role", body) == (
        f"Error 1062 (23000): Duplicate entry '{ORG}-r3' for key 'role.PRIMARY'"
    )
    assert {row["name"] for row in desk.data("get-roles", owner=ORG)} == {"r1", "r2", "r3"}
    page = desk.reply("get-roles", owner=ORG, p=2, pageSize=2)
    assert (len(page["data"]), page["data2"]) == (1, 3)
    assert desk.data("delete-role", body) == "Affected"
    assert desk.data("delete-role", body) == "Unaffected"
    assert desk.role("r3") is None


def test_roles_are_held_through_groups_and_other_roles() -> None:
    """A user has the roles that name it, its groups, or a role that it has."""
    desk = Desk()
    desk.data("add-role", {"owner": ORG, "name": "g", "groups": [f"{ORG}/d-rd"]})
    desk.data("add-role", {"owner": ORG, "name": "above", "roles": [f"{ORG}/g", f"{ORG}/r1"]})
    assert {role["name"] for role in desk.user("ann")["roles"]} == {"r1", "g", "above"}
    assert {role["name"] for role in desk.user("cai")["roles"]} == set()


def test_a_renamed_role_is_renamed_in_other_roles() -> None:
    """References in ``roles`` follow the name."""
    desk = Desk()
    desk.data("add-role", {"owner": ORG, "name": "above", "roles": [f"{ORG}/r1"]})
    desk.data("update-role", {"owner": ORG, "name": "r9"}, id=f"{ORG}/r1")
    assert desk.role("above")["roles"] == [f"{ORG}/r9"] and desk.role("r1") is None


def test_organizations_are_added_changed_and_seen() -> None:
    """A new organization gets defaults; an update writes every column; no rename here."""
    desk = Desk(org_name="Feifan")
    shown = desk.data("get-organization", id=f"admin/{ORG}")
    assert shown["displayName"] == "Feifan" and shown["countryCodes"][0] == "US"
    rules = {item["name"]: item["modifyRule"] for item in shown["accountItems"]}
    assert (rules["ID"], rules["Groups"], rules["Title"]) == ("Immutable", "Admin", "Self")
    body = {"owner": "admin", "name": "other", "defaultPassword": "x"}
    assert desk.data("add-organization", body) == "Affected"
    added = desk.data("get-organization", id="admin/other")
    assert added["defaultPassword"] == "***" and len(added["accountItems"]) > 40
    listed = desk.data("get-organizations", owner="admin")
    assert {row["name"] for row in listed} == {"built-in", ORG, "other"}
    paged = desk.reply("get-organizations", owner="admin", p=1, pageSize=2)
    assert len(paged["data"]) == 2 and paged["data2"] == 3
    change = {**added, "displayName": "Other"}
    assert desk.data("update-organization", change, id="admin/other") == "Affected"
    assert desk.data("update-organization", change, id="admin/none") == "Unaffected"
    assert desk.data("get-organization", id="admin/none") is None
    renamed = {**added, "name": "another"}
    message = "the simulator does not rename organizations"
    assert desk.refused("update-organization", renamed, id="admin/other") == message
