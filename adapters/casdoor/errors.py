"""Casdoor's errors, sorted: what is worth another try, what is refused for good, and why.

Casdoor answers nearly every error with HTTP 200, ``status: error`` and a sentence, without a
code. Calls ask for English (Accept-Language), so the sentences are those of the source at
e6b2338f: object/check.go, user_util.go, group.go, and the database's own, which Casdoor passes
on. They may quote personal data and are not repeated; of some the name of a column or an account
item is.

A sentence alone does not tell a caller whom Casdoor does not know from a write that nobody may
do. So a write that is not allowed is a PermissionFault here, and the client looks which it was.
"""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from adapters.http import Reply
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

GROUP_NAME = "group_name"
"""Code of a group name that another organization of the site has."""

UNKNOWN = "unknown"
"""Code of a sentence that is not in our table, or in another language."""

_APP = "Check client_id and client_secret: the application's page in Casdoor's console shows them."
_NEXT = "The next run reads Casdoor and looks whether it is ours."
_MEND = "Mend it at its source, or map the field otherwise."
_ITEM = (
    "Set its modify rule to Admin in the organization's account items, or take the field out"
    " of the mapping."
)


class Rule(NamedTuple):
    """One kind of sentence. ``{}`` in ``why`` is what the pattern's group caught."""

    pattern: re.Pattern[str]
    fault: type[SystemFault]
    code: str
    why: str
    fix: str = ""


def _rule(pattern: str, fault: type[SystemFault], code: str, why: str, fix: str = "") -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), fault, code, why, fix)


NOT_ALLOWED = re.compile(r"^(Unauthorized operation|Please (login|sign in) first)")
"""What somebody hears whom Casdoor does not know, and who may not do something."""

RULES: tuple[Rule, ...] = (
    Rule(NOT_ALLOWED, CredentialFault, "anonymous", "client_id or client_secret is wrong", _APP),
    _rule(
        r"^(Application not found for client ID|Incorrect client secret|Access (token|key))",
        CredentialFault, "client", "client_id or client_secret is wrong", _APP,
    ),
    _rule(r"^Username already exists", ExistsFault, "name",
          "somebody else has this user name", _NEXT),
    _rule(r"^Email already exists", ExistsFault, "email",
          "somebody else has this mail address", _NEXT),
    _rule(r"^Phone already exists", ExistsFault, "phone",
          "somebody else has this mobile number", _NEXT),
    _rule(
        r"(Duplicate entry|duplicate key|UNIQUE constraint).*UQE_group_name",
        ExistsFault, GROUP_NAME,
        "another organization of the site has a group of this name, and this version of Casdoor"
        " wants them to differ",
        "Set group_prefix, before anything is brought there.",
    ),
    _rule(r"Duplicate entry|duplicate key value|UNIQUE constraint failed", ExistsFault,
          "duplicate", "something of this name is there already", _NEXT),
    _rule(r"^The user: .* doesn't exist|^The user: .* is not found", AbsentFault, "user",
          "there is no such user (any more)"),
    _rule(r"^The (.{1,60}) is immutable", TerminalFault, "immutable",
          'the organization lets nobody change "{}"', _ITEM),
    _rule(r"for account field \"(.{1,60})\" doesn't match the account item regex", TerminalFault,
          "regex", 'a value is not as the organization demands of "{}"', _MEND),
    _rule(r"^Unknown modify rule", TerminalFault, "rule",
          "an account item of the organization has a rule that Casdoor does not know",
          "Mend the account items on the organization's page."),
    _rule(r"^Phone number is invalid", TerminalFault, "phone_invalid",
          "Casdoor takes the mobile number for invalid",
          "Mend it at its source; for numbers without a country set country_code."),
    _rule(r"^MFA (email|phone) is enabled", TerminalFault, "mfa",
          "the {} is the person's second factor and cannot be emptied",
          "Let the person choose another second factor in Casdoor."),
    _rule(r"^(The username may only|Username supports|Username is too long|Empty username)",
          TerminalFault, "username", "Casdoor does not take the user name", _MEND),
    _rule(r"^Display name cannot be empty", TerminalFault, "displayName",
          "an account must have a display name", _MEND),
    _rule(r"Data too long for column '(\w{1,60})'", TerminalFault, "too_long",
          "the value of {} is longer than Casdoor's column", _MEND),
    _rule(r"value too long for type", TerminalFault, "too_long",
          "a value is longer than Casdoor's column", _MEND),
    _rule(r"^The organization: .* should have one application", TerminalFault, "application",
          "the organization has no application, so it takes no accounts",
          "Make an application for the organization in Casdoor's console."),
    _rule(r"^The organization: .* (does not exist|is not found)", CredentialFault, "organization",
          "there is no such organization", "Check the setting organization: its name, not its"
          " display name."),
    _rule(r"^group has children group", TerminalFault, "children",
          "there are still groups below it that are not ours",
          "Move or delete them in Casdoor's console."),
    _rule(r"^group has users", TerminalFault, "users",
          "there are still people in it that are not ours",
          "Take them out of the group in Casdoor's console."),
    _rule(r"^group name can't be same as the organization name", TerminalFault, "group_org",
          "an organization of the site has this name, so no group can have it",
          "Set group_prefix, before anything is brought there."),
    _rule(r"^group name can't", TerminalFault, "group_bad", "no group can have this name", _MEND),
    _rule(r"quota is exceeded", TerminalFault, "quota",
          "the site's quota of accounts is used up", "Ask whoever runs the site for more."),
    _rule(
        r"deadlock|lock wait timeout|database is locked|too many (clients|connections)"
        r"|bad connection|invalid connection|connection refused|i/o timeout|server has gone away",
        TransientFault, "database", "Casdoor's database was busy or away",
    ),
)  # fmt: skip
"""The first one that fits counts."""


def of_message(what: str, message: str, *, writing: bool) -> SystemFault:
    """The fault that a sentence of Casdoor means for ``what`` (``casdoor-main add-user``)."""
    refused = f"{what} was refused"
    if writing and NOT_ALLOWED.search(message):
        return _not_allowed(
            what,
            "anonymous",
            "Casdoor allows nobody this write, as with its own administrator",
            "Leave it out of the scope.",
        )
    for rule in RULES:
        found = rule.pattern.search(message)
        if found:
            named = next((g for g in found.groups() if g), "")
            return rule.fault(refused, why=rule.why.format(named), fix=rule.fix, code=rule.code)
    return TerminalFault(
        refused,
        why=f"Casdoor gave a reason of {len(message)} characters that is not in our table",
        fix="Casdoor's log has it under Logging & Auditing → Records.",
        code=UNKNOWN,
    )


def not_let_in(fault: SystemFault) -> CredentialFault:
    """What a refusal of the first question means, whatever it says."""
    why = f"the application is not let in; {fault.why}"
    return CredentialFault(fault.what, why=why, fix=_APP, code="anonymous")


def of_page(what: str, reply: Reply, *, writing: bool) -> SystemFault | None:
    """The fault of an answer that is none of Casdoor's API; None if it may be one."""
    status = reply.status
    code = f"http_{status}"
    if status == 429:
        return TransientFault(
            f"{what} was refused",
            why="too many calls for the proxy in front of Casdoor",
            fix="Lower the setting rate, or raise the proxy's limit.",
            code=code,
            retry_after=reply.wait(time.time()) if reply.retry_after else None,
            throttled=True,
        )
    if status == 408 or status >= 500:
        return TransientFault(f"{what} failed", why=f"HTTP {status}", code=code)
    if status in (401, 403, 407):
        why = f"something in front of Casdoor does not let this through (HTTP {status})"
        fix = "Let the proxy or firewall admit this machine's calls to /api/."
        if writing:
            return _not_allowed(what, code, why, fix)
        return CredentialFault(f"{what} was refused", why=why, fix=fix, code=code)
    if reply.is_html or not 200 <= status < 300:
        return StrangerFault(
            f"{what} was answered by something else than Casdoor's API",
            why=f"HTTP {status} and no API answer",
            fix="Check base_url and the proxy.",
            code=code,
        )
    return None


def _not_allowed(what: str, code: str, why: str, fix: str) -> PermissionFault:
    api = what.rpartition(" ")[2]
    return PermissionFault(f"{what} was refused", permission=api, why=why, fix=fix, code=code)
