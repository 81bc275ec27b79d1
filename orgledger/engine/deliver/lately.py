"""Lately: what was taken away at a target within the last day, as the log tells it."""

from __future__ import annotations

from domain.delivery.losses import Losses
from domain.delivery.operation import Operation
from domain.envelope import delivery_scope
from domain.events import ChangeApplied, RunApproved
from domain.shrinking import WINDOW
from orgledger.engine.when import position_at
from orgledger.ledger import Ledger


class Lately:
    """Of one target, whoever delivered it. For one thread at a time."""

    def __init__(self, ledger: Ledger, org: str, system: str) -> None:
        self.ledger, self.org, self.system = ledger, org, system
        self._losses = Losses()
        self._run = self._delivered = position_at(ledger, ledger.now() - WINDOW)

    def operations(self) -> tuple[Operation, ...]:
        """What counts for the guard now. What a person approved, and what was before, does not."""
        approved = self._approved()
        for batch in self.ledger.read(self._delivered, scope=delivery_scope(self.org, self.system)):
            for entry in batch:
                self._delivered = entry.position
                if isinstance(entry.fact, ChangeApplied) and entry.position > approved:
                    self._losses.fold(entry.fact, entry.envelope.at)
        return self._losses.since(self.ledger.now() - WINDOW)

    def _approved(self) -> int:
        """The position of an approval that is news, after which everything is counted anew."""
        found = 0
        for batch in self.ledger.read(self._run, scope=f"{self.org}.run"):
            for entry in batch:
                self._run = entry.position
                if isinstance(entry.fact, RunApproved) and entry.envelope.source == self.system:
                    found = entry.position
        if found:
            self._losses.approved()
        return found
