"""Every code of Feishu: sorted, explained, and without personal values; and what is done then."""

from __future__ import annotations

import msgspec
import pytest

from adapters.feishu import errors
from adapters.feishu.refusals import EXISTS, REFUSED, SHARED, WRITTEN
from adapters.feishu.simulator.codes import FAMILIES, GENERIC
from adapters.feishu.simulator.codes import SHARED as SIMULATED
from adapters.feishu.wire import Detail, Violation
from adapters.http import Patience, Reply
from domain.delivery.operation import Action, Change, Relations
from domain.errors import (
    CredentialFault,
    ExistsFault,
    PermissionFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)
from tests.adapters.feishu.target_desk import VirtualDesk

APIS = {"departments": "department", "users": "user", "functional_roles": "role"}
EVERY = [
    (family, code)
    for family, simulated in APIS.items()
    for code in {**FAMILIES[simulated], **SIMULATED, **GENERIC}  # type: ignore[index]
]


def fault(family: str, code: str | int, status: int = 400) -> SystemFault:
    reply = Reply(status, "application/json", b"{}")
    return errors.fault_of(f"{family}/patch", reply, int(code), Detail(log_id="log1"))


@pytest.mark.parametrize(("family", "code"), EVERY)
def test_every_documented_code_is_in_our_table(family: str, code: int) -> None:
    """Each has a reason in words, keeps its code, and names the call."""
    found = fault(family, code)
    assert found.code == str(code) and found.why and f"{family}/patch" in found.what
    assert "not in our table" not in found.why


@pytest.mark.parametrize(("family", "code"), [(f, c) for f in EXISTS for c in EXISTS[f]])
def test_what_is_taken(family: str, code: str) -> None:
    """An ExistsFault with what to do."""
    found = fault(family, code)
    assert type(found) is ExistsFault and found.fix


FINAL = [(f, c) for f in REFUSED for c in REFUSED[f] if c not in errors.WAITING]


@pytest.mark.parametrize("code", sorted(errors.WAITING))
def test_what_waits_for_a_person(code: str) -> None:
    """Somebody has to join first, or a deletion goes on: no reason to stop, or to hurry."""
    found = fault("departments" if code == "43025" else "users", code)
    assert isinstance(found, TransientFault) and found.waiting and found.fix


@pytest.mark.parametrize(("family", "code"), FINAL)
def test_what_is_refused(family: str, code: str) -> None:
    """A TerminalFault, also where the HTTP status is one of a failing server (41031: 504)."""
    assert type(fault(family, code, 504)) is TerminalFault


@pytest.mark.parametrize("code", sorted(errors.BUSY))
def test_what_is_worth_another_try(code: str) -> None:
    """Locks, internal errors and work under way; they do not slow everybody down."""
    found = fault("users", code)
    assert type(found) is TransientFault and not found.throttled


def test_one_code_means_different_things() -> None:
    """41203 is a role's; 41071 is a long name only where people are written."""
    assert "English name" in fault("users", "41071").why
    assert "not in our table" in fault("functional_roles", "41071").why
    assert all(code not in REFUSED["departments"] for code in WRITTEN)
    assert not set(SHARED) & set(REFUSED["users"])


def test_an_unknown_code_leads_to_the_log_id() -> None:
    """What is not in the table is refused with the code and the log id; a 5xx passes by."""
    found = fault("users", 12345)
    assert type(found) is TerminalFault and "12345" in str(found) and "log1" in str(found)
    assert type(fault("users", 12345, 502)) is TransientFault


def test_missing_scopes_are_named() -> None:
    """Whichever of the two forms the answer has."""
    reply = Reply(400, "application/json", b"{}")
    for one in (Violation(subject="contact:contact"), Violation(scope="contact:contact")):
        detail = Detail(permission_violations=[one])
        found = errors.fault_of("users/patch", reply, 99991672, detail)
        assert isinstance(found, PermissionFault) and found.permission == "contact:contact"
        assert "contact:contact" in str(found) and "publish" in found.fix


CHANGE = Change(
    kind="member", action=Action.UPDATE, uid="x", key="u1", remote="u1", fields={"nickname": "t"}
)


@pytest.mark.parametrize("kind", ["throttle", "busy", "locked", "http_500", "reset", "html_ban"])
def test_what_passes_by_is_a_transient_fault_in_the_end(kind: str) -> None:
    """Patience has an end; the engine comes again later."""
    desk = VirtualDesk()
    desk.fault(f"users/patch:{kind}")
    found = desk.apply("member", "update", remote="u1", fields={"nickname": "t"})
    assert isinstance(found, TransientFault)
    assert found.throttled is (kind == "throttle")
    assert Patience().tries == 4 and desk.calls("users/patch") >= 4


def test_one_bad_record_stops_nobody_and_an_unlisted_address_stops_all() -> None:
    """Faults stand in the place of their change; only credentials are raised."""
    desk = VirtualDesk()
    results = desk.work(lambda t: t.apply([CHANGE, CHANGE]))
    assert [r.code for r in results] == ["99992360", "99992360"]
    desk.fault("users/patch:ip")
    with pytest.raises(CredentialFault, match="list of addresses"):
        desk.work(lambda t: t.apply([CHANGE]))


@pytest.mark.parametrize(
    ("settings", "code"), [({"app_secret": "wrong"}, "99991543"), ({"app_id": "cli_x"}, "10003")]
)
def test_wrong_credentials_are_one_sentence(settings: dict[str, str], code: str) -> None:
    """Which names the settings and never their values."""
    with pytest.raises(CredentialFault, match="app_id or app_secret is wrong") as caught:
        VirtualDesk().work(lambda t: t.apply([CHANGE]), **settings)
    assert caught.value.code == code and "wrong-" not in str(caught.value)


def test_a_used_up_quota_stops_the_run() -> None:
    """99991403 is nothing that the next record could change."""
    found = fault("users", 99991403)
    assert isinstance(found, CredentialFault) and "quota" in str(found)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "create", "key": "dai", "fields": {"name": "戴", "mobile": "13900000001"}},
        {"action": "update", "remote": "dai", "fields": {"nickname": "n"}},
        {"action": "deactivate", "remote": "dai", "relations": Relations(active=False)},
    ],
)
def test_a_token_that_ends_in_the_middle_is_renewed(change: dict[str, object]) -> None:
    """A refused token wrote nothing, so the write is sent once more, moves and creations too."""
    desk = VirtualDesk()
    if change["action"] != "create":
        desk.done("member", "create", key="dai", fields={"name": "戴", "mobile": "13900000001"})
    desk.app.stats.reset()
    desk.fault("users/create:expire_token:times=1", "users/patch:expire_token:times=1")
    assert desk.done("member", **change) == "dai"  # type: ignore[arg-type]
    assert desk.calls("tenant_access_token") == 2


def test_a_token_is_renewed_once_and_not_for_ever() -> None:
    """A second refusal is a CredentialFault."""
    desk = VirtualDesk()
    desk.fault("users/patch:expire_token")
    with pytest.raises(CredentialFault, match="access token"):
        desk.work(lambda t: t.apply([CHANGE]))
    assert desk.calls("users/patch") == 2


def test_an_answer_of_something_else_is_told() -> None:
    """A proxy's page, an empty answer, a JSON of another shape."""
    page = Reply(403, "text/html", b"<html>")
    assert isinstance(errors.page_fault("users/get", page), TerminalFault)
    assert errors.page_fault("users/get", Reply(200, "application/json", b'{"a":1}')) is None
    empty = errors.page_fault("users/get", Reply(504, "", b""))
    assert isinstance(empty, TransientFault)
    limited = errors.page_fault("users/get", Reply(429, "text/plain", b"slow down", "7"))
    assert isinstance(limited, TransientFault) and limited.retry_after == 7.0
    assert msgspec.json.decode(b"{}", type=Detail) == Detail()
