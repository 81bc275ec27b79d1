"""Feishu's errors, sorted: what is worth another try, what is refused for good, and why.

Decided by ``code``, then by HTTP status (feishu.md, sections 1 and 9). The vendor's own sentences
may quote personal data and are not repeated; the log id leads to them in the developer console.
"""

from __future__ import annotations

import time

from adapters.feishu.refusals import CONSOLE, EXISTS, REFUSED, SHARED, WRITTEN, Cause
from adapters.feishu.wire import Detail
from adapters.http import AddressRefused, Reply, TokenRefused
from domain.errors import (
    CredentialFault,
    ExistsFault,
    PermissionFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)


class PartlyWritten(TerminalFault):
    """Everything but ``why`` was written (44054 to 44059)."""


RESET = "x-ogw-ratelimit-reset"
"""Header of a throttled answer: seconds until there is room again."""

TOKEN_API = "auth/v3/tenant_access_token/internal"  # noqa: S105 - an address

RATE = "99991400"
NOT_FROM_HERE = "99991401"
NO_SCOPE = "99991672"
TOKEN = {"20013", "99991661", "99991663", "99991664", "99991665", "99991668", "99991671"}
BUSY = {"40003", "41027", "43024", "43030", "44025", "44042", "44049"}
"""Internal errors, locks and work that is still under way."""

WAITING = {"43025", "44010", "44034"}
"""Somebody has to join first, or a deletion is still under way (up to 48 hours)."""

NO_SUCH_USER = {"99992351", "99992360", "99992363", "42006"}
"""Of the person whom a call is about; 42006: has left."""

NO_SUCH_DEPARTMENT = {"40015", "99992357", "99992380"}
BAD_USER_ID = "41012"
"""Where a call names one person only, that there is none; elsewhere any id in the body."""

NONE_SUCH = {"users": NO_SUCH_USER | {BAD_USER_ID}, "departments": NO_SUCH_DEPARTMENT}
"""What getting or deleting one says of one that is not there."""

NO_SUCH_ROLE = "41202"
OUT_OF_RANGE = {"40004", "40014", "41050"}
TOO_BIG_TO_RECURSE = "43010"

_SECRET = f"Compare app_id and app_secret with App ID and App Secret {CONSOLE}."
_WRONG = Cause("app_id or app_secret is wrong", _SECRET)
_OFF = Cause("the app is disabled or not installed in this tenant", f"Publish it {CONSOLE}.")

CREDENTIAL: dict[str, Cause] = {
    "10013": _WRONG,
    "10014": Cause("the app cannot be used", f"Enable it {CONSOLE}."),
    "20002": _WRONG,
    "99991543": _WRONG,
    "99991403": Cause(
        "the tenant's monthly quota of API calls is used up",
        "Wait for the next month or take a larger plan; nothing is lost, the next run goes on.",
    ),
    "99991662": _OFF,
    "99991673": _OFF,
    "99991676": Cause(
        "the token has no right to this", f"Look at the app's permissions {CONSOLE}."
    ),
}


def fault_of(api: str, reply: Reply, code: int, detail: Detail | None) -> SystemFault:
    """The fault that ``code`` means for ``api`` (``users/patch``)."""
    what, text, family = f"Feishu {api} was refused", str(code), api.partition("/")[0]
    if text == RATE or reply.status == 429:
        return throttled(what, reply)
    if text in TOKEN:
        return TokenRefused(what, why="the access token is not valid", code=text)
    if text == NOT_FROM_HERE:
        why = "this machine's address is not in the app's list of addresses"
        fix = f"Add it to the app's IP allow list (IP 白名单) {CONSOLE}."
        return AddressRefused(what, why=why, fix=fix, code=text)
    wrong = _WRONG if api == TOKEN_API and text == "10003" else CREDENTIAL.get(text)
    if wrong is not None:
        return CredentialFault(what, why=wrong.why, fix=wrong.fix, code=text)
    if text == NO_SCOPE:
        return _no_permission(what, detail)
    if text in BUSY:
        return TransientFault(what, why="Feishu is busy with this", code=text)
    if family == "users" and text in WRITTEN:
        return PartlyWritten(what, why=WRITTEN[text], code=text)
    taken = EXISTS.get(family, {}).get(text)
    if taken is not None:
        return ExistsFault(what, why=taken.why, fix=taken.fix, code=text)
    known = REFUSED.get(family, {}).get(text) or SHARED.get(text)
    if known is None and reply.status >= 500:
        return TransientFault(what, why=f"HTTP {reply.status}", code=text)
    if known is not None and text in WAITING:
        return TransientFault(what, why=known.why, fix=known.fix, code=text, waiting=True)
    found = detail.log_id if detail else ""
    cause = known or Cause(
        f"Feishu gave code {text}, which is not in our table",
        f"Look up log id {found} {CONSOLE}." if found else "",
    )
    return TerminalFault(what, why=cause.why, fix=cause.fix, code=text)


def throttled(what: str, reply: Reply) -> TransientFault:
    """Too many calls; the answer says for how long to wait."""
    return TransientFault(
        what,
        why="too many calls",
        fix="Lower the setting rate, or run the sync at another hour.",
        code=RATE,
        retry_after=reply.wait(time.time()),
        throttled=True,
    )


def _no_permission(what: str, detail: Detail | None) -> PermissionFault:
    violations = (detail.permission_violations if detail else None) or []
    scopes = [name for one in violations if (name := one.subject or one.scope)]
    named = " or ".join(dict.fromkeys(scopes))
    return PermissionFault(
        what,
        permission=named or "unknown",
        why=f"the app lacks the permission {named or '(Feishu does not say which)'}",
        fix=f"Apply for it {CONSOLE} (权限管理), and publish the app again.",
        code=NO_SCOPE,
    )


def hidden(what: str, permission: str) -> PermissionFault:
    """A field that is needed is left out of an answer."""
    return PermissionFault(
        what,
        permission=permission,
        why=f"Feishu leaves out what the app may only see with the permission {permission}",
        fix=f"Apply for it {CONSOLE} (权限管理), and publish the app again.",
        code="hidden",
    )


def page_fault(api: str, reply: Reply) -> SystemFault | None:
    """The fault of an answer that is no API answer at all; None if it may be one."""
    if reply.body.lstrip()[:1] == b"{":
        return None
    if reply.is_html or reply.status >= 300:
        return unnamed(api, reply)
    return None


def unnamed(api: str, reply: Reply) -> SystemFault:
    """The fault of an answer that names no code: by its HTTP status."""
    if reply.status == 429:
        return throttled(f"Feishu {api} was refused", reply)
    if reply.status >= 500:
        return TransientFault(
            f"Feishu {api} failed", why=f"HTTP {reply.status}", code=f"http_{reply.status}"
        )
    return StrangerFault(
        f"Feishu {api} was answered by something else than Feishu",
        why=f"HTTP {reply.status} and no API answer",
        fix="Check base_url and the proxy.",
        code=f"http_{reply.status}",
    )
