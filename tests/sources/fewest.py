"""The fewest events that lead from one state of a provider to the next, counted without the engine.

What there was is remembered: people come back as those they were, departments are restored.
"""

from __future__ import annotations

from collections import Counter

from msgspec import UNSET

from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

CONTACT, PROFILE = ("email", "mobile"), ("job_number", "title", "avatar")


class Past:
    """Everything as it was last seen, and what of it is there."""

    def __init__(self) -> None:
        self._departments: dict[str, DepartmentRecord] = {}
        self._members: dict[str, MemberRecord] = {}
        self._now = Roster()

    def events(self, now: Roster) -> Counter[str]:
        """What must be told of ``now``; it is remembered."""
        count = self._departments_told(now) + self._members_told(now) + self._roles_told(now)
        self._departments |= {d.id: d for d in now.departments}
        self._members |= {m.id: m for m in now.members}
        self._now = now
        return count

    def _departments_told(self, now: Roster) -> Counter[str]:
        count: Counter[str] = Counter()
        there = {d.id for d in self._now.departments}
        for d in now.departments:
            was, stayed = self._departments.get(d.id), d.id in there
            if was is None:
                count["DepartmentCreated"] += 1
            else:
                count["DepartmentRestored"] += not stayed
                count["DepartmentMoved"] += stayed and was.parent_id != d.parent_id
                count["DepartmentRenamed"] += was.name != d.name
                count["DepartmentReordered"] += d.order is not UNSET and was.order != d.order
            led = set(was.leaders or ()) if was is not None and stayed else set()
            changed = d.leaders is not UNSET and led != set(d.leaders)
            count["DepartmentLeadersChanged"] += changed
        closed = there - {d.id for d in now.departments}
        count["DepartmentDeleted"] += len(closed)
        present = {m.id for m in now.members}
        for key in closed:  # who leaves leads nothing any more, not even for a moment
            leaders = set(self._departments[key].leaders or ())
            count["DepartmentLeadersChanged"] += not leaders <= present
        return count

    def _members_told(self, now: Roster) -> Counter[str]:
        count: Counter[str] = Counter()
        there = {m.id for m in self._now.members}
        for m in now.members:
            was, stayed = self._members.get(m.id), m.id in there
            if was is None:
                count["MemberCreated"] += 1
            else:
                count += _changes(was, m, stayed=stayed)
            known = was.manager if was is not None and stayed else None
            count["MemberManagerChanged"] += m.manager is not UNSET and m.manager != (known or None)
        count["MemberResigned"] += len(there - {m.id for m in now.members})
        return count

    def _roles_told(self, now: Roster) -> Counter[str]:
        count: Counter[str] = Counter()
        was, there = ({r.id: r for r in x.roles} for x in (self._now, now))
        for r in there.values():
            old = was.get(r.id)
            if old is None:
                count["RoleCreated"] += 1
            else:
                count["RoleRenamed"] += old.name != r.name
                count["RoleRegrouped"] += _group(old) != _group(r)
            held, holds = set(old.members or ()) if old else set(), set(r.members or ())
            count["RoleGranted"] += len(holds - held)
            count["RoleRevoked"] += len(held - holds)
        count["RoleDeleted"] += len(was.keys() - there.keys())
        groups = [{g for r in x.values() if (g := _group(r))} for x in (was, there)]
        count["RoleGroupCreated"] += len(groups[1] - groups[0])
        count["RoleGroupDeleted"] += len(groups[0] - groups[1])
        return count


def _changes(was: MemberRecord, m: MemberRecord, *, stayed: bool) -> Counter[str]:
    """The events of one person who was known before, the manager apart."""
    count: Counter[str] = Counter()

    def differ(*names: str) -> bool:
        return any(
            getattr(m, n) is not UNSET and getattr(m, n) != (getattr(was, n) or None) for n in names
        )

    count["MemberRenamed"] += was.name != m.name
    moved = set(was.departments) != set(m.departments) or differ("main_department")
    count["MemberTransferred"] += stayed and moved
    count["MemberRehired"] += not stayed
    count["MemberContactChanged"] += differ(*CONTACT)
    count["MemberProfileChanged"] += differ(*PROFILE)
    open_before = was.active is not False or not stayed
    count["MemberDeactivated"] += open_before and m.active is False
    count["MemberReactivated"] += not open_before and m.active is True
    return count


def _group(r: RoleRecord) -> str:
    return (r.group if r.group_id is UNSET else r.group_id) or ""
