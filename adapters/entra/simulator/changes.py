"""One change as somebody in the Entra admin center makes it (``POST /_sim/change``).

Each change is made to the roster, and the tenant is built anew from it: what is a group, a unit
and a text at the same time changes everywhere at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from adapters.entra.simulator.world import World
from adapters.simulation import changes
from adapters.simulation.changes import (
    Assignment,
    CreateDepartment,
    CreateMember,
    CreateRole,
    DeleteDepartment,
    DeleteMember,
    DeleteRole,
    MoveDepartment,
    RenameRole,
    UpdateDepartment,
    UpdateMember,
)
from domain.errors import InputError
from domain.records import DepartmentRecord, MemberRecord, Record, RoleRecord, Roster

R = TypeVar("R", bound=Record)

FIELDS = (
    "name", "departments", "email", "mobile", "job_number", "title", "avatar", "active", "manager",
)  # fmt: skip


def apply_change(world: World, change: dict[str, Any]) -> dict[str, Any]:
    """Apply ``change`` and return the id, as the roster has it, of what was changed."""
    return changes.apply_change(CHANGES, world, change)


def _put(world: World, **parts: tuple[Any, ...]) -> None:
    world.put(replace(world.roster, **parts))


def _swap(kind: str, records: tuple[R, ...], changed: R) -> tuple[R, ...]:
    _one(kind, records, changed.id)
    return tuple(changed if record.id == changed.id else record for record in records)


def _one(kind: str, records: tuple[R, ...], record_id: str) -> R:
    for record in records:
        if record.id == record_id:
            return record
    raise InputError(f"There is no {kind} {record_id}")


def _free(kind: str, given: str | None, records: tuple[Any, ...]) -> str:
    """The id of a new record: the given one, or a number that is free."""
    taken = {record.id for record in records}
    if given is None:
        return next(n for i in range(len(taken) + 1) if (n := f"{kind}-{i + 1}") not in taken)
    if given in taken:
        raise InputError(f"{kind} {given} is already there")
    return given


def create_department(world: World, change: CreateDepartment) -> str:
    """A new group, unit and text."""
    departments = world.roster.departments
    record = DepartmentRecord(
        id=_free("department", change.id, departments),
        name=change.name,
        parent_id=change.parent_id,
        leaders=change.leaders,
    )
    _put(world, departments=(*departments, record))
    return record.id


def update_department(world: World, change: UpdateDepartment) -> str:
    """Another name, place or other leaders; Entra knows no order."""
    record = _one("department", world.roster.departments, change.id)
    given = {n: getattr(change, n) for n in ("name", "parent_id", "leaders")}
    given = {n: () if n == "leaders" and v is None else v for n, v in given.items()}
    changed = replace(record, **{n: v for n, v in given.items() if v is not UNSET})
    _put(world, departments=_swap("department", world.roster.departments, changed))
    return change.id


def move_department(world: World, change: MoveDepartment) -> str:
    """Hang a department elsewhere."""
    return update_department(world, UpdateDepartment(id=change.id, parent_id=change.parent_id))


def delete_department(world: World, change: DeleteDepartment) -> str:
    """A department goes; it must be empty."""
    roster = world.roster
    _one("department", roster.departments, change.id)
    if any(change.id in member.departments for member in roster.members):
        raise InputError(f"Department {change.id} has people")
    if any(record.parent_id == change.id for record in roster.departments):
        raise InputError(f"Department {change.id} has departments below it")
    _put(world, departments=tuple(d for d in roster.departments if d.id != change.id))
    return change.id


def _fields(change: CreateMember | UpdateMember, details: Any) -> dict[str, Any]:
    found = {n: v for n in FIELDS if (v := getattr(change, n)) is not UNSET}
    if change.details is not UNSET:
        known = {} if details is UNSET else details
        found["details"] = {**known, **change.details}
    return found


def create_member(world: World, change: CreateMember) -> str:
    """Somebody new."""
    members = world.roster.members
    fields = {"departments": (), **_fields(change, UNSET)}
    record = MemberRecord(id=_free("member", change.id, members), **fields)
    _put(world, members=(*members, record))
    return record.id


def update_member(world: World, change: UpdateMember) -> str:
    """Somebody changes."""
    record = _one("member", world.roster.members, change.id)
    changed = replace(record, **_fields(change, record.details))
    _put(world, members=_swap("member", world.roster.members, changed))
    return change.id


def delete_member(world: World, change: DeleteMember) -> str:
    """Somebody goes, from wherever they are named."""
    roster, gone = world.roster, change.id
    _one("member", roster.members, gone)
    world.put(without(roster, gone))
    return gone


def without(roster: Roster, gone: str) -> Roster:
    """The roster without one person."""
    return Roster(
        departments=tuple(
            replace(d, leaders=tuple(u for u in d.leaders if u != gone)) if d.leaders else d
            for d in roster.departments
        ),
        members=tuple(
            replace(m, manager=None) if m.manager == gone else m
            for m in roster.members
            if m.id != gone
        ),
        roles=tuple(
            replace(r, members=tuple(u for u in r.members if u != gone)) if r.members else r
            for r in roster.roles
        ),
    )


def create_role(world: World, change: CreateRole) -> str:
    """A new group that stands for a role."""
    roles = world.roster.roles
    role_id = _free("role", change.id, roles)
    record = RoleRecord(id=role_id, name=change.name, group=change.group, members=change.members)
    _put(world, roles=(*roles, record))
    return role_id


def rename_role(world: World, change: RenameRole) -> str:
    """Another name for a role."""
    record = replace(_one("role", world.roster.roles, change.id), name=change.name)
    _put(world, roles=_swap("role", world.roster.roles, record))
    return change.id


def delete_role(world: World, change: DeleteRole) -> str:
    """A role goes."""
    _one("role", world.roster.roles, change.id)
    _put(world, roles=tuple(r for r in world.roster.roles if r.id != change.id))
    return change.id


def grant(world: World, change: Assignment) -> str:
    """Give a role to people."""
    return _assign(world, change, lambda have: (*have, *change.members))


def revoke(world: World, change: Assignment) -> str:
    """Take a role from people."""
    return _assign(world, change, lambda have: [u for u in have if u not in change.members])


def _assign(world: World, change: Assignment, result: Callable[[tuple[str, ...]], Any]) -> str:
    record = _one("role", world.roster.roles, change.id)
    members = tuple(dict.fromkeys(result(record.members or ())))
    _put(world, roles=_swap("role", world.roster.roles, replace(record, members=members)))
    return change.id


CHANGES: dict[str, tuple[type, Callable[[World, Any], str]]] = {
    "create_department": (CreateDepartment, create_department),
    "update_department": (UpdateDepartment, update_department),
    "move_department": (MoveDepartment, move_department),
    "delete_department": (DeleteDepartment, delete_department),
    "create_member": (CreateMember, create_member),
    "update_member": (UpdateMember, update_member),
    "delete_member": (DeleteMember, delete_member),
    "create_role": (CreateRole, create_role),
    "rename_role": (RenameRole, rename_role),
    "delete_role": (DeleteRole, delete_role),
    "grant_role": (Assignment, grant),
    "revoke_role": (Assignment, revoke),
}
