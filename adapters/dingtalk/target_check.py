"""Checking DingTalk as a target: the rights that it needs, and the place to write to."""

from __future__ import annotations

from adapters.dingtalk.check import NOBODY, check
from adapters.dingtalk.client import DingTalkClient
from adapters.dingtalk.errors import BAD_PARAMETER, NO_SUCH_USER, OUT_OF_SCOPE
from adapters.dingtalk.mapping import ROOT
from adapters.dingtalk.writer import Writer
from domain.errors import PermissionFault, SystemFault
from domain.ports import Finding

MANAGE = "qyapi_manage_addresslist"

PERMITTED = NO_SUCH_USER | OUT_OF_SCOPE | BAD_PARAMETER
"""What only somebody hears who may write: that nobody has this id, or that it is no good."""


async def check_target(client: DingTalkClient, root: int) -> list[Finding]:
    """All findings. The right to write is probed with a change of somebody who does not exist."""
    findings = await check(client)
    if not any(f.level == "ok" and f.subject == "credentials" for f in findings):
        return findings  # we did not get in
    return [*findings, await _may_write(client), *await _place(client, root)]


async def _may_write(client: DingTalkClient) -> Finding:
    subject = f"permission {MANAGE}"
    try:
        await Writer(client).update_user({"userid": NOBODY})
    except PermissionFault as fault:
        return Finding(level="error", subject=subject, text=f"{fault.what}: {fault.why}.",
                       fix=fault.fix)  # fmt: skip
    except SystemFault as fault:
        if fault.code not in PERMITTED:
            return Finding(level="error", subject=subject, text=str(fault), fix=fault.fix)
    return Finding(level="ok", subject=subject, text="The app may write.")


async def _place(client: DingTalkClient, root: int) -> list[Finding]:
    if root == ROOT:
        return []
    try:
        name = (await client.department(root)).name
    except SystemFault as fault:
        return [
            Finding(
                level="error",
                subject="root_department",
                text=f"{fault.what}: {fault.why}.",
                fix="Set root_department to the id of a department that the app may see.",
            )
        ]
    return [
        Finding(level="ok", subject="root_department", text=f"Ours are put below {name} ({root}).")
    ]
