"""Showing: what a system that we read tells of what we had brought there. Pure.

A record says in the source's words what the target holds in its own. The two meet where a field
of the target is mapped to one field of the record as it stands: what ``fit`` makes of both can be
compared. What comes out equal is an echo, whatever form it has there (ADR 15).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.desired import Desired, Fit, Wanted, in_order, without
from domain.delivery.mapping import Mapping as FieldMappings
from domain.delivery.operation import Relations
from domain.delivery.state import Placed, TargetState
from domain.events import ChangeApplied, DeliveryFact, DriftDetected
from domain.observe import Observation
from domain.ownership import GROUPS, Writable
from domain.records import DepartmentRecord, MemberRecord, Record

KINDS = ("department", "member")
"""The kinds of records in which something can have another owner than the source."""

Uids = Mapping[str, Mapping[str, str]]
"""Per kind the system's ids to ours."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """How the system is written to: what is known of it as a target."""

    capabilities: TargetCapabilities
    mapping: FieldMappings
    fit: Fit
    writable: Writable

    def fields(self, kind: str, record: Record, *, exactly: bool = False) -> dict[str, Any]:
        """What the target's fields are, by this record; those that it does not tell are absent.

        A source may have chosen between several values, and have the others in the details:
        ``exactly`` prefers what these have under the very name of the target's field.
        """
        details = {} if record.details is UNSET or not exactly else record.details
        values = {}
        for field, expression in self.mapping[kind].fields:
            if expression.names == {expression.text}:
                value = details.get(field.name) or getattr(record, expression.text, UNSET)
                if value is not UNSET:
                    values[field.name] = value
        return self.fit(kind, values).fields

    def field_of(self, kind: str, name: str) -> str | None:
        """The target's field that has the record's field ``name`` as it stands."""
        found = (f.name for f, e in self.mapping[kind].fields if e.names == {e.text} == {name})
        return next(found, None)

    def shared(self, kind: str) -> frozenset[str]:
        """The fields and relations of the target in which anybody but the source has the say."""
        groups = [GROUPS[group] for group in self.writable.ownership.shared]
        ties = {group.relation for group in groups if group.kind == kind and group.relation}
        names = {name for group in groups if group.kind == kind for name in group.fields}
        fields = {f.name for f, e in self.mapping[kind].fields if e.names and e.names <= names}
        return frozenset(fields | ties)

    def relations(self, record: Record, uids: Uids) -> Relations:
        """The ties that a record tells of, in uids; what is not ours is passed over."""
        people, places = uids.get("member", {}), uids.get("department", {})
        if isinstance(record, MemberRecord):
            told = record.main_department
            first = told if told in record.departments else None
            listed = (*((first,) if first else ()), *record.departments)
            ours = dict.fromkeys(places[place] for place in listed if place in places)
            departments = in_order(ours, first=self.capabilities.main_department)
            found = Relations(departments=departments)
            if record.manager is None or record.manager in people:
                manager = people.get(record.manager or "")
                found = msgspec.structs.replace(found, manager=manager)
            return found
        assert isinstance(record, DepartmentRecord)
        if record.leaders is UNSET:
            return Relations()
        ours = dict.fromkeys(people[leader] for leader in record.leaders if leader in people)
        return Relations(leaders=in_order(ours, first=self.capabilities.primary_leader))


def without_echo(seen: Observation, side: Side, desired: Desired, uids: Uids) -> Observation:
    """``seen`` without the fields in which the system has what the directory says, in its form."""
    kept: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    places = {uid: remote for remote, uid in uids.get("department", {}).items()}
    for kind, record in _records(seen):
        wanted = desired.of(kind).get(uids.get(kind, {}).get(record.id, ""))
        news = record if wanted is None else _news(kind, record, wanted, side, uids, places)
        kept[kind].append(news)
    return msgspec.structs.replace(
        seen, departments=tuple(kept["department"]), members=tuple(kept["member"])
    )


def _news(
    kind: str,
    record: Record,
    wanted: Wanted,
    side: Side,
    uids: Uids,
    places: Mapping[str, str],
) -> Record:
    shown, ties = side.fields(kind, record), side.relations(record, uids).given()
    had, same = wanted.relations.given(), dict[str, Any]()
    for group in side.writable.part:
        about = GROUPS[group]
        if about.kind != kind:
            continue
        if about.relation:
            name = about.relation
            if name in ties and name in had and _equal(name, ties[name], had[name], record):
                same |= dict.fromkeys(about.fields, UNSET)
            continue
        for name in about.fields:
            field = side.field_of(kind, name)
            if field in shown and field in wanted.fields and shown[field] == wanted.fields[field]:
                same[name] = UNSET
    if "departments" in same:  # always told: what is there of ours, as we know it
        same["departments"] = tuple(places[uid] for uid in had["departments"] if uid in places)
    return msgspec.structs.replace(record, **same)


def _equal(name: str, told: Any, known: Any, record: Record) -> bool:
    """Whether two ties are the same; where no first one is told, their order says nothing."""
    if name == "departments" and getattr(record, "main_department", UNSET) in (UNSET, None):
        return set(told) == set(known)
    return bool(told == known)


def shown(
    seen: Observation,
    side: Side,
    desired: Desired,
    state: TargetState,
    links: Uids,
    moved: Container[str],
) -> list[DeliveryFact]:
    """What the sync state has to learn from a reading of the same system.

    ``links`` are the directory's own links of the system, ``moved`` the uids to which something
    was brought while it was read: nothing is said of those. A difference is only a difference
    where the target was brought to what it should be: what is still on its way is not.
    """
    uids = {kind: state.remotes(kind) for kind in KINDS}
    source = desired.source
    ours = {kind: {**links.get(kind, {}), **uids[kind]} if source else uids[kind] for kind in KINDS}
    found: list[DeliveryFact] = list(_missing(seen, state, desired, moved))
    about = {kind: side.shared(kind) for kind in KINDS if kind in side.mapping}
    needed = side.writable.ownership.kinds if source else frozenset(KINDS)
    for kind, record in _records(seen):
        uid = ours[kind].get(record.id)
        wanted = desired.of(kind).get(uid or "")
        if uid is None or wanted is None or uid in moved or kind not in needed:
            continue
        fields, ties = side.fields(kind, record, exactly=True), side.relations(record, ours)
        if source:  # the rest is its own, and never written there
            fields = {name: value for name, value in fields.items() if name in about[kind]}
            ties = without(ties, frozenset(ties.given()) - about[kind])
        placed = state.there(kind, uid)
        if placed is None:
            found.append(_known(record, kind, uid, state, desired, fields, ties))
            continue
        drift = _drift(kind, record, wanted.kept(), placed, source, fields, ties)
        if drift is not None:
            found.append(msgspec.structs.replace(drift, target=state.target))
    return found


def _known(
    record: Record,
    kind: str,
    uid: str,
    state: TargetState,
    desired: Desired,
    fields: dict[str, Any],
    ties: Relations,
) -> ChangeApplied:
    """The source's own record, known for the first time as something to write to."""
    return ChangeApplied(
        uid=uid,
        target=state.target,
        kind=kind,
        action="adopt",
        remote=record.id,
        fields=fields,
        relations=ties.given(),
        at=desired.position,
    )


def _drift(
    kind: str,
    record: Record,
    wanted: Wanted,
    placed: Placed,
    source: bool,
    fields: dict[str, Any],
    ties: Relations,
) -> DriftDetected | None:
    """What differs from what is known. Of the source's own values all of it is taken note of."""

    def differs(name: str, value: Any, known: dict[str, Any], should: dict[str, Any]) -> bool:
        if name not in should:
            return source and known.get(name) != value
        at_rest = name in known and known[name] == should[name]
        return at_rest and value != known[name] and not placed.stands(name, value)

    known, should = placed.relations.given(), wanted.relations.given()
    relations = {
        name: value
        for name, value in ties.given().items()
        if differs(name, value, known, should)
        and not _equal(name, value, known.get(name, ()), record)
    }
    changed = {
        name: value
        for name, value in fields.items()
        if differs(name, value, placed.fields, wanted.fields)
    }
    if not changed and not relations:
        return None
    return DriftDetected(uid=wanted.uid, target="", kind=kind, fields=changed, relations=relations)


def _missing(
    seen: Observation, state: TargetState, desired: Desired, moved: Container[str]
) -> Iterator[DriftDetected]:
    """What the system says is no more, or does not list, of what should be there."""
    coverage = seen.coverage
    for kind, gone, whole, records in (
        ("department", coverage.gone_departments, coverage.departments, seen.departments),
        ("member", coverage.gone_members, coverage.members, seen.members),
    ):
        whole = whole and bool(records) and not (coverage.roots or seen.gaps)  # noqa: PLW2901
        if not whole and not gone:
            continue
        listed = {record.id for record in records}
        for uid, placed in state.of(kind).items():
            if placed.gone or uid in moved or placed.remote in listed:
                continue
            wanted = uid in desired.of(kind) or desired.source
            if wanted and (whole or placed.remote in gone):
                yield DriftDetected(uid=uid, target=state.target, kind=kind, missing=True)


def _records(seen: Observation) -> Iterator[tuple[str, Record]]:
    for department in seen.departments:
        yield "department", department
    for member in seen.members:
        yield "member", member
