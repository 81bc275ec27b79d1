"""Check: are we let in, is the organization there, what of ours does the pool not take.

Nothing is written.
"""

from __future__ import annotations

import httpx

from adapters.authing import wire
from adapters.authing.client import AuthingClient
from adapters.authing.errors import NotFound
from adapters.authing.mapping import CUSTOM, OWN
from adapters.authing.settings import AuthingSettings
from adapters.http import Patience
from domain.errors import CredentialFault, PermissionFault, SystemFault
from domain.ports import Finding

LOCAL = {"localhost", "127.0.0.1", "::1"}

CHECKING = Patience(tries=2, total=10, throttled=15)
"""A check does not wait for long."""


async def check(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    findings = _address(settings)
    try:
        await client.sign_in()
    except SystemFault as fault:
        return [*findings, _trouble("credentials", fault)]
    findings.append(_ok("credentials", "Authing accepts the access key."))
    for look in (_organization, _people, _custom_fields, _roles):
        try:
            findings += await look(client, settings)
        except SystemFault as fault:
            findings.append(_trouble(look.__name__.strip("_").replace("_", " "), fault))
            if isinstance(fault, CredentialFault) and fault.code != "organization":
                break
    return findings


def _address(settings: AuthingSettings) -> list[Finding]:
    url = httpx.URL(settings.base_url)
    if url.scheme == "https" or url.host in LOCAL:
        return []
    text = f"The secret and everybody's data go to {url.host} unencrypted."
    return [_warning("base_url", text, "Use the https address.")]


async def _organization(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    if not settings.departments:
        return [_ok("organization", "Departments are left out (departments = false).")]
    await client.organization()
    count = (await client.all_departments()).totalCount
    text = f"{settings.organization_code} has {count} departments."
    return [_ok("organization", text)]


async def _people(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    async for _, total in client.users():
        return [_ok("people", f"The pool has {total} people.")]
    return []


async def _custom_fields(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    defined = await client.get("get-custom-fields", {"targetType": "USER"}, list[wire.CustomField])
    known = {field.key for field in defined}
    wanted = [name.removeprefix(CUSTOM) for name in OWN]
    missing = [key for key in (*wanted, settings.manager_field) if key and key not in known]
    if not missing:
        return [_ok("custom fields", "The custom fields of people that we write are defined.")]
    fix = (
        f"Define them as texts (自定义字段) in Authing's console, or leave them out: map {CUSTOM}…"
    )
    return [
        Finding(
            level="error",
            subject="custom fields",
            text=f"People have no custom field {', '.join(missing)}:"
            " an account with a value for one is refused.",
            fix=f'{fix} to "", set manager_field = "".',
        )
    ]


async def _roles(client: AuthingClient, settings: AuthingSettings) -> list[Finding]:
    try:
        async for _, total in client.pages("list-roles", client.in_namespace(), wire.Role):
            return [_ok("roles", f"The namespace has {total} roles.")]
    except NotFound:
        text = f"There is no permission namespace {settings.namespace!r}."
        return [
            Finding(
                level="error",
                subject="roles",
                text=text,
                fix="Make it in Authing's console (权限分组), or check namespace.",
            )
        ]
    return []


def _ok(subject: str, text: str) -> Finding:
    return Finding(level="ok", subject=subject, text=text)


def _warning(subject: str, text: str, fix: str) -> Finding:
    return Finding(level="warning", subject=subject, text=text, fix=fix)


def _trouble(subject: str, fault: SystemFault) -> Finding:
    if isinstance(fault, PermissionFault):
        subject = f"permission {fault.permission}"
    text = fault.what if not fault.why else f"{fault.what}: {fault.why}."
    return Finding(level="error", subject=subject, text=text, fix=fault.fix)
