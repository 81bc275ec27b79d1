"""Every error of RFC 7644, what it means for a change, and how it reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.scim import errors
from adapters.scim.settings import ScimSettings
from adapters.scim.target import ScimTarget
from domain.delivery.operation import Acknowledged, Action, Relations
from domain.errors import (
    AbsentFault,
    ConfigError,
    CredentialFault,
    ExistsFault,
    PermissionFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)
from domain.ports import Finding
from tests.adapters.scim.front import Canned, error
from tests.adapters.scim.scim_bench import Bench, department, person

ROWS: list[tuple[int, str, type[SystemFault], str]] = [
    (400, "invalidValue", TerminalFault, "does not accept a value"),
    (400, "invalidSyntax", TerminalFault, "form of the request"),
    (400, "invalidPath", TerminalFault, "does not know an attribute"),
    (400, "invalidFilter", TerminalFault, "does not accept the filter"),
    (400, "mutability", TerminalFault, "cannot be changed"),
    (400, "tooMany", TerminalFault, "more than the service gives"),
    (400, "invalidVers", TerminalFault, "another version"),
    (400, "uniqueness", ExistsFault, "not ours"),
    (400, "", TerminalFault, "does not accept the request"),
    (403, "", PermissionFault, "does not permit it"),
    (403, "sensitive", TerminalFault, "must not be in an address"),
    (404, "", AbsentFault, "no such resource"),
    (405, "", TerminalFault, "does not support"),
    (408, "", TransientFault, "HTTP 408"),
    (409, "uniqueness", ExistsFault, "not ours"),
    (413, "", TerminalFault, "too large"),
    (414, "", TerminalFault, "too long"),
    (415, "", TerminalFault, "application/scim+json"),
    (418, "", TerminalFault, "HTTP 418"),
    (422, "", TerminalFault, "does not accept a value"),
    (428, "", TerminalFault, "etag"),
    (500, "", TransientFault, "HTTP 500"),
    (501, "", TerminalFault, "does not support"),
    (503, "", TransientFault, "HTTP 503"),
    (302, "", TerminalFault, "something else than a SCIM service"),
]


@pytest.mark.parametrize(("status", "kind", "fault", "words"), ROWS)
def test_every_error_is_sorted_and_said(
    scim: Bench, status: int, kind: str, fault: type[SystemFault], words: str
) -> None:
    """The family tells the engine what to do; the sentence has the call and not the detail."""
    scim.front.canned.append(error(status, kind))
    found = scim.fault(person("u1"))
    assert type(found) is fault or (
        issubclass(type(found), TerminalFault) and fault is TerminalFault
    )
    assert words in str(found) and "POST /Users" in str(found) and "crm" in str(found)
    assert "example.com" not in str(found) and scim.server.token not in str(found)
    assert found.code == (f"{status} {kind}" if kind else str(status))


@pytest.mark.parametrize(("status", "kind", "fault", "words"), ROWS)
def test_an_error_inside_a_bulk_is_the_same(
    scim: Bench, status: int, kind: str, fault: type[SystemFault], words: str
) -> None:
    """A row of a bulk answer is judged as the single call would be, and is alone with it."""
    row = errors.of_status("crm", "POST /Users", status, _body(status, kind))
    scim.front.canned.append(error(status, kind))
    single = scim.fault(person("u1"))
    assert (type(row), str(row), row.code) == (type(single), str(single), single.code)


def _body(status: int, kind: str) -> bytes:
    return json.dumps(error(status, kind).body).encode()


def test_a_throttled_call_waits_as_long_as_it_is_told(scim: Bench) -> None:
    """429 is waited out, with the seconds or the date of Retry-After, and done in the end."""
    for after in ("0", "Thu, 01 Jan 2026 00:00:00 GMT"):
        scim.front.canned.append(Canned(429, {"status": "429"}, {"retry-after": after}))
    scim.done(person("u1"))
    assert len(scim.front.writes()) == 3
    scim.front.canned.append(Canned(429, None, {"retry-after": "3600"}))
    fault = scim.fault(person("u2"))
    assert isinstance(fault, TransientFault) and fault.throttled and fault.retry_after == 3600


def test_what_may_be_repeated_is(scim: Bench) -> None:
    """A change that a failing service got is sent again at once; a creation is not."""
    (remote,) = scim.done(person("u1"))
    for spoiled in (error(500), Canned(0), Canned(0, forward=True)):
        scim.front.canned.append(spoiled)
        scim.done(person("u1", Action.UPDATE, remote=remote, fields={"title": "x"}))
    scim.front.canned.append(error(500))
    assert isinstance(scim.fault(person("u2")), TransientFault)
    assert scim.front.paths("POST") == ["/Users", "/Users"]


def test_a_creation_that_is_answered_with_nothing(scim: Bench) -> None:
    """The id is not known, so the next try looks for what was made; it makes no twin."""
    made = person("u1")
    scim.front.canned.append(Canned(201, b"", forward=True))
    fault = scim.fault(made)
    assert isinstance(fault, TransientFault) and fault.code == "shape"
    (remote,) = scim.done(person("u1", again=True))
    assert [user["id"] for user in scim.hands.all("/Users")] == [remote]


@pytest.mark.parametrize("status", ["Created", None, {"code": "x"}])
def test_a_bulk_row_without_a_status_is_not_known(scim: Bench, status: Any) -> None:
    """Nobody waits for ever: both changes fail for now, and are looked for by the next try."""
    rows = [{"method": "POST", "bulkId": f"b{n}", "status": status} for n in range(2)]
    scim.front.canned.append(Canned(200, {"Operations": rows}))
    for fault in scim.apply(person("u1"), person("u2")):
        assert isinstance(fault, TransientFault) and fault.code == "bulk"


def test_something_else_than_a_scim_service(scim: Bench) -> None:
    """A web page in place of an answer names the settings to look at."""
    page = Canned(200, b"<html>Sign in</html>", {"content-type": "text/html"})
    scim.front.canned.append(page)
    fault = scim.fault(person("u1"))
    assert isinstance(fault, TerminalFault)
    assert "something else than a SCIM service" in str(fault) and "base_url" in fault.fix


def test_a_wrong_token_is_one_sentence(scim: Bench) -> None:
    """Reading and writing stop, the check says it, and nobody sees the token."""
    wrong: dict[str, Any] = {"token": "wrong-secret"}
    with pytest.raises(CredentialFault) as writing:
        scim.apply(person("u1"), person("u2"), **wrong)
    with pytest.raises(CredentialFault) as reading:
        scim.read(**wrong)
    for caught in (writing, reading):
        text = str(caught.value)
        assert "token is not accepted" in text and "wrong-secret" not in text

    (finding,) = scim.run(ScimTarget.check, **wrong)
    assert finding.level == "error" and "token is not accepted" in finding.text
    assert "wrong-secret" not in repr(ScimSettings(base_url=scim.front.url, **wrong))


def test_a_token_that_is_withdrawn_in_the_middle_stops_the_run(scim: Bench) -> None:
    """One refused token is not forty refused people."""
    scim.front.canned.append(error(401))
    with pytest.raises(CredentialFault):
        scim.apply(person("u1"), person("u2"))


def test_an_unreachable_service_is_a_fault_of_every_change(scim: Bench) -> None:
    """Nothing listens: all changes fail for now, the check says why."""
    nowhere = {"base_url": "http://127.0.0.1:9/v2"}
    results = scim.apply(person("u1"), department("d"), **nowhere)
    assert [type(r) for r in results] == [TransientFault, TransientFault]
    (finding,) = scim.run(ScimTarget.check, **nowhere)
    assert "cannot be reached" in finding.text


def test_a_protected_account_does_not_stop_the_run(scim: Bench) -> None:
    """A 403 for one write is that change's fault: the owner's account may be protected."""
    scim.front.canned.append(error(403))
    first = scim.apply(person("u1"))
    second = scim.apply(person("u2"))
    assert isinstance(first[0], PermissionFault) and isinstance(second[0], Acknowledged)
    assert first[0].permission == "POST Users"


def test_the_check_names_abilities_and_what_is_missing(scim: Bench) -> None:
    """A good service has good findings only; what it lacks is said with the way out."""

    def levels(findings: list[Finding]) -> list[tuple[str, str]]:
        return [(f.level, f.subject) for f in findings]

    good = scim.run(ScimTarget.check)
    assert levels(good) == [("ok", "credentials"), ("ok", "abilities")]
    assert "bulk of up to 1000" in good[1].text

    def spoiled(seen: Any, answer: Any) -> Any:
        if seen.path.endswith("/ResourceTypes"):
            return {**answer, "Resources": answer["Resources"][:1]}
        if seen.path.endswith("/Schemas"):
            (user,) = [s for s in answer["Resources"] if s["id"].endswith("core:2.0:User")]
            user["attributes"] = [a for a in user["attributes"] if a["name"] != "title"]
            (name,) = [a for a in user["attributes"] if a["name"] == "name"]
            name["required"] = name["subAttributes"][1]["required"] = True
        return answer

    scim.front.spoil = spoiled
    findings = scim.run(ScimTarget.check)
    assert levels(findings)[2:] == [
        ("error", "groups"),
        ("warning", "fields"),
        ("warning", "fields"),
    ]
    assert "title" in findings[3].text and "name.familyName" in findings[4].text
    away = scim.run(ScimTarget.check, base_url="http://scim.invalid/v2")
    assert ("warning", "base_url") in levels(away)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"base_url": ""}, "base_url must not be empty"),
        ({"base_url": "ftp://x"}, "not an http address"),
        ({"token": ""}, "token must not be empty"),
        ({"token": "a\nb"}, "no header can carry"),
        ({"nesting": "deep"}, "'deep'"),
        ({"rate": 0}, "rate must be more than 0"),
        ({"max_rate": -1}, "max_rate"),
    ],
)
def test_settings_that_cannot_be_used(given: dict[str, Any], words: str) -> None:
    """A mistake in the configuration is one sentence before anything is sent."""
    with pytest.raises(ConfigError, match=words):
        ScimSettings(**{"base_url": "https://x/v2", "token": "t", **given})


def test_a_member_that_is_gone(scim: Bench) -> None:
    """The fault of a list names the group that was asked for."""
    (group,) = scim.done(department("d"))
    scim.front.canned.append(error(404))
    step: dict[str, Any] = {"remote": group, "relations": Relations()}
    fault = scim.fault(department("d", Action.ADD, members=("x",), **step))
    assert isinstance(fault, AbsentFault) and group in str(fault)
