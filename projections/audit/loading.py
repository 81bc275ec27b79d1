"""Brings back from the file what the next batch needs to know of the entities it touches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from domain.envelope import Entry
from domain.events import DeliveryFact, Fact, OrganizationRegistered, RecordLinked, RecordUnlinked
from projections.audit.projector import Projector
from projections.audit.recall import FAILURES, PLACEMENTS, STATEMENTS, remember
from projections.audit.state import Organization, Place

Key = tuple[str, str]
"""A kind and a uid."""

Record = tuple[str, str, str]
"""A system, a kind and the record's id there."""

_ORGANIZATION = "SELECT name, source FROM organizations WHERE org = $org AND valid_to IS NULL"
_LEADERS = """
SELECT member FROM leaders
WHERE org = $org AND department IS NULL AND valid_to IS NULL ORDER BY place
"""
_LINKS = """
SELECT l.system, l.kind, l.id, l.uid FROM links l JOIN touched t USING (system, kind, id)
WHERE l.org = $org AND l.valid_to IS NULL ORDER BY l.valid_from DESC
"""
_ALL_RECORDS = "SELECT system, kind, id FROM links WHERE org = $org AND valid_to IS NULL"
_ALL_ENTITIES = """
SELECT 'department', uid FROM departments WHERE org = $org AND valid_to IS NULL
UNION ALL SELECT 'member', uid FROM members WHERE org = $org AND valid_to IS NULL
UNION ALL SELECT 'role_group', uid FROM role_groups WHERE org = $org AND valid_to IS NULL
UNION ALL SELECT 'role', uid FROM roles WHERE org = $org AND valid_to IS NULL
"""


class Loader:
    """Knows which parts of the directories are in memory.

    Of an organization that the file does not know, everything is. ``empty`` says that the file
    knew none when memory was last empty too.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, projector: Projector, *, empty: bool
    ) -> None:
        self.empty = empty
        self._con, self._projector = con, projector
        self._new: set[str] = set()
        self._entities: dict[str, set[Key]] = {}
        self._records: dict[str, set[Record]] = {}
        self._places: dict[str, set[Place]] = {}

    def forget(self) -> None:
        """Drop everything from memory; what is needed again is loaded again."""
        self.empty = False
        self._projector.forget()
        self._new.clear()
        self._entities.clear()
        self._records.clear()
        self._places.clear()

    def prepare(self, entries: Iterable[Entry]) -> None:
        """Load what ``entries`` touch and memory lacks."""
        if self.empty:
            return
        facts: dict[str, list[Fact]] = {}
        for entry in entries:
            org = entry.org
            if org not in self._new:
                facts.setdefault(org, []).append(entry.envelope.fact)
        for org, touching in facts.items():
            if org in self._entities or self._meet(org):
                self._load(self._projector.organization(org), touching)

    def _meet(self, org: str) -> bool:
        """Load what is true of the organization as a whole; False when the file has nothing."""
        if not self._rows("SELECT 1 FROM events WHERE org = $org LIMIT 1", org):
            self._new.add(org)
            return False
        self._entities[org], self._records[org], self._places[org] = set(), set(), set()
        directory = self._projector.organization(org).directory
        for name, source in self._rows(_ORGANIZATION, org):
            directory.name, directory.source = name, source
        directory.leaders = tuple(member for (member,) in self._rows(_LEADERS, org))
        return True

    def _load(self, organization: Organization, facts: Sequence[Fact]) -> None:
        directory = organization.directory
        org = directory.org
        entities, records = _touched(facts)
        for fact in facts:
            if isinstance(fact, OrganizationRegistered) and fact.source != directory.source:
                entities.update(self._rows(_ALL_ENTITIES, org))
                records.update(self._rows(_ALL_RECORDS, org))
        self._load_records(organization, records - self._records[org])
        self._records[org] |= records
        for fact in facts:
            if isinstance(fact, RecordUnlinked):
                uid = directory.linked(fact.system, fact.kind).uids.get(fact.id)
                if uid is not None:
                    entities.add((fact.kind, uid))
        self._load_entities(organization, entities - self._entities[org])
        self._entities[org] |= entities
        places = {(f.target, f.kind, f.uid) for f in facts if isinstance(f, DeliveryFact)}
        self._load_places(organization, places - self._places[org])
        self._places[org] |= places

    def _load_records(self, organization: Organization, records: set[Record]) -> None:
        directory, own = organization.directory, organization.own_system()
        columns = ("system", "kind", "id")
        for system, kind, record_id, uid in self._joined(
            _LINKS, directory.org, columns, list(records)
        ):
            links = directory.linked(system, kind)
            links.uids[record_id] = uid
            if system != own:
                links.ids.setdefault(uid, record_id)

    def _load_entities(self, organization: Organization, entities: set[Key]) -> None:
        directory, own = organization.directory, organization.own_system()
        for kind, sql in STATEMENTS.items():
            uids = [(uid,) for of, uid in entities if of == kind]
            rows = self._joined(sql, directory.org, ("uid",), uids)
            names = [column[0] for column in self._con.description or ()]
            for row in rows:
                fields = dict(zip(names, row, strict=True))
                if fields["id"] is not None:
                    directory.linked(own, kind).ids[fields["uid"]] = fields["id"]
                remember(organization, kind, fields)

    def _load_places(self, organization: Organization, places: set[Place]) -> None:
        org, columns, keys = organization.directory.org, ("target", "kind", "entity"), list(places)
        for target, kind, uid, *values in self._joined(PLACEMENTS, org, columns, keys):
            organization.placed[target, kind, uid] = tuple(values)
        for target, kind, uid, action, member, *values in self._joined(
            FAILURES, org, columns, keys
        ):
            steps = organization.failed.setdefault((target, kind, uid), {})
            steps[action, member] = tuple(values)

    def _rows(self, sql: str, org: str) -> list[tuple[Any, ...]]:
        return self._con.execute(sql, {"org": org}).fetchall()

    def _joined(
        self, sql: str, org: str, columns: tuple[str, ...], keys: Sequence[tuple[str, ...]]
    ) -> list[tuple[Any, ...]]:
        """The rows of ``sql``, which reads the ``keys`` as the table ``touched``."""
        if not keys:
            return []
        arrays = [pa.array(cells, pa.string()) for cells in zip(*keys, strict=True)]
        self._con.register("touched", pa.table(arrays, names=list(columns)))
        try:
            return self._rows(sql, org)
        finally:
            self._con.unregister("touched")


def _touched(facts: Sequence[Fact]) -> tuple[set[Key], set[Record]]:
    """The entities and the records that ``facts`` are about."""
    entities: set[Key] = set()
    records: set[Record] = set()
    for fact in facts:
        if fact.KIND in STATEMENTS:
            entities.add((fact.KIND, fact.uid))
            origin = getattr(fact, "origin", None)
            if origin is not None:
                records.add((origin.system, fact.KIND, origin.id))
        elif isinstance(fact, RecordLinked | RecordUnlinked):
            records.add((fact.system, fact.kind, fact.id))
            if isinstance(fact, RecordLinked):
                entities.add((fact.kind, fact.entity))
    return entities, records
