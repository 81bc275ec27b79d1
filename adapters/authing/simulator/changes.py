"""One change as somebody in Authing's console makes it (``POST /_sim/change``).

Ids are the roster's (openDepartmentId, externalId, a role's code) or Authing's own. The console
goes through the same rules as the API.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET

from adapters.authing.simulator import department_calls, records, role_calls, user_writes
from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.errors import RefusedError
from adapters.authing.simulator.model import TEXTS, Department, Role, User
from adapters.authing.simulator.world import ROOT, World
from adapters.simulation import changes
from adapters.simulation.changes import (
    Assignment,
    CreateDepartment,
    CreateMember,
    CreateRole,
    DeleteDepartment,
    DeleteMember,
    DeleteRole,
    MemberFields,
    MoveDepartment,
    RenameRole,
    UpdateDepartment,
    UpdateMember,
    check_name,
)
from domain.errors import InputError


def apply_change(world: World, change: dict[str, Any]) -> dict[str, Any]:
    """Apply ``change`` and return the id of what was changed."""
    try:
        return changes.apply_change(CHANGES, world, change)
    except RefusedError as error:
        op = change.get("op")
        raise InputError(f"Authing's console would refuse the change {op}", (str(error),)) from None


def create_department(world: World, change: CreateDepartment) -> str:
    """Add a department."""
    check_name(change.name)
    made = department_calls.create_department(
        world,
        _in_organization(
            world,
            name=change.name,
            openDepartmentId=change.id,
            parentDepartmentId=_place(world, change.parent_id),
        ),
    )
    assert isinstance(made, dict)
    world.departments[made["departmentId"]].leaders = _people(world, change.leaders)
    return change.id or str(made["departmentId"])


def update_department(world: World, change: UpdateDepartment) -> str:
    """Rename, move or lead a department; Authing keeps no order."""
    if change.order is not UNSET and change.order is not None:
        raise InputError("Authing keeps no order among departments")
    fields: dict[str, Any] = {"departmentId": _department(world, change.id).id}
    if change.name is not UNSET:
        check_name(change.name)
        fields["name"] = change.name
    if change.parent_id is not UNSET:
        fields["parentDepartmentId"] = _place(world, change.parent_id)
    if change.leaders is not UNSET:
        fields["leaderUserIds"] = _people(world, change.leaders or ())
    department_calls.update_department(world, _in_organization(world, **fields))
    return change.id


def move_department(world: World, change: MoveDepartment) -> str:
    """Hang a department elsewhere."""
    return update_department(world, UpdateDepartment(id=change.id, parent_id=change.parent_id))


def delete_department(world: World, change: DeleteDepartment) -> str:
    """Delete an empty department."""
    department_calls.remove(world, _department(world, change.id))
    return change.id


def create_member(world: World, change: CreateMember) -> str:
    """Take somebody in; they sign in with their id."""
    check_name(change.name)
    fields = {"username": change.id, "externalId": change.id, "name": change.name}
    made = user_writes.new_user(
        world, Ask({**fields, **_fields(world, change)}), Ask({}), user_writes.CREATE
    )
    world.people.check_free(made)
    world.people.put(made)
    _place_member(world, made, change)
    return change.id


def update_member(world: World, change: UpdateMember) -> str:
    """Change somebody."""
    before = _member(world, change.id)
    fields: dict[str, Any] = {"userId": before.id, **_fields(world, change)}
    if change.name is not UNSET:
        check_name(change.name)
        fields["name"] = change.name
    user_writes.update_user(world, Ask(fields))
    _place_member(world, world.people.get(before.id), change)
    return change.id


def delete_member(world: World, change: DeleteMember) -> str:
    """Delete somebody; Authing keeps no reason."""
    user_writes.delete(world, _member(world, change.id))
    return change.id


def create_role(world: World, change: CreateRole) -> str:
    """Add a role and its members."""
    check_name(change.name)
    if change.group is not None:
        raise InputError("Authing has no role groups")
    members = _people(world, change.members)
    code = change.id or f"role-{world.new_id()}"
    made = role_calls.add(world, Ask({"code": code, "name": change.name}))
    made.members = dict.fromkeys(members)
    return code


def rename_role(world: World, change: RenameRole) -> str:
    """Give a role another name."""
    check_name(change.name)
    _role(world, change.id).name = change.name
    return change.id


def delete_role(world: World, change: DeleteRole) -> str:
    """Delete a role."""
    row = _role(world, change.id)
    del world.roles[row.namespace, row.code]
    return change.id


def grant_role(world: World, change: Assignment) -> str:
    """Give a role to people."""
    _role(world, change.id).members |= dict.fromkeys(_people(world, change.members))
    return change.id


def revoke_role(world: World, change: Assignment) -> str:
    """Take a role from people."""
    row = _role(world, change.id)
    for user_id in _people(world, change.members):
        row.members.pop(user_id, None)
    return change.id


def _in_organization(world: World, **fields: Any) -> Ask:
    return Ask({"organizationCode": world.settings.organization_code, **fields})


def _place(world: World, given: str | None) -> str:
    return ROOT if given in (None, ROOT) else _department(world, str(given)).id


def _department(world: World, given: str) -> Department:
    for row in world.departments.values():
        if given in (row.open_id, row.id):
            return row
    raise InputError(f"There is no department {given}")


def _member(world: World, given: str) -> User:
    try:
        return world.people.get(world.people.holder("externalId", given) or given)
    except RefusedError:
        raise InputError(f"There is no member {given}") from None


def _people(world: World, given: Iterable[str]) -> list[str]:
    return [_member(world, each).id for each in given]


def _role(world: World, code: str) -> Role:
    found = next((row for row in world.roles.values() if row.code == code), None)
    if found is None:
        raise InputError(f"There is no role {code}")
    return found


def _fields(world: World, change: MemberFields) -> dict[str, Any]:
    details: dict[str, Any] = {} if change.details is UNSET else change.details
    unknown = tuple(name for name in details if name not in TEXTS)
    if unknown:
        raise InputError("The change has details that Authing does not know", unknown)
    fields: dict[str, Any] = dict(details)
    if change.email is not UNSET:
        fields["email"] = change.email
    if change.avatar is not UNSET:
        fields["photo"] = change.avatar
    if change.mobile is not UNSET:
        fields |= records.phone(change.mobile or "", world.settings.roster_country)
    if change.active is not UNSET:
        fields["status"] = records.status(change.active)
    custom: dict[str, Any] = {
        name: value for name in records.CUSTOM if (value := getattr(change, name)) is not UNSET
    }
    if change.manager is not UNSET:
        custom[records.MANAGER] = change.manager and _member(world, change.manager).id
    return {**fields, "customData": custom} if custom else fields


def _place_member(world: World, user: User, change: MemberFields) -> None:
    if change.departments is not UNSET:
        places = [_department(world, each).id for each in change.departments]
        world.place(user, places, places[0] if places else None)


CHANGES: changes.Changes = {
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
    "grant_role": (Assignment, grant_role),
    "revoke_role": (Assignment, revoke_role),
}
