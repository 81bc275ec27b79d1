"""People as the console changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from adapters.dingtalk.simulator.lookup import place
from adapters.dingtalk.simulator.model import ROOT, User
from adapters.dingtalk.simulator.roster_check import USERID_LIMIT
from adapters.dingtalk.simulator.roster_fields import DETAIL_FIELDS, FLAGS, ROSTER_FIELDS, tidy
from adapters.dingtalk.simulator.world import World
from adapters.simulation.changes import (
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
    if not 1 <= len(change.id) <= USERID_LIMIT:
        raise InputError(f"A userid has 1 to {USERID_LIMIT} characters")
    directory = world.directory
    attributes = _attributes(world, change, {})
    fields = attributes.get("fields", {})
    unionid = change.keys.get("unionid") or directory.unionid(change.id, fields.get("mobile"))
    if directory.people.by_unionid(unionid) not in (None, change.id):
        raise InputError("Somebody else has the same unionid")
    departments = attributes.pop("departments", (ROOT,))
    directory.create_user(User(change.id, change.name, unionid, departments, **attributes))
    return change.id


def update(world: World, change: UpdateMember) -> str:
    """Change somebody."""
    user = world.directory.people.users.get(change.id)
    if user is None:
        raise InputError(f"There is no member {change.id}")
    attributes = _attributes(world, change, user.fields)
    if change.name is not UNSET:
        check_name(change.name)
        attributes["name"] = change.name
    world.directory.update_user(user, attributes)
    return change.id


def _attributes(world: World, change: MemberFields, fields: dict[str, Any]) -> dict[str, Any]:
    details = {} if change.details is UNSET else change.details
    unknown = [name for name in details if name not in (*DETAIL_FIELDS, *FLAGS)]
    if unknown:
        raise InputError("The change has details that DingTalk does not know", tuple(unknown))
    given = {name: getattr(change, name) for name in ROSTER_FIELDS}
    given |= {name: details[name] for name in DETAIL_FIELDS if name in details}
    changed = {name: value for name, value in given.items() if value is not UNSET}
    attributes: dict[str, Any] = {"fields": tidy({**fields, **changed})}
    attributes |= {name: bool(details[name]) for name in FLAGS if name in details}
    if change.departments is not UNSET:
        places = dict.fromkeys(place(world, given_id) for given_id in change.departments)
        attributes["departments"] = tuple(places) or (ROOT,)
    if change.active is not UNSET:
        attributes["active"] = change.active
    if change.manager is not UNSET:
        attributes["manager"] = change.manager
    return attributes


def delete(world: World, change: DeleteMember) -> str:
    """Let somebody go."""
    user = world.directory.people.users.get(change.id)
    if user is None:
        raise InputError(f"There is no member {change.id}")
    if change.reason not in ("cancel", "leave", "unknown", "delete", "oapi"):
        raise InputError("A reason to leave is cancel, leave, unknown, delete or oapi")
    world.directory.delete_user(user, change.reason)
    return change.id


MEMBER_CHANGES: dict[str, tuple[type, Callable[[World, Any], int | str]]] = {
    "create_member": (CreateMember, create),
    "update_member": (UpdateMember, update),
    "delete_member": (DeleteMember, delete),
}
