"""Every row of Authing's error table, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.authing import wire
from adapters.authing.client import AuthingClient, pool_of
from adapters.authing.errors import (
    BUSY,
    CREDENTIALS,
    REFUSED,
    TAKEN,
    NotFound,
    of_answer,
    of_page,
)
from adapters.authing.settings import AuthingSettings
from adapters.authing.wire import Envelope
from adapters.http import Reply, TokenRefused
from domain.errors import (
    CredentialFault,
    ExistsFault,
    PermissionFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)
from tests.adapters.authing.authing_desk import SMALL
from tests.adapters.authing.target_desk import GIVEN, VirtualDesk

ROWS: list[tuple[int, int | None, type[SystemFault]]] = [
    *((status, None, TerminalFault) for status in REFUSED),
    *((status, None, TransientFault) for status in (*BUSY, 504, 699)),
    *((400, code, CredentialFault) for code in CREDENTIALS),
    *((400, code, ExistsFault) for code in TAKEN),
    (401, None, TokenRefused), (499, 2020, TokenRefused), (403, None, PermissionFault),
    (403, 1576, PermissionFault), (404, None, NotFound), (499, 2004, NotFound),
    (499, 1000, TransientFault), (400, 1001, PermissionFault), (499, 2036, NotFound),
    (409, None, ExistsFault), (402, 4021, TerminalFault), (418, 12345, TerminalFault),
]  # fmt: skip


@pytest.mark.parametrize(("status", "api_code", "kind"), ROWS)
def test_every_refusal_is_sorted(
    status: int, api_code: int | None, kind: type[SystemFault]
) -> None:
    """It has Authing's own number as its code, and the vendor's sentence is not repeated."""
    answer = Envelope(statusCode=status, apiCode=api_code, message="Li 13800000007", requestId="q")
    fault = of_answer("there create-user", "create-user", answer)
    assert type(fault) is kind
    assert fault.code == str(api_code or status)
    assert "Li" not in str(fault) and "138" not in str(fault)
    assert fault.why


def test_an_unknown_number_is_shown() -> None:
    """It is refused for good, with what Authing's support can look up."""
    answer = Envelope(statusCode=499, apiCode=2820002, message="x", requestId="abc-1")
    fault = of_answer("there create-user", "create-user", answer)
    assert str(fault) == (
        "there create-user was refused: Authing gives no closer reason (statusCode 499,"
        " apiCode 2820002). Authing's support can look up request abc-1."
    )


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("参数 email 格式错误", "email"),
        ("参数 gender 格 格式错误", "gender"),
        ("参数 username, email, phone, externalId 格式错误", "username, email, phone, externalId"),
        ("参数 李雷 格式错误", None),
    ],
)
def test_a_parameter_is_named(message: str, named: str | None) -> None:
    """Of Authing's sentences only the name of the parameter is told."""
    fault = of_answer("there create-user", "create-user", Envelope(statusCode=400, message=message))
    assert (f"the value of {named} (" in fault.why) is (named is not None)
    assert "李" not in str(fault)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, b"<html>", TransientFault), (502, b"<html>", TransientFault),
        (408, b"{}", TransientFault), (200, b"<html>", StrangerFault),
        (403, b"{}", StrangerFault), (302, b"", StrangerFault),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_the_api(status: int, body: bytes, kind: type[SystemFault]) -> None:
    """A gateway's page is told from Authing's own refusals."""
    fault = of_page("there list-users", Reply(status, "", body, "7"))
    assert type(fault) is kind
    assert fault.code == ("429" if status == 429 else f"http_{status}")
    if isinstance(fault, TransientFault) and status == 429:
        assert (fault.throttled, fault.retry_after) == (True, 7.0)


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_beside_an_answer_is_kept(status: int) -> None:
    """Retry-After counts although HTTP says 200 and the answer itself says what is the matter."""
    fault = AuthingClient("there", AuthingSettings(**GIVEN))._judge("list-users", wire.Nothing)
    reply = Reply(200, "application/json", b'{"statusCode": %d, "apiCode": "1000"}' % status, "7")
    with pytest.raises(TransientFault) as caught:
        fault(reply)
    assert (caught.value.retry_after, caught.value.throttled) == (7.0, status == 429)


@pytest.mark.parametrize("kind", ["throttle", "busy", "http_500", "expire_token", "truncated_json"])
def test_what_passes_by_is_tried_again(kind: str) -> None:
    """The call is made once more, and the work is done."""
    desk = VirtualDesk(SMALL)
    desk.fault(f"delete-users-batch:{kind}:times=1")
    ann = desk.user("ann").id
    assert desk.done("member", "delete", remote=ann) == ann


@pytest.mark.parametrize(
    ("kind", "fault"), [("permission", PermissionFault), ("ip", StrangerFault)]
)
def test_what_stays_is_a_refusal(kind: str, fault: type[SystemFault]) -> None:
    """It says which call of which system is not let through."""
    desk = VirtualDesk(SMALL)
    desk.fault(f"delete-users-batch:{kind}")
    result = desk.apply("member", "delete", remote=desk.user("ann").id)
    assert type(result) is fault
    assert "authing-main delete-users-batch" in str(result)


def test_a_wrong_key_is_one_sentence() -> None:
    """It stops the run and says what to check; the secret is not in it."""
    desk = VirtualDesk(SMALL)
    with pytest.raises(CredentialFault) as caught:
        desk.work(lambda t: t.read({}, lambda *_: None), access_key_secret="wr0ng")
    assert str(caught.value) == (
        "authing-main get-management-token was refused: the key is wrong (statusCode 403)."
        " Check access_key_id and access_key_secret: the console shows them in the pool's settings."
    )


def test_a_token_that_is_refused_twice_stops_the_run() -> None:
    """One new token is fetched; if that is no better nothing else would be."""
    desk = VirtualDesk(SMALL)
    desk.fault("list-users:expire_token", "get-organization:expire_token")
    with pytest.raises(CredentialFault):
        desk.read()
    assert desk.app.stats.calls["get-management-token"] == 2


def test_one_token_serves_many_calls_and_is_renewed_in_time() -> None:
    """It is asked for once, sent with the pool's id, and is never used up to its end."""
    desk = VirtualDesk(SMALL)

    async def twice(target: Any) -> None:
        await target.read({}, lambda *_: None)
        await target.read({}, lambda *_: None)

    desk.work(twice)
    assert desk.app.stats.calls["get-management-token"] == 1
    sent = [r for r in desk.asked if not r.path.endswith("get-management-token")]
    assert {r.headers["x-authing-userpool-id"] for r in sent} == {"6500000000000000000000aa"}


@pytest.mark.parametrize("token", ["", "opaque", "a.b", "a.!!!.c", "a.e30.c", "a.bm8.c"])
def test_a_token_that_cannot_be_read_names_no_pool(token: str) -> None:
    """The header is left out then; Authing knows the pool from the key."""
    assert pool_of(token) == ""


def test_an_unknown_shape_is_a_refusal() -> None:
    """What is no row of a list is told, not taken for an empty one."""
    desk = VirtualDesk(SMALL)
    desk.answers["list-users"] = {"statusCode": 200, "message": "", "data": {"totalCount": 1}}
    assert any("unknown shape" in gap for gap in desk.read().gaps)


def findings(desk: VirtualDesk, **settings: Any) -> dict[str, tuple[str, str]]:
    """What a check says, by subject: level and text."""
    found = desk.work(lambda t: t.check(), **settings)
    return {f.subject: (f.level, f.text) for f in found}


def test_a_check_of_what_is_well() -> None:
    """Everything is looked at, and nothing is written."""
    desk = VirtualDesk(SMALL)
    assert findings(desk, base_url="https://sim") == {
        "credentials": ("ok", "Authing accepts the access key."),
        "organization": ("ok", "simulated has 3 departments."),
        "people": ("ok", "The pool has 2 people."),
        "custom fields": ("ok", "The custom fields of people that we write are defined."),
        "roles": ("ok", "The namespace has 2 roles."),
    }
    assert desk.app.stats.writes == 0


def test_a_check_names_what_is_missing() -> None:
    """An open address, a wrong organization, undefined custom fields, a wrong namespace."""
    desk = VirtualDesk(SMALL, custom_fields=("title",))
    found = findings(desk, organization_code="no", namespace="no")
    assert {subject: level for subject, (level, _) in found.items()} == {
        "base_url": "warning", "credentials": "ok", "organization": "error", "people": "ok",
        "custom fields": "error", "roles": "error",
    }  # fmt: skip
    assert "job_number, manager" in found["custom fields"][1]
    assert "'no'" in found["organization"][1]
    assert findings(desk, manager_field="")["custom fields"][1].count("manager") == 0


def test_a_check_of_a_wrong_key_or_right() -> None:
    """A wrong key is the only finding; a missing right names the call."""
    desk = VirtualDesk(SMALL)
    assert list(findings(desk, access_key_secret="x", base_url="https://sim")) == ["credentials"]
    desk.fault("list-users:permission")
    found = findings(desk)
    assert found["permission list-users"][0] == "error"
    assert found["roles"][0] == "ok"


def test_a_check_without_departments() -> None:
    """They are said to be left out, and not asked for."""
    desk = VirtualDesk(departments=False)
    found = findings(desk, departments=False, organization_code="")
    assert found["organization"] == ("ok", "Departments are left out (departments = false).")
    assert all(level != "error" for level, _ in found.values())
