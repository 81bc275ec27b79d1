"""Check: are we let in, is the organization there, what of ours does the pool not take.

Every call that reads is made once, so that a missing permission for one of them is named. Nothing
is written, and Authing does not say beforehand what may be.
"""

from __future__ import annotations

import httpx

from adapters.authing import wire
from adapters.authing.client import AuthingClient
from adapters.authing.errors import NotFound
from adapters.authing.mapping import CUSTOM, OWN
from adapters.authing.settings import AuthingSettings
from adapters.http.findings import clock, error, ok, trouble, warning
from domain.errors import CredentialFault, SystemFault
from domain.ports import Finding

LOCAL = {"localhost", "127.0.0.1", "::1"}


async def check(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    findings = _address(settings)
    try:
        await client.sign_in()
    except SystemFault as fault:
        return [*findings, trouble("credentials", fault)]
    findings.append(ok("credentials", "Authing accepts the access key."))
    findings += clock(client.http.date, "Authing", "access tokens")
    for look in (_organization, _people, _custom_fields, _roles):
        try:
            findings += await look(client, settings)
        except SystemFault as fault:
            findings.append(trouble(look.__name__.strip("_").replace("_", " "), fault))
            if isinstance(fault, CredentialFault) and fault.code != "organization":
                break
    return findings


def _address(settings: AuthingSettings) -> list[Finding]:
    url = httpx.URL(settings.base_url)
    if url.scheme == "https" or url.host in LOCAL:
        return []
    text = f"The secret and everybody's data go to {url.host} unencrypted."
    return [warning("base_url", text, "Use the https address.")]


async def _organization(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    if not settings.departments:
        return [ok("organization", "Departments are left out (departments = false).")]
    await client.organization()
    count = (await client.all_departments()).totalCount
    text = f"{settings.organization_code} has {count} departments."
    return [ok("organization", text)]


async def _people(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    async for rows, total in client.users():
        if rows and settings.departments:
            await client.places(rows[0].userId)
        return [ok("people", f"The pool has {total} people.")]
    return []


async def _custom_fields(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    defined = await client.get("get-custom-fields", {"targetType": "USER"}, list[wire.CustomField])
    known = {field.key for field in defined}
    wanted = [name.removeprefix(CUSTOM) for name in OWN]
    missing = [key for key in (*wanted, settings.manager_field) if key and key not in known]
    if not missing:
        return [ok("custom fields", "The custom fields of people that we write are defined.")]
    fix = (
        f"Define them as texts (自定义字段) in Authing's console, or leave them out: map {CUSTOM}…"
    )
    text = (
        f"People have no custom field {', '.join(missing)}:"
        " an account with a value for one is refused."
    )
    return [error("custom fields", text, f'{fix} to "", set manager_field = "".')]


async def _roles(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    try:
        async for rows, total in client.pages("list-roles", client.in_namespace(), wire.Role):
            for role in rows[:1]:
                await anext(client.holders(role.code))
            return [ok("roles", f"The namespace has {total} roles.")]
    except NotFound:
        text = f"There is no permission namespace {settings.namespace!r}."
        return [
            error("roles", text, "Make it in Authing's console (权限分组), or check namespace.")
        ]
    return []
