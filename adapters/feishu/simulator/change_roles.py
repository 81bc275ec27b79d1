"""Functional roles as the console changes them; they have no groups."""

from __future__ import annotations

from adapters.feishu.simulator.functional_roles import NAME_LIMIT
from adapters.feishu.simulator.lookup import known_people, role_named
from adapters.feishu.simulator.model import Role
from adapters.feishu.simulator.roster_in import ROLE_ID
from adapters.feishu.simulator.world import World
from adapters.simulation.changes import (
    Assignment,
    Changes,
    CreateRole,
    DeleteRole,
    RenameRole,
    check_name,
)
from domain.errors import InputError


def _name(name: str) -> str:
    check_name(name)
    if len(name) > NAME_LIMIT:
        raise InputError(f"A role's name has at most {NAME_LIMIT} characters")
    return name


def create(world: World, change: CreateRole) -> str:
    """Add a role and its members; a group is left out, as in a roster."""
    directory, name = world.directory, _name(change.name)
    members = known_people(world, change.members)
    if change.id is None:
        role_id = directory.role_ids.fresh(directory.roles.roles)
    else:
        fits = ROLE_ID.fullmatch(change.id)
        role_id = change.id if fits else directory.role_ids.derive(change.id)
    if role_id in directory.roles.roles:
        raise InputError(f"Role {change.id} is already there")
    role = Role(role_id, name)
    directory.roles.add(role)
    for key in members:
        directory.roles.grant(role, key)
    return role_id


def rename(world: World, change: RenameRole) -> str:
    """Rename a role."""
    role = role_named(world, change.id)
    world.directory.roles.rename(role, _name(change.name))
    return role.role_id


def delete(world: World, change: DeleteRole) -> str:
    """Delete a role, whoever has it."""
    role = role_named(world, change.id)
    world.directory.roles.remove(role)
    return role.role_id


def grant(world: World, change: Assignment) -> str:
    """Give a role to people."""
    role = role_named(world, change.id)
    for key in known_people(world, change.members):
        world.directory.roles.grant(role, key)
    return role.role_id


def revoke(world: World, change: Assignment) -> str:
    """Take a role from people."""
    role = role_named(world, change.id)
    for key in known_people(world, change.members):
        world.directory.roles.revoke(role, key)
    return role.role_id


ROLE_CHANGES: Changes = {
    "create_role": (CreateRole, create),
    "rename_role": (RenameRole, rename),
    "delete_role": (DeleteRole, delete),
    "grant_role": (Assignment, grant),
    "revoke_role": (Assignment, revoke),
}
