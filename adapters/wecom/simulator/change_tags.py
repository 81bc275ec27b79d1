"""Tags as the console changes them; a roster calls them roles, and they have no groups."""

from __future__ import annotations

from adapters.simulation.changes import (
    Assignment,
    Changes,
    CreateRole,
    DeleteRole,
    RenameRole,
)
from adapters.wecom.simulator.lookup import known_people, tag_named
from adapters.wecom.simulator.model import Tag
from adapters.wecom.simulator.world import World
from domain.errors import InputError


def create(world: World, change: CreateRole) -> str:
    """Add a tag and its members; a group is left out, as in a roster."""
    directory, members = world.directory, known_people(world, change.members)
    name = directory.tags.check_name(change.name)
    ids = directory.tag_ids
    number = ids.fresh() if change.id is None else ids.number(change.id)
    if number in directory.tags.tags:
        raise InputError(f"Role {change.id} is already there")
    tag = Tag(number, name)
    directory.tags.add(tag)
    with directory.changing_tag(tag):
        directory.tags.hold(tag, members, [])
    return str(number)


def rename(world: World, change: RenameRole) -> str:
    """Rename a tag."""
    tag, tags = tag_named(world, change.id), world.directory.tags
    tags.rename(tag, tags.check_name(change.name, tag.tag_id))
    return str(tag.tag_id)


def delete(world: World, change: DeleteRole) -> str:
    """Delete a tag, whoever has it."""
    tag = tag_named(world, change.id)
    world.directory.tags.remove(tag)
    return str(tag.tag_id)


def grant(world: World, change: Assignment) -> str:
    """Give a tag to people."""
    tag, directory = tag_named(world, change.id), world.directory
    with directory.changing_tag(tag):
        directory.tags.hold(tag, known_people(world, change.members), [])
    return str(tag.tag_id)


def revoke(world: World, change: Assignment) -> str:
    """Take a tag from people."""
    tag = tag_named(world, change.id)
    with world.directory.changing_tag(tag):
        for key in known_people(world, change.members):
            tag.users.pop(key, None)
    return str(tag.tag_id)


TAG_CHANGES: Changes = {
    "create_role": (CreateRole, create),
    "rename_role": (RenameRole, rename),
    "delete_role": (DeleteRole, delete),
    "grant_role": (Assignment, grant),
    "revoke_role": (Assignment, revoke),
}
