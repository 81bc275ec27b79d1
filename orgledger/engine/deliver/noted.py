"""Noted: what somebody else recorded about a target that we keep in memory.

A system that is read and written has two who record about it: who delivers, and who reads it and
finds it different. Whoever delivers takes in what the other one noted before planning on.
"""

from __future__ import annotations

from domain.delivery.state import TargetState, fold
from domain.envelope import Entry, delivery_scope
from domain.events import DeliveryFact
from orgledger.ledger import Ledger


class Noted:
    """One target. For one thread at a time."""

    def __init__(self, ledger: Ledger, org: str, system: str) -> None:
        self.ledger, self._scope = ledger, delivery_scope(org, system)
        self._position = ledger.head

    def take(self, state: TargetState) -> list[Entry]:
        """Fold what is not in ``state`` yet, and return it; the facts of an entity are numbered."""
        news = []
        for batch in self.ledger.read(self._position, scope=self._scope):
            for entry in batch:
                self._position, fact = entry.position, entry.fact
                if not isinstance(fact, DeliveryFact):
                    continue
                if entry.originator_version > state.version(fact.kind, fact.uid):
                    fold(state, fact, entry.envelope.at, entry.envelope.run)
                    news.append(entry)
        return news
