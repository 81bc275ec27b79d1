"""From rows to a sound roster: every record once, every id that is named also there, no cycle."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from adapters.roster.fields import DEPARTMENTS, MEMBERS, ROLES, Shape, record, same
from adapters.roster.problems import Problems
from adapters.roster.references import check_references
from adapters.roster.rows import Listed, Reading, Row, Rows
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster


def validate(rows: Rows, problems: Problems) -> Reading:
    """The roster of ``rows``. Raises InputError with everything wrong, met here or before."""
    departments: Listed[DepartmentRecord] = _once(DEPARTMENTS, rows.departments, problems)
    members: Listed[MemberRecord] = _once(MEMBERS, rows.members, problems)
    roles: Listed[RoleRecord] = _once(ROLES, rows.roles or [], problems)
    check_references(departments, members, roles, problems)
    problems.raise_any()
    return Reading(
        roster=Roster(
            departments=tuple(departments.values()),
            members=tuple(members.values()),
            roles=tuple(roles.values()),
        ),
        roles=rows.roles is not None,
        notes=tuple(
            f"{listed.merged} repeated rows of {kind} were merged into the first of their id"
            for kind, listed in (
                ("departments", departments),
                ("members", members),
                ("roles", roles),
            )
            if listed.merged
        ),
    )


_ADDED_UP = {"members": "departments", "roles": "members"}
"""The field, per kind, in which rows of one id may differ: one row for each membership."""


def _once(shape: Shape, rows: list[Row], problems: Problems) -> Any:
    """Records by id; a repeated row that says the same counts once."""
    listed: Listed[Any] = Listed()
    for row in rows:
        found = record(shape, row, problems)
        if found is None:
            spoiled = row.values.get("id")
            if isinstance(spoiled, str | int):
                listed.spoiled.add(str(spoiled))
            continue
        first = listed.get(found.id)
        if first is None:
            listed[found.id] = found
            listed.where[found.id] = row.where
            continue
        differing = [field for field in same(first, found) if field != _ADDED_UP.get(shape.plural)]
        if differing:
            what = (
                f"{found.id!r} was listed before at {listed.where[found.id]} "
                f"with a different {', '.join(differing)}"
            )
            problems.add(f"{row.where}, id", what, "Keep one of the rows, or give one a new id")
            continue
        listed.merged += 1
        listed[found.id] = _added_up(shape, first, found)
    return listed


def _added_up(shape: Shape, first: Any, again: Any) -> Any:
    field = _ADDED_UP.get(shape.plural)
    if field is None or not (more := getattr(again, field)):
        return first
    return replace(first, **{field: tuple(dict.fromkeys((*(getattr(first, field) or ()), *more)))})
