"""The calls of Microsoft Entra's provisioning service about users.

Bodies as in "Tutorial: Develop and plan provisioning for a SCIM endpoint" and "Known issues and
resolutions with SCIM 2.0 protocol compliance" (MicrosoftDocs/entra-docs).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.directory import State
from tests.adapters.scim_inbound.inbound_desk import ENTERPRISE, PATCH, USER, Desk

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

ANN: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Test_User_00aa00aa",
    "active": True,
    "emails": [{"primary": True, "type": "work", "value": "Test_User_11bb@testuser.com"}],
    "meta": {"resourceType": "User"},
    "name": {
        "formatted": "givenName familyName",
        "familyName": "familyName",
        "givenName": "givenName",
    },
    "roles": [],
}


def created(desk: Desk) -> str:
    answer = desk.ask("POST", "/Users", ANN)
    assert answer.status_code == 201
    uid: str = answer.json()["id"]
    return uid


def test_the_connection_is_tested_with_somebody_who_does_not_exist(desk: Desk) -> None:
    """No match is an empty list with status 200, and nothing is recorded."""
    answer = desk.http.get("/Users", params={"filter": 'userName eq "non-existent user"'})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/scim+json"
    assert answer.json()["totalResults"] == 0
    assert answer.json().get("Resources", []) == []
    assert desk.ask("GET", "/Users/5171a35d82074e068ce2").status_code == 404
    assert desk.entries() == []


def test_a_user_is_created_and_given_back_as_it_was_sent(desk: Desk) -> None:
    """Every value comes back in the form in which it was sent; the answer has the id."""
    answer = desk.ask("POST", "/Users", ANN)
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == body["meta"]["location"]
    for key in ("externalId", "userName", "active", "emails", "name"):
        assert body[key] == ANN[key]
    assert desk.get(f"/Users/{body['id']}") == body
    member = desk.directory().members[body["id"]]
    assert (member.name, member.email) == ("givenName familyName", "Test_User_11bb@testuser.com")
    assert desk.facts() == ["OrganizationRegistered", "MemberCreated"]


@pytest.mark.parametrize(
    "query",
    [
        'userName eq "TEST_user_00AA00aa"',
        'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"',
        'emails[type eq "work"].value eq "Test_User_11bb@testuser.com"',
        'userName eq "Test_User_00aa00aa" and active eq true',
    ],
)
def test_a_user_is_found_by_what_entra_matches_on(desk: Desk, query: str) -> None:
    """userName (in any case), externalId and the work mail find the one user."""
    uid = created(desk)
    desk.user("another")
    found = desk.get("/Users", filter=query)
    assert [user["id"] for user in found["Resources"]] == [uid]


def test_values_are_replaced_with_operations_in_capitals(desk: Desk) -> None:
    """``Replace`` of a work mail, a name's part, the login and the number, as separate ones."""
    uid = created(desk)
    answer = desk.patch(
        f"/Users/{uid}",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "new@microsoft.com"},
        {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
        {"op": "Replace", "path": "userName", "value": "5b50642d@testuser.com"},
        {"op": "Replace", "path": f"{ENTERPRISE}:employeeNumber", "value": "Eqpj"},
        {"op": "Add", "path": "nickName", "value": "Babs"},
    )
    assert answer.status_code in (200, 204)
    user = desk.get(f"/Users/{uid}")
    assert user["emails"] == [{"primary": True, "type": "work", "value": "new@microsoft.com"}]
    assert user["name"]["familyName"] == "updatedFamilyName"
    assert user["userName"] == "5b50642d@testuser.com"
    assert user["nickName"] == "Babs"
    assert user[ENTERPRISE] == {"employeeNumber": "Eqpj"}
    member = desk.directory().members[uid]
    assert (member.email, member.job_number) == ("new@microsoft.com", "Eqpj")


def test_several_replacements_in_one_operation_with_dotted_keys(desk: Desk) -> None:
    """With ``aadOptscim062020`` the keys of one value are paths; filters stay on their own."""
    uid = created(desk)
    desk.patch(
        f"/Users/{uid}",
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "t@microsoft.com"},
        {
            "op": "replace",
            "value": {
                "displayName": "Bjfe",
                "name.givenName": "Kkom",
                "name.familyName": "Unua",
                f"{ENTERPRISE}:employeeNumber": "Aklq",
            },
        },
    )
    user = desk.get(f"/Users/{uid}")
    assert user["displayName"] == "Bjfe"
    assert (user["name"]["givenName"], user["name"]["familyName"]) == ("Kkom", "Unua")
    assert user[ENTERPRISE]["employeeNumber"] == "Aklq"
    assert user["emails"][0]["value"] == "t@microsoft.com"
    assert desk.directory().members[uid].name == "Bjfe"


@pytest.mark.parametrize(
    ("path", "value", "attribute", "expected"),
    [
        ('emails[type eq "other"].value', "o@x.com", "emails", {"type": "other"}),
        ('phoneNumbers[type eq "mobile"].value', "55555555555", "phoneNumbers", {"type": "mobile"}),
        ('addresses[type eq "work"].locality', "Hangzhou", "addresses", {"type": "work"}),
        ('roles[primary eq "True"].value', "Reader", "roles", {"primary": True}),
    ],
)
def test_a_filtered_path_makes_the_entry_that_it_describes(
    desk: Desk, path: str, value: str, attribute: str, expected: dict[str, Any]
) -> None:
    """Where no entry matches, Entra expects it to be added, and not ``noTarget``."""
    uid = created(desk)
    answer = desk.patch(f"/Users/{uid}", {"op": "Add", "path": path, "value": value})
    assert answer.status_code in (200, 204), answer.text
    entries = desk.get(f"/Users/{uid}")[attribute]
    made = [entry for entry in entries if value in entry.values()]
    assert len(made) == 1
    assert expected.items() <= made[0].items()


@pytest.mark.parametrize(("off", "on"), [("False", "True"), (False, True)])
def test_a_disabled_user_is_deactivated_and_still_found(desk: Desk, off: Any, on: Any) -> None:
    """``active`` comes as a text or as a boolean; only a deleted user is no longer found."""
    uid = created(desk)
    operation = {"op": "Replace", "path": "active", "value": off}
    assert desk.patch(f"/Users/{uid}", operation).status_code in (200, 204)
    assert desk.directory().members[uid].state is State.DEACTIVATED
    found = desk.get("/Users", filter=f'userName eq "{ANN["userName"]}"')
    assert [(user["id"], user["active"]) for user in found["Resources"]] == [(uid, False)]
    desk.patch(f"/Users/{uid}", {**operation, "value": on})
    assert desk.directory().members[uid].state is State.ACTIVE


def test_the_manager_is_set_in_each_form_that_entra_uses(desk: Desk) -> None:
    """A bare id, an object, and a list of one at the path without its URN mean the same."""
    boss, uid = desk.user("boss"), created(desk)
    other = desk.user("other")
    full = f"{ENTERPRISE}:manager"
    for path, value, expected in (
        (full, boss, boss),
        (full, {"value": other}, other),
        ("manager", [{"$ref": f"{desk.url}/Users/{boss}", "value": boss}], boss),
    ):
        answer = desk.patch(f"/Users/{uid}", {"op": "Add", "path": path, "value": value})
        assert answer.status_code in (200, 204), answer.text
        assert desk.get(f"/Users/{uid}")[ENTERPRISE]["manager"]["value"] == expected
        assert desk.directory().members[uid].manager == expected
    query = f'id eq "{uid}" and {full}.value eq "{boss}"'
    assert desk.get("/Users", filter=query)["totalResults"] == 1
    assert desk.patch(f"/Users/{uid}", {"op": "Remove", "path": full}).status_code in (200, 204)
    assert desk.directory().members[uid].manager is None


@pytest.mark.parametrize(
    "removal",
    [
        {"path": 'manager[value eq "{boss}"]'},
        {"path": ENTERPRISE + ':manager[value eq "{boss}"]'},
        {"path": f"{ENTERPRISE}:manager", "value": "{boss}"},
        {"path": "manager", "value": [{"$ref": None, "value": "{boss}"}]},
    ],
    ids=["filter", "filter with URN", "value", "list"],
)
def test_the_manager_is_removed_in_each_form_that_entra_uses(
    desk: Desk, removal: dict[str, Any]
) -> None:
    """The former manager may be named in the path or beside it (scim-patch, issue 453)."""
    boss, uid = desk.user("boss"), created(desk)
    desk.patch(f"/Users/{uid}", {"op": "Add", "path": "manager", "value": boss})
    assert desk.directory().members[uid].manager == boss
    operation = json.loads(json.dumps({"op": "Remove", **removal}).replace("{boss}", boss))
    answer = desk.patch(f"/Users/{uid}", operation)
    assert answer.status_code in (200, 204), answer.text
    assert desk.directory().members[uid].manager is None


def test_a_new_manager_is_not_removed_with_the_former_one(desk: Desk) -> None:
    """One PATCH that names the new manager and removes the old one leaves the new one."""
    boss, other, uid = desk.user("boss"), desk.user("other"), created(desk)
    desk.patch(f"/Users/{uid}", {"op": "Add", "path": "manager", "value": boss})
    answer = desk.patch(
        f"/Users/{uid}",
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": other},
        {"op": "Remove", "path": f'{ENTERPRISE}:manager[value eq "{boss}"]'},
    )
    assert answer.status_code in (200, 204), answer.text
    assert desk.directory().members[uid].manager == other


def test_whether_somebody_is_the_manager_is_asked_with_a_filter(desk: Desk) -> None:
    """``id eq … and manager eq …``, by GET and by POST, finds the user or nobody."""
    boss, uid = desk.user("boss"), created(desk)
    desk.patch(f"/Users/{uid}", {"op": "Add", "path": "manager", "value": boss})
    for name in ("manager", "Manager", f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value"):
        for person, expected in ((boss, 1), (uid, 0)):
            query = f'id eq "{uid}" and {name} eq "{person}"'
            assert desk.get("/Users", filter=query)["totalResults"] == expected, name
            found = desk.ask("POST", "/Users/.search", {"schemas": [SEARCH], "filter": query})
            assert found.json()["totalResults"] == expected, name
    assert desk.get("/Users", filter='displayName eq "a manager eq b"')["totalResults"] == 0


def test_the_enterprise_extension_is_replaced_as_a_whole(desk: Desk) -> None:
    """Its path is the URN alone, and its manager a bare id as elsewhere."""
    boss, uid = desk.user("boss"), created(desk)
    value = {"department": "Sales", "manager": boss}
    answer = desk.patch(f"/Users/{uid}", {"op": "Replace", "path": ENTERPRISE, "value": value})
    assert answer.status_code in (200, 204), answer.text
    assert desk.directory().members[uid].manager == boss


@pytest.mark.parametrize(
    ("path", "value", "left"),
    [
        ('emails[type eq "work"].value', "Test_User_11bb@testuser.com", "email"),
        ("title", "Engineer", "title"),
        (f"{ENTERPRISE}:employeeNumber", "7", "job_number"),
        ("emails", "Test_User_11bb@testuser.com", "email"),
    ],
)
def test_what_is_removed_is_named_twice(desk: Desk, path: str, value: str, left: str) -> None:
    """``Remove`` repeats the value beside its path (AzureAD/SCIMReferenceCode, PR 87)."""
    boss = desk.user("boss")
    uid = desk.user("ann", **{
        "title": "Engineer", "emails": ANN["emails"],
        ENTERPRISE: {"employeeNumber": "7", "manager": boss},
    })  # fmt: skip
    before = desk.directory().members[uid]
    answer = desk.patch(f"/Users/{uid}", {"op": "Remove", "path": path, "value": value})
    assert answer.status_code in (200, 204), answer.text
    member = desk.directory().members[uid]
    for field in ("email", "title", "job_number", "manager", "name"):
        expected = None if field == left else getattr(before, field)
        assert getattr(member, field) == expected, field


def test_a_deleted_user_has_left_and_is_not_found(desk: Desk) -> None:
    """DELETE is a resignation: the person is kept in the ledger, the service has it no more."""
    uid = created(desk)
    answer = desk.ask("DELETE", f"/Users/{uid}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert desk.ask("GET", f"/Users/{uid}").status_code == 404
    assert desk.get("/Users", filter=f'userName eq "{ANN["userName"]}"')["totalResults"] == 0
    assert desk.directory().members[uid].state is State.RESIGNED


def test_a_user_who_comes_back_is_the_same_person(desk: Desk) -> None:
    """The same externalId after a deletion is a rehire under the same id."""
    uid = created(desk)
    desk.ask("DELETE", f"/Users/{uid}")
    assert created(desk) == uid
    assert desk.facts()[-1] == "MemberRehired"


def test_a_user_sent_twice_is_refused_the_second_time(desk: Desk) -> None:
    """A repeated creation is a conflict that Entra resolves by looking up; nothing is appended."""
    created(desk)
    before = len(desk.facts())
    answer = desk.ask("POST", "/Users", {**ANN, "userName": ANN["userName"].upper()})
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert answer.json()["status"] == "409"
    assert len(desk.facts()) == before


def test_the_same_change_again_appends_nothing(desk: Desk) -> None:
    """Entra repeats what it is not sure of: that is no event and no new version."""
    uid = created(desk)
    body = {
        "schemas": [PATCH],
        "Operations": [{"op": "Replace", "path": "title", "value": "Director"}],
    }
    desk.ask("PATCH", f"/Users/{uid}", body)
    before, version = len(desk.entries()), desk.get(f"/Users/{uid}")["meta"]["version"]
    assert desk.ask("PATCH", f"/Users/{uid}", body).status_code in (200, 204)
    assert desk.get(f"/Users/{uid}")["meta"]["version"] == version
    assert len(desk.entries()) == before


def test_the_schemas_are_listed(desk: Desk) -> None:
    """Schema discovery is a list response without null values."""
    answer = desk.http.get("/Schemas")
    assert {schema["id"] for schema in answer.json()["Resources"]} >= {USER, ENTERPRISE}
    assert "null" not in answer.text
