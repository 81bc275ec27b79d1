"""Groups: names, parents, whole writes, deletion (targets.md, A3)."""

from __future__ import annotations

import pytest

from tests.adapters.casdoor.casdoor_desk import ORG, Desk, group, user

DUPLICATE = "Error 1062 (23000): Duplicate entry"


def test_a_group_is_shown_with_all_its_fields() -> None:
    """A group has its members' ids, and what it has no value for is empty, not absent."""
    shown = Desk().group("d-50")
    del shown["createdTime"], shown["updatedTime"]
    assert shown == {
        "owner": ORG,
        "name": "d-50",
        "displayName": "平台",
        "manager": f"{ORG}/ann",
        "contactEmail": "",
        "type": "Virtual",
        "parentId": "d-rd",
        "parentName": "",
        "isTopGroup": False,
        "users": [f"{ORG}/ann", f"{ORG}/bob"],
        "haveChildren": False,
        "isEnabled": True,
        "gidNumber": 0,
        "properties": {"leaders": "ann,bob"},
    }
    assert Desk().group("d-none") is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "group name can't be empty"),
        ("a/b", 'group name can\'t contain "/"'),
        (ORG, "group name can't be same as the organization name"),
        ("built-in", "group name can't be same as the organization name"),
        ("n" * 101, "Error 1406 (22001): Data too long for column 'name' at row 1"),
    ],
)
def test_a_name_that_cannot_be(name: str, message: str) -> None:
    """A group's name is not empty, has no slash, at most 100 characters, and is no organization."""
    desk = Desk()
    assert desk.refused("add-group", group(name)) == message
    assert desk.refused("update-group", group(name), id=f"{ORG}/d-hr") == message
    assert desk.data("add-group", group("n" * 100)) == "Affected"


def test_a_name_is_unique_in_its_organization_and_by_default_on_the_site() -> None:
    """The global index refuses a name that another organization has; it can be switched off."""
    desk = Desk()
    assert desk.refused("add-group", group("d-rd")) == (
        f"{DUPLICATE} '{ORG}-d-rd' for key 'group.PRIMARY'"
    )
    other = group("d-rd") | {"owner": "built-in"}
    assert desk.refused("add-group", other) == f"{DUPLICATE} 'd-rd' for key 'group.UQE_group_name'"
    desk.sim("POST", "settings", {"unique_group_names": False})
    assert desk.data("add-group", other) == "Affected"
    assert desk.data("get-group", id="built-in/d-rd")["name"] == "d-rd"


def test_neither_parents_nor_cycles_are_checked() -> None:
    """A group may hang below one that is not there, and below itself."""
    desk = Desk()
    assert desk.data("add-group", group("lost", "nowhere")) == "Affected"
    assert desk.data("update-group", group("d-rd", "d-50"), id=f"{ORG}/d-rd") == "Affected"
    assert desk.group("d-rd")["parentId"] == "d-50" and desk.group("d-50")["parentId"] == "d-rd"


def test_an_update_writes_every_column() -> None:
    """What an update-group body leaves out is emptied, ``columns`` or not."""
    desk = Desk()
    body = group("d-50", "d-rd", displayName="新")
    query = {"id": f"{ORG}/d-50", "columns": "displayName"}
    assert desk.data("update-group", body, **query) == "Affected"
    shown = desk.group("d-50")
    assert (shown["displayName"], shown["manager"], shown["type"]) == ("新", "", "")
    assert (shown["createdTime"], shown["properties"], shown["isEnabled"]) == ("", None, False)
    assert desk.data("update-group", body, **query) == "Unaffected"


def test_an_unknown_group_is_unaffected() -> None:
    """Updating or deleting what is not there is no error."""
    desk = Desk()
    assert desk.data("update-group", group("x"), id=f"{ORG}/x") == "Unaffected"
    assert desk.data("delete-group", group("x")) == "Unaffected"


def test_a_rename_takes_children_along_and_leaves_users_behind() -> None:
    """Children follow a rename; a user's ``owner/name`` entry keeps the old name (source)."""
    desk = Desk()
    desk.data("update-user", {"groups": ["d-rd", f"{ORG}/d-rd"]}, id=f"{ORG}/cai", columns="groups")
    assert desk.data("update-group", group("d-dev"), id=f"{ORG}/d-rd") == "Affected"
    assert desk.group("d-rd") is None
    assert desk.group("d-50")["parentId"] == "d-dev"
    assert desk.user("cai")["groups"] == ["d-dev", f"{ORG}/d-rd"]
    assert desk.group("d-dev")["users"] == []


def test_only_an_empty_group_is_deleted() -> None:
    """Children refuse first, then users; people who were deleted do not count."""
    desk = Desk()
    assert desk.refused("delete-group", group("d-rd")) == "group has children group"
    assert desk.refused("delete-group", group("d-50")) == "group has users"
    desk.data("update-user", {"groups": []}, id=f"{ORG}/ann", columns="groups")
    desk.data("delete-user", user("bob"))
    assert desk.data("delete-group", group("d-50")) == "Affected"
    assert desk.data("delete-group", group("d-rd")) == "Affected"
    assert [row["name"] for row in desk.data("get-groups", owner=ORG)] == ["d-hr"]


def test_pages_filter_sort_and_repeat_the_last_one() -> None:
    """A page has the total beside it; beyond the end comes the last page again."""
    desk = Desk()
    query = {"owner": ORG, "pageSize": 2, "sortField": "name", "sortOrder": "ascend"}
    first = desk.reply("get-groups", p=1, **query)
    assert [row["name"] for row in first["data"]] == ["d-50", "d-hr"]
    assert first["data2"] == 3 and first["data"][0]["parentName"] == "研发"
    assert [row["name"] for row in desk.data("get-groups", p=2, **query)] == ["d-rd"]
    assert [row["name"] for row in desk.data("get-groups", p=9, **query)] == ["d-rd"]
    found = desk.reply("get-groups", owner=ORG, p=1, pageSize=9, field="displayName", value="平")
    assert [row["name"] for row in found["data"]] == ["d-50"] and found["data2"] == 1
    wrong = desk.refused("get-groups", owner=ORG, p=1, pageSize=9, field="colour", value="x")
    assert wrong == "Error 1054 (42S22): Unknown column 'colour' in 'where clause'"


def test_the_tree_begins_at_the_organization() -> None:
    """With withTree, only what hangs below the organization's name is seen."""
    desk = Desk()
    desk.data("add-group", group("unseen", ""))
    tree = desk.data("get-groups", owner=ORG, withTree="true")
    shape = {node["key"]: [child["key"] for child in node.get("children", [])] for node in tree}
    assert shape == {"d-rd": ["d-50"], "d-hr": []}
    assert tree[0]["title"] == "研发" and "children" not in tree[1]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"name": 5},
            "json: cannot unmarshal number into Go struct field Group.name of type string",
        ),
        ([], "json: cannot unmarshal array into Go value of type object.Group"),
        (
            {"properties": {"a": 1}},
            "json: cannot unmarshal number into Go struct field Group.properties of type string",
        ),
        (
            {"isTopGroup": "true"},
            "json: cannot unmarshal string into Go struct field Group.isTopGroup of type bool",
        ),
    ],
)
def test_a_body_of_other_types_is_refused(body: object, message: str) -> None:
    """Types are Go's: a number is no text and a text is no boolean."""
    assert Desk().refused("add-group", body) == message
