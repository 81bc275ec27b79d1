"""Users as the console changes them."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.casdoor.simulator import records, user_writes
from adapters.casdoor.simulator.fields import USER, Row
from adapters.casdoor.simulator.world import World
from adapters.simulation.changes import (
    Changes,
    CreateMember,
    DeleteMember,
    MemberFields,
    UpdateMember,
    check_name,
)
from domain.errors import InputError

COLUMNS = [name for name, field in USER.fields.items() if field.stored]


def create(world: World, change: CreateMember) -> str:
    """Take somebody in."""
    check_name(change.name)
    owner = world.settings.organization
    key = {"owner": owner, "name": change.id, "displayName": change.name, "type": "normal-user"}
    user_writes.create(world, {**key, **_columns(world, change, {})})
    return change.id


def update(world: World, change: UpdateMember) -> str:
    """Change somebody."""
    before = _user(world, change.id)
    after = {**before, **_columns(world, change, before.get("properties") or {})}
    if change.name is not UNSET:
        check_name(change.name)
        after["displayName"] = change.name
    user_writes.change(world, before, after, COLUMNS)
    return change.id


def delete(world: World, change: DeleteMember) -> str:
    """Let somebody go; Casdoor keeps no reason."""
    _user(world, change.id)
    user_writes.delete(world, world.settings.organization, change.id)
    return change.id


def _user(world: World, name: str) -> Row:
    found = world.people.get(world.settings.organization, name)
    if found is None:
        raise InputError(f"There is no member {name}")
    return found


def _columns(world: World, change: MemberFields, properties: dict[str, str]) -> Row:
    settings = world.settings
    details: dict[str, Any] = {} if change.details is UNSET else change.details
    unknown = tuple(name for name in details if name not in COLUMNS)
    if unknown:
        raise InputError("The change has details that Casdoor does not know", unknown)
    columns: Row = dict(details)
    for name in records.TEXTS:
        value = getattr(change, name)
        if value is not UNSET:
            columns[name] = value or ""
    if change.mobile is not UNSET:
        columns |= records.phone(change.mobile or "", settings.roster_country)
    if change.departments is not UNSET:
        columns["groups"] = [_group_id(world, name) for name in change.departments]
    if change.active is not UNSET:
        columns["isForbidden"] = not change.active
    given = {name: getattr(change, name) for name in records.PROPERTIES}
    given = {name: value for name, value in given.items() if value is not UNSET}
    if given:
        merged = {**properties, **given}
        columns["properties"] = {name: value for name, value in merged.items() if value}
    return columns


def _group_id(world: World, name: str) -> str:
    owner = world.settings.organization
    if world.groups.get(owner, name) is None:
        raise InputError(f"There is no department {name}")
    return f"{owner}/{name}"


MEMBER_CHANGES: Changes = {
    "create_member": (CreateMember, create),
    "update_member": (UpdateMember, update),
    "delete_member": (DeleteMember, delete),
}
