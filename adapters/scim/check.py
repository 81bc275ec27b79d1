"""Check: can we get in, what can the service do, what has no place there. Nothing is written."""

from __future__ import annotations

import httpx

from adapters.scim.client import ScimClient
from adapters.scim.discovery import Service, discover
from adapters.scim.mapping import MANAGER, place
from adapters.scim.settings import ScimSettings
from domain.delivery.capabilities import TargetCapabilities
from domain.errors import SystemFault
from domain.ports import Finding

LOCAL = {"localhost", "127.0.0.1", "::1"}


async def check(
    client: ScimClient, settings: ScimSettings, capabilities: TargetCapabilities
) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    findings = _address(settings)
    try:
        service = await discover(client)
        async for page in client.pages(service.users, 1):
            text = f"The service accepts the token and shows {page.totalResults} users."
            findings.append(_ok("credentials", text))
            break
    except SystemFault as fault:
        text = fault.what if not fault.why else f"{fault.what}: {fault.why}."
        return [*findings, Finding(level="error", subject="credentials", text=text, fix=fault.fix)]
    return [
        *findings,
        _abilities(service, settings),
        *_groups(service, capabilities),
        *_fields(service, capabilities),
    ]


def _address(settings: ScimSettings) -> list[Finding]:
    url = httpx.URL(settings.base_url)
    if url.scheme == "https" or url.host in LOCAL:
        return []
    text = f"The token and everybody's data go to {url.host} unencrypted."
    return [Finding(level="warning", subject="base_url", text=text, fix="Use the https address.")]


def _abilities(service: Service, settings: ScimSettings) -> Finding:
    words = [
        "changes by PATCH" if service.patch else "changes by PUT of whole resources",
        _bulk(service, settings),
        "filters" if service.filter else "no filters: a lookup reads the whole list",
        "etags" if service.etag else "no etags",
    ]
    return _ok("abilities", f"The service can: {', '.join(words)}.")


def _bulk(service: Service, settings: ScimSettings) -> str:
    if not service.bulk_operations:
        return "no bulk: one call per change"
    if not settings.bulk:
        return "bulk, which the setting turns off"
    return f"bulk of up to {service.bulk_operations} operations"


def _groups(service: Service, capabilities: TargetCapabilities) -> list[Finding]:
    if service.groups is not None or not capabilities.fields.keys() & {"department", "role"}:
        return []
    return [
        Finding(
            level="error",
            subject="groups",
            text="The service has no groups, so it holds no departments or roles.",
            fix="Set departments = false and roles = false in the system's section.",
        )
    ]


def _fields(service: Service, capabilities: TargetCapabilities) -> list[Finding]:
    fields = capabilities.fields["member"]
    lost = [f.name for f in fields if f.default and not service.takes(place(f.name))]
    if not service.takes(place(MANAGER)):
        lost.append("the direct manager")
    findings = []
    if lost:
        findings.append(
            Finding(
                level="warning",
                subject="fields",
                text=f"The service has no place for {', '.join(lost)}.",
                fix='They are left out; a mapping of "" drops one for good.',
            )
        )
    given = {place(f.name).path.lower() for f in fields if f.default}
    missing = [name for name in service.required if name.lower() not in given]
    if missing:
        findings.append(
            Finding(
                level="warning",
                subject="fields",
                text=f"The service requires {', '.join(missing)}, which has no value by default.",
                fix="Map it in [systems.….map.member], or people will be refused.",
            )
        )
    return findings


def _ok(subject: str, text: str) -> Finding:
    return Finding(level="ok", subject=subject, text=text)
