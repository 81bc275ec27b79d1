"""The calls of Okta's SCIM client, as in "Okta and SCIM Version 2.0" (developer.okta.com)."""

from __future__ import annotations

from typing import Any

from domain.directory import State
from tests.adapters.scim_inbound.inbound_desk import GROUP, USER, Desk

TEST_USER: dict[str, Any] = {
    "schemas": [USER],
    "userName": "test.user@okta.local",
    "name": {"givenName": "Test", "familyName": "User"},
    "emails": [{"primary": True, "value": "test.user@okta.local", "type": "work"}],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}


def created(desk: Desk, **more: Any) -> str:
    answer = desk.ask("POST", "/Users", {**TEST_USER, **more})
    assert answer.status_code == 201, answer.text
    uid: str = answer.json()["id"]
    return uid


def test_the_connection_is_checked_with_the_first_two_users(desk: Desk) -> None:
    """``startIndex=1&count=2``: the numbers are integers, also of an empty service."""
    body = desk.get("/Users", startIndex=1, count=2)
    assert body["totalResults"] == 0
    assert (body["startIndex"], body["itemsPerPage"]) == (1, 0)


def test_a_user_is_looked_up_and_then_created(desk: Desk) -> None:
    """The answer is the whole user; the next look-up finds it; the second creation is a 409."""
    query = {"filter": 'userName eq "test.user@okta.local"', "startIndex": 1, "count": 100}
    assert desk.get("/Users", **query)["totalResults"] == 0
    answer = desk.ask("POST", "/Users", TEST_USER)
    assert answer.status_code == 201
    body = answer.json()
    for key in ("userName", "name", "emails", "displayName", "locale", "externalId", "active"):
        assert body[key] == TEST_USER[key]
    assert [user["id"] for user in desk.get("/Users", **query)["Resources"]] == [body["id"]]
    assert desk.ask("POST", "/Users", TEST_USER).status_code == 409


def test_a_password_is_never_kept(desk: Desk) -> None:
    """Okta sends one with every new user; neither the log nor an answer has it."""
    uid = created(desk)
    desk.patch(f"/Users/{uid}", {"op": "replace", "value": {"password": "another-1mz050nq"}})
    assert "1mz050nq" not in repr(desk.entries())
    assert "password" not in desk.get(f"/Users/{uid}")


def test_users_are_imported_page_by_page_in_one_order(desk: Desk) -> None:
    """Pages of any size show everybody once, also when somebody changes meanwhile."""
    uids = [desk.user(f"u{number}") for number in range(7)]
    seen: list[str] = []
    for start in (1, 4, 7):
        page = desk.get("/Users", startIndex=start, count=3)
        assert page["totalResults"] == 7
        seen += [user["id"] for user in page["Resources"]]
        desk.patch(f"/Users/{uids[0]}", {"op": "replace", "value": {"title": f"T{start}"}})
    assert seen == uids
    assert desk.get("/Users", startIndex=8, count=3).get("Resources", []) == []


def test_a_user_is_updated_by_put_of_what_was_read(desk: Desk) -> None:
    """Apps of the wizard read the user, change it, and put it back with id, meta and groups."""
    uid = created(desk)
    user = desk.get(f"/Users/{uid}")
    user["name"]["middleName"] = "Excited"
    user["displayName"] = "Test E. User"
    answer = desk.ask("PUT", f"/Users/{uid}", {**user, "groups": []})
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"]["middleName"] == "Excited"
    assert desk.directory().members[uid].name == "Test E. User"
    before = len(desk.entries())
    assert desk.ask("PUT", f"/Users/{uid}", {**user, "groups": []}).status_code == 200
    assert len(desk.entries()) == before


def test_put_does_not_take_somebody_out_of_their_groups(desk: Desk) -> None:
    """``groups`` of a user is read-only: memberships are told by the groups alone."""
    uid = created(desk)
    group = desk.group("Everyone", uid)
    desk.ask("PUT", f"/Users/{uid}", {**TEST_USER, "title": "Boss", "groups": []})
    assert desk.directory().members[uid].departments == (group,)


def test_a_user_is_deactivated_by_put_and_by_patch(desk: Desk) -> None:
    """Both ways of Okta's deactivation; the user is kept and can be activated again."""
    uid = created(desk)
    desk.ask("PUT", f"/Users/{uid}", {**TEST_USER, "active": False})
    assert desk.directory().members[uid].state is State.DEACTIVATED
    desk.patch(f"/Users/{uid}", {"op": "replace", "value": {"active": True}})
    assert desk.directory().members[uid].state is State.ACTIVE
    desk.patch(f"/Users/{uid}", {"op": "replace", "value": {"active": False}})
    assert desk.directory().members[uid].state is State.DEACTIVATED
    assert desk.get(f"/Users/{uid}")["active"] is False


def test_put_without_active_leaves_the_state(desk: Desk) -> None:
    """What is not said does not reactivate anybody (RFC 7644, section 3.5.1)."""
    uid = created(desk, active=False)
    body = {key: value for key, value in TEST_USER.items() if key != "active"}
    assert desk.ask("PUT", f"/Users/{uid}", body).status_code == 200
    assert desk.directory().members[uid].state is State.DEACTIVATED


def test_a_group_is_pushed_without_an_id_of_its_own(desk: Desk) -> None:
    """Group push sends a name only; pushing it again is a conflict."""
    body = {"schemas": [GROUP], "displayName": "Test SCIMv2", "members": []}
    answer = desk.ask("POST", "/Groups", body)
    assert answer.status_code == 201
    assert answer.json()["displayName"] == "Test SCIMv2"
    assert desk.ask("POST", "/Groups", body).status_code == 409


def test_a_group_is_renamed_with_its_id_in_the_value(desk: Desk) -> None:
    """The value of the PATCH repeats the read-only id; that is no change of it."""
    group = desk.group("Test SCIMv2")
    value = {"id": group, "displayName": "Test SCIMv20"}
    answer = desk.patch(f"/Groups/{group}", {"op": "replace", "value": value})
    assert answer.status_code in (200, 204), answer.text
    assert desk.directory().departments[group].name == "Test SCIMv20"


def test_memberships_are_removed_and_added_in_one_patch(desk: Desk) -> None:
    """As Okta sends them, with a display name beside the id."""
    ann, bob = desk.user("ann"), desk.user("bob")
    group = desk.group("Test SCIMv2", ann)
    members = [{"value": bob, "display": "test.user@okta.local"}]
    answer = desk.patch(
        f"/Groups/{group}",
        {"op": "remove", "path": f'members[value eq "{ann}"]'},
        {"op": "add", "path": "members", "value": members},
    )
    assert answer.status_code in (200, 204), answer.text
    assert [m["value"] for m in desk.get(f"/Groups/{group}")["members"]] == [bob]


def test_all_memberships_are_replaced(desk: Desk) -> None:
    """A full push of the membership, by PATCH and by PUT."""
    ann, bob, cyd = (desk.user(name) for name in ("ann", "bob", "cyd"))
    group = desk.group("Test SCIMv2", ann)
    both = [{"value": uid, "display": "x"} for uid in (bob, cyd)]
    desk.patch(f"/Groups/{group}", {"op": "replace", "path": "members", "value": both})
    assert {m["value"] for m in desk.get(f"/Groups/{group}")["members"]} == {bob, cyd}
    body = {"schemas": [GROUP], "displayName": "Test SCIMv2", "members": [{"value": ann}]}
    assert desk.ask("PUT", f"/Groups/{group}", body).status_code == 200
    assert desk.directory().members[ann].departments == (group,)
    assert desk.directory().members[cyd].departments == ()


def test_an_unlinked_group_is_deleted(desk: Desk) -> None:
    """The answer is empty, and so is the next look."""
    group = desk.group("Test SCIMv2")
    assert desk.ask("DELETE", f"/Groups/{group}").status_code == 204
    assert desk.ask("GET", f"/Groups/{group}").status_code == 404
