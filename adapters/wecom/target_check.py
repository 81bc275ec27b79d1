"""Checking WeCom as a target: the right to write, and the place to write to."""

from __future__ import annotations

from msgspec.structs import replace

from adapters.http.findings import error, ok, trouble, warning
from adapters.wecom import wire
from adapters.wecom.check import check
from adapters.wecom.client import WeComClient
from adapters.wecom.errors import NO_SUCH_USER, PLACE
from adapters.wecom.mapping import ROOT
from adapters.wecom.settings import WeComSettings
from domain.errors import SystemFault
from domain.ports import Finding

NOBODY = "orgledger-check.nobody"
"""A userid that nobody has."""

WRITES = "contact_secret: writing"
DETAILS = "permission details with contact_secret"


async def check_target(client: WeComClient, settings: WeComSettings) -> list[Finding]:
    """All findings. The right to write is probed with a change of somebody who does not exist."""
    findings = _each_once(await check(client, settings))
    if not settings.app_secret:
        findings = [one for one in findings if one.subject != DETAILS]
        findings.append(_unread())
    shut = {"credentials contact_secret", "server address"}
    if any(one.level == "error" and one.subject in shut for one in findings):
        return findings
    return [*findings, await _may_write(client), *await _place(client, settings.root_department)]


def _each_once(findings: list[Finding]) -> list[Finding]:
    """What both secrets were told alike (nobody answers) is told once."""
    told: dict[tuple[str, str], Finding] = {}
    for one in findings:
        told.setdefault((one.level, one.text), one)
    return list(told.values())


def _unread() -> Finding:
    return warning(
        "app_secret",
        "Without it leaders of departments are not written, and of what is there only ids are"
        " read: changes that somebody makes in WeCom's console are noticed in part.",
        f"Set app_secret and agent_id: both are under {PLACE['app']}.",
    )


async def _may_write(client: WeComClient) -> Finding:
    try:
        body = {"userid": NOBODY}
        await client.call("contact", "POST", "user/update", wire.Envelope, body=body)
    except SystemFault as fault:
        if fault.code not in NO_SUCH_USER:
            return replace(trouble(WRITES, fault), subject=WRITES)
    return ok(WRITES, "contact_secret may write.")


async def _place(client: WeComClient, root: int) -> list[Finding]:
    if root == ROOT:
        return []
    try:
        found = any(one.id == root for one in await client.places("contact"))
    except SystemFault as fault:
        return [trouble("root_department", fault)]
    if found:
        return [ok("root_department", f"Ours are put below department {root}.")]
    fix = "Set root_department to the id of a department, or leave it out."
    return [error("root_department", f"There is no department {root}.", fix)]
