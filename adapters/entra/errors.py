"""Entra's and Graph's errors, sorted: what is worth another try, what is refused, and why.

Source of codes: entra.md, sections 1, 2, 7 and 8. Graph's own sentences may quote what was asked
for and are not repeated; codes are compared without regard to case, as their spelling varies.
"""

from __future__ import annotations

import time

import msgspec

from adapters.entra import wire
from adapters.http import Reply, decoder
from domain.errors import (
    CredentialFault,
    PermissionFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)

PORTAL = "in the Entra admin center (entra.microsoft.com), App registrations"
_SECRET = f"Compare client_id and client_secret with the app's {PORTAL} → Certificates & secrets."
_TENANT = "Compare tenant_id with the Directory (tenant) ID of the app's overview, and login_url"

GRANT = (
    f"Add it {PORTAL} → API permissions → Microsoft Graph → Application permissions,"
    " and grant admin consent."
)

PERMISSIONS = {
    "users": "User.Read.All",
    "groups": "Group.Read.All",
    "groups/members": "GroupMember.Read.All",
    "groups/owners": "GroupMember.Read.All",
    "units": "AdministrativeUnit.Read.All",
    "units/members": "AdministrativeUnit.Read.All",
    "users/delta": "User.Read.All",
    "groups/delta": "Group.Read.All",
    "units/delta": "AdministrativeUnit.Read.All",
    "users/get": "User.Read.All",
    "subscriptions/users": "User.Read.All",
    "subscriptions/groups": "Group.Read.All",
}
"""The least application permission for each interface; Directory.Read.All covers them all."""

EXPIRED_PAGE = "directory_expiredpagetoken"
UNKNOWN_PROPERTY = frozenset(
    {
        "request_badrequest",
        "badrequest",
        "notimplemented",
        "request_unsupportedquery",
        "http_400",
        "http_501",
    }
)
"""Codes of a listing that names a property which this cloud does not know or does not list."""

GONE = frozenset(
    {
        "request_resourcenotfound",
        "directory_objectnotfound",
        "itemnotfound",
        "resourcenotfound",
    }
)

AADSTS = {
    7000215: ("the client secret is wrong", _SECRET),
    7000222: ("the client secret has expired", f"Make a new one {PORTAL}; see its end date."),
    700016: ("this tenant does not know the app", f"{_TENANT}; compare client_id."),
    90002: ("there is no such tenant", f"{_TENANT} (national clouds have their own)."),
}
"""Token errors that have a better sentence than their class; the numbers are not relied on."""

OAUTH = {
    "invalid_client": ("client_id or client_secret is not accepted", _SECRET),
    "unauthorized_client": ("the app may not sign in to this tenant", f"{_TENANT}."),
    "invalid_request": ("the tenant or the request is not accepted", f"{_TENANT}."),
    "invalid_scope": (
        "the scope is not accepted",
        "Check that base_url and login_url are of the same cloud, and the setting scope.",
    ),
    "invalid_grant": ("a policy of the tenant blocks this sign-in", "Ask its administrator."),
}


LOST = frozenset({"syncstatenotfound", "resyncrequired"})
"""Codes of a delta link that is too old, or lost; mostly with HTTP 410 (entra.md, section 5)."""


class TokenRefused(CredentialFault):
    """The access token is not accepted (any more): fetch a new one, once."""


class PageExpired(TerminalFault):
    """The link to the next page is too old: only a new listing helps."""


class SyncLost(TerminalFault):
    """The link does not tell any more what changed since: everything has to be read."""


def code_of(body: bytes) -> tuple[str, list[int]]:
    """The code of a refusal in any of its forms, and its AADSTS numbers; empty if it has none."""
    try:
        found = decoder(wire.Failure).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "", []
    error = found.error
    code = error if isinstance(error, str) else error.code if error else ""
    return code or "", found.error_codes or []


def fault_of(name: str, reply: Reply) -> SystemFault | None:
    """The fault that ``reply`` to the interface ``name`` means; None for a success."""
    what, status = f"Entra {name}", reply.status
    if status < 300 and not reply.is_html:
        return None
    if status == 429 or status in (503, 504, 509) or (status >= 500 and status != 501):
        return _passing(what, reply)
    if reply.is_html or 300 <= status < 400:
        return _stranger(what, status)
    code, _ = code_of(reply.body)
    low = code.lower()
    if status == 410 or low in LOST:
        why = "it does not know any more what changed since the last reading"
        return SyncLost(f"{what} was refused", why=why, code=code or "410")
    if status == 401:
        return TokenRefused(
            f"{what} was refused",
            why="the access token is not valid",
            fix="Check that base_url and login_url are of the same cloud.",
            code=code or "401",
        )
    if status == 403:
        return _denied(name, what, code)
    if low == EXPIRED_PAGE:
        return PageExpired(f"{what} was refused", why="the link to the page is too old", code=code)
    return _terminal(what, status, code)


def _terminal(what: str, status: int, code: str) -> SystemFault:
    if code.lower() in GONE:
        why = "it is not there (any more)"
    elif status == 404:
        return _stranger(what, status)
    else:
        why = f"Graph answered HTTP {status} {code}".rstrip()
    return TerminalFault(f"{what} was refused", why=why, code=code or f"http_{status}")


def _passing(what: str, reply: Reply) -> TransientFault:
    code, _ = code_of(reply.body)
    throttled = reply.status in (429, 509)
    return TransientFault(
        f"{what} was refused",
        why="too many calls" if throttled else f"Graph is busy (HTTP {reply.status})",
        fix="Lower the setting rate, or run the sync at another hour." if throttled else "",
        code=code or f"http_{reply.status}",
        retry_after=reply.wait(time.time()),
        throttled=throttled,
    )


def _denied(name: str, what: str, code: str) -> PermissionFault:
    permission = PERMISSIONS.get(name, "Directory.Read.All")
    return PermissionFault(
        f"{what} was refused",
        permission=permission,
        why=f"the app lacks the application permission {permission}",
        fix=GRANT,
        code=code or "403",
    )


def token_fault(reply: Reply) -> SystemFault | None:
    """The fault of an answer of the token endpoint; None for a success."""
    what = "Entra token"
    if reply.status < 300 and not reply.is_html:
        return None
    if reply.status == 429 or reply.status >= 500:
        return _passing(what, reply)
    code, numbers = code_of(reply.body)
    if not code:
        return _stranger(what, reply.status)
    if code == "temporarily_unavailable":
        return TransientFault(f"{what} was refused", why="Entra is busy", code=code)
    known = next((AADSTS[number] for number in numbers if number in AADSTS), None)
    why, fix = known or OAUTH.get(code, (f"Entra answered {code}", _SECRET))
    told = f"AADSTS{numbers[0]}" if numbers else code
    return CredentialFault(f"{what} was refused", why=f"{why} ({told})", fix=fix, code=code)


def _stranger(what: str, status: int) -> StrangerFault:
    return StrangerFault(
        f"{what} was answered by something else than Microsoft Graph",
        why=f"HTTP {status} and no API answer",
        fix="Check base_url, login_url and the proxy.",
        code=f"http_{status}",
    )
