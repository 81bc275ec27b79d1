"""The fold of the facts about the organization as a whole, and of the links to its records."""

from __future__ import annotations

from typing import Any

from domain.events import RecordLinked, RecordUnlinked
from domain.evolve import evolve
from projections.audit.entities import ENTITIES, leaders_changed, row
from projections.audit.state import Batch, Organization, Row, linked, replace
from projections.audit.tables import MEMBERS, ORGANIZATIONS, When


def fold_organization(o: Organization, batch: Batch, fact: Any, when: When) -> None:
    """Fold a fact about the organization, or about whose record something is."""
    if isinstance(fact, RecordLinked | RecordUnlinked):
        _link(o, batch, fact, when)
        return
    d = o.directory
    old, leaders, system = _row(o), d.leaders, o.own_system()
    evolve(d, fact)
    replace(batch[ORGANIZATIONS.name], (d.org,), old, _row(o), when)
    if leaders != d.leaders:
        leaders_changed(o, batch, None, leaders, d.leaders, when)
    if system != o.own_system():
        _owner_changed(o, batch, system, when)


def _row(o: Organization) -> Row | None:
    return (o.directory.name, o.directory.source) if o.directory.name else None


def _link(o: Organization, batch: Batch, fact: RecordLinked | RecordUnlinked, when: When) -> None:
    uids = o.directory.linked(fact.system, fact.kind).uids
    held_by = uids.get(fact.id)
    uid = fact.entity if isinstance(fact, RecordLinked) else held_by
    old = None if uid is None else o.own_ids(fact.kind).get(uid)
    evolve(o.directory, fact)
    record = (fact.system, fact.kind, fact.id)
    linked(o, batch, record, held_by, uids.get(fact.id), when)
    if uid is not None:
        _id_changed(o, batch, fact.kind, uid, old, when)


def _owner_changed(o: Organization, batch: Batch, before: str, when: When) -> None:
    """Another system owns the organization now: its ids are the ids."""
    for kind in (*ENTITIES, "member"):
        ids = o.directory.linked(before, kind).ids
        uids = o.people if kind == "member" else ENTITIES[kind].store(o.directory)
        for uid in list(uids):
            _id_changed(o, batch, kind, uid, ids.get(uid), when)


def _id_changed(
    o: Organization, batch: Batch, kind: str, uid: str, old: str | None, when: When
) -> None:
    new, values = o.own_ids(kind).get(uid), row(o, kind, uid)
    if old == new or values is None:
        return
    table = MEMBERS.name if kind == "member" else ENTITIES[kind].table
    after = (new, *values[1:])
    replace(batch[table], (o.directory.org, uid), (old, *values[1:]), after, when)
    if kind == "member":
        o.people[uid] = after
