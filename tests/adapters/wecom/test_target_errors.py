"""Every code that a write can be refused with: sorted, explained, and without personal values."""

from __future__ import annotations

import pytest

from adapters.http import Patience
from adapters.wecom import errors
from adapters.wecom.refusals import EXISTS, REFUSED
from adapters.wecom.wire import Envelope
from domain.errors import (
    CredentialFault,
    ExistsFault,
    PermissionFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)
from tests.adapters.wecom.simulator_desk import SMALL
from tests.adapters.wecom.target_desk import VirtualDesk, changed

QUOTED = "mobile existed:lisi 13800000001 li@example.com"


def fault(code: str) -> SystemFault:
    return errors.fault_of("user/create", Envelope(errcode=int(code), errmsg=QUOTED), "contact")


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


def test_the_contact_sync_secret_without_the_right_to_edit() -> None:
    """60011 is about the range for the app alone; the contact-sync secret sees everybody."""
    found = fault("60011")
    assert isinstance(found, PermissionFault) and "编辑通讯录" in found.fix
    of_app = errors.fault_of("user/get", Envelope(errcode=60011), "app")
    assert type(of_app) is TerminalFault and "可见范围" in of_app.fix


@pytest.mark.parametrize("code", [*EXISTS, *REFUSED, "99999"])
def test_no_sentence_repeats_the_vendors(code: str) -> None:
    """It may quote a number, an address or somebody's userid."""
    assert not any(word in str(fault(code)) for word in QUOTED.split()[1:])


@pytest.mark.parametrize(
    "kind", ["throttle", "throttle_platform", "busy", "locked", "http_500", "reset"]
)
def test_what_passes_by_is_a_transient_fault_in_the_end(kind: str) -> None:
    """Patience has an end; the engine comes again later."""
    desk = VirtualDesk(SMALL)
    desk.fault(f"user/update:{kind}")
    found = desk.refused("member", "update", remote="bob", fields={"name": "t"})
    assert isinstance(found, TransientFault)
    assert found.throttled is kind.startswith("throttle")
    assert desk.app.stats.calls["user/update"] >= Patience().tries


@pytest.mark.parametrize("kind", ["busy", "http_500", "reset", "timeout_after_commit"])
@pytest.mark.parametrize("what", ["department", "member", "role"])
def test_a_creation_is_not_sent_twice_by_itself(kind: str, what: str) -> None:
    """It is given back as uncertain at once, and the engine says so when it comes again."""
    desk = VirtualDesk(SMALL)
    found = desk.work(lambda t: _signed_in(desk, t, what, kind))
    assert isinstance(found, TransientFault)
    api = {"department": "department/create", "member": "user/create", "role": "tag/create"}[what]
    assert desk.app.stats.calls[api] == 1


async def _signed_in(desk: VirtualDesk, target: object, what: str, kind: str) -> object:
    desk.fault()
    await target._client.sign_in("contact")  # type: ignore[attr-defined]
    desk.fault(f"*:{kind}")
    fields = {"name": "x", "email": "x@example.com"} if what == "member" else {"name": "x"}
    [found] = await target.apply([changed(what, "create", fields=fields)])  # type: ignore[attr-defined]
    return found


def test_an_app_secret_in_the_place_of_the_other() -> None:
    """48002 is a missing right, with the way to it."""
    desk = VirtualDesk(SMALL)
    desk.given["contact_secret"], desk.given["app_secret"] = "simulated-app-secret", ""
    found = desk.refused("member", "update", remote="bob", fields={"name": "t"})
    assert isinstance(found, PermissionFault) and "contact_secret" in found.permission
    assert "编辑通讯录" in found.fix


@pytest.mark.parametrize("settings", [{"contact_secret": "hush-hush"}, {"corp_id": "ww-other"}])
def test_wrong_credentials_are_one_sentence(settings: dict[str, str]) -> None:
    """Raised, because nothing else can be done; the value is not repeated."""
    desk = VirtualDesk(SMALL)
    change = changed("member", "update", remote="bob", fields={"name": "t"})
    with pytest.raises(CredentialFault) as caught:
        desk.apply_all(change, **settings)
    assert "is wrong" in str(caught.value) and "hush" not in str(caught.value)


def test_an_address_that_is_not_trusted() -> None:
    """60020 names the address and the list."""
    desk = VirtualDesk(SMALL, untrusted=["contact"])
    with pytest.raises(CredentialFault, match=r"127\.0\.0\.1"):
        desk.apply("member", "update", remote="bob", fields={"name": "t"})


def test_a_token_that_ended_early_is_fetched_anew() -> None:
    """Also in the middle of a creation, which was refused and so not done."""
    desk = VirtualDesk(SMALL)
    desk.fault("user/create:expire_token:times=1")
    fields = {"name": "x", "email": "x@example.com"}
    assert desk.done("member", "create", key="eve", fields=fields) == "eve"
    assert desk.app.stats.calls["gettoken"] == 2


def test_the_months_quota() -> None:
    """More new accounts than three times the cap: the run waits no longer than its patience."""
    desk = VirtualDesk(SMALL, monthly_creations=0)
    found = desk.refused(
        "member", "create", key="eve", fields={"name": "x", "email": "x@e.example"}
    )
    assert isinstance(found, TransientFault) and found.throttled
    assert "month" in found.fix
