"""LDAP result codes, sorted: worth another try, refused for good, and why.

Source: RFC 4511, appendix A, and what slapd 2.5.13 answers (targets.md, D4). The server's own
sentence may quote values; of it only the names of attributes are repeated.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from domain.errors import (
    AbsentFault,
    CredentialFault,
    ExistsFault,
    PermissionFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)


class Cause(NamedTuple):
    why: str
    fix: str = ""


SUCCESS, NO_SUCH_ATTRIBUTE, VALUE_EXISTS, CLASS_VIOLATION = "0", "16", "20", "65"
ABSENT, EXISTS, UNDEFINED = "32", "68", "17"
SIZE_LIMIT, ADMIN_LIMIT = "4", "11"

_PASSWORD = Cause(
    "the server does not accept bind_dn and bind_password",
    "Check both with: ldapwhoami -x -H URL -D BIND_DN -W",
)
_ENCRYPT = Cause(
    "the server wants an encrypted connection", "Set start_tls = true, or use an ldaps:// url."
)
_LOCKED = Cause(
    "the server does not let bind_dn in: the account is locked, or its password has expired",
    "Mend that account, or use another one.",
)
CREDENTIAL = {
    "8": _ENCRYPT,
    "13": _ENCRYPT,
    "7": Cause("the server does not offer simple authentication"),
    "34": Cause("bind_dn is not a DN", "Check bind_dn."),
    "19": _LOCKED,
    "32": Cause("the server knows no such account as bind_dn", "Check bind_dn."),
    "48": Cause("the server does not accept this way of signing in", "Check bind_dn."),
    "49": _PASSWORD,
    "53": _LOCKED,
}
"""What these codes mean when we sign in. 389 Directory Server says 53 of an account that was
inactivated and 19 after too many tries; Active Directory says more, below."""

_ACCOUNT = "Mend that account in Active Directory, or use another one."
WINDOWS = {
    "525": Cause("Active Directory knows no such user as bind_dn", "Check bind_dn."),
    "530": Cause("Active Directory does not let bind_dn in at this hour", _ACCOUNT),
    "531": Cause("Active Directory does not let bind_dn in from this machine", _ACCOUNT),
    "532": Cause("the password of bind_dn has expired", _ACCOUNT),
    "533": Cause("the account bind_dn is disabled", _ACCOUNT),
    "701": Cause("the account bind_dn has expired", _ACCOUNT),
    "773": Cause("bind_dn has to change its password first", _ACCOUNT),
    "775": Cause("the account bind_dn is locked out", _ACCOUNT),
}
"""Windows error numbers (hexadecimal) in the message of a refused bind: ``…, data 533, v4563``
(MS-ERREF 2.2; ERROR_NO_SUCH_USER, ERROR_ACCOUNT_DISABLED …)."""

BUSY = {
    "51": "the server is busy",
    "52": "the server is not available at the moment",
    "3": "the server gave up after its time limit",
    "80": "the server has trouble of its own",
}

TERMINAL = {
    "1": Cause("the server has trouble, or does not take this from us", "Check bind_dn and url."),
    "4": Cause(
        "the server gives no more entries than its size limit",
        "Raise the limit for bind_dn (OpenLDAP: olcLimits), or allow the paged results control.",
    ),
    "10": Cause(
        "the server refers to another one",
        "Point url to the server that holds base_dn and takes writes.",
    ),
    "11": Cause(
        "the server's administrative limit is reached", "Raise it for bind_dn (olcLimits)."
    ),
    "12": Cause("the server does not know a control that we need"),
    "16": Cause("there is no such value (any more)"),
    "17": Cause(
        "the server's schema has no such attribute",
        "Load the schema, or take the attribute out of the mapping.",
    ),
    "19": Cause("a rule of the server forbids the value"),
    "20": Cause("the value is there already"),
    "21": Cause("a value does not have the form that its attribute asks for"),
    "34": Cause("the name of the entry is not a DN that the server takes"),
    "53": Cause("the server is unwilling to do this"),
    "64": Cause("the name of the entry and its attributes do not agree"),
    "65": Cause("the entry would break the rules of its object class"),
    "66": Cause(
        "other entries are below it, which are not ours", "Move or remove them by hand first."
    ),
    "67": Cause("the attribute names the entry and can't be changed like this"),
    "69": Cause("the object class of an entry can't be changed"),
    "71": Cause("the new place is on another server"),
}

_WINDOWS_CODE = re.compile(r"AcceptSecurityContext error, data ([0-9a-f]+)")
_ATTRIBUTE = re.compile(
    r"^(?:modify/\w+: )?([A-Za-z][\w;-]*): |attribute '([\w;-]+)'|attribute ([\w-]+) not unique"
)


def fault_of(what: str, result: Mapping[str, Any]) -> SystemFault:
    """The fault that an LDAP result means for ``what`` (``LDAP add, member u1``)."""
    code, message = str(result["result"]), str(result.get("message") or "")
    if code in BUSY:
        return TransientFault(f"{what} failed", why=BUSY[code], code=code)
    if code == ABSENT:
        return AbsentFault(f"{what} was refused", why="there is no such entry", code=code)
    if code == EXISTS or (code == "19" and "unique" in message):
        attribute = _attribute(message)
        return ExistsFault(
            f"{what} was refused",
            why=f"another entry has the same {attribute or 'name'}",
            fix="Adopt that entry, rename it, or map another value.",
            code=code,
        )
    if code == "50":
        right = "read" if result.get("type") == "searchResDone" else "write"
        return PermissionFault(
            f"{what} was refused",
            permission=right,
            why=f"bind_dn may not {right} there",
            fix="Grant it in the server's access rules (OpenLDAP: olcAccess).",
            code=code,
        )
    cause = TERMINAL.get(code) or Cause(
        f"LDAP result code {code}, which is not in our table", "Look into the server's log."
    )
    attribute = _attribute(message)
    why = f"{cause.why} ({attribute})" if attribute else cause.why
    return TerminalFault(f"{what} was refused", why=why, fix=cause.fix, code=code)


def sign_in_fault(what: str, result: Mapping[str, Any]) -> SystemFault:
    """The fault that the answer to a bind means."""
    code = str(result["result"])
    if code in BUSY:
        return fault_of(what, result)
    windows = _WINDOWS_CODE.search(str(result.get("message") or "")) if code == "49" else None
    cause = WINDOWS.get(windows[1]) if windows else None
    cause = cause or CREDENTIAL.get(code) or Cause(f"LDAP result code {code}", _PASSWORD.fix)
    return CredentialFault(f"{what} was refused", why=cause.why, fix=cause.fix, code=code)


def untrusted(what: str, why: str, fix: str) -> CredentialFault:
    """TLS does not come about: the run stops, because no other call would fare better."""
    return CredentialFault(f"{what} was given up", why=why, fix=fix, code="tls")


def unreachable(what: str) -> TransientFault:
    """Nobody listens, or not in time."""
    return TransientFault(
        f"{what} failed",
        why="the server cannot be reached",
        fix="Check url, and that the server runs and lets us through.",
        code="connect",
    )


def unanswered(what: str) -> TransientFault:
    """Somebody took the connection, and then no answer to the sign-in came."""
    return TransientFault(
        f"{what} failed",
        why="what listens there gives no answer, or none of an LDAP server",
        fix="Check host and port in url, and whether the server is well.",
        code="connect",
    )


def lost(what: str) -> TransientFault:
    """The connection broke, or no answer came in time; what was asked for may have been done."""
    return TransientFault(
        f"{what} has no answer", why="the connection was lost or the time was up", code="lost"
    )


def moved(what: str) -> TransientFault:
    """An entry is not where it was; a part of its values would be taken for all of them."""
    return TransientFault(
        f"{what} was broken off",
        why="an entry was moved or removed while its values came in parts",
        code="moved",
    )


def unknown(what: str) -> TerminalFault:
    """A new entry that could never be found again."""
    return TerminalFault(
        f"{what} was done, and the entry cannot be known again",
        why="it shows no entryUUID (RFC 4530)",
        fix="Let bind_dn read entryUUID, or have the server keep it.",
        code="entryUUID",
    )


def elsewhere(what: str, addresses: Collection[str]) -> TerminalFault:
    """A part of the tree is on another server. Of its address only the host is repeated."""
    hosts = sorted({urlsplit(address).netloc or "another server" for address in addresses})
    return TerminalFault(
        f"{what} is not everything",
        why=f"a part of the tree is on {', '.join(hosts[:3])}, which was not asked",
        fix="Read that server as a system of its own, and set people, departments and roles to"
        " places beside that part.",
        code="10",
    )


def stuck(what: str) -> TerminalFault:
    """Pages or parts that lead nowhere: asking on would never end."""
    return TerminalFault(
        f"{what} was given up",
        why="the server's pages do not get on: the same one came again, or nothing",
        fix="Look into the server's log.",
    )


def _attribute(message: str) -> str:
    """The name of the attribute in slapd's sentence; never a value."""
    found = _ATTRIBUTE.search(message)
    return next(filter(None, found.groups()), "") if found else ""
