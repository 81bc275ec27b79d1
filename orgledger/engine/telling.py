"""Telling: what a reading of a system comes to, where several have a say in one organization.

For an organization that its source owns alone it is the plain decision. Otherwise each system is
heard on what it owns; and one that is written to as well is compared with what we brought there,
which costs no call (ADR 15).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from domain.decide import Refusal, decide
from domain.decide.part import decide_part, withheld
from domain.delivery.showing import KINDS, Side, shown, without_echo
from domain.delivery.state import TargetState, fold
from domain.directory import Directory, Links
from domain.envelope import delivery_scope
from domain.errors import ConflictError
from domain.events import DeliveryFact, Fact
from domain.observe import Observation
from domain.ownership import Ownership, Writable
from orgledger.engine.deliver.destination import Destination
from orgledger.ledger import BATCH, Circumstances, Ledger
from projections.sync_state.fold import SyncState

_ATTEMPTS = 3


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """The facts, what could not be used, and how many records are nobody of ours, by kind."""

    facts: tuple[Fact, ...]
    refused: tuple[Refusal, ...]
    beyond: Mapping[str, int] = {}


class Telling:
    """One system that is read. ``mirror`` is the same system as a target, None: it is none."""

    def __init__(
        self,
        ledger: Ledger,
        org: str,
        system: str,
        ownership: Ownership,
        mirror: Destination | None,
    ) -> None:
        self.ledger, self.org, self.system, self.ownership = ledger, org, system, ownership
        self.part = ownership.part(system)
        self._mirror = mirror if ownership.shared else None
        self._moved: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        self._known = SyncState(TargetState(org=self.org, target=self.system))
        if self._mirror is not None:
            self._fold()

    def _fold(self) -> None:
        """Take in what happened at the target, and remember to what."""
        scope = delivery_scope(self.org, self.system)
        for batch in self.ledger.read(self._known.position, scope=scope):
            self._known.apply(batch)
            self._moved.update(entry.fact.uid for entry in batch)

    def listen(self) -> None:
        """A reading begins: what is brought there from now on, it may show or not."""
        if self._mirror is not None:
            self._fold()
            self._moved.clear()

    def new(self, directory: Directory) -> bool:
        """Whether it owns a part, and nothing of ours was seen there yet: it may be empty."""
        linked = (directory.links.get(f"{self.system}/{kind}") or Links() for kind in KINDS)
        return bool(self.part) and not any(links.ids for links in linked)

    def decide(self, directory: Directory, seen: Observation) -> Heard:
        """The facts about the organization."""
        if not self.part:
            decided = decide(directory, withheld(directory, seen, self.ownership))
            return Heard(facts=decided.facts, refused=decided.refused)
        self._fold()
        state = self._known.state
        placed = {kind: state.remotes(kind) for kind in KINDS}
        if self._mirror is not None:
            wanted = self._mirror.desired(directory, _uids(seen, placed))
            seen = without_echo(seen, self._side(self._mirror), wanted, placed)
        part = decide_part(directory, seen, self.part, placed)
        return Heard(facts=part.facts, refused=part.refused, beyond=Counter(part.beyond))

    def note(self, directory: Directory, seen: Observation, by: Circumstances) -> int:
        """Record where the system differs from what we brought there; how many facts that were.

        Raises ConflictError when a delivery records about the same again and again, LogError.
        """
        if self._mirror is None:
            return 0
        for attempt in range(_ATTEMPTS):
            self._fold()
            facts = self._found(self._mirror, directory, seen)
            try:
                for start in range(0, len(facts), BATCH):
                    self._record(facts[start : start + BATCH], by)
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
                self._begin()
                continue
            return len(facts)
        raise AssertionError("unreachable")  # pragma: no cover - the last attempt raises

    def _found(
        self, mirror: Destination, directory: Directory, seen: Observation
    ) -> list[DeliveryFact]:
        state = self._known.state
        links = {
            kind: (directory.links.get(f"{self.system}/{kind}") or Links()).uids for kind in KINDS
        }
        placed = {kind: {**links[kind], **state.remotes(kind)} for kind in KINDS}
        wanted = mirror.desired(directory, _uids(seen, placed))
        return shown(seen, self._side(mirror), wanted, state, links, self._moved)

    def _record(self, facts: list[DeliveryFact], by: Circumstances) -> None:
        state, numbered = self._known.state, []
        for fact in facts:
            fold(state, fact, self.ledger.now(), by.run)
            numbered.append((fact, state.version(fact.kind, fact.uid)))
        entries = self.ledger.record(self.org, numbered, by)
        self._known.position = max(self._known.position, entries[-1].position)

    def _side(self, mirror: Destination) -> Side:
        return Side(
            capabilities=mirror.target.capabilities,
            mapping=mirror.mapping,
            fit=mirror.target.fit,
            writable=Writable(ownership=self.ownership, system=self.system),
        )


def _uids(seen: Observation, placed: Mapping[str, Mapping[str, str]]) -> frozenset[str] | None:
    """Whom the records, and what is gone, are about; None where all of it was read."""
    coverage = seen.coverage
    if coverage.departments or coverage.members:
        return None
    found = [("department", record.id) for record in seen.departments]
    found += [("member", record.id) for record in seen.members]
    found += [("department", one) for one in coverage.gone_departments]
    found += [("member", one) for one in coverage.gone_members]
    uids = (placed[kind].get(record_id) for kind, record_id in found)
    return frozenset(uid for uid in uids if uid is not None)
