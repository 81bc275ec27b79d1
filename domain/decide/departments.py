"""Departments: created, moved and renamed from the top down, deleted from the bottom up."""

from __future__ import annotations

from msgspec import UNSET

from domain.decide.decision import Decision
from domain.decide.patch import known_details, patch_of
from domain.directory import Department
from domain.events import (
    DepartmentCreated,
    DepartmentDeleted,
    DepartmentDetailsChanged,
    DepartmentLeadersChanged,
    DepartmentMoved,
    DepartmentRenamed,
    DepartmentReordered,
    DepartmentRestored,
    Origin,
)
from domain.records import DepartmentRecord


def decide_departments(d: Decision) -> None:
    """Creations, restorations, renames, moves, order and details.

    The records come with every parent before its children: whatever moves, moves under a
    department that is already at its place, so that no moment in between has a cycle. A move
    below the own subtree waits until the part of it that is in the way has moved itself.
    """
    waiting = list(d.records.departments.values())
    while waiting:
        blocked = [record for record in waiting if not _place(d, record)]
        if len(blocked) == len(waiting):
            for record in blocked:
                d.refuse("department", record.id, "its new parent lies below it")
            return
        waiting = blocked


def _place(d: Decision, record: DepartmentRecord) -> bool:
    """The facts of one department; False if its new parent lies below it for now."""
    parent = None if record.parent_id is None else d.uid("department", record.parent_id)
    if record.parent_id is not None and parent is None:
        d.refuse("department", record.id, "its parent was refused")
        return True
    uid = d.uid("department", record.id)
    if uid is None:
        _create(d, record, parent)
        return True
    old = d.directory.departments[uid]
    if parent is None and record.id in d.coverage.roots and _out_of_sight(d, old):
        parent = old.parent  # the top of what is visible; what it hangs under is not to be seen
    if (not old.present or parent != old.parent) and _below(d, parent, uid):
        return False
    _compare(d, record, old, parent)
    return True


def _out_of_sight(d: Decision, department: Department) -> bool:
    """Whether a department hangs under one that this reading does not show."""
    return department.present and department.parent is not None and not d.visible(department.parent)


def _create(d: Decision, record: DepartmentRecord, parent: str | None) -> None:
    uid = d.mint("department", record.id)
    d.parents[uid] = parent
    d.emit(
        DepartmentCreated(
            uid=uid,
            name=record.name,
            parent=parent,
            order=None if record.order is UNSET else record.order,
            details=known_details(record.details),
            origin=Origin(system=d.system, id=record.id),
        )
    )


def _compare(d: Decision, record: DepartmentRecord, old: Department, parent: str | None) -> None:
    uid = old.uid
    if not old.present:
        d.parents[uid] = parent
        d.emit(DepartmentRestored(uid=uid, parent=parent))
    elif parent != old.parent:
        d.parents[uid] = parent
        d.emit(DepartmentMoved(uid=uid, parent=parent))
    if record.name != old.name:
        d.emit(DepartmentRenamed(uid=uid, name=record.name))
    if record.order is not UNSET and record.order != old.order:
        d.emit(DepartmentReordered(uid=uid, order=record.order))
    patch = patch_of(old.details, record.details)
    if patch:
        d.emit(DepartmentDetailsChanged(uid=uid, details=patch))


def _below(d: Decision, department: str | None, ancestor: str) -> bool:
    while department is not None:
        if department == ancestor:
            return True
        department = d.parent(department)
    return False


def decide_leaders(d: Decision) -> None:
    """Leaders, once every member of the reading has its uid."""
    for record in d.records.departments.values():
        uid = d.uid("department", record.id)
        if uid is None or record.leaders is UNSET or d.was_refused("department", record.id):
            continue
        leaders = d.member_uids(record.leaders)
        old = d.directory.departments.get(uid)
        if set(leaders) != set(old.leaders if old is not None and old.present else ()):
            d.emit(DepartmentLeadersChanged(uid=uid, leaders=leaders))


def decide_deletions(d: Decision) -> None:
    """Departments that the reading proves to be gone, children before parents.

    One that still holds somebody, or a child, is kept: its people were not read this time.
    """
    gone = _gone(d)
    if not gone:
        return
    holding = {
        dep
        for member in d.directory.present_members()
        if member.uid not in d.memberships
        for dep in member.departments
    }
    for departments in d.memberships.values():
        holding.update(departments)
    children: dict[str, set[str]] = {}
    for department in d.directory.present_departments():
        parent = d.parent(department.uid)
        if parent is not None:
            children.setdefault(parent, set()).add(department.uid)
    for uid, parent in d.parents.items():
        if parent is not None:
            children.setdefault(parent, set()).add(uid)
    for uid in sorted(gone, key=lambda u: (-_depth(d, u), u)):
        if uid in holding or children.get(uid):
            continue
        parent = d.parent(uid)
        if parent is not None:
            children[parent].discard(uid)
        d.emit(DepartmentDeleted(uid=uid))


def _gone(d: Decision) -> set[str]:
    coverage = d.coverage
    if not (coverage.departments or coverage.gone_departments):
        return set()
    return {
        uid
        for record_id, uid in d.links("department").uids.items()
        if d.directory.departments[uid].present
        and record_id not in d.records.departments
        and not d.was_refused("department", record_id)
        and (record_id in coverage.gone_departments or (coverage.departments and d.visible(uid)))
    }


def _depth(d: Decision, department: str) -> int:
    depth, step = 0, d.parent(department)
    while step is not None:
        depth, step = depth + 1, d.parent(step)
    return depth
