"""Fold a fact into the directory. Facts are true: nothing is checked or refused here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import UNSET
from msgspec.structs import asdict, replace

from domain import events as e
from domain.directory import (
    Department,
    Directory,
    Member,
    Role,
    RoleGroup,
    SourceScope,
    State,
)
from domain.events import Fact, Origin

T = TypeVar("T")


def evolve(directory: Directory, fact: Fact, position: int = 0) -> Directory:
    """Fold one fact, in place, and return the directory. Facts about runs pass by unseen."""
    handler = _HANDLERS.get(type(fact))
    if handler is not None:
        handler(directory, fact)
        if position:
            directory.position = position
    return directory


def patched(details: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """``details`` after ``patch``: a None removes its key."""
    merged = {**details, **patch}
    return {key: value for key, value in merged.items() if value is not None}


def _link(d: Directory, kind: str, uid: str, origin: Origin | None) -> None:
    if origin is not None:
        d.linked(origin.system, kind).link(origin.id, uid, origin.keys)


# The organization


def _organization_registered(d: Directory, f: e.OrganizationRegistered) -> None:
    d.name, d.source, d.version = f.name, f.source, d.version + 1


def _organization_renamed(d: Directory, f: e.OrganizationRenamed) -> None:
    d.name, d.version = f.name, d.version + 1


def _organization_leader_changed(d: Directory, f: e.OrganizationLeaderChanged) -> None:
    d.leaders, d.version = f.leaders, d.version + 1


def _source_scope_changed(d: Directory, f: e.SourceScopeChanged) -> None:
    d.scopes[f.system] = SourceScope(roots=f.roots, hidden=f.hidden)
    d.version += 1


def _record_linked(d: Directory, f: e.RecordLinked) -> None:
    d.linked(f.system, f.kind).link(f.id, f.entity, f.keys)
    d.version += 1


def _record_unlinked(d: Directory, f: e.RecordUnlinked) -> None:
    d.linked(f.system, f.kind).unlink(f.id)
    d.version += 1


# Departments


def _department(d: Directory, uid: str, **changes: Any) -> None:
    old = d.departments[uid]
    d.departments[uid] = replace(old, version=old.version + 1, **changes)


def _department_created(d: Directory, f: e.DepartmentCreated) -> None:
    d.departments[f.uid] = Department(
        uid=f.uid, name=f.name, parent=f.parent, order=f.order, details=f.details
    )
    _link(d, "department", f.uid, f.origin)


def _department_details(d: Directory, f: e.DepartmentDetailsChanged) -> None:
    _department(d, f.uid, details=patched(d.departments[f.uid].details, f.details))


# Members


def _member(d: Directory, uid: str, **changes: Any) -> None:
    old = d.members[uid]
    d.members[uid] = replace(old, version=old.version + 1, **changes)


def _member_created(d: Directory, f: e.MemberCreated) -> None:
    d.members[f.uid] = Member(
        uid=f.uid,
        name=f.name,
        departments=f.departments,
        main_department=f.main_department,
        email=f.email,
        mobile=f.mobile,
        job_number=f.job_number,
        title=f.title,
        avatar=f.avatar,
        details=f.details,
        state=State.ACTIVE if f.active else State.DEACTIVATED,
    )
    _link(d, "member", f.uid, f.origin)


def _member_patched(d: Directory, f: e.MemberContactChanged | e.MemberProfileChanged) -> None:
    changes = {k: v for k, v in asdict(f).items() if k != "uid" and v is not UNSET}
    if "details" in changes:
        changes["details"] = patched(d.members[f.uid].details, changes["details"])
    _member(d, f.uid, **changes)


def _member_resigned(d: Directory, f: e.MemberResigned) -> None:
    _member(d, f.uid, state=State.RESIGNED, departments=(), main_department=None, manager=None)


def _member_rehired(d: Directory, f: e.MemberRehired) -> None:
    _member(
        d,
        f.uid,
        state=State.ACTIVE,
        departments=f.departments,
        main_department=f.main_department,
    )


# Roles


def _role(d: Directory, uid: str, **changes: Any) -> None:
    old = d.roles[uid]
    d.roles[uid] = replace(old, version=old.version + 1, **changes)


def _role_group(d: Directory, uid: str, **changes: Any) -> None:
    old = d.role_groups[uid]
    d.role_groups[uid] = replace(old, version=old.version + 1, **changes)


def _role_group_created(d: Directory, f: e.RoleGroupCreated) -> None:
    old = d.role_groups.get(f.uid)
    version = 1 if old is None else old.version + 1
    d.role_groups[f.uid] = RoleGroup(uid=f.uid, name=f.name, version=version)
    _link(d, "role_group", f.uid, f.origin)


def _role_created(d: Directory, f: e.RoleCreated) -> None:
    old = d.roles.get(f.uid)
    version = 1 if old is None else old.version + 1
    d.roles[f.uid] = Role(uid=f.uid, name=f.name, group=f.group, details=f.details, version=version)
    d.grants[f.uid] = set()
    _link(d, "role", f.uid, f.origin)


def _role_deleted(d: Directory, f: e.RoleDeleted) -> None:
    _role(d, f.uid, state=State.DELETED)
    d.grants[f.uid] = set()


def _role_granted(d: Directory, f: e.RoleGranted) -> None:
    _role(d, f.uid)
    d.grants[f.uid].add(f.member)


def _role_revoked(d: Directory, f: e.RoleRevoked) -> None:
    _role(d, f.uid)
    d.grants[f.uid].discard(f.member)


_HANDLERS: dict[type[Fact], Callable[[Directory, Any], None]] = {
    e.OrganizationRegistered: _organization_registered,
    e.OrganizationRenamed: _organization_renamed,
    e.OrganizationLeaderChanged: _organization_leader_changed,
    e.SourceScopeChanged: _source_scope_changed,
    e.RecordLinked: _record_linked,
    e.RecordUnlinked: _record_unlinked,
    e.DepartmentCreated: _department_created,
    e.DepartmentRenamed: lambda d, f: _department(d, f.uid, name=f.name),
    e.DepartmentMoved: lambda d, f: _department(d, f.uid, parent=f.parent),
    e.DepartmentReordered: lambda d, f: _department(d, f.uid, order=f.order),
    e.DepartmentLeadersChanged: lambda d, f: _department(d, f.uid, leaders=f.leaders),
    e.DepartmentDetailsChanged: _department_details,
    e.DepartmentMerged: lambda d, f: _department(
        d, f.uid, state=State.DELETED, merged_into=f.into, leaders=()
    ),
    e.DepartmentDeleted: lambda d, f: _department(d, f.uid, state=State.DELETED, leaders=()),
    e.DepartmentRestored: lambda d, f: _department(
        d, f.uid, state=State.ACTIVE, parent=f.parent, merged_into=None
    ),
    e.MemberCreated: _member_created,
    e.MemberRenamed: lambda d, f: _member(d, f.uid, name=f.name),
    e.MemberContactChanged: _member_patched,
    e.MemberProfileChanged: _member_patched,
    e.MemberTransferred: lambda d, f: _member(
        d, f.uid, departments=f.departments, main_department=f.main_department
    ),
    e.MemberManagerChanged: lambda d, f: _member(d, f.uid, manager=f.manager),
    e.MemberDeactivated: lambda d, f: _member(d, f.uid, state=State.DEACTIVATED),
    e.MemberReactivated: lambda d, f: _member(d, f.uid, state=State.ACTIVE),
    e.MemberResigned: _member_resigned,
    e.MemberRehired: _member_rehired,
    e.RoleGroupCreated: _role_group_created,
    e.RoleGroupRenamed: lambda d, f: _role_group(d, f.uid, name=f.name),
    e.RoleGroupDeleted: lambda d, f: _role_group(d, f.uid, state=State.DELETED),
    e.RoleCreated: _role_created,
    e.RoleRenamed: lambda d, f: _role(d, f.uid, name=f.name),
    e.RoleRegrouped: lambda d, f: _role(d, f.uid, group=f.group),
    e.RoleDeleted: _role_deleted,
    e.RoleGranted: _role_granted,
    e.RoleRevoked: _role_revoked,
}
