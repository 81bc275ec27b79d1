"""What a SCIM group is to us: a department or a role. Pure.

A department's members are the people in it, and the groups in it are the departments below it. A
department lies in one other only: one that is put into a second is moved there.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from adapters.scim_inbound.index import Index, Kind
from domain.directory import Directory, Member
from domain.observe import Coverage, Observation
from domain.records import DepartmentRecord, MemberRecord, RoleRecord

Resource = dict[str, Any]

ROLE = "role:"
"""How orgledger's own SCIM target marks the externalId of a role."""


def kind_of(group: Resource, *, departments: bool, roles: Iterable[str]) -> Kind:
    """What a new group becomes. It stays that, whatever it is called later."""
    name, external = group.get("displayName") or "", group.get("externalId") or ""
    if not departments or external.startswith(ROLE):
        return "role"
    return "role" if any(fnmatchcase(name, pattern) for pattern in roles) else "department"


class Members(msgspec.Struct, frozen=True):
    """The uids in a group: people, and other groups."""

    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Rows:
    """Records of what is known, by uid, with the changes that a call makes to them."""

    def __init__(self, directory: Directory, system: str, index: Index) -> None:
        self.directory, self.system, self.index = directory, system, index

    def id(self, kind: str, uid: str) -> str:
        """The record id of an entity in the speaking system."""
        return self.directory.links[f"{self.system}/{kind}"].ids[uid]

    def ids(self, kind: str, uids: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.id(kind, uid) for uid in uids)

    def person(
        self, uid: str, *, without: str | None = None, also: tuple[str, ...] = ()
    ) -> MemberRecord:
        """A known member, out of one department (uid) and in others (record ids)."""
        member: Member = self.directory.members[uid]
        kept = [dep for dep in member.departments if dep != without]
        departments = (*self.ids("department", kept), *also)
        return MemberRecord(id=self.id("member", uid), name=member.name, departments=departments)

    def department(self, uid: str, parent_id: str | None) -> DepartmentRecord:
        """A known department below another one (record id)."""
        name = self.directory.departments[uid].name
        return DepartmentRecord(id=self.id("department", uid), name=name, parent_id=parent_id)

    def in_department(self, uid: str) -> Members:
        """Who and what is in a department."""
        index = self.index
        return Members(tuple(index.people.get(uid, ())), tuple(index.below.get(uid, ())))

    def parent_id(self, uid: str) -> str | None:
        parent = self.directory.departments[uid].parent
        return None if parent is None else self.id("department", parent)

    def observation(self, **what: Any) -> Observation:
        """What one call said; it proves nobody's absence but what ``coverage`` says."""
        return Observation(system=self.system, **{"coverage": Coverage(), **what})


def department(
    rows: Rows, group: Resource, members: Members, *, record_id: str, uid: str | None
) -> Observation:
    """A group as a department; ``uid`` is None for a new one."""
    before = rows.in_department(uid) if uid is not None else Members()
    own = DepartmentRecord(
        id=record_id,
        name=group.get("displayName") or "",
        parent_id=None if uid is None else rows.parent_id(uid),
        details={"externalId": group.get("externalId") or None},
    )
    here, there = set(members.people), set(before.people)
    came = [p for p in members.people if p not in there]
    people = [rows.person(p, also=(record_id,)) for p in came]
    people += [rows.person(p, without=uid) for p in before.people if p not in here]
    below, above = set(members.groups), set(before.groups)
    groups = [rows.department(g, record_id) for g in members.groups if g not in above]
    groups += [rows.department(g, None) for g in before.groups if g not in below]
    return rows.observation(departments=(own, *groups), members=tuple(people))


def department_gone(rows: Rows, uid: str) -> Observation:
    """A department that is no more: its people leave it, what lay in it moves up."""
    before, parent_id = rows.in_department(uid), rows.parent_id(uid)
    return rows.observation(
        coverage=Coverage(gone_departments=frozenset({rows.id("department", uid)})),
        departments=tuple(rows.department(g, parent_id) for g in before.groups),
        members=tuple(rows.person(p, without=uid) for p in before.people),
    )


def role(
    rows: Rows, group: Resource, people: tuple[str, ...], *, record_id: str, uid: str | None
) -> Observation:
    """A group as a role; ``uid`` is None for a new one."""
    holders = rows.directory.grants.get(uid, set()) if uid is not None else set()
    own = RoleRecord(
        id=record_id,
        name=group.get("displayName") or "",
        details={"externalId": group.get("externalId") or None},
        members=rows.ids("member", people),
    )
    # who no longer holds it is told of as well: absence alone proves nothing
    former = sorted(holders - set(people))
    return rows.observation(roles=(own,), members=tuple(rows.person(p) for p in former))


def role_gone(rows: Rows, uid: str) -> Observation:
    """A role that is no more: all the others are listed, and the listing is complete."""
    rest = [role for role in rows.directory.present_roles() if role.uid != uid]
    return rows.observation(
        coverage=Coverage(roles=True),
        roles=tuple(RoleRecord(id=rows.id("role", r.uid), name=r.name) for r in rest),
    )
