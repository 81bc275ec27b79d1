"""Who is let in, and what is answered to what is not understood."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.scim_inbound.settings import ScimInboundSettings
from adapters.scim_inbound.tokens import Tokens
from domain.errors import ConfigError
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import GROUP, PATCH, TOKEN, USER, Desk


def hashed(token: str) -> str:
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
     f"Bearer {hashed(TOKEN)}", "Bearer ä"],
)  # fmt: skip
def test_without_the_token_nothing_is_told(desk: Desk, authorization: str | None) -> None:
    """401 with the way to sign in, also for an address that is not there; nothing is recorded."""
    headers = {} if authorization is None else {b"Authorization": authorization.encode()}
    for method, path in (("GET", "/Users"), ("POST", "/Users"), ("GET", "/nothing")):
        answer = httpx.request(method, f"{desk.url}{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["status"] == "401"
    assert desk.entries() == []


def test_how_to_sign_in_is_told_to_anybody(desk: Desk) -> None:
    """ServiceProviderConfig is public (RFC 7643, section 5), and says what we can do."""
    config = httpx.get(f"{desk.url}/ServiceProviderConfig").json()
    assert [scheme["type"] for scheme in config["authenticationSchemes"]] == ["oauthbearertoken"]
    able = {key for key, value in config.items() if isinstance(value, dict) and "supported" in value
            and value["supported"]}  # fmt: skip
    assert able == {"patch", "bulk", "filter", "sort", "etag"}


def test_old_and_new_tokens_are_let_in_while_they_are_changed() -> None:
    """Several tokens, in the clear and hashed; the scheme's case does not count."""
    tokens = Tokens(["first-token-0123456789", hashed("second-token-0123456789")])
    assert tokens.admit("Bearer first-token-0123456789")
    assert tokens.admit("bearer  second-token-0123456789")
    assert not tokens.admit("Bearer third-token-0123456789")


def test_only_the_hashes_of_tokens_are_kept(closed: Desk) -> None:
    """Nothing that a service object holds gives the token away."""
    assert TOKEN not in repr(vars(Tokens([TOKEN])))


@pytest.mark.parametrize(
    ("given_settings", "told"),
    [
        ({"token": ""}, "no token"),
        ({"token": "short"}, "at least 20"),
        ({"token": "sha256:abc"}, "64 hexadecimal"),
        ({"token": "no$dollars$in$a$token$"}, "has only"),
        ({"token": TOKEN, "roles": ("",)}, "empty pattern"),
    ],
)
def test_settings_that_cannot_work_are_refused(given_settings: dict[str, Any], told: str) -> None:
    """A token that could be guessed, or never be sent, is a mistake, told without repeating it."""
    with pytest.raises(ConfigError, match=told) as refusal:
        ScimInboundSettings(**given_settings)
    assert "dollars" not in str(refusal.value)


def test_me_is_not_served(desk: Desk) -> None:
    """RFC 7644, section 3.11: 501 where the alias has no resource."""
    assert desk.ask("GET", "/Me").status_code == 501


def test_a_body_that_is_too_large_is_refused(desk: Desk) -> None:
    """413, and nothing of it is looked at."""
    body = {"schemas": [USER], "userName": "a", "nickName": "x" * (4 * 1024 * 1024)}
    assert desk.ask("POST", "/Users", body).status_code == 413
    assert desk.entries() == [] or desk.facts() == []


def test_other_addresses_are_not_there(desk: Desk) -> None:
    """What is beside the doors answers 404, and the health page 200."""
    root = desk.url.removesuffix("/scim/idp/v2")
    assert httpx.get(f"{root}/healthz").status_code == 200
    for path in ("/", "/scim/other/v2/Users", "/scim/idpx/v2/Users"):
        assert httpx.get(f"{root}{path}").status_code == 404


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.sampled_from(
    ["userName", "displayName", "name", "emails", "active", "externalId", "members", "schemas",
     "phoneNumbers", "id", "meta", "title", "photos", "password", "x509Certificates", "groups",
     "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]
)  # fmt: skip
resources = st.dictionaries(names | st.text(max_size=8), json_values, max_size=6)
operations = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "Remove", "REPLACE", "move"]) | json_values,
        "path": st.sampled_from(
            ["userName", "members", 'emails[type eq "work"].value', "name.givenName", "manager",
             'members[value eq "x"]', "active", "id", "emails[", "schemas", "a b"]
        )
        | json_values,
        "value": json_values | resources,
    },
)  # fmt: skip
patches = st.fixed_dictionaries(
    {"schemas": st.just([PATCH]), "Operations": st.lists(operations, max_size=3) | json_values}
)
bulks = st.fixed_dictionaries(
    {
        "schemas": st.just(["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]),
        "Operations": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "method": st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "GET"]),
                    "path": st.sampled_from(
                        ["/Users", "/Groups", "/Users/x", "/Me", "", "/Users/bulkId:1"]
                    ),
                    "bulkId": st.sampled_from(["1", "2"]) | json_values,
                    "data": resources | json_values,
                },
            ),
            max_size=3,
        ),
    }
)


@pytest.fixture(scope="module")
def lasting(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Desk(ledger, tmp_path_factory.mktemp("fuzz")).open() as desk:
        desk.user("known", title="x")
        yield desk


quickly = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quickly
@given(body=resources | json_values, path=st.sampled_from(["/Users", "/Groups"]), put=st.booleans())
def test_no_resource_breaks_the_service(lasting: Desk, body: Any, path: str, put: bool) -> None:
    """Whatever is sent as a user or a group is taken or refused with a SCIM error."""
    known = next(iter(lasting.directory().members)) if path == "/Users" else "x"
    method, where = ("PUT", f"{path}/{known}") if put else ("POST", path)
    sound(lasting.ask(method, where, body))
    if isinstance(body, dict):  # with what is required, more of it is looked at
        rest = {
            "schemas": [USER if path == "/Users" else GROUP],
            "userName": "fz",
            "displayName": "fz",
        }
        sound(lasting.ask(method, where, {**rest, **body}))


@quickly
@given(body=patches | bulks, path=st.sampled_from(["/Users", "/Groups", "/Bulk"]))
def test_no_patch_and_no_bulk_breaks_the_service(lasting: Desk, body: Any, path: str) -> None:
    """Whatever operations are sent are carried out or refused with a SCIM error."""
    known = next(iter(lasting.directory().members))
    if path == "/Bulk":
        sound(lasting.ask("POST", path, body))
    else:
        sound(lasting.ask("PATCH", f"{path}/{known}", body))


@quickly
@given(
    body=st.binary(max_size=60),
    method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS"]),
    path=st.sampled_from(["/Users", "/Users/x", "/.search", "/Users/.search", "/Bulk", "/Me", "/"]),
)
def test_no_bytes_break_the_service(lasting: Desk, body: bytes, method: str, path: str) -> None:
    """Bytes that are no JSON are refused."""
    sound(lasting.ask(method, path, content=body))


@quickly
@given(
    query=st.dictionaries(
        st.sampled_from(["filter", "sortBy", "sortOrder", "startIndex", "count", "attributes",
                         "excludedAttributes", "cursor"]),
        st.text(max_size=20)
        | st.sampled_from(["userName", "userName eq 1", 'active gt "x"', "emails.value", "-1",
                           "99999999999999999999", "descending", 'members[value eq "x"]',
                           "name.familyName", "meta.created", "groups"]),
        max_size=4,
    ),
    path=st.sampled_from(["/Users", "/Groups", "/", "/Schemas", "/ResourceTypes"]),
)  # fmt: skip
def test_no_query_breaks_the_service(lasting: Desk, query: dict[str, str], path: str) -> None:
    """Whatever is asked for is answered with a list or a SCIM error."""
    sound(lasting.http.get(path, params=query))


def test_an_address_that_is_no_text_is_refused(desk: Desk) -> None:
    """Bytes beyond UTF-8 in the query or a header."""
    sound(desk.http.get("/Users?filter=%ff%fe"))
    sound(desk.http.get("/Users", headers=[(b"If-Match", b"\xff\xfe")]))


def sound(answer: httpx.Response) -> None:
    """An answer of the protocol: never a failure of the server, errors with their own status."""
    assert answer.status_code < 500 or answer.status_code == 501, answer.text
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        body = answer.json()
        assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert body["status"] == str(answer.status_code)
