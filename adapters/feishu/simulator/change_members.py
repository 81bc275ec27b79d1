"""People as the console changes them."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.ids import USER_ID, digest
from adapters.feishu.simulator.lookup import person, place
from adapters.feishu.simulator.model import User
from adapters.feishu.simulator.people import in_order
from adapters.feishu.simulator.roster_fields import DETAIL_FIELDS, FLAGS, given_fields, tidy
from adapters.feishu.simulator.world import World
from adapters.simulation.changes import (
    Changes,
    CreateMember,
    DeleteMember,
    MemberFields,
    UpdateMember,
    check_name,
)
from domain.errors import InputError


def create(world: World, change: CreateMember) -> str:
    """Take somebody in."""
    check_name(change.name)
    if not USER_ID.fullmatch(change.id):
        raise InputError("A user_id has 1 to 64 characters and no blanks")
    directory, key = world.directory, world.directory.open_id()
    if directory.people.user_id_taken(change.id):
        raise ApiError(41011)
    union_id = change.keys.get("union_id") or f"on_{digest('union', key)}"
    if directory.people.by_union_id(union_id) is not None:
        raise InputError("Somebody else has the same union_id")
    user = User(key, change.id, union_id, change.name, ())
    attributes, fields = _read(world, change, user)
    user.departments, user.orders, user.primary = _place(world, change, user) or in_order((), {})
    user.fields, user.leader = fields, attributes.pop("leader", None)
    _set(user, attributes)
    directory.create_user(user)
    return change.id


def update(world: World, change: UpdateMember) -> str:
    """Change somebody."""
    user, directory = person(world, change.id), world.directory
    attributes, fields = _read(world, change, user)
    if change.name is not UNSET:
        check_name(change.name)
        attributes["name"] = change.name
    places = _place(world, change, user)
    leader = attributes.pop("leader", user.leader)
    with directory.changing_user(user):
        _set(user, attributes)
        directory.people.set_fields(user, fields)
        directory.people.set_leader(user, leader)
        if places is not None:
            directory.people.place(user, *places)
    return user.user_id


def _read(world: World, change: MemberFields, user: User) -> tuple[dict[str, Any], dict[str, Any]]:
    details = {} if change.details is UNSET else change.details
    unknown = [name for name in details if name not in (*DETAIL_FIELDS, *FLAGS)]
    if unknown:
        raise InputError("The change has details that Feishu does not know", tuple(unknown))
    fields = tidy({**user.fields, **given_fields(change, details)})
    world.directory.people.check_unique(fields, user.key)
    attributes: dict[str, Any] = {
        attribute: bool(details[flag]) for flag, attribute in FLAGS.items() if flag in details
    }
    if change.active is not UNSET:
        attributes["frozen"] = not change.active
    if change.manager is not UNSET:
        leader = person(world, change.manager) if change.manager else None
        if leader is user:
            raise ApiError(41030)
        attributes["leader"] = leader.key if leader else None
    return attributes, fields


def _place(
    world: World, change: MemberFields, user: User
) -> tuple[tuple[str, ...], dict[str, tuple[int, int]], str] | None:
    if change.departments is UNSET:
        return None
    places = dict.fromkeys(place(world, given) for given in change.departments)
    return in_order(tuple(places), user.orders)


def _set(user: User, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        setattr(user, name, value)


def delete(world: World, change: DeleteMember) -> str:
    """Let somebody go; Feishu keeps no reason."""
    user = person(world, change.id)
    world.directory.resign(user)
    return user.user_id


MEMBER_CHANGES: Changes = {
    "create_member": (CreateMember, create),
    "update_member": (UpdateMember, update),
    "delete_member": (DeleteMember, delete),
}
