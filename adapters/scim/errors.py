"""SCIM's errors, sorted: what is worth another try, what is refused for good, and why.

Source of statuses and types: RFC 7644, section 3.12 (tables 8 and 9), section 3.7.4 for 413.
The ``detail`` of an answer may quote personal data and is not repeated.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import msgspec

from adapters.http import Reply
from adapters.scim import wire
from domain.errors import (
    AbsentFault,
    CredentialFault,
    ExistsFault,
    PermissionFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)


class Stale(TerminalFault):
    """Somebody changed the resource since we read it (412): read again and decide anew.

    Sending the very same once more is of no use; see :func:`contended`.
    """


class Mismatch(TerminalFault):
    """A path of a PATCH meets nothing there (noTarget): look what is there."""


class TooLarge(TerminalFault):
    """The request is larger than the service takes (413)."""


class Unsupported(TerminalFault):
    """The service does not have this endpoint or method."""


class Cause(NamedTuple):
    why: str
    fix: str = ""


_MAP = "Change its expression in [systems.….map], or the value in the source."

TYPES: dict[str, Cause] = {
    "invalidValue": Cause("the service does not accept a value", _MAP),
    "invalidSyntax": Cause("the service does not accept the form of the request"),
    "invalidPath": Cause("the service does not know an attribute", _MAP),
    "invalidFilter": Cause("the service does not accept the filter"),
    "mutability": Cause("an attribute cannot be changed there", _MAP),
    "sensitive": Cause("the request carries something that must not be in an address"),
    "tooMany": Cause("the answer would hold more than the service gives"),
    "invalidVers": Cause("the service speaks another version of SCIM", "Check base_url."),
}
"""``scimType`` to what it means."""

STATUSES: dict[int, Cause] = {
    400: Cause("the service does not accept the request", _MAP),
    414: Cause("the address is too long for the service"),
    415: Cause("the service does not take application/scim+json", "Check base_url."),
    422: Cause("the service does not accept a value", _MAP),
    428: Cause("the service wants an etag, and gives none"),
}

OWN_PAGES = frozenset({401, 403, 408, 413, 414, 429})
"""Statuses whose meaning is clear, also with a web page: a proxy speaks for the service."""

_TOKEN = "Create a new token in the service's console and set it as token."  # noqa: S105 - advice
_ADOPT = (
    'Delete it there, or take it over: adopt = { keys = ["userName", "displayName"] }'
    " in the system's section."
)

_ERROR = msgspec.json.Decoder(wire.Error, strict=False)


def of_reply(name: str, what: str, reply: Reply) -> SystemFault | None:
    """The fault of an HTTP answer to ``what`` (``PATCH /Users/28``); None if it is none."""
    if 200 <= reply.status < 300:
        return None
    if reply.is_html and 400 <= reply.status < 500 and reply.status not in OWN_PAGES:
        return stranger(name, what, reply.status)
    wait = reply.wait(time.time()) if reply.retry_after else None
    return of_status(name, what, reply.status, reply.body, wait)


def of_status(
    name: str, what: str, status: int, body: bytes | msgspec.Raw, wait: float | None = None
) -> SystemFault:
    """The fault that a status and an error message mean, of a call or of a row of a bulk.

    ``wait`` is what Retry-After asked for, in seconds.
    """
    kind = _kind(body)
    code = f"{status} {kind}" if kind else str(status)
    refused = f"{name} refused {what}"
    if status == 401:
        return CredentialFault(refused, why="the token is not accepted", fix=_TOKEN, code=code)
    if status == 403 and kind != "sensitive":
        return _forbidden(refused, what, code)
    if status == 429:
        return TransientFault(
            refused,
            why="too many calls",
            fix="Lower the setting rate, or run the sync at another hour.",
            code=code,
            retry_after=wait,
            throttled=True,
        )
    if status in (405, 501):
        return Unsupported(refused, why="the service does not support it", code=code)
    if status == 408 or status >= 500:
        return TransientFault(
            f"{name} failed at {what}", why=f"HTTP {status}", code=code, retry_after=wait
        )
    if 300 <= status < 400:
        return stranger(name, what, status)
    return _about_object(refused, what, status, kind, code)


def stranger(name: str, what: str, status: int) -> StrangerFault:
    """An answer that is no SCIM message."""
    return StrangerFault(
        f"{name} was answered by something else than a SCIM service",
        why=f"HTTP {status} to {what}",
        fix="Check base_url and the proxy.",
        code=str(status),
    )


def _kind(body: bytes | msgspec.Raw) -> str:
    try:
        return _ERROR.decode(body).scimType or ""
    except msgspec.MsgspecError:
        return ""


def _forbidden(refused: str, what: str, code: str) -> SystemFault:
    why = "the token does not permit it"
    if what.startswith("GET"):
        return CredentialFault(refused, why=why, fix=_TOKEN, code=code)
    return PermissionFault(
        refused,
        permission=" ".join(what.split("/")[:2]).replace("  ", " "),
        why=why + ", or the object is protected there",
        fix="Give the token write access in the service's console.",
        code=code,
    )


def _about_object(refused: str, what: str, status: int, kind: str, code: str) -> SystemFault:
    if status == 404:
        return AbsentFault(refused, why="there is no such resource (any more)", code=code)
    if status == 412:
        return Stale(refused, why="somebody else changed it at the same time", code=code)
    if status == 413:
        return TooLarge(refused, why="the request is too large for the service", code=code)
    if status == 409 or kind == "uniqueness":
        return exists(refused, code) if kind or what.startswith("POST") else _conflict(refused)
    if kind == "noTarget":
        return Mismatch(refused, why="what should be changed there is not there", code=code)
    known = TYPES.get(kind) or STATUSES.get(status) or Cause(f"HTTP {status}")
    return TerminalFault(refused, why=known.why, fix=known.fix, code=code)


def exists(refused: str, code: str = "409") -> ExistsFault:
    """A userName, mail or group name that something has which is not ours."""
    return ExistsFault(
        refused,
        why="something with this userName, mail or name is there already, and it is not ours",
        fix=_ADOPT,
        code=code,
    )


def contended(stale: Stale) -> TransientFault:
    """Somebody changed the resource each time that we read it: worth another try later."""
    return TransientFault(stale.what, why=stale.why, code=stale.code)


def _conflict(refused: str) -> TransientFault:
    return TransientFault(refused, why="it collided with another change there", code="409")
