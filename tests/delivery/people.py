"""A small company, and the ways in which it changes from one reading to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

Change = Callable[[Roster], Roster]


def department(key: str, name: str, parent: str | None = None, *leaders: str) -> DepartmentRecord:
    return DepartmentRecord(id=key, name=name, parent_id=parent, leaders=leaders)


def person(number: int, *departments: str, **more: Any) -> MemberRecord:
    """Person ``u<number>``, with everything that a target may ask for."""
    values: dict[str, Any] = {
        "id": f"u{number}",
        "name": f"Person {number}",
        "departments": departments,
        "main_department": departments[0] if departments else None,
        "email": f"u{number}@feifan.example",
        "mobile": f"+8613800{number:06d}",
        "job_number": f"J{number:04d}",
        "title": "Engineer",
        "active": True,
        "manager": None,
    }
    return MemberRecord(**{**values, **more})


def role(key: str, name: str, *members: str, group: str = "Duties") -> RoleRecord:
    return RoleRecord(id=key, name=name, group=group, members=members)


COMPANY = Roster(
    departments=(
        department("hq", "Headquarters", None, "u1"),
        department("rd", "Research", "hq", "u2"),
        department("fe", "Frontend", "rd", "u3"),
        department("be", "Backend", "rd"),
        department("sales", "Sales", "hq", "u6"),
        department("east", "East", "sales"),
    ),
    members=(
        person(1, "hq"),
        person(2, "rd", manager="u1"),
        person(3, "fe", manager="u2"),
        person(4, "fe", manager="u3"),
        person(5, "be", manager="u2"),
        person(6, "sales", manager="u1"),
        person(7, "east", manager="u6"),
        person(8, "east", "be", manager="u6"),
    ),
    roles=(
        role("r1", "Auditor", "u1", "u6"),
        role("r2", "On call", "u4", "u5", "u8"),
    ),
)


def member(key: str, **changes: Any) -> Change:
    """The person with this id gets new values."""

    def change(roster: Roster) -> Roster:
        if "departments" in changes and "main_department" not in changes:
            first = changes["departments"][0] if changes["departments"] else None
            changes["main_department"] = first
        members = (replace(m, **changes) if m.id == key else m for m in roster.members)
        return replace(roster, members=tuple(members))

    return change


def dept(key: str, **changes: Any) -> Change:
    """The department with this id gets new values."""

    def change(roster: Roster) -> Roster:
        found = (replace(d, **changes) if d.id == key else d for d in roster.departments)
        return replace(roster, departments=tuple(found))

    return change


def duty(key: str, **changes: Any) -> Change:
    """The role with this id gets new values."""

    def change(roster: Roster) -> Roster:
        found = (replace(r, **changes) if r.id == key else r for r in roster.roles)
        return replace(roster, roles=tuple(found))

    return change


def add(*records: DepartmentRecord | MemberRecord | RoleRecord) -> Change:
    """New records."""

    def change(roster: Roster) -> Roster:
        return Roster(
            departments=roster.departments + _of(DepartmentRecord, records),
            members=roster.members + _of(MemberRecord, records),
            roles=roster.roles + _of(RoleRecord, records),
        )

    return change


def _of(kind: type[Any], records: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(r for r in records if isinstance(r, kind))


def leave(*ids: str) -> Change:
    """People leave: they lead nobody and hold nothing any more."""

    def without(listed: Any) -> Any:
        return tuple(x for x in listed if x not in ids) if isinstance(listed, tuple) else listed

    def change(roster: Roster) -> Roster:
        return Roster(
            departments=tuple(replace(d, leaders=without(d.leaders)) for d in roster.departments),
            members=tuple(
                replace(m, manager=None) if m.manager in ids else m
                for m in roster.members
                if m.id not in ids
            ),
            roles=tuple(replace(r, members=without(r.members)) for r in roster.roles),
        )

    return change


def close(*ids: str) -> Change:
    """Departments, which must be empty, are no more."""
    return lambda roster: replace(
        roster, departments=tuple(d for d in roster.departments if d.id not in ids)
    )


def drop_role(*ids: str) -> Change:
    return lambda roster: replace(roster, roles=tuple(r for r in roster.roles if r.id not in ids))


def after(roster: Roster, *changes: Change) -> Roster:
    """The roster after changes, one after the other."""
    for change in changes:
        roster = change(roster)
    return roster
