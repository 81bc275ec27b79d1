"""What the parts of one decision share: the two sides to compare, and the facts found so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from domain.decide.sift import Refusal, Sifted
from domain.directory import Directory, Links, Member
from domain.events import Fact
from domain.identity import new_uid
from domain.observe import Coverage


class Decision:
    """The directory as known, the records as read, and the facts that lead from one to the other.

    The directory is only read. Entities that are new in this decision are known by the uid
    that their creation gives them.
    """

    def __init__(
        self,
        directory: Directory,
        system: str,
        coverage: Coverage,
        sifted: Sifted,
        renamed: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.directory = directory
        self.renamed = renamed
        self.system = system
        self.coverage = coverage
        self.records = sifted
        self.facts: list[Fact] = []
        self.refused: list[Refusal] = list(sifted.refused)
        self.parents: dict[str, str | None] = {}
        """Department uid to parent uid, for every department created or moved so far."""
        self.memberships: dict[str, tuple[str, ...]] = {}
        """Member uid to department uids, for every member that was read or leaves."""
        self._fresh: dict[str, dict[str, str]] = {
            kind: {} for kind in ("department", "member", "role", "role_group")
        }
        self._links: dict[str, Links] = {kind: self._link(kind) for kind in self._fresh}
        self._refused_ids = {(refusal.kind, refusal.id) for refusal in self.refused}

    def _link(self, kind: str) -> Links:
        return self.directory.links.get(f"{self.system}/{kind}") or Links()

    def links(self, kind: str) -> Links:
        return self._links[kind]

    def emit(self, *facts: Fact) -> None:
        self.facts.extend(facts)

    def refuse(self, kind: str, record_id: str, why: str) -> None:
        self.refused.append(Refusal(kind, record_id, why))
        self._refused_ids.add((kind, record_id))

    def was_refused(self, kind: str, record_id: str) -> bool:
        return (kind, record_id) in self._refused_ids

    def uid(self, kind: str, record_id: str) -> str | None:
        """The uid of a record of the speaking system, None if we have never heard of it."""
        return self._links[kind].uids.get(record_id) or self._fresh[kind].get(record_id)

    def mint(self, kind: str, record_id: str) -> str:
        """A uid for a record seen for the first time."""
        entities: dict[str, Any] = getattr(self.directory, f"{kind}s")
        uid = new_uid(self.directory.org, kind, self.system, record_id, entities)
        self._fresh[kind][record_id] = uid
        return uid

    def adopt(self, kind: str, record_id: str, uid: str) -> None:
        """A record under a new id is an entity that we know."""
        self._fresh[kind][record_id] = uid

    def member_uids(self, record_ids: Iterable[str]) -> tuple[str, ...]:
        """The uids of those of ``record_ids`` that are people we can see, in that order."""
        found = (self.uid("member", record_id) for record_id in record_ids)
        return tuple(uid for uid in found if uid is not None and self.belongs(uid))

    def belongs(self, member: str) -> bool:
        """Whether a member is part of the organization after this decision."""
        if member in self.memberships:
            return True
        known = self.directory.members.get(member)
        if known is None or not known.present:
            return False
        record_id = self.links("member").ids.get(member, "")
        if self.was_refused("member", record_id):
            return True
        if record_id in self.coverage.gone_members:
            return False
        return not self.coverage.members or self.out_of_sight(known) is not None

    def out_of_sight(self, member: Member) -> tuple[str, ...] | None:
        """The memberships outside the part that was read; None if we would have seen the person."""
        if not self.coverage.roots:
            return None
        if not member.departments:
            return ()
        return tuple(dep for dep in member.departments if not self.visible(dep)) or None

    def parent(self, department: str) -> str | None:
        """The parent of a department as decided so far."""
        if department in self.parents:
            return self.parents[department]
        known = self.directory.departments.get(department)
        return known.parent if known else None

    def visible(self, department: str) -> bool:
        """Whether a department, as placed so far, lies in the part that was read."""
        if not self.coverage.roots:
            return True
        step: str | None = department
        while step is not None:
            if step in self._roots:
                return True
            step = self.parent(step)
        return False

    @cached_property
    def _roots(self) -> set[str | None]:
        return {self.uid("department", root) for root in self.coverage.roots}
