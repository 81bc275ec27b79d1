"""A sceptical engineer's questions: what is odd, wrong, or only just right."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from adapters.scim_inbound.app import Door
from adapters.scim_inbound.settings import ScimInboundSettings
from domain.errors import ConfigError
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import (
    BULK,
    ENTERPRISE,
    GROUP,
    PATCH,
    TOKEN,
    USER,
    Desk,
)

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@pytest.fixture
def ann(desk: Desk) -> str:
    return desk.user("ann", title="Engineer", name={"familyName": "Zeta"})


def told(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("scimType")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('USERNAME EQ "ANN" AND Title Sw "eng"', 1),
        ('NOT (username eq "x") or TITLE pr', 1),
        (f'{USER}:UserName eq "ann"', 1),
        ('active eq "True"', 1),
        ("userName eq null", 0),
        ('userName eq "a\\"b"', 0),
        ("(" * 300 + 'userName eq "ann"' + ")" * 300, 1),
        (" or ".join(['userName eq "x"'] * 500), 0),
        ('password eq "1mz050nq"', 0),
    ],
)
def test_names_and_operators_have_any_case(desk: Desk, ann: str, query: str, found: int) -> None:
    """RFC 7643, section 2.1, and RFC 7644, section 3.4.2.2; deep and long filters as well."""
    assert desk.get("/Users", filter=query)["totalResults"] == found


@pytest.mark.parametrize(
    "query",
    ['userName eq "a', "userName eq ann", "userName eq 'ann'", 'emails[type eq "work"', "", "((",
     'userName eq "ann" and', 'colour eq "x"', 'urn:x:userName eq "x"', 'meta.created gt "soon"'],
)  # fmt: skip
def test_a_malformed_filter_is_told_as_one(desk: Desk, ann: str, query: str) -> None:
    """400 invalidFilter by GET and by POST, and nothing is searched."""
    assert told(desk.http.get("/Users", params={"filter": query})) == (400, "invalidFilter")
    body = {"schemas": [SEARCH], "filter": query}
    assert desk.ask("POST", "/Users/.search", body).status_code == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"startIndex": 0}, (1, 3)),
        ({"startIndex": -5, "count": 1}, (1, 1)),
        ({"startIndex": 3, "count": 50}, (3, 1)),
        ({"startIndex": 99}, (99, 0)),
        ({"count": 0}, (1, 0)),
        ({"count": -1}, (1, 0)),
        ({"count": 100_000}, (1, 3)),
    ],
)
def test_pages_beyond_the_list_are_empty(
    desk: Desk, query: dict[str, int], expected: tuple[int, int]
) -> None:
    """RFC 7644, section 3.4.2.4: an index below 1 is 1, a count below 0 is 0; the total is told."""
    for login in ("ann", "bob", "cyd"):
        desk.user(login)
    found = desk.get("/Users", **query)
    assert (found["startIndex"], len(found.get("Resources", []))) == expected
    assert (found["totalResults"], found["itemsPerPage"]) == (3, expected[1])


def test_attributes_of_any_case_and_unknown_ones(desk: Desk, ann: str) -> None:
    """Names have any case, and blanks around them; what there is not, is not given."""
    always = {"schemas", "id"}
    for asked, got in (
        ("USERNAME", {"userName"}),
        (" userName , title ", {"userName", "title"}),
        ("name.familyname", {"name"}),
        (f"{USER}:title", {"title"}),
        ("colour", set()),
    ):
        assert desk.get(f"/Users/{ann}", attributes=asked).keys() == always | got
    assert "id" in desk.get(f"/Users/{ann}", excludedAttributes="id,TITLE")
    assert "title" not in desk.get(f"/Users/{ann}", excludedAttributes="id,TITLE")
    both = {"attributes": "title", "excludedAttributes": "id"}
    assert told(desk.http.get("/Users", params=both)) == (400, "invalidValue")


def test_what_cannot_be_sorted_by_is_refused(desk: Desk, ann: str) -> None:
    """An attribute that there is not is 400, and not an arbitrary order."""
    for query in ({"sortBy": "colour"}, {"sortBy": "userName", "sortOrder": "sideways"}):
        assert desk.http.get("/Users", params=query).status_code == 400


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "Bogus", "path": "title", "value": "x"}, (400, "invalidValue")),
        ({"op": "add", "path": "name.familyName.more.deep", "value": "x"}, (400, "invalidPath")),
        ({"op": "add", "path": "a." * 5000, "value": "x"}, (400, "invalidPath")),
        ({"op": "replace", "path": "id", "value": "x"}, (400, "mutability")),
        ({"op": "replace", "path": "groups", "value": []}, (400, "mutability")),
        ({"op": "replace", "path": "meta.created", "value": "x"}, (400, "mutability")),
        ({"op": "remove", "path": "userName"}, (400, "mutability")),
        ({"op": "replace", "path": "userName", "value": " "}, (400, "invalidValue")),
        ({"op": "replace", "path": "userName", "value": "BOB"}, (409, "uniqueness")),
        ({"op": "remove"}, (400, "noTarget")),
        ({"op": "replace", "path": "active", "value": "perhaps"}, (400, "invalidValue")),
        ({"op": "replace", "path": "name", "value": "Ann Weber"}, (400, "invalidValue")),
    ],
)
def test_a_patch_that_cannot_be_is_refused(
    desk: Desk, ann: str, operation: dict[str, Any], expected: tuple[int, str]
) -> None:
    """With the kind of mistake, in one line that repeats no value; nothing is recorded of it."""
    desk.user("bob")
    before = desk.facts()
    answer = desk.patch(f"/Users/{ann}", operation)
    assert told(answer) == expected
    detail = answer.json()["detail"]
    assert "\n" not in detail
    assert "Weber" not in detail
    assert desk.facts() == before


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "favouriteColour", "value": "red"},
        {"op": "add", "value": {"favouriteColour": "red"}},
        {"op": "add", "path": "urn:acme:2.0:User:tag", "value": "x"},
        {"op": "Remove", "path": 'emails[type eq "work"].value'},
        {"op": "Remove", "path": 'emails[type eq "work"]'},
        {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": ""},
        {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": None},
        {"op": "remove", "path": f"{ENTERPRISE}:manager"},
    ],
)
def test_what_is_unknown_or_absent_is_passed_over(
    desk: Desk, ann: str, operation: dict[str, Any]
) -> None:
    """Attributes of others, and the removal of what is not there, are no mistakes and no events."""
    before = desk.facts()
    assert desk.patch(f"/Users/{ann}", operation).status_code == 204
    assert desk.facts() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_manager_comes_with_a_name(desk: Desk, method: str) -> None:
    """The read-only name beside the id is passed over, and a name alone says who nobody is."""
    boss, uid = desk.user("boss"), desk.user("carl")
    for manager, expected in (
        ({"value": boss, "displayName": "Boss"}, boss),
        ({"displayName": "Boss"}, None),
        ({"$ref": f"{desk.url}/Users/{boss}"}, boss),
    ):
        extension = {ENTERPRISE: {"manager": manager}}
        body: dict[str, Any] = {"schemas": [USER, ENTERPRISE], "userName": "carl", **extension}
        if method == "PATCH":
            body = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": extension}]}
        answer = desk.ask(method, f"/Users/{uid}", body)
        assert answer.status_code in (200, 204), answer.text
        assert desk.directory().members[uid].manager == expected


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        ({"op": "Remove", "path": 'Members[Value EQ "{0}"]'}, "1"),
        ({"op": "remove", "path": 'members[value eq "{0}" or value eq "{1}"]'}, ""),
        ({"op": "remove", "path": 'members[value eq "nobody"]'}, "01"),
        ({"op": "Remove", "path": "members", "value": [{"value": "{1}", "display": "x"}]}, "0"),
        ({"op": "remove", "path": "members", "value": []}, "01"),
        ({"op": "remove", "path": "members", "value": {"value": "{0}"}}, "1"),
        ({"op": "remove", "path": "members", "value": "{0}"}, "1"),
        ({"op": "remove", "path": f"{GROUP}:members", "value": ["{0}"]}, "1"),
        ({"op": "remove", "path": "members"}, ""),
        ({"op": "Replace", "path": "members", "value": []}, ""),
        ({"op": "Replace", "value": {"members": [{"value": "{1}"}]}}, "1"),
        ({"op": "Add", "value": {"members": {"value": "{1}"}}}, "01"),
    ],
)
def test_members_are_removed_in_every_form(
    desk: Desk, operation: dict[str, Any], left: str
) -> None:
    """Exactly those who are named go; all of them only where nobody is named."""
    uids = [desk.user("ann"), desk.user("bob")]
    group = desk.group("Team", *uids)

    def named(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: named(value) for key, value in part.items()}
        if isinstance(part, list):
            return [named(value) for value in part]
        return part.replace("{0}", uids[0]).replace("{1}", uids[1])

    assert desk.patch(f"/Groups/{group}", named(operation)).status_code == 204
    found = {member["value"] for member in desk.get(f"/Groups/{group}").get("members", [])}
    assert found == {uids[int(number)] for number in left}


@pytest.mark.parametrize(
    ("media", "status"),
    [("application/json", 201), ("application/scim+json; charset=utf-8", 201), ("", 201),
     ("text/plain", 415), ("application/xml", 415)],
)  # fmt: skip
def test_bodies_are_json(desk: Desk, media: str, status: int) -> None:
    """``application/json`` as well as ``application/scim+json``; anything else is 415."""
    body = {"schemas": [USER], "userName": "ann"}
    answer = desk.ask("POST", "/Users", body, headers={"Content-Type": media})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/scim+json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/Users", "GET, POST"),
        ("DELETE", "/Groups", "GET, POST"),
        ("OPTIONS", "/Users", "GET, POST"),
        ("POST", "/Users/x", "DELETE, GET, PATCH, PUT"),
        ("GET", "/Bulk", "POST"),
        ("POST", "/Schemas", "GET"),
    ],
)
def test_a_wrong_method_is_405_with_the_right_ones(
    desk: Desk, method: str, path: str, allowed: str
) -> None:
    """RFC 9110, section 15.5.6; it is no change, so no run begins."""
    answer = desk.ask(method, path, {} if method in ("PUT", "POST") else None)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert desk.entries() == []


def test_head_is_a_get_without_its_body(desk: Desk, ann: str) -> None:
    """RFC 9110, section 9.3.2: the same status and entity tag."""
    for path in (f"/Users/{ann}", "/Users", "/ServiceProviderConfig"):
        head, get = desk.ask("HEAD", path), desk.ask("GET", path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers.get("etag") == get.headers.get("etag")
        assert head.headers["content-type"] == get.headers["content-type"]
    assert desk.ask("HEAD", "/Users/nobody").status_code == 404


def test_a_user_is_at_most_one_event_large(desk: Desk, ann: str) -> None:
    """A megabyte in a user is refused; a large group is many small events and is taken."""
    body = {"schemas": [USER], "userName": "bob", "nickName": "x" * 1024 * 1024}
    assert told(desk.ask("POST", "/Users", body)) == (400, "invalidValue")
    operation = {"op": "add", "path": "nickName", "value": body["nickName"]}
    assert told(desk.patch(f"/Users/{ann}", operation)) == (400, "invalidValue")
    photo = {"op": "add", "path": "nickName", "value": "x" * 100_000}
    assert desk.patch(f"/Users/{ann}", photo).status_code == 204
    members = [{"value": ann, "display": "x" * 100} for _ in range(10_000)]
    group = {"schemas": [GROUP], "displayName": "Large", "members": members}
    assert desk.ask("POST", "/Groups", group).status_code == 201


def test_everything_is_searched_by_post_at_the_root(desk: Desk, ann: str) -> None:
    """``/.search`` finds users and groups, with pages and attributes."""
    group = desk.group("Team", ann)
    body = {"schemas": [SEARCH], "filter": "id pr", "count": 1, "startIndex": 2,
            "attributes": ["id"]}  # fmt: skip
    found = desk.ask("POST", "/.search", body).json()
    assert (found["totalResults"], [one["id"] for one in found["Resources"]]) == (2, [group])


def test_what_is_read_only_in_a_put_is_passed_over(desk: Desk, ann: str) -> None:
    """Another id, meta or groups in the body change nothing (RFC 7644, section 3.5.1)."""
    body = {"schemas": [USER], "id": "other", "userName": "ann", "meta": {"created": "2001-01-01"},
            "groups": [{"value": "x"}]}  # fmt: skip
    answer = desk.ask("PUT", f"/Users/{ann}", body)
    assert (answer.status_code, answer.json()["id"]) == (200, ann)
    assert not answer.json()["meta"]["created"].startswith("2001")


@pytest.mark.parametrize(
    ("operations", "statuses"),
    [
        ([("POST", "/Groups", "g", {"displayName": "G", "members": [{"value": "bulkId:zz"}]})],
         ["409"]),
        ([("POST", "/Groups", "1", {"displayName": "1", "members": [{"value": "bulkId:2"}]}),
          ("POST", "/Groups", "2", {"displayName": "2", "members": [{"value": "bulkId:1"}]})],
         ["409", "409"]),
        ([("POST", "/Users", "", {"userName": "bob"})], ["400"]),
        ([("POST", "/Users", "a", {"userName": "a"}), ("POST", "/Users", "a", {"userName": "b"})],
         ["201", "400"]),
        ([("GET", "/Users", "", None)], ["400"]),
        ([("POST", "/Bulk", "b", {})], ["400"]),
        ([("POST", "/Users", "a", {"userName": "a"}),
          ("PUT", "/Users/bulkId:a", "", {"userName": "b"})], ["201", "200"]),
        ([("DELETE", "/Users/nobody", "", None)], ["404"]),
    ],
)  # fmt: skip
def test_operations_of_a_bulk_fail_alone(
    desk: Desk, operations: list[tuple[str, str, str, Any]], statuses: list[str]
) -> None:
    """References to nothing, in a circle, twice the same: each with its own status."""
    body = [
        {
            "method": method,
            "path": path,
            **({"bulkId": name} if name else {}),
            **(
                {"data": {"schemas": [GROUP if "Groups" in path else USER], **data}} if data else {}
            ),
        }
        for method, path, name, data in operations
    ]
    answer = desk.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": body})
    assert answer.status_code == 200
    assert [one["status"] for one in answer.json()["Operations"]] == statuses


def test_an_entity_tag_of_any_or_of_several(desk: Desk, ann: str) -> None:
    """``*`` is whatever there is, a list is any of them, and what is none holds for nothing."""
    body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "title", "value": "x"}]}
    tag = desk.get(f"/Users/{ann}")["meta"]["version"]
    for given, status in (("garbage", 412), (f'W/"99", {tag}', 204), ("*", 204), ('W/"1"', 412)):
        answer = desk.ask("PATCH", f"/Users/{ann}", body, headers={"If-Match": given})
        assert answer.status_code == status


def test_addresses_are_those_of_the_proxy(desk: Desk, ann: str) -> None:
    """A proxy on this machine passes the host and the scheme on; references follow."""
    headers = {"Host": "ids.example.com", "X-Forwarded-Proto": "https"}
    desk.group("Team", ann)
    answer = desk.ask("GET", f"/Users/{ann}", headers=headers)
    location = f"https://ids.example.com/scim/idp/v2/Users/{ann}"
    assert answer.json()["meta"]["location"] == location
    assert answer.json()["groups"][0]["$ref"].startswith("https://ids.example.com/scim/idp/v2/")


def test_addresses_are_those_of_the_configuration(ledger: Ledger, tmp_path: Any) -> None:
    """With ``public_url`` no header of anybody's changes them."""
    with Desk(ledger, tmp_path, public_url="https://ids.example.com/hr/").open() as desk:
        body = {"schemas": [USER], "userName": "ann"}
        answer = desk.ask("POST", "/Users", body, headers={"Host": "evil.test"})
        location = f"https://ids.example.com/hr/scim/idp/v2/Users/{answer.json()['id']}"
        assert answer.headers["location"] == answer.json()["meta"]["location"] == location
        config = desk.get("/ServiceProviderConfig")["meta"]["location"]
        assert config == "https://ids.example.com/hr/scim/idp/v2/ServiceProviderConfig"


@pytest.mark.parametrize("url", ["ids.example.com", "ftp://x", "https://", "https://x/?a=b"])
def test_a_public_address_that_is_none_is_refused(url: str) -> None:
    """The sentence shows what one looks like."""
    with pytest.raises(ConfigError, match=r"https://ids\.example\.com"):
        ScimInboundSettings(token=TOKEN, public_url=url)


def test_check_says_whether_the_service_is_reached(desk: Desk) -> None:
    """By what anybody may ask for: it answers, something else does, or nothing does."""
    root = desk.url.removesuffix("/scim/idp/v2")
    for url, level, said in (
        (root, "ok", "answers"),
        (f"{root}/elsewhere", "warning", "answers 404"),
        ("http://127.0.0.1:1", "warning", "ConnectError"),
    ):
        settings = ScimInboundSettings(token=("sha256:" + "0" * 64,) * 2, public_url=url)
        findings = {f.subject: f for f in Door("idp", settings).check()}
        assert findings["service"].level == level
        assert said in findings["service"].text
        assert "not https" in findings["address"].text
        assert "take the old one out" in findings["tokens"].text
