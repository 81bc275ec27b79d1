"""Filter, pages, order, bulk and entity tags: what scim2-tester does not look at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.scim_inbound.inbound_desk import BULK, ENTERPRISE, GROUP, USER, Desk


@pytest.fixture
def people(desk: Desk) -> dict[str, str]:
    """Three users by login."""
    return {
        login: desk.user(login, **more)
        for login, more in {
            "ann": {"title": "Engineer", "name": {"familyName": "Zeta"}, "active": False},
            "bob": {"title": "Director", "name": {"familyName": "Alpha"}},
            "cyd": {
                "emails": [{"value": "c@home.test", "type": "home"}, {"value": "c@work.test"}],
                ENTERPRISE: {"costCenter": "4130", "employeeNumber": "7"},
            },
        }.items()
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('userName eq "ANN"', "ann"),
        ('userName ne "ann"', "bob cyd"),
        ('title co "rect"', "bob"),
        ('title sw "Eng"', "ann"),
        ('userName ew "d"', "cyd"),
        ("title pr", "ann bob"),
        ("not (title pr)", "cyd"),
        ("active eq true", "bob cyd"),
        ('userName gt "bob"', "cyd"),
        ('userName eq "ann" or userName eq "cyd"', "ann cyd"),
        ('userName eq "ann" and active eq true', ""),
        ('emails[type eq "home" and value co "home"]', "cyd"),
        (f'{ENTERPRISE}:costCenter eq "4130"', "cyd"),
        (f'{USER}:userName eq "bob"', "bob"),
        ('externalId eq "x-bob"', "bob"),
        ('externalId eq "X-BOB"', ""),
        ('meta.created gt "2020-01-01T00:00:00Z"', "ann bob cyd"),
        ('name.familyName eq "alpha"', "bob"),
    ],
)
def test_filters_find_exactly_what_they_say(
    desk: Desk, people: dict[str, str], query: str, expected: str
) -> None:
    """Every operator of RFC 7644, section 3.4.2.2, by GET and by POST to .search."""
    found = desk.get("/Users", filter=query)
    assert [user["userName"] for user in found.get("Resources", [])] == expected.split()
    assert found["totalResults"] == len(expected.split())
    schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]
    answer = desk.ask("POST", "/Users/.search", {"schemas": schemas, "filter": query})
    assert [user["userName"] for user in answer.json().get("Resources", [])] == expected.split()


@pytest.mark.parametrize("query", ["userName", "userName eq", 'nothing.at.all eq "x"', "((("])
def test_a_filter_that_is_none_is_refused(desk: Desk, query: str) -> None:
    """400 invalidFilter."""
    answer = desk.http.get("/Users", params={"filter": query})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


def test_lists_are_sorted(desk: Desk, people: dict[str, str]) -> None:
    """By any attribute, both ways; those without a value come last when ascending."""

    def order(**query: str) -> list[str]:
        return [user["userName"] for user in desk.get("/Users", **query)["Resources"]]

    assert order() == ["ann", "bob", "cyd"]
    assert order(sortBy="name.familyName") == ["bob", "ann", "cyd"]
    assert order(sortBy="userName", sortOrder="descending") == ["cyd", "bob", "ann"]
    assert order(sortBy="title", count="1") == ["bob"]


def test_answers_have_the_attributes_that_are_asked_for(desk: Desk, people: dict[str, str]) -> None:
    """``attributes`` and ``excludedAttributes``; the id is always there."""
    uid = people["ann"]
    assert desk.get(f"/Users/{uid}", attributes="userName").keys() == {"schemas", "id", "userName"}
    assert "title" not in desk.get(f"/Users/{uid}", excludedAttributes="title")
    group = desk.group("Team", uid)
    assert "members" in desk.get(f"/Groups/{group}", attributes="members.value")
    assert "members" not in desk.get(f"/Groups/{group}", attributes="displayName")


@pytest.mark.parametrize("around", [-1, 0, 1])
def test_pages_end_where_the_list_ends(desk: Desk, around: int) -> None:
    """One fewer, exactly as many, and one more than a page."""
    for number in range(3 + around):
        desk.user(f"u{number}")
    first, second = desk.get("/Users", count=3), desk.get("/Users", startIndex=4, count=3)
    assert (first["totalResults"], first["itemsPerPage"]) == (3 + around, min(3, 3 + around))
    assert len(second.get("Resources", [])) == max(0, around)
    assert desk.get("/Users", count=0)["totalResults"] == 3 + around


def test_users_and_groups_are_searched_together(desk: Desk) -> None:
    """At the root both kinds are one list (RFC 7644, section 3.4.2.1)."""
    ann, team = desk.user("ann"), desk.group("Team")
    found = desk.get("/", filter='id eq "x" or meta.resourceType pr')["Resources"]
    assert [resource["id"] for resource in found] == [ann, team]


def test_bulk_makes_an_organization_in_one_call(desk: Desk) -> None:
    """References between the operations are resolved, also forward ones."""
    operations: list[dict[str, Any]] = [
        {
            "method": "POST", "path": "/Groups", "bulkId": "g",
            "data": {"schemas": [GROUP], "displayName": "Team",
                     "members": [{"value": "bulkId:a"}, {"value": "bulkId:b"}]},
        },
        {"method": "POST", "path": "/Users", "bulkId": "a",
         "data": {"schemas": [USER], "userName": "ann"}},
        {"method": "POST", "path": "/Users", "bulkId": "b",
         "data": {"schemas": [USER, ENTERPRISE], "userName": "bob",
                  ENTERPRISE: {"manager": {"value": "bulkId:a"}}}},
    ]  # fmt: skip
    answer = desk.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
    assert answer.status_code == 200
    results = {result["bulkId"]: result for result in answer.json()["Operations"]}
    assert {result["status"] for result in results.values()} == {"201"}
    ids = {key: result["location"].rpartition("/")[2] for key, result in results.items()}
    directory = desk.directory()
    assert directory.members[ids["b"]].manager == ids["a"]
    assert directory.members[ids["a"]].departments == (ids["g"],)


def test_one_bad_operation_of_a_bulk_is_refused_alone(desk: Desk) -> None:
    """The others are done; with failOnErrors those after it are not."""
    user = {"schemas": [USER], "userName": "ann"}
    twice = {"method": "POST", "path": "/Users", "data": user}
    other = {**twice, "data": {**user, "userName": "bob"}}
    operations = [{**o, "bulkId": str(n)} for n, o in enumerate((twice, twice, other))]
    body = {"schemas": [BULK], "Operations": operations}
    answer = desk.ask("POST", "/Bulk", body).json()
    assert [result["status"] for result in answer["Operations"]] == ["201", "409", "201"]
    again = desk.ask("POST", "/Bulk", {**body, "failOnErrors": 1}).json()
    assert [result["status"] for result in again["Operations"]] == ["409"]
    assert len(desk.directory().members) == 2


def test_a_bulk_that_is_too_long_is_refused(desk: Desk) -> None:
    """More operations than announced are 413, and none is done."""
    operations = [{"method": "DELETE", "path": f"/Users/{n}"} for n in range(1001)]
    answer = desk.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
    assert answer.status_code == 413


def test_what_has_not_changed_is_not_sent_again(desk: Desk) -> None:
    """If-None-Match with the entity tag is 304; after a change it is 200."""
    uid = desk.user("ann")
    tag = desk.ask("GET", f"/Users/{uid}").headers["etag"]
    same = desk.ask("GET", f"/Users/{uid}", headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    desk.patch(f"/Users/{uid}", {"op": "add", "path": "title", "value": "Boss"})
    changed = desk.ask("GET", f"/Users/{uid}", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["etag"] != tag) == (200, True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_to_what_was_changed_meanwhile_is_refused(desk: Desk, method: str) -> None:
    """If-Match with an old entity tag is 412 and does nothing; with the present one it is done."""
    uid = desk.user("ann")
    old = desk.get(f"/Users/{uid}")["meta"]["version"]
    desk.patch(f"/Users/{uid}", {"op": "add", "path": "title", "value": "Boss"})
    bodies: dict[str, Any] = {
        "PUT": {"schemas": [USER], "userName": "ann"},
        "PATCH": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "remove", "path": "title"}],
        },
        "DELETE": None,
    }
    before = len(desk.entries())
    refused = desk.ask(method, f"/Users/{uid}", bodies[method], headers={"If-Match": old})
    assert refused.status_code == 412
    assert len(desk.entries()) == before
    now = desk.get(f"/Users/{uid}")["meta"]["version"]
    done = desk.ask(method, f"/Users/{uid}", bodies[method], headers={"If-Match": now})
    assert done.status_code in (200, 204)
    assert len(desk.entries()) > before


def test_a_groups_entity_tag_changes_with_its_members(desk: Desk) -> None:
    """Somebody who joins, leaves or resigns changes the group as others see it."""
    ann = desk.user("ann")
    group, other = desk.group("Team"), desk.group("Other")

    def tag() -> str:
        version: str = desk.get(f"/Groups/{group}")["meta"]["version"]
        return version

    tags = [tag()]
    joining = {"op": "add", "path": "members", "value": [{"value": ann}, {"value": other}]}
    desk.patch(f"/Groups/{group}", joining)
    tags.append(tag())
    desk.ask("DELETE", f"/Users/{ann}")
    tags.append(tag())
    desk.ask("DELETE", f"/Groups/{other}")
    tags.append(tag())
    assert len(set(tags)) == 4
