"""Focus: everything that some facts can have changed at a target. Pure.

A target that holds what the directory was before the facts needs operations for these entities
only, so that following one change of a large organization does not plan all of it. It may name
more than that, never less.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.delivery.state import TargetState
from domain.directory import Directory
from domain.events import (
    DeliveryFact,
    DepartmentMerged,
    Fact,
    OrganizationLeaderChanged,
    OrganizationRegistered,
    OrganizationRenamed,
    RecordLinked,
    RecordUnlinked,
    RoleGranted,
    RoleRevoked,
    SourceScopeChanged,
)

Focus = frozenset[str]
"""Uids, of every kind."""

_EVERYTHING = (SourceScopeChanged, RecordUnlinked)
"""What a field is, or whose record it is, changes for more than can be told."""

_NOTHING = (OrganizationRegistered, OrganizationRenamed, OrganizationLeaderChanged)
"""No target keeps these."""


def focus(directory: Directory, facts: Iterable[Fact], state: TargetState) -> Focus | None:
    """What ``facts``, folded into ``directory`` already, can have changed; None: everything."""
    named: dict[str, set[str]] = {}
    for fact in facts:
        match fact:
            case _ if isinstance(fact, _EVERYTHING):
                return None
            case _ if isinstance(fact, _NOTHING):
                continue
            case DeliveryFact():
                named.setdefault(fact.kind, set()).add(fact.uid)
            case RecordLinked():
                named.setdefault(fact.kind, set()).add(fact.entity)
            case RoleGranted() | RoleRevoked():
                named.setdefault("role", set()).add(fact.uid)
            case DepartmentMerged():
                named.setdefault("department", set()).update((fact.uid, fact.into))
            case _:
                named.setdefault(fact.KIND, set()).add(fact.uid)
    return _Reach(directory, state).of(named)


class _Reach:
    """What hangs together with an entity.

    Where the target differs from the directory now, the other end has a fact of its own; but a
    person leaves a department's list, or a role's, without one of the department.
    """

    def __init__(self, directory: Directory, state: TargetState) -> None:
        self.directory, self.state = directory, state

    def of(self, named: dict[str, set[str]]) -> Focus:
        departments = self._below(named.get("department", set()))
        people = named.get("member", set()) | self._inside(departments)
        groups = named.get("role_group", set())
        roles = named.get("role", set())
        found = departments | people | self._around(people) | roles
        if groups or roles:
            found |= self._grouped(groups)
        return frozenset(found)

    def _below(self, uids: set[str]) -> set[str]:
        """Departments and all that is below them: their paths are in every document there."""
        found, sought = set(uids), bool(uids)
        while sought:
            departments = self.directory.departments.values()
            more = {d.uid for d in departments if d.parent in found and d.uid not in found}
            found |= more
            sought = bool(more)
        return found

    def _inside(self, departments: set[str]) -> set[str]:
        """The people in any of these departments."""
        members = self.directory.members.values() if departments else ()
        return {m.uid for m in members if not departments.isdisjoint(m.departments)}

    def _around(self, people: set[str]) -> set[str]:
        """What names any of these people: departments, roles, and those whom they manage."""
        directory, found = self.directory, set[str]()
        if not people:
            return found
        for uid in people & directory.members.keys():
            found.update(directory.members[uid].departments)
        found.update(
            d.uid for d in directory.departments.values() if not people.isdisjoint(d.leaders)
        )
        found.update(m.uid for m in directory.members.values() if m.manager in people)
        found.update(r for r, held in directory.grants.items() if not people.isdisjoint(held))
        for kind in ("department", "role"):
            there = self.state.of(kind).items()
            found.update(uid for uid, p in there if not people.isdisjoint(p.members))
        return found

    def _grouped(self, groups: set[str]) -> set[str]:
        """Role groups: there are few, and each lives by the roles in it."""
        roles = {r.uid for r in self.directory.roles.values() if r.group in groups}
        return roles | self.directory.role_groups.keys()
