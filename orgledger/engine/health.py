"""Health of the log: is it reachable, will it survive a power cut, who runs it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from domain.ports import Finding
from orgledger.config import Config
from orgledger.ledger import Ledger


@runtime_checkable
class Durable(Protocol):
    """A recorder that can tell how durable its log is."""

    def durability(self) -> tuple[bool, str]:
        """Whether an acknowledged event survives a power cut, and one sentence that says why."""


def log_findings(ledger: Ledger, config: Config) -> list[Finding]:
    """What ``orgledger check`` says about the log."""
    where = "embedded" if config.log.url == "embedded" else "external"
    found = [Finding(level="ok", subject=f"{where} log", text=f"{ledger.head} events")]
    if isinstance(ledger.recorder, Durable):
        durable, why = ledger.recorder.durability()
        found.append(
            Finding(
                level="ok" if durable else "warning",
                subject="durability",
                text=why,
                fix="" if durable else "Set sync_interval: always, or replicas = 3 on a cluster.",
            )
        )
    return found
