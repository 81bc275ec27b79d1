"""Every code that a write can be refused with: sorted, explained, and without personal values."""

from __future__ import annotations

import pytest

from adapters.dingtalk import errors
from adapters.dingtalk.refusals import EXISTS, INVITED, REFUSED
from adapters.dingtalk.wire import Envelope
from adapters.http import Patience
from domain.delivery.operation import Action, Change
from domain.errors import (
    CredentialFault,
    ExistsFault,
    PermissionFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)
from tests.adapters.dingtalk.target_desk import VirtualDesk

QUOTED = "13800000001 已存在 li@example.com"


def fault(code: str) -> SystemFault:
    envelope = Envelope(errcode=int(code), errmsg=QUOTED, request_id="req1")
    assert errors.code_of(envelope) == code
    return errors.fault_of("DingTalk v2/user/create", envelope, code)


@pytest.mark.parametrize("code", EXISTS)
def test_what_is_taken(code: str) -> None:
    """An ExistsFault, with what is taken and what happens next."""
    found = fault(code)
    assert type(found) is ExistsFault and found.code == code
    assert found.why and "next run" in found.fix


@pytest.mark.parametrize("code", REFUSED)
def test_what_is_refused(code: str) -> None:
    """A TerminalFault with a reason in words."""
    found = fault(code)
    assert type(found) is TerminalFault and found.code == code
    assert found.why and "not in our table" not in found.why


@pytest.mark.parametrize("code", [*EXISTS, *REFUSED, INVITED, "99999"])
def test_no_sentence_repeats_the_vendors(code: str) -> None:
    """It may quote a number or an address."""
    assert not any(word in str(fault(code)) for word in QUOTED.split())


def test_an_unknown_code_leads_to_the_request() -> None:
    """What is not in the table is refused with the code and the request's id."""
    found = fault("99999")
    assert type(found) is TerminalFault
    assert "99999" in str(found) and "req1" in str(found)


CHANGE = Change(
    kind="member", action=Action.UPDATE, uid="x", key="u1", remote="u1", fields={"title": "t"}
)


@pytest.mark.parametrize("kind", ["throttle", "throttle_platform", "busy", "http_500", "reset"])
@pytest.mark.parametrize("bare", [False, True])
def test_what_passes_by_is_a_transient_fault_in_the_end(kind: str, bare: bool) -> None:
    """Patience has an end; the engine comes again later."""
    desk = VirtualDesk(bare_gateway_errors=bare)
    desk.fault(f"user/update:{kind}")
    found = desk.apply("member", "update", remote="u1", fields={"title": "t"})
    assert isinstance(found, TransientFault)
    assert found.throttled is kind.startswith("throttle")
    assert Patience().tries == 4 and desk.calls("user/update") >= 4


def test_a_missing_permission_is_named() -> None:
    """qyapi_manage_addresslist, with the address of the form."""
    desk = VirtualDesk(permissions=("qyapi_get_member",))
    found = desk.apply("member", "update", remote="u1", fields={"title": "t"})
    assert isinstance(found, PermissionFault)
    assert found.permission == "qyapi_manage_addresslist" and "https://" in found.fix


def test_one_bad_record_stops_nobody_and_an_unlisted_address_stops_all() -> None:
    """Faults stand in the place of their change; only credentials are raised."""
    desk = VirtualDesk()
    results = desk.work(lambda t: t.apply([CHANGE, CHANGE]))
    assert [r.code for r in results] == ["33012", "33012"]
    desk.fault("user/update:ip")
    with pytest.raises(CredentialFault, match="server egress IPs"):
        desk.work(lambda t: t.apply([CHANGE]))


def test_a_token_that_ends_in_the_middle_is_renewed() -> None:
    """A refused token wrote nothing, so the write is sent once more, creations too."""
    desk = VirtualDesk()
    desk.fault("user/create:expire_token:times=1")
    made = desk.done("member", "create", key="dai", fields={"name": "戴", "mobile": "13900000001"})
    assert made == "dai" and desk.calls("gettoken") == 2
