"""What an organization lets be changed of its users (organization.accountItems).

Source: Casdoor source at e6b2338f, object/init.go (GetDefaultAccountItems) and
object/user_util.go (CheckPermissionForUpdateUser).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.casdoor.simulator.errors import (
    EMPTY_DISPLAY_NAME,
    IMMUTABLE,
    REGEX_MISMATCH,
    UNKNOWN_RULE,
    RefusedError,
)
from adapters.casdoor.simulator.fields import USER, ZERO, Row

SELF, ADMIN, IMMUTABLE_RULE = "Self", "Admin", "Immutable"

CHECKED = {
    "owner": "Organization",
    "name": "Name",
    "id": "ID",
    "displayName": "Display name",
    "avatar": "Avatar",
    "type": "User type",
    "password": "Password",
    "email": "Email",
    "phone": "Phone",
    "countryCode": "Country code",
    "region": "Country/Region",
    "location": "Location",
    "affiliation": "Affiliation",
    "title": "Title",
    "homepage": "Homepage",
    "bio": "Bio",
    "tag": "Tag",
    "language": "Language",
    "gender": "Gender",
    "birthday": "Birthday",
    "education": "Education",
    "balance": "Balance",
    "balanceCredit": "Balance credit",
    "balanceCurrency": "Balance currency",
    "cart": "Cart",
    "uidNumber": "UID number",
    "score": "Score",
    "karma": "Karma",
    "ranking": "Ranking",
    "signupApplication": "Signup application",
    "idCard": "ID card",
    "idCardType": "ID card type",
    "properties": "Properties",
    "preferredMfaType": "Multi-factor authentication",
    "groups": "Groups",
    "address": "Address",
    "isAdmin": "Is admin",
    "isForbidden": "Is forbidden",
    "isDeleted": "Is deleted",
    "needUpdatePassword": "Need update password",
    "ipWhitelist": "IP whitelist",
}
"""Fields that are checked when they change, with the item that rules each, in Casdoor's order."""

UNCHECKED = (
    *("First name", "Last name", "Addresses", "ID card info", "Real name", "ID verification"),
    *("Transactions", "Register type", "Register source", "Roles", "Permissions", "Consents"),
    *("3rd-party logins", "Is online", "MFA items", "WebAuthn credentials"),
    *("Last change password time", "Managed accounts", "Face ID", "MFA accounts"),
)
"""Items that the console shows and that no update is checked against."""

ADMINS = {
    *("Organization", "Name", "User type", "Country code", "Tag", "UID number"),
    *("Signup application", "Register type", "Register source", "Groups", "Properties"),
    *("Is online", "Is admin", "Is forbidden", "Is deleted", "Last change password time"),
    *("Need update password", "IP whitelist"),
}
NOBODYS = {"ID", "Roles", "Permissions"}


def default_items(rules: Mapping[str, str]) -> list[dict[str, Any]]:
    """The items of a new organization, with ``rules`` (item to rule) over the built-in ones."""
    return [
        {
            "name": name,
            "visible": True,
            "viewRule": "Public",
            "modifyRule": rules.get(name, _rule(name)),
            "regex": "",
            "tab": "",
        }
        for name in (*CHECKED.values(), *UNCHECKED)
    ]


def _rule(name: str) -> str:
    if name in NOBODYS:
        return IMMUTABLE_RULE
    return ADMIN if name in ADMINS else SELF


def check_changes(organization: Row, before: Row, after: Row, *, allow_empty: bool) -> None:
    """Refuse a change that an account item forbids, to the site's administrators too.

    An empty display name is refused unless ``allow_empty``. A field without an item is free.
    """
    items = {item.get("name"): item for item in organization.get("accountItems") or []}
    changed = [name for name in CHECKED if _differs(name, before, after)]
    if "displayName" in changed and not after.get("displayName") and not allow_empty:
        raise RefusedError(EMPTY_DISPLAY_NAME)
    for name in changed:
        item = items.get(CHECKED[name])
        if item is not None:
            check_rule(item)
            _check_regex(item, name, after)


def check_rule(item: Mapping[str, Any]) -> None:
    """Refuse what nobody may change."""
    rule = item.get("modifyRule", "")
    if rule == IMMUTABLE_RULE:
        raise RefusedError(IMMUTABLE, str(item.get("name", "")))
    if rule not in (SELF, ADMIN):
        raise RefusedError(UNKNOWN_RULE, str(rule))


def item_named(organization: Row | None, name: str) -> Mapping[str, Any] | None:
    """The item of this name, if the organization has it."""
    items = (organization or {}).get("accountItems") or []
    return next((item for item in items if item.get("name") == name), None)


def _differs(name: str, before: Row, after: Row) -> bool:
    if name == "password" and after.get(name) == "***":
        return False
    return (before.get(name) or None) != (after.get(name) or None)


def _check_regex(item: Mapping[str, Any], name: str, after: Row) -> None:
    pattern = item.get("regex")
    # the field is found by the item's name without its spaces, so "ID" and the like are not
    if not pattern or _camel(CHECKED[name]) != name[:1].upper() + name[1:]:
        return
    value = after.get(name, ZERO[USER.fields[name].kind])
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if re.search(pattern, text) is None:
        raise RefusedError(REGEX_MISMATCH, text, CHECKED[name])


def _camel(item: str) -> str:
    return "".join(word.title() for word in item.lower().split(" "))
