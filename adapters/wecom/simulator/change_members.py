"""People as the console changes them."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.simulation.changes import (
    Changes,
    CreateMember,
    DeleteMember,
    MemberFields,
    UpdateMember,
    check_name,
)
from adapters.wecom.simulator.ids import USERID
from adapters.wecom.simulator.lookup import person, place
from adapters.wecom.simulator.model import ROOT, User
from adapters.wecom.simulator.people import Places
from adapters.wecom.simulator.roster_fields import (
    DETAIL_FIELDS,
    GENERATED,
    STATE,
    STATES,
    given_fields,
    tidy,
)
from adapters.wecom.simulator.user_params import DEPARTMENTS
from adapters.wecom.simulator.world import World
from domain.errors import InputError


def create(world: World, change: CreateMember) -> str:
    """Take somebody in."""
    check_name(change.name)
    if not USERID.fullmatch(change.id):
        raise InputError("A userid has 1 to 64 of A-Z a-z 0-9 _ - @ . and begins with A-Z a-z 0-9")
    if world.directory.people.find(change.id) is not None:
        raise InputError(f"Member {change.id} is already there")
    user = User(change.id, change.name, {ROOT: (0, False)})
    fields = _fields(world, change, user)
    places = _places(world, change, user)
    manager = _manager(world, change, user)
    user.fields, user.leader = fields, manager
    user.places, user.main = places, next(iter(places))
    _set_states(change, user)
    world.directory.create_user(user)
    return change.id


def update(world: World, change: UpdateMember) -> str:
    """Change somebody."""
    user, people = person(world, change.id), world.directory.people
    fields, places = _fields(world, change, user), _places(world, change, user)
    leader = _manager(world, change, user)
    if change.name is not UNSET:
        check_name(change.name)
    with world.directory.changing_user(user):
        if change.name is not UNSET:
            user.name = change.name
        _set_states(change, user)
        people.set_fields(user, fields)
        people.set_leader(user, leader)
        people.place(user, places, user.main if user.main in places else next(iter(places)))
    return user.userid


def _fields(world: World, change: MemberFields, user: User) -> dict[str, Any]:
    details = {} if change.details is UNSET else change.details
    unknown = [name for name in details if name not in (*DETAIL_FIELDS, STATE, GENERATED)]
    if unknown:
        raise InputError("The change has details that WeCom does not know", tuple(unknown))
    if details.get(STATE, 1) not in STATES:
        raise InputError("A status is 1 (activated), 4 (not activated) or 5 (left)")
    fields = tidy({**user.fields, **given_fields(change, details)})
    world.directory.people.check_unique(fields, user.key)
    return fields


def _places(world: World, change: MemberFields, user: User) -> Places:
    if change.departments is UNSET:
        return user.places
    found = dict.fromkeys(place(world, given) for given in change.departments) or {ROOT: None}
    if len(found) > DEPARTMENTS:
        raise InputError(f"Nobody is in more than {DEPARTMENTS} departments")
    return {dept_id: user.places.get(dept_id, (0, False)) for dept_id in found}


def _manager(world: World, change: MemberFields, user: User) -> str | None:
    if change.manager is UNSET:
        return user.leader
    return person(world, change.manager).key if change.manager else None


def _set_states(change: MemberFields, user: User) -> None:
    if change.active is not UNSET:
        user.enabled = change.active
    details = {} if change.details is UNSET else change.details
    user.state = details.get(STATE, user.state)
    if GENERATED in details:
        user.renames = int(bool(details[GENERATED]))


def delete(world: World, change: DeleteMember) -> str:
    """Let somebody go; WeCom keeps no reason."""
    user = person(world, change.id)
    world.directory.delete_user(user)
    return user.userid


MEMBER_CHANGES: Changes = {
    "create_member": (CreateMember, create),
    "update_member": (UpdateMember, update),
    "delete_member": (DeleteMember, delete),
}
