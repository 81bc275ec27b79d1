"""Whether a target holds an organization: what is there, compared field by field."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from msgspec import UNSET

from domain.delivery.capabilities import TargetCapabilities
from domain.ports import Target
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

_COMPARED = ("email", "mobile", "job_number", "title")


def differences(
    wanted: Roster, there: Roster, target: Target, left: Collection[str] = ()
) -> list[str]:
    """Every difference, in words; ``left`` are people who left and may rest as closed accounts."""
    can = target.capabilities
    return [
        *_departments(wanted, there, target),
        *_members(wanted, there, can, left),
        *(_roles(wanted, there) if "role" in can.fields else ()),
    ]


def _ours(records: Collection[Any]) -> dict[str, Any]:
    found = [r for r in records if not r.id.startswith("foreign:")]
    assert len({r.id for r in found}) == len(found), f"twice: {sorted(r.id for r in found)}"
    return {r.id: r for r in found}


def _departments(wanted: Roster, there: Roster, target: Target) -> list[str]:
    can = target.capabilities
    if "department" not in can.fields:
        return []
    theirs = _ours(there.departments)
    ours = {d.id: d for d in wanted.departments}
    found = _who("department", ours, theirs)
    people = {m.id: m for m in wanted.members}
    for key in ours.keys() & theirs.keys():
        a: DepartmentRecord = ours[key]
        b: DepartmentRecord = theirs[key]
        found += _differ(key, "name", a.name, b.name)
        if can.nested:
            found += _differ(key, "parent", a.parent_id, b.parent_id)
        if can.leaders != 0 and b.leaders is not UNSET:
            leaders = [
                u for u in a.leaders or ()
                if people[u].active is not False
                and (not can.leaders_inside or key in people[u].departments)
            ]  # fmt: skip
            found += _differ(key, "leaders", set(leaders[: can.leaders]), set(b.leaders))
    return found


def _members(
    wanted: Roster, there: Roster, can: TargetCapabilities, left: Collection[str]
) -> list[str]:
    ours = {m.id: m for m in wanted.members}
    theirs = _ours(there.members)
    resting = {key for key in theirs.keys() - ours.keys() if key in left}
    found = _who("member", ours, {k: v for k, v in theirs.items() if k not in resting})
    for key in resting:
        if theirs[key].active is not False or theirs[key].departments:
            found.append(f"{key}, who left, is open or in {theirs[key].departments}")
    for key in ours.keys() & theirs.keys():
        a: MemberRecord = ours[key]
        b: MemberRecord = theirs[key]
        found += _differ(key, "name", a.name, b.name)
        if "department" in can.fields:
            found += _differ(key, "departments", set(a.departments), set(b.departments))
        if can.main_department and b.main_department is not UNSET and a.departments:
            found += _differ(key, "main department", a.main_department, b.main_department)
        if can.managers and b.manager is not UNSET:
            found += _differ(key, "manager", a.manager, b.manager)
        if can.deactivates and b.active is not UNSET:
            found += _differ(key, "active", a.active, b.active)
        for field in _COMPARED:
            mine, its = getattr(a, field), getattr(b, field)
            if mine is not UNSET and its is not UNSET:
                found += _differ(key, field, mine or None, its or None)
    return found


def _roles(wanted: Roster, there: Roster) -> list[str]:
    ours = {r.id: r for r in wanted.roles}
    theirs = _ours(there.roles)
    found = _who("role", ours, theirs)
    for key in ours.keys() & theirs.keys():
        a: RoleRecord = ours[key]
        b: RoleRecord = theirs[key]
        found += _differ(key, "name", a.name, b.name)
        if b.group is not UNSET and b.group is not None:
            found += _differ(key, "group", a.group, b.group)
        found += _differ(key, "members", set(a.members or ()), set(b.members or ()))
    return found


def _who(kind: str, ours: Collection[str], theirs: Collection[str]) -> list[str]:
    missing, more = set(ours) - set(theirs), set(theirs) - set(ours)
    return [f"{kind} {key} is missing" for key in sorted(missing)] + [
        f"{kind} {key} should not be there" for key in sorted(more)
    ]


def _differ(key: str, what: str, ours: object, theirs: object) -> list[str]:
    return [] if ours == theirs else [f"{key}: {what} is {theirs!r}, should be {ours!r}"]
