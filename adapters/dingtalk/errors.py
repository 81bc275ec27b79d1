"""DingTalk's errors, sorted: what is worth another try, what is refused for good, and why.

Source of codes and waits: dingtalk.md, sections 1, 2, 4.4 and 7. The vendor's own sentences may
quote personal data and are not repeated; the request id leads to them in the developer console.
"""

from __future__ import annotations

import re

from adapters.dingtalk.refusals import EXISTS, INVITED, REFUSED, Cause
from adapters.dingtalk.wire import Envelope
from adapters.http import AddressRefused, HostThrottled, Reply, TokenRefused
from domain.errors import (
    CredentialFault,
    ExistsFault,
    PermissionFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)

_CONSOLE = "in the developer console (open-dev.dingtalk.com)"
_SCOPE = f"Widen the app's contact scope {_CONSOLE}, or leave this part out on purpose."
_SECRET = f"Compare app_key and app_secret with Client ID and Client Secret {_CONSOLE}."

WRAPPED = 88
TOKEN = {"40014", "40001", "42001", "33001", "41001", "InvalidAuthentication"} | {
    "AuthenticationFailed.MissingParameter"
}
BLANK = "40000"
"""The gateway's word, wrapped, for a blank token; bare, an interface's for a bad parameter."""

BUSY = {"-1", "systemBusy", "serviceBusy", "unknownError", "systemError", "ServiceUnavailable"}

ONE_SECOND = {
    "90018",
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",
    "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi",
}
"""This app calls this interface too often: wait one second."""

LONGER_EACH_TIME = {"90002", "Forbidden.AccessDenied.QpsLimitForApi"}
"""All customers together call this interface too often: wait 1, 2, 4 … seconds."""

MINUTES = {str(code) for code in range(90001, 90018)} - {"90002"} | {"45009"}
"""Bans of a server, an organization or a suite: they last for minutes."""

BAD_PARAMETER = {BLANK, "40035", "400001", "400002", "400043", "40068", "40069", "40009"}
NO_PERMISSION = {"60011", "43007", "Forbidden.AccessDenied.AccessTokenPermissionDenied"}
NOT_FROM_HERE = {"60020", "Forbidden.AccessDenied.IpNotInWhiteList"}
OUT_OF_SCOPE = {"50002", "50004"}
NO_SUCH_DEPARTMENT = "60003"
NO_SUCH_USER = {"33012", "60121", "60111", "40003", "46004"}

_QUOTA = Cause(
    "the organization's monthly quota of API calls is used up",
    "Wait for the next month or buy a larger quota; nothing is lost, the next run goes on.",
)

CREDENTIAL: dict[str, Cause] = {
    "40096": Cause("app_key or app_secret is wrong", _SECRET),
    "40089": Cause("app_key or app_secret is wrong", _SECRET),
    "invalidClientIdOrSecret": Cause("app_key or app_secret is wrong", _SECRET),
    "authFailed": Cause("app_key or app_secret is wrong", _SECRET),
    "invalid.client": Cause("app_key or app_secret is wrong", _SECRET),
    "unauthorized.client": Cause("the app may not ask for a token", _SECRET),
    "50003": Cause("the app is disabled", f"Enable it {_CONSOLE}."),
    "50005": Cause("the organization is disabled", "Ask its DingTalk administrator."),
    "90020": _QUOTA,
    "Forbidden.AccessDenied.ApiCountLimitForOrg": _QUOTA,
}
"""What every further call would meet as well: the run stops."""

TERMINAL: dict[str, Cause] = {
    "22": Cause("there is no such interface", "Check base_url: is this DingTalk's oapi host?"),
    "404": Cause("there is no such interface", "Check base_url and api_url."),
    "50002": Cause("the person is outside the app's contact scope", _SCOPE),
    "50004": Cause("the department is outside the app's contact scope", _SCOPE),
    NO_SUCH_DEPARTMENT: Cause("there is no such department (any more)"),
    "33011": Cause("there is no such role (any more)"),
    **{code: Cause("there is no such person (any more)") for code in NO_SUCH_USER},
    **{code: Cause("DingTalk does not accept a parameter of this call") for code in BAD_PARAMETER},
    **REFUSED,
}

_SCOPES = re.compile(r"requiredScopes=\[([^\]]*)\]")
_LINK = re.compile(r"https?://[^\s,，\])）]+")
_IP = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")


def wrong_secret(code: str) -> CredentialFault:
    """What every refusal of gettoken means that is not told otherwise."""
    cause = CREDENTIAL["40096"]
    what = "DingTalk gettoken was refused"
    return CredentialFault(what, why=cause.why, fix=cause.fix, code=code)


def code_of(envelope: Envelope) -> str:
    """The code that counts: of a wrapped error its sub_code; empty for success."""
    if envelope.errcode == WRAPPED and envelope.sub_code:
        return str(envelope.sub_code)
    if envelope.errcode is not None:
        return str(envelope.errcode) if envelope.errcode else ""
    return str(envelope.code) if envelope.code is not None else ""


def fault_of(what: str, envelope: Envelope, code: str, status: int = 200) -> SystemFault:
    """The fault that ``code`` means for ``what`` (``DingTalk user/list``).

    ``status`` is HTTP's, which tells a failing server where the code is not in our table.
    """
    text = envelope.errmsg or envelope.message or ""
    if code in TOKEN or (code == BLANK and envelope.errcode == WRAPPED):
        return TokenRefused(f"{what} was refused", why="the access token is not valid", code=code)
    if code in BUSY:
        return TransientFault(f"{what} was refused", why="DingTalk is busy", code=code)
    if code in ONE_SECOND | LONGER_EACH_TIME | MINUTES:
        return _throttled(what, code)
    if code in NO_PERMISSION:
        return _no_permission(what, envelope, text, code)
    if code in NOT_FROM_HERE:
        found = _IP.search(text)
        address = f" {found[0]}" if found else ""
        return AddressRefused(
            f"{what} was refused",
            why=f"the address{address} is not in the app's list of servers",
            fix=f"Add{address or ' it'} to the app's server egress IPs (服务器出口IP) {_CONSOLE}.",
            code=code,
        )
    if code in CREDENTIAL:
        cause = CREDENTIAL[code]
        return CredentialFault(f"{what} was refused", why=cause.why, fix=cause.fix, code=code)
    if code in EXISTS:
        cause = EXISTS[code]
        return ExistsFault(f"{what} was refused", why=cause.why, fix=cause.fix, code=code)
    if code == INVITED:
        return _invited(what)
    known = TERMINAL.get(code)
    if known is None and status >= 500:
        return TransientFault(f"{what} failed", why=f"HTTP {status}", code=code)
    cause = known or Cause(
        f"DingTalk gave code {code}, which is not in our table",
        f"Look up request {envelope.request} {_CONSOLE}." if envelope.request else "",
    )
    return TerminalFault(f"{what} was refused", why=cause.why, fix=cause.fix, code=code)


def _throttled(what: str, code: str) -> TransientFault:
    """Too many calls; DingTalk says no time, so each code has its own (dingtalk.md, section 7)."""
    wait = 1.0 if code in ONE_SECOND else 60.0 if code in MINUTES else None
    return TransientFault(
        f"{what} was refused",
        why="too many calls",
        fix="Lower the setting rate, or run the sync at another hour.",
        code=code,
        retry_after=wait,
        throttled=True,
    )


def _invited(what: str) -> TransientFault:
    """The account comes to be when its owner accepts; asking again would invite again."""
    return TransientFault(
        f"{what} sent an invitation instead of creating the account",
        why="the person has to accept it in DingTalk first",
        fix="The next run looks whether they did.",
        code=INVITED,
        waiting=True,
    )


def _no_permission(what: str, envelope: Envelope, text: str, code: str) -> PermissionFault:
    scopes = _SCOPES.search(text)
    named = scopes[1] if scopes else ""
    if envelope.accessdenieddetail and envelope.accessdenieddetail.requiredScopes:
        named = ",".join(envelope.accessdenieddetail.requiredScopes)
    link = _LINK.search(text)
    where = f"Apply for it at {link[0]}" if link else f"Apply for it {_CONSOLE}."
    return PermissionFault(
        f"{what} was refused",
        permission=named or "unknown",
        why=f"the app lacks the permission {named or '(DingTalk does not say which)'}",
        fix=where,
        code=code,
    )


BAN_STATUS = 1111


def page_fault(what: str, reply: Reply) -> SystemFault | None:
    """The fault of an answer that is no API answer at all; None if it may be one."""
    if reply.status == 401:
        return TokenRefused(f"{what} was refused", why="the access token is not valid", code="401")
    if reply.status >= 500 and (reply.is_html or not reply.body):
        return _failed(what, reply)
    if reply.is_html and reply.status != 404:
        return banned(what)
    if reply.is_html or 300 <= reply.status < 400:
        return stranger(what, reply.status)
    if reply.status == 429 and not reply.body.startswith(b"{"):
        return _throttled(what, "429")
    return None


def unnamed(what: str, reply: Reply) -> SystemFault:
    """The fault of an answer that names no code: by its HTTP status."""
    if reply.status == 429:
        return _throttled(what, "429")
    return _failed(what, reply) if reply.status >= 500 else stranger(what, reply.status)


def _failed(what: str, reply: Reply) -> TransientFault:
    return TransientFault(f"{what} failed", why=f"HTTP {reply.status}", code=f"http_{reply.status}")


def stranger(what: str, status: int) -> StrangerFault:
    """An answer that has none of DingTalk's forms."""
    return StrangerFault(
        f"{what} was answered by something else than DingTalk",
        why=f"HTTP {status} and no API answer",
        fix="Check base_url, api_url and the proxy.",
        code=f"http_{status}",
    )


def banned(what: str) -> HostThrottled:
    """More than 10,000 calls in 20 seconds from one address: five minutes of web pages."""
    return HostThrottled(
        f"{what} was answered with a web page instead of data",
        why="DingTalk bans an address for five minutes after 10,000 calls in 20 seconds,"
        " or something else than DingTalk answered",
        fix="Wait five minutes; check base_url and the proxy; lower the setting max_rate.",
        code="banned",
    )
