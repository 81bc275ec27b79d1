"""Members: who came, who changed, who is back, and who left."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter

from msgspec import UNSET
from msgspec.structs import replace

from domain.decide.decision import Decision
from domain.decide.patch import known_details, patch_of
from domain.directory import Member, State
from domain.events import (
    DepartmentLeadersChanged,
    MemberContactChanged,
    MemberCreated,
    MemberDeactivated,
    MemberManagerChanged,
    MemberProfileChanged,
    MemberReactivated,
    MemberRehired,
    MemberRenamed,
    MemberResigned,
    MemberTransferred,
    OrganizationLeaderChanged,
    Origin,
    RecordLinked,
    RecordUnlinked,
    RoleRevoked,
)
from domain.records import MemberRecord

_CONTACT = ("email", "mobile")
_PROFILE = ("job_number", "title", "avatar")
_fields = attrgetter(*_CONTACT, *_PROFILE)


def decide_members(d: Decision) -> None:
    """Creations, rehires, renames, contact, profile, transfers and states."""
    for record in d.records.members.values():
        uid = d.uid("member", record.id) or _same_person(d, record)
        old = d.directory.members[uid] if uid is not None else None
        departments = _departments(d, record, old)
        if uid is None or old is None:
            uid = _create(d, record, departments)
        else:
            _learn_keys(d, record, uid)
            member_facts(d, record, old, departments)
        d.memberships[uid] = departments


def _departments(d: Decision, record: MemberRecord, known: Member | None) -> tuple[str, ...]:
    """The memberships that can be placed, and the known ones outside the part that was read.

    Departments that nobody knows are left out.
    """
    found = []
    for record_id in dict.fromkeys(record.departments):
        uid = d.uid("department", record_id)
        if uid is None:
            continue
        if record_id not in d.records.departments:
            old = d.directory.departments.get(uid)
            if old is None or not old.present or _proved_gone(d, record_id, uid):
                continue
        found.append(uid)
    if known is not None and d.coverage.roots:
        found += [dep for dep in known.departments if dep not in found and not d.visible(dep)]
    return tuple(found)


def _proved_gone(d: Decision, record_id: str, uid: str) -> bool:
    if record_id in d.coverage.gone_departments:
        return True
    refused = d.was_refused("department", record_id)
    return d.coverage.departments and d.visible(uid) and not refused


def _create(d: Decision, record: MemberRecord, departments: tuple[str, ...]) -> str:
    uid = d.mint("member", record.id)
    known = {f: None if (v := getattr(record, f)) is UNSET else v for f in _CONTACT + _PROFILE}
    d.emit(
        MemberCreated(
            uid=uid,
            name=record.name,
            departments=departments,
            main_department=_main(d, record, None, departments),
            active=record.active is not False,
            details=known_details(record.details),
            origin=Origin(
                system=d.system,
                id=record.id,
                keys={} if record.keys is UNSET else record.keys,
            ),
            **known,
        )
    )
    return uid


def _same_person(d: Decision, record: MemberRecord) -> str | None:
    """Somebody we know under another id: the system says so, or a further key agrees.

    The old id must be listed no more; by keys alone the person must be gone as well.
    """
    links = d.links("member")
    former = links.uids.get(d.renamed.get(record.id, ""))
    if former is not None and links.ids.get(former) not in d.records.members:
        return _known_as(d, record, former)
    if record.keys is UNSET:
        return None
    for name, value in record.keys.items():
        uid = links.keys.get(f"{name}:{value}")
        if uid is None or links.ids.get(uid) in d.records.members:
            continue
        if d.belongs(uid):
            continue  # taken already, refused, or perhaps in a part that was not read
        return _known_as(d, record, uid)
    return None


def _known_as(d: Decision, record: MemberRecord, uid: str) -> str:
    """From now on this person has the id of ``record``."""
    old_id = d.links("member").ids.get(uid)
    if old_id is not None:
        d.emit(RecordUnlinked(uid=d.directory.org, system=d.system, kind="member", id=old_id))
    d.emit(
        RecordLinked(
            uid=d.directory.org,
            system=d.system,
            kind="member",
            id=record.id,
            entity=uid,
            keys={} if record.keys is UNSET else record.keys,
        )
    )
    d.adopt("member", record.id, uid)
    return uid


def _learn_keys(d: Decision, record: MemberRecord, uid: str) -> None:
    """Further keys of a known record, read for the first time."""
    links = d.links("member")
    if record.keys is UNSET or links.uids.get(record.id) != uid:
        return
    keys = {n: v for n, v in record.keys.items() if f"{n}:{v}" not in links.keys}
    if keys:
        d.emit(
            RecordLinked(
                uid=d.directory.org,
                system=d.system,
                kind="member",
                id=record.id,
                entity=uid,
                keys=keys,
            )
        )


def member_facts(
    d: Decision, record: MemberRecord, old: Member, departments: tuple[str, ...]
) -> None:
    """The facts that bring a known member to what was read (manager apart: see decide_managers)."""
    uid = old.uid
    main = _main(d, record, old, departments)
    if not old.present:
        d.emit(MemberRehired(uid=uid, departments=departments, main_department=main))
        old = replace(old, state=State.ACTIVE, departments=departments, main_department=main)
    if record.name != old.name:
        d.emit(MemberRenamed(uid=uid, name=record.name))
    if main != old.main_department or (
        departments != old.departments and set(departments) != set(old.departments)
    ):
        d.emit(MemberTransferred(uid=uid, departments=departments, main_department=main))
    changed = _fields(record) != _fields(old)
    contact = _changed(record, old, _CONTACT) if changed else {}
    if contact:
        d.emit(MemberContactChanged(uid=uid, **contact))
    profile: dict[str, object] = dict(_changed(record, old, _PROFILE)) if changed else {}
    patch = patch_of(old.details, record.details)
    if patch:
        profile["details"] = patch
    if profile:
        d.emit(MemberProfileChanged(uid=uid, **profile))  # type: ignore[arg-type]
    if record.active is False and old.state is State.ACTIVE:
        d.emit(MemberDeactivated(uid=uid))
    elif record.active is True and old.state is State.DEACTIVATED:
        d.emit(MemberReactivated(uid=uid))


def _changed(record: MemberRecord, old: Member, fields: tuple[str, ...]) -> dict[str, str | None]:
    changes = {}
    for field in fields:
        value = getattr(record, field)
        if value is not UNSET and value != getattr(old, field):
            changes[field] = value
    return changes


def _main(
    d: Decision, record: MemberRecord, old: Member | None, departments: tuple[str, ...]
) -> str | None:
    if record.main_department is UNSET:
        main = old.main_department if old is not None else None
    else:
        main = record.main_department and d.uid("department", record.main_department)
    return main if main in departments else None


def decide_managers(d: Decision) -> None:
    """Managers, once every member of the reading has its uid. One that we can't see is left out."""
    for record in d.records.members.values():
        if record.manager is UNSET:
            continue
        uid = d.uid("member", record.id)
        if uid is None:
            continue
        manager = next(iter(d.member_uids((record.manager,) if record.manager else ())), None)
        old = d.directory.members.get(uid)
        if manager != (old.manager if old is not None and old.present else None):
            d.emit(MemberManagerChanged(uid=uid, manager=manager))


def decide_leavers(d: Decision) -> None:
    """People that the reading proves to have left, with the roles and posts they held."""
    if not (d.coverage.members or d.coverage.gone_members):
        return  # nor look at everybody: a source asks this of one record at a time
    leavers: list[str] = []
    for record_id, uid in d.links("member").uids.items():
        member = d.directory.members[uid]
        if not member.present or uid in d.memberships or d.was_refused("member", record_id):
            continue
        if record_id in d.coverage.gone_members:
            leavers.append(uid)
        elif d.coverage.members and record_id not in d.records.members:
            remaining = d.out_of_sight(member)
            if remaining is None:
                leavers.append(uid)
            elif remaining != member.departments:
                main = member.main_department if member.main_department in remaining else None
                d.memberships[uid] = remaining
                d.emit(MemberTransferred(uid=uid, departments=remaining, main_department=main))
    if leavers:
        _take_leave(d, leavers)


def _take_leave(d: Decision, leavers: list[str]) -> None:
    gone = set(leavers)
    decided_roles = {
        uid
        for r in d.records.roles.values()
        if r.members is not UNSET and (uid := d.uid("role", r.id)) is not None
    }
    for role, holders in d.directory.grants.items():
        if role not in decided_roles and d.directory.roles[role].present:
            d.emit(*(RoleRevoked(uid=role, member=uid) for uid in sorted(holders & gone)))
    led = {
        uid
        for r in d.records.departments.values()
        if r.leaders is not UNSET
        and not d.was_refused("department", r.id)
        and (uid := d.uid("department", r.id)) is not None
    }
    for department in d.directory.present_departments():
        if department.uid not in led and not gone.isdisjoint(department.leaders):
            rest = tuple(leader for leader in department.leaders if leader not in gone)
            d.emit(DepartmentLeadersChanged(uid=department.uid, leaders=rest))
    replaced = any(isinstance(fact, OrganizationLeaderChanged) for fact in d.facts)
    if not replaced and not gone.isdisjoint(d.directory.leaders):
        rest = tuple(leader for leader in d.directory.leaders if leader not in gone)
        d.emit(OrganizationLeaderChanged(uid=d.directory.org, leaders=rest))
    managed = {
        uid
        for r in d.records.members.values()
        if r.manager is not UNSET and (uid := d.uid("member", r.id)) is not None
    }
    for member in d.directory.present_members():
        if member.manager in gone and member.uid not in managed and member.uid not in gone:
            d.emit(MemberManagerChanged(uid=member.uid, manager=None))
    for uid in _reports_first(d, leavers):
        d.memberships[uid] = ()
        d.emit(MemberResigned(uid=uid))


def _reports_first(d: Decision, leavers: list[str]) -> list[str]:
    """An order in which nobody leaves before those whom they manage.

    People who manage each other in a circle lose the manager who would leave before them.
    """
    managers = {uid: d.directory.members[uid].manager for uid in leavers}
    reports = Counter(manager for uid, manager in managers.items() if manager != uid)
    order = [uid for uid in leavers if not reports[uid]]
    for uid in order:  # grows while it is walked
        manager = managers[uid]
        if manager in managers and manager != uid:
            reports[manager] -= 1
            if not reports[manager]:
                order.append(manager)
    left = set(order)
    for uid in leavers:
        if uid not in left:
            if managers[uid] in left:
                d.emit(MemberManagerChanged(uid=uid, manager=None))
            left.add(uid)
            order.append(uid)
    return order
