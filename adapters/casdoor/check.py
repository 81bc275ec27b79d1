"""Check: are we let in, is the organization there, what of ours does it not take.

Nothing is written.
"""

from __future__ import annotations

import httpx

from adapters.casdoor.client import CasdoorClient
from adapters.casdoor.settings import CasdoorSettings
from adapters.casdoor.wire import Organization
from domain.errors import SystemFault
from domain.ports import Finding

LOCAL = {"localhost", "127.0.0.1", "::1"}
ANY_COUNTRY = "All"

ITEMS = {
    "displayName": "Display name",
    "email": "Email",
    "phone": "Phone",
    "avatar": "Avatar",
    "title": "Title",
    "properties.job_number": "Properties",
    "groups": "Groups",
    "isForbidden": "Is forbidden",
    "isDeleted": "Is deleted",
}
"""What we rewrite, with the account item that rules it (object/user_util.go)."""

NOBODY = "Immutable"


async def check(client: CasdoorClient, settings: CasdoorSettings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    findings = _address(settings)
    try:
        organization = await client.own_organization()
        count = await client.user_count()
    except SystemFault as fault:
        subject = "organization" if fault.code == "organization" else "credentials"
        text = fault.what if not fault.why else f"{fault.what}: {fault.why}."
        return [*findings, Finding(level="error", subject=subject, text=text, fix=fault.fix)]
    return [
        *findings,
        _ok(
            "credentials",
            "Casdoor lets the application in. Like every application it may write to all"
            " organizations of the site.",
        ),
        _ok("organization", f"{organization.name} has {count} users."),
        *_items(organization),
        *_country(organization, settings),
        *_deletion(organization),
    ]


def _address(settings: CasdoorSettings) -> list[Finding]:
    url = httpx.URL(settings.base_url)
    if url.scheme == "https" or url.host in LOCAL:
        return []
    text = f"The secret and everybody's data go to {url.host} unencrypted."
    return [_warning("base_url", text, "Use the https address.")]


def _items(organization: Organization) -> list[Finding]:
    rules = {item.name: item.modifyRule for item in organization.accountItems or ()}
    closed = [item for item in ITEMS.values() if rules.get(item) == NOBODY]
    if not closed:
        return []
    return [
        _warning(
            "account items",
            f"The organization lets nobody change {', '.join(closed)}: such changes are refused.",
            "Set the modify rule of these account items to Admin on the organization's page.",
        )
    ]


def _country(organization: Organization, settings: CasdoorSettings) -> list[Finding]:
    known = organization.countryCodes or []
    if not known or ANY_COUNTRY in known or settings.country_code in known:
        return []
    return [
        _warning(
            "country_code",
            f"{settings.country_code} is not among the countries of the organization"
            f" ({', '.join(known)}): people cannot sign in with a number of it.",
            "Add it on the organization's page, or set country_code.",
        )
    ]


def _deletion(organization: Organization) -> list[Finding]:
    if not organization.enableSoftDeletion:
        return []
    text = "Accounts are marked as deleted and keep their names (soft deletion)."
    return [_ok("deletion", text)]


def _ok(subject: str, text: str) -> Finding:
    return Finding(level="ok", subject=subject, text=text)


def _warning(subject: str, text: str, fix: str) -> Finding:
    return Finding(level="warning", subject=subject, text=text, fix=fix)
