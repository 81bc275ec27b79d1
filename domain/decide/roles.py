"""Role groups, roles, and who holds them."""

from __future__ import annotations

from msgspec import UNSET

from domain.decide.decision import Decision
from domain.decide.patch import known_details
from domain.events import (
    Origin,
    RoleCreated,
    RoleDeleted,
    RoleGranted,
    RoleGroupCreated,
    RoleGroupDeleted,
    RoleGroupRenamed,
    RoleRegrouped,
    RoleRenamed,
    RoleRevoked,
)
from domain.records import RoleRecord


def decide_roles(d: Decision) -> None:
    """Groups and roles that came or changed, and their grants."""
    groups: dict[str, str] = {}
    for record in d.records.roles.values():
        group = _group(d, record, groups)
        uid = d.uid("role", record.id)
        old = d.directory.roles.get(uid) if uid is not None else None
        if uid is None or old is None or not old.present:
            uid = uid or d.mint("role", record.id)
            d.emit(
                RoleCreated(
                    uid=uid,
                    name=record.name,
                    group=group,
                    details=known_details(record.details),
                    origin=Origin(system=d.system, id=record.id),
                )
            )
        else:
            if record.name != old.name:
                d.emit(RoleRenamed(uid=uid, name=record.name))
            if record.group is not UNSET and group != old.group:
                d.emit(RoleRegrouped(uid=uid, group=group))
        _grants(d, record, uid)


def _group(d: Decision, record: RoleRecord, seen: dict[str, str]) -> str | None:
    """The uid of the record's role group; made or renamed the first time it is met."""
    if record.group is UNSET or record.group is None:
        return None
    record_id = f"name:{record.group}" if record.group_id is UNSET else record.group_id
    if record_id in seen:
        return seen[record_id]
    uid = d.uid("role_group", record_id)
    old = d.directory.role_groups.get(uid) if uid is not None else None
    if uid is None or old is None or not old.present:
        uid = uid or d.mint("role_group", record_id)
        origin = Origin(system=d.system, id=record_id)
        d.emit(RoleGroupCreated(uid=uid, name=record.group, origin=origin))
    elif record.group != old.name:
        d.emit(RoleGroupRenamed(uid=uid, name=record.group))
    seen[record_id] = uid
    return uid


def _grants(d: Decision, record: RoleRecord, uid: str) -> None:
    if record.members is UNSET:
        return
    known = d.directory.roles.get(uid)
    before = d.directory.grants.get(uid, set()) if known is not None and known.present else set()
    after = dict.fromkeys(d.member_uids(record.members))
    d.emit(*(RoleGranted(uid=uid, member=member) for member in after if member not in before))
    for member in sorted(before - after.keys()):
        if _could_be_seen(d, member):
            d.emit(RoleRevoked(uid=uid, member=member))


def _could_be_seen(d: Decision, member: str) -> bool:
    """Whether the member's absence from a role says something: was read, refused, or leaves."""
    record_id = d.links("member").ids.get(member, "")
    read = member in d.memberships or d.was_refused("member", record_id)
    return read or not d.belongs(member)


def decide_role_deletions(d: Decision) -> None:
    """Roles that are no longer listed, and the groups that nobody speaks of any more."""
    if not d.coverage.roles:
        return
    for record_id, uid in d.links("role").uids.items():
        listed = record_id in d.records.roles or d.was_refused("role", record_id)
        if not listed and d.directory.roles[uid].present:
            d.emit(RoleDeleted(uid=uid))
    if any(refusal.kind == "role" for refusal in d.refused):
        return  # we don't know which group a refused role belongs to
    spoken_of = {
        f"name:{record.group}" if record.group_id is UNSET else record.group_id
        for record in d.records.roles.values()
        if record.group or record.group_id is not UNSET
    }
    kept = {
        d.directory.roles[role].group
        for record in d.records.roles.values()
        if record.group is UNSET and (role := d.links("role").uids.get(record.id)) is not None
    }
    for record_id, uid in d.links("role_group").uids.items():
        spoken = record_id in spoken_of or uid in kept
        if not spoken and d.directory.role_groups[uid].present:
            d.emit(RoleGroupDeleted(uid=uid))
