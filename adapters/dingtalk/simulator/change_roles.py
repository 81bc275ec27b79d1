"""Roles as the console changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.dingtalk.simulator.lookup import known_people, new_number, role_named
from adapters.dingtalk.simulator.model import OTHER_GROUP, Role, RoleGroup
from adapters.dingtalk.simulator.world import World
from adapters.simulation.changes import Assignment, CreateRole, DeleteRole, RenameRole, check_name
from domain.errors import InputError


def create(world: World, change: CreateRole) -> int:
    """Add a role, its group if need be, and its members."""
    check_name(change.name)
    members = known_people(world, change.members)
    roles, labels = world.directory.roles, world.directory.labels
    name = change.group or OTHER_GROUP
    group = roles.group_named(name)
    if group is None:
        group = RoleGroup(world.directory.group_ids.number(name), name)
        labels.create_group(group)
    number, _ = new_number(world.directory.role_ids, change.id)
    if number in roles.roles:
        raise InputError(f"Role {change.id} is already there")
    role = Role(number, change.name, group.group_id)
    labels.create_role(role)
    if members:
        labels.assign([role], members, grant=True)
    return number


def rename(world: World, change: RenameRole) -> int:
    """Rename a role."""
    check_name(change.name)
    role = role_named(world, change.id)
    world.directory.labels.rename_role(role, change.name)
    return role.role_id


def delete(world: World, change: DeleteRole) -> int:
    """Delete a role."""
    role = role_named(world, change.id)
    world.directory.labels.delete_role(role)
    return role.role_id


def grant(world: World, change: Assignment) -> int:
    """Give a role to people."""
    return _assign(world, change, grant=True)


def revoke(world: World, change: Assignment) -> int:
    """Take a role from people."""
    return _assign(world, change, grant=False)


def _assign(world: World, change: Assignment, *, grant: bool) -> int:
    role = role_named(world, change.id)
    world.directory.labels.assign([role], known_people(world, change.members), grant=grant)
    return role.role_id


ROLE_CHANGES: dict[str, tuple[type, Callable[[World, Any], int | str]]] = {
    "create_role": (CreateRole, create),
    "rename_role": (RenameRole, rename),
    "delete_role": (DeleteRole, delete),
    "grant_role": (Assignment, grant),
    "revoke_role": (Assignment, revoke),
}
