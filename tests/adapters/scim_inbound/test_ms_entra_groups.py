"""The calls of Microsoft Entra's provisioning service about groups (sources as for the users)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.scim_inbound.inbound_desk import GROUP, Desk

SALES: dict[str, Any] = {
    "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
    "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
    "displayName": "Sales",
    "meta": {"resourceType": "Group"},
}


def created(desk: Desk) -> str:
    answer = desk.ask("POST", "/Groups", SALES)
    assert answer.status_code == 201, answer.text
    uid: str = answer.json()["id"]
    return uid


def test_a_group_is_created_empty_with_a_schema_of_microsofts_own(desk: Desk) -> None:
    """The additional schema is tolerated; the group is a department."""
    uid = created(desk)
    department = desk.directory().departments[uid]
    assert (department.name, department.parent) == ("Sales", None)
    assert desk.get(f"/Groups/{uid}")["externalId"] == SALES["externalId"]


def test_a_group_is_looked_up_without_its_members(desk: Desk) -> None:
    """``excludedAttributes=members`` leaves them out, by id and by name."""
    uid = created(desk)
    desk.patch(f"/Groups/{uid}", add(desk.user("ann")))
    one = desk.get(f"/Groups/{uid}", excludedAttributes="members")
    found = desk.get("/Groups", excludedAttributes="members", filter='displayName eq "Sales"')
    assert "members" not in one
    assert [(group["id"], "members" in group) for group in found["Resources"]] == [(uid, False)]
    assert desk.get("/Groups", filter='displayName eq "Nobody"')["totalResults"] == 0


def add(*users: str) -> dict[str, Any]:
    members = [{"$ref": None, "value": user} for user in users]
    return {"op": "Add", "path": "members", "value": members}


def test_members_are_added_with_204_and_no_body(desk: Desk) -> None:
    """The answer to a group's PATCH is empty; adding again changes nothing."""
    uid, ann, bob = created(desk), desk.user("ann"), desk.user("bob")
    answer = desk.patch(f"/Groups/{uid}", add(ann, bob))
    assert (answer.status_code, answer.content) == (204, b"")
    directory = desk.directory()
    assert directory.members[ann].departments == directory.members[bob].departments == (uid,)
    before = len(desk.entries())
    assert desk.patch(f"/Groups/{uid}", add(ann)).status_code == 204
    assert len(desk.entries()) == before


@pytest.mark.parametrize("flag", [True, False])
def test_a_member_is_removed_in_the_old_form_and_in_the_new(desk: Desk, *, flag: bool) -> None:
    """``Remove`` with a value array, or with a filter in the path, removes that member only."""
    uid, ann, bob = created(desk), desk.user("ann"), desk.user("bob")
    desk.patch(f"/Groups/{uid}", add(ann, bob))
    old = {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": ann}]}
    new = {"op": "remove", "path": f'members[value eq "{ann}"]'}
    for _ in range(2):  # the second one removes nobody, and is well
        answer = desk.patch(f"/Groups/{uid}", new if flag else old)
        assert answer.status_code == 204, answer.text
    directory = desk.directory()
    assert directory.members[ann].departments == ()
    assert directory.members[bob].departments == (uid,)


def test_a_group_is_renamed(desk: Desk) -> None:
    """The department keeps its id and its people."""
    uid, ann = created(desk), desk.user("ann")
    desk.patch(f"/Groups/{uid}", add(ann))
    rename = {"op": "Replace", "path": "displayName", "value": "Sales & Marketing"}
    assert desk.patch(f"/Groups/{uid}", rename).status_code == 204
    directory = desk.directory()
    assert directory.departments[uid].name == "Sales & Marketing"
    assert directory.members[ann].departments == (uid,)


def test_whether_somebody_is_a_member_is_asked_with_a_filter(desk: Desk) -> None:
    """``id eq … and members[value eq …]`` finds the group or nothing."""
    uid, ann, bob = created(desk), desk.user("ann"), desk.user("bob")
    desk.patch(f"/Groups/{uid}", add(ann))
    for person, expected in ((ann, 1), (bob, 0)):
        query = f'id eq "{uid}" and members[value eq "{person}"]'
        found = desk.get("/Groups", excludedAttributes="members", filter=query)
        assert found["totalResults"] == expected


def test_a_second_group_of_the_same_name_is_refused(desk: Desk) -> None:
    """Without an own id, or with the same one, a repeated creation is a conflict."""
    created(desk)
    for again in (SALES, {"schemas": [GROUP], "displayName": "sales"}):
        answer = desk.ask("POST", "/Groups", again)
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")


def test_a_deleted_group_lets_its_people_go(desk: Desk) -> None:
    """Nobody leaves the organization with it, and it is not found any more."""
    uid, ann = created(desk), desk.user("ann")
    desk.patch(f"/Groups/{uid}", add(ann))
    assert desk.ask("DELETE", f"/Groups/{uid}").status_code == 204
    assert desk.ask("GET", f"/Groups/{uid}").status_code == 404
    directory = desk.directory()
    assert not directory.departments[uid].present
    assert directory.members[ann].present
    assert directory.members[ann].departments == ()
