"""Groups and roles as the console changes them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from msgspec import UNSET

from adapters.casdoor.simulator import group_calls, records
from adapters.casdoor.simulator.fields import Row
from adapters.casdoor.simulator.table import Table
from adapters.casdoor.simulator.world import World
from adapters.simulation.changes import (
    Assignment,
    Changes,
    CreateDepartment,
    CreateRole,
    DeleteDepartment,
    DeleteRole,
    MoveDepartment,
    RenameRole,
    UpdateDepartment,
    check_name,
)
from domain.errors import InputError
from domain.records import DepartmentRecord, RoleRecord


def create_department(world: World, change: CreateDepartment) -> str:
    """Add a group."""
    check_name(change.name)
    _no_order(change.order)
    name = change.id or f"group_{uuid.uuid4().hex[:6]}"
    group_calls.check_name(world, name)
    record = DepartmentRecord(
        id=name,
        name=change.name,
        parent_id=_parent(world, change.parent_id),
        leaders=_people(world, change.leaders),
    )
    world.groups.insert(records.group_row(world.settings, record, world.now()))
    return name


def update_department(world: World, change: UpdateDepartment) -> str:
    """Rename, move or lead a group; its name in Casdoor stays."""
    owner = world.settings.organization
    before = _named(world.groups, owner, change.id, "department")
    after = {**before, "updatedTime": world.now()}
    _no_order(change.order)
    if change.name is not UNSET:
        check_name(change.name)
        after["displayName"] = change.name
    if change.parent_id is not UNSET:
        after |= records.place(owner, _parent(world, change.parent_id))
    if change.leaders is not UNSET:
        after |= records.leading(owner, _people(world, change.leaders or ()))
    world.groups.replace(before, after)
    return change.id


def move_department(world: World, change: MoveDepartment) -> str:
    """Hang a group elsewhere; Casdoor lets it hang below itself."""
    return update_department(world, UpdateDepartment(id=change.id, parent_id=change.parent_id))


def delete_department(world: World, change: DeleteDepartment) -> str:
    """Delete an empty group."""
    owner = world.settings.organization
    _named(world.groups, owner, change.id, "department")
    group_calls.remove(world, owner, change.id)
    return change.id


def create_role(world: World, change: CreateRole) -> str:
    """Add a role and its members."""
    check_name(change.name)
    if change.group is not None:
        raise InputError("Casdoor has no role groups")
    name = change.id or f"role_{uuid.uuid4().hex[:6]}"
    members = _people(world, change.members)
    record = RoleRecord(id=name, name=change.name, members=members)
    world.roles.insert(records.role_row(world.settings, record, world.now()))
    return name


def rename_role(world: World, change: RenameRole) -> str:
    """Give a role another display name."""
    check_name(change.name)
    before = _named(world.roles, world.settings.organization, change.id, "role")
    world.roles.replace(before, {**before, "displayName": change.name})
    return change.id


def delete_role(world: World, change: DeleteRole) -> str:
    """Delete a role."""
    world.roles.remove(_named(world.roles, world.settings.organization, change.id, "role"))
    return change.id


def grant_role(world: World, change: Assignment) -> str:
    """Give a role to people."""
    return _assign(world, change, grant=True)


def revoke_role(world: World, change: Assignment) -> str:
    """Take a role from people."""
    return _assign(world, change, grant=False)


def _assign(world: World, change: Assignment, *, grant: bool) -> str:
    owner = world.settings.organization
    before = _named(world.roles, owner, change.id, "role")
    named = [f"{owner}/{member}" for member in _people(world, change.members)]
    others = [user for user in before.get("users") or () if user not in named]
    world.roles.replace(before, {**before, "users": others + named if grant else others})
    return change.id


def _named(table: Table, owner: str, name: str, kind: str) -> Row:
    found = table.get(owner, name)
    if found is None:
        raise InputError(f"There is no {kind} {name}")
    return found


def _parent(world: World, name: str | None) -> str | None:
    owner = world.settings.organization
    if name is not None and name != owner:
        _named(world.groups, owner, name, "department")
    return name


def _people(world: World, names: Iterable[str]) -> tuple[str, ...]:
    given = tuple(names)
    owner = world.settings.organization
    unknown = tuple(name for name in given if world.people.get(owner, name) is None)
    if unknown:
        raise InputError("The change names people who are not there", unknown)
    return given


def _no_order(order: object) -> None:
    if order is not UNSET and order is not None:
        raise InputError("Casdoor keeps no order among groups")


OTHER_CHANGES: Changes = {
    "create_department": (CreateDepartment, create_department),
    "update_department": (UpdateDepartment, update_department),
    "move_department": (MoveDepartment, move_department),
    "delete_department": (DeleteDepartment, delete_department),
    "create_role": (CreateRole, create_role),
    "rename_role": (RenameRole, rename_role),
    "delete_role": (DeleteRole, delete_role),
    "grant_role": (Assignment, grant_role),
    "revoke_role": (Assignment, revoke_role),
}
