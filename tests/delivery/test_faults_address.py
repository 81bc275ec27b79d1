"""What is wrong with an address or a secret: every target × every trouble, through the program."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters.http import Patience
from tests.adapters.ldap.certificates import issue
from tests.delivery.branch import MOVED, TARGETS, Branch, opened
from tests.delivery.strangers import LOGIN, NOT_FOUND, PAGE, nobody, secured, web

pytestmark = pytest.mark.slow

WRONG = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"
"""A secret of the right form for every target, and wrong for each."""


class Certified(NamedTuple):
    """A TLS server's address, and the file with its authority's certificate."""

    place: str
    authority: str


@contextmanager
def _certified(folder: Path, *, address: str = "127.0.0.1", ended: bool = False) -> Iterator[str]:
    paths = issue(folder, address=address, ended=ended)
    with secured(paths[1], paths[2]) as place:
        yield place


class Trouble(NamedTuple):
    """What answers at the address (given a folder), and what the sentence must say of it.

    ``trusted``: the server's authority is one that is trusted. ``here`` has what some types
    say instead.
    """

    answers: Callable[[Path], AbstractContextManager[str]]
    says: str
    tls: bool = False
    trusted: bool = False
    here: dict[str, str] = {}


@contextmanager
def _unknown(folder: Path) -> Iterator[str]:
    yield "nowhere.invalid"


NOT_LDAP = {"ldap": r"none of an LDAP server\. Check host and port in url"}
NO_PAGE = r"something else than .*HTTP {}.*[Cc]heck (base_)?url"

TROUBLES = {
    "closed": Trouble(
        lambda _: nobody(), r"127\.0\.0\.1.*nobody listens at port \d+\. Check the network",
        here={"ldap": r"cannot be reached\. Check url"},
    ),
    "unknown": Trouble(
        _unknown, r"nowhere\.invalid, the name cannot be looked up\. Check .* address",
        here={"ldap": r"nowhere\.invalid .* cannot be reached\. Check url"},
    ),
    "page": Trouble(
        lambda _: web(PAGE), NO_PAGE.format(200),
        here={**NOT_LDAP, "dingtalk": "something else than DingTalk answered.*check base_url"},
    ),
    "not found": Trouble(lambda _: web(NOT_FOUND), NO_PAGE.format(404), here=NOT_LDAP),
    "login": Trouble(
        lambda _: web(LOGIN), NO_PAGE.format(302),
        here={**NOT_LDAP, "webhook": r"redirects \(HTTP 302\).*Set url to the address"},
    ),
    "no TLS": Trouble(
        lambda _: web(PAGE), r"127\.0\.0\.1.*does not speak TLS\. Check the port; is it \w+:",
        tls=True,
    ),
    "self-signed": Trouble(
        _certified, r"certificate is not trusted \(.*\)\. Set (SSL_CERT_FILE|ca_file) to", tls=True
    ),
    "expired": Trouble(
        lambda folder: _certified(folder, ended=True),
        r"certificate is not trusted \(certificate has expired\)\. .*renew the certificate",
        tls=True, trusted=True,
    ),
    "other host": Trouble(
        lambda folder: _certified(folder, address="192.0.2.1"),
        r"not trusted \(.*not valid for '127\.0\.0\.1'\)\. Use the name that is in the certificate",
        tls=True, trusted=True,
    ),
}  # fmt: skip

SECRETS = {
    "dingtalk": r"app_key or app_secret is wrong\. Compare app_key and app_secret with",
    "feishu": r"app_id or app_secret is wrong\. Compare app_id and app_secret with",
    "wecom": r"contact_secret is wrong\. Compare it with the Secret under 管理工具 → 通讯录同步",
    "casdoor": r"client_id or client_secret is wrong\. Check client_id and client_secret",
    "scim": r"the token is not accepted\. Create a new token",
    "ldap": r"does not accept bind_dn and bind_password\. Check both",
    "webhook": r"does not accept our signature \(HTTP 401\)\. Compare the secret on both sides",
}


def _cells(troubles: tuple[str, ...]) -> list[object]:
    return [pytest.param(t, name, id=f"{t}-{name}") for t in TARGETS for name in troubles]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between tries are shorter, the tries are as many."""
    monkeypatch.setattr(Patience, "backoff", lambda *_: 0.01)


def point(
    branch: Branch, trouble: Trouble, place: str, folder: Path, patch: pytest.MonkeyPatch
) -> str:
    """Let the target's address be ``place``; returns the pattern of what is to be said."""
    ldap = branch.type == "ldap"
    trust = {"ca_file": str(folder / "ca.pem")} if ldap and trouble.trusted else {}
    if trouble.trusted and not ldap:
        patch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    plain = "ldap" if ldap else "http"
    branch.elsewhere(f"{branch.kind.tls if trouble.tls else plain}://{place}", **trust)
    return trouble.here.get(branch.type, trouble.says)


@pytest.mark.parametrize(("type_", "name"), _cells(tuple(TROUBLES)))
def test_an_address_that_went_bad(
    type_: str,
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A target that was filled, and then something else answers: the run fails with the fix, no
    record is blamed for it, and the run after goes on as if nothing had been."""
    trouble, folder = TROUBLES[name], tmp_path / "certificates"
    with opened(type_, tmp_path, capsys) as branch, monkeypatch.context() as patch:
        branch.heals()
        branch.tell(MOVED)
        with trouble.answers(folder) as place:
            says = point(branch, trouble, place, folder, patch)
            branch.fails(says)
            branch.check_fails(says)
        patch.undo()
        branch.heals()
        branch.is_discreet()


@pytest.mark.parametrize(("type_", "name"), _cells(("closed", "page", "self-signed")))
def test_an_address_that_was_never_right(
    type_: str,
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The very first run fails with the fix; nothing is recorded but that it failed."""
    trouble, folder = TROUBLES[name], tmp_path / "certificates"
    with (
        opened(type_, tmp_path, capsys, real=False) as branch,
        trouble.answers(folder) as place,
    ):
        branch.fails(point(branch, trouble, place, folder, monkeypatch))
        told = branch.cli("log", "feifan", "--json").out
        assert not re.search(r"\bChange(Applied|Refused|Deferred|Parked)\b", told)
        assert "RunFailed" in told
        branch.is_discreet()


@pytest.mark.parametrize("type_", TARGETS)
def test_a_wrong_secret(type_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before the first run and later: one sentence that names the settings, nothing recorded."""
    with opened(type_, tmp_path, capsys) as branch:
        for roster in (None, MOVED):
            if roster:
                branch.tell(roster)
            branch.configure(**{branch.kind.secret: WRONG})
            branch.fails(SECRETS[type_])
            branch.check_fails(SECRETS[type_])
            branch.heals()
        branch.is_discreet()
