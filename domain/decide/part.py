"""Part: the say of a system that owns some groups of fields, of what was brought to it.

Its records are known by the ids under which we put them there. It makes nobody and takes nobody
away: what it has beyond ours is counted. And the other side: what the source has no say in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Mapping
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from domain.decide.decision import Decision
from domain.decide.members import decide_managers, member_facts
from domain.decide.sift import Refusal, sift
from domain.directory import Directory, Links, SourceScope
from domain.events import (
    DepartmentLeadersChanged,
    Fact,
    RecordLinked,
    RecordUnlinked,
    SourceScopeChanged,
)
from domain.observe import Coverage, Observation
from domain.ownership import GROUPS, Ownership
from domain.records import DepartmentRecord, MemberRecord, Record

Placed = Mapping[str, Mapping[str, str]]
"""Per kind what we brought there: the system's ids to ours."""


class PartDecided:
    """The facts; what could not be used; and per kind how many records are nobody of ours."""

    def __init__(self, facts: tuple[Fact, ...], refused: list[Refusal], beyond: Counter[str]):
        self.facts, self.refused, self.beyond = facts, tuple(refused), beyond


def withheld(directory: Directory, seen: Observation, ownership: Ownership) -> Observation:
    """What the source shows, without what somebody else has the say in."""
    if not ownership.shared:
        return seen
    members = {r.id: m for r in seen.members if (m := _yielded(directory, seen, r, ownership))}
    places = {r.id: m for r in seen.departments if (m := _yielded(directory, seen, r, ownership))}
    return replace(
        seen,
        members=tuple(members.get(record.id, record) for record in seen.members),
        departments=tuple(places.get(record.id, record) for record in seen.departments),
    )


def _yielded(
    directory: Directory, seen: Observation, record: Record, ownership: Ownership
) -> Any | None:
    """The record without what is not its own to say; None where all of it is."""
    kind = "member" if isinstance(record, MemberRecord) else "department"
    links = directory.links.get(f"{seen.system}/{kind}")
    uid = links.uids.get(record.id) if links is not None else None
    groups = ownership.elsewhere(directory, kind, uid) if uid is not None else frozenset()
    if uid is None or not groups:
        return None
    changes: dict[str, Any] = {field: UNSET for group in groups for field in GROUPS[group].fields}
    if "departments" in changes:
        places = directory.links.get(f"{seen.system}/department") or Links()
        known = directory.members[uid].departments
        changes["departments"] = tuple(places.ids[d] for d in known if d in places.ids)
    return replace(record, **changes)


def decide_part(
    directory: Directory, seen: Observation, groups: Collection[str], placed: Placed
) -> PartDecided:
    """The facts about ``groups`` that bring ``directory`` to what ``seen`` shows."""
    sifted = sift(seen, lambda record_id: True)
    d = Decision(directory, seen.system, Coverage(hidden=seen.coverage.hidden), sifted)
    scope = SourceScope(roots=tuple(sorted(seen.coverage.roots)), hidden=seen.coverage.hidden)
    if scope != directory.scopes.get(seen.system, SourceScope()):
        d.emit(
            SourceScopeChanged(
                uid=directory.org, system=seen.system, roots=scope.roots, hidden=scope.hidden
            )
        )
    for kind, by_remote in placed.items():
        for remote, uid in by_remote.items():
            d.adopt(kind, remote, uid)
    beyond: Counter[str] = Counter()
    d.records.departments = _ours(d, "department", d.records.departments, placed, beyond)
    d.records.members = _ours(d, "member", d.records.members, placed, beyond)
    _unlink(d, seen)
    _members(d, groups, placed)
    if "leaders" in groups:
        _leaders(d, placed)
    return PartDecided(tuple(d.facts), d.refused, beyond)


def _ours(
    d: Decision,
    kind: str,
    records: Mapping[str, Any],
    placed: Placed,
    beyond: Counter[str],
) -> dict[str, Any]:
    """The records of what we brought there, each linked the first time it is seen."""
    links, found = d.links(kind), {}
    entities: Mapping[str, Any] = getattr(d.directory, f"{kind}s")
    for record in records.values():
        uid, before = placed.get(kind, {}).get(record.id), links.uids.get(record.id)
        if uid is None or not entities[uid].present:
            beyond[f"{kind}s"] += uid is None
            continue
        if before is not None and before != uid:
            d.emit(_unlinked(d, kind, record.id))
        if before != uid:
            former = links.ids.get(uid)
            if former is not None:
                d.emit(_unlinked(d, kind, former))
            d.emit(_linked(d, kind, record, uid))
        if before in (None, uid):
            found[record.id] = record
    return found


def _linked(d: Decision, kind: str, record: Record, uid: str) -> RecordLinked:
    told = getattr(record, "keys", UNSET)
    return RecordLinked(
        uid=d.directory.org,
        system=d.system,
        kind=kind,
        id=record.id,
        entity=uid,
        keys={} if told is UNSET else told,
    )


def _unlinked(d: Decision, kind: str, record_id: str) -> RecordUnlinked:
    return RecordUnlinked(uid=d.directory.org, system=d.system, kind=kind, id=record_id)


def _unlink(d: Decision, seen: Observation) -> None:
    """What the system has no more: from now on the source says all of it again."""
    coverage = seen.coverage
    for kind, gone, whole, listed in (
        ("department", coverage.gone_departments, coverage.departments, seen.departments),
        ("member", coverage.gone_members, coverage.members, seen.members),
    ):
        whole = whole and bool(listed) and not (coverage.roots or seen.gaps)  # noqa: PLW2901
        there = {record.id for record in listed}
        for record_id in d.links(kind).uids if whole else gone & d.links(kind).uids.keys():
            if record_id not in there and not d.was_refused(kind, record_id):
                d.emit(_unlinked(d, kind, record_id))


def _members(d: Decision, groups: Collection[str], placed: Placed) -> None:
    kept = {field for group in groups for field in GROUPS[group].fields}
    there = placed.get("department", {})
    seen = frozenset(there.values())
    told: dict[str, MemberRecord] = {}
    for record in d.records.members.values():
        old = d.directory.members[placed["member"][record.id]]
        narrowed: MemberRecord = replace(record, name=old.name, **_untold(kept))
        departments = old.departments
        if "memberships" in groups:
            told_of = (there[place] for place in record.departments if place in there)
            found = [uid for uid in told_of if d.directory.departments[uid].present]
            departments = _with_unseen(found, old.departments, seen)
        member_facts(d, narrowed, old, departments)
        told[record.id] = narrowed
    d.records.members = told
    decide_managers(d)


def _untold(kept: Collection[str]) -> dict[str, Any]:
    """Every field that is not to be looked at."""
    fields = MemberRecord.__struct_fields__
    always = {"id", "name", "departments"}
    return {field: UNSET for field in fields if field not in always and field not in kept}


def _with_unseen(
    told: Collection[str], known: Collection[str], seen: Container[str]
) -> tuple[str, ...]:
    """What it tells, and what we know beyond what the system has."""
    return tuple(dict.fromkeys((*told, *(uid for uid in known if uid not in seen))))


def _leaders(d: Decision, placed: Placed) -> None:
    records: Collection[DepartmentRecord] = d.records.departments.values()
    seen = frozenset(placed.get("member", {}).values())
    for record in records:
        if record.leaders is UNSET:
            continue
        old = d.directory.departments[placed["department"][record.id]]
        leaders = _with_unseen(d.member_uids(record.leaders), old.leaders, seen)
        if set(leaders) != set(old.leaders):
            d.emit(DepartmentLeadersChanged(uid=old.uid, leaders=leaders))
