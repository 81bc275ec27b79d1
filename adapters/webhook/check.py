"""Checking a receiver with one signed message of the type ``ping``; it has nothing to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from adapters.webhook.client import WebhookClient
from adapters.webhook.settings import WebhookSettings
from adapters.webhook.wire import Ping
from domain.errors import CredentialFault, StrangerFault, SystemFault, TerminalFault
from domain.ports import Finding

LOOPBACK = ("127.0.0.1", "localhost", "::1")


async def check(
    client: WebhookClient, settings: WebhookSettings, epoch: Callable[[], float] = time.time
) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    findings = []
    host, address = settings.host, urlsplit(settings.url)
    if address.scheme == "http" and address.hostname not in LOOPBACK:
        findings.append(
            Finding(
                level="warning",
                subject="address",
                text=f"Calls to {host} are not encrypted: a signature does not hide what is sent.",
                fix="Use an https address.",
            )
        )
    try:
        await client.send(Ping(id=f"ping-{int(epoch() * 1000)}"))
    except (CredentialFault, StrangerFault) as fault:
        findings.append(_finding("error", fault))
    except TerminalFault as fault:
        findings.append(_finding("warning", fault))
    except SystemFault as fault:
        findings.append(_finding("error", fault))
    else:
        text = f"{host} accepts our signature."
        findings.append(Finding(level="ok", subject="receiver", text=text))
    return findings


def _finding(level: str, fault: SystemFault) -> Finding:
    text = f"{fault.what}: {fault.why}." if fault.why else fault.what
    fix = fault.fix
    if level == "warning":
        fix = "Let the receiver answer messages of the type ping with 2xx; check the address."
    return Finding(level=level, subject="receiver", text=text, fix=fix)
