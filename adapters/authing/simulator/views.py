"""How departments, users and roles look in answers (authing-node-sdk, models/*Dto)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.model import ACTIVATED, TEXTS, Department, Role, User
from adapters.authing.simulator.world import World

PHOTO = "https://files.authing.co/authing-console/default-user-avatar.png"
"""What a user without a picture is shown with (authing-node-sdk, test/users/createUser)."""


def departments(world: World, rows: Iterable[Department]) -> list[dict[str, Any]]:
    """DepartmentDtos."""
    parents = {d.parent for d in world.departments.values()}
    return [_department(world, row, row.id in parents) for row in rows]


def _department(world: World, row: Department, nested: bool) -> dict[str, Any]:
    above = world.departments.get(row.parent or "")
    return {
        "organizationCode": world.settings.organization_code,
        "departmentId": row.id,
        "createdAt": row.created,
        "updatedAt": row.updated,
        "openDepartmentId": row.open_id,
        "name": row.name,
        "leaderUserIds": row.leaders,
        "description": row.description,
        "parentDepartmentId": row.parent,
        "code": row.code,
        "parentDepartmentCode": above.code if above else None,
        "membersCount": world.people.count(row.id),
        "hasChildren": nested,
        "isVirtualNode": False,
        "customData": row.custom,
        "status": True,
    }


def user(row: User, ask: Ask) -> dict[str, Any]:
    """A UserDto; custom data and departments only when asked for."""
    shown: dict[str, Any] = {
        "userId": row.id,
        "createdAt": row.created,
        "updatedAt": row.updated,
        "statusChangedAt": row.created,
        "status": row.status,
        "workStatus": "Active" if row.status == ACTIVATED else "Closed",
        **{name: row.texts.get(name) for name in TEXTS},
        "photo": row.texts.get("photo") or PHOTO,
        "gender": row.gender,
        "emailVerified": False,
        "phoneVerified": False,
        "loginsCount": 0,
        "lastLogin": None,
        "lastIp": None,
        "userSourceType": "adminCreated",
        "mainDepartmentId": row.main,
    }
    if ask.flag("withCustomData"):
        shown["customData"] = row.custom
    if ask.flag("withDepartmentIds"):
        shown["departmentIds"] = row.departments
    if ask.flag("withIdentities"):
        shown["identities"] = []
    return shown


def role(row: Role) -> dict[str, Any]:
    """A RoleDto."""
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "description": row.description,
        "namespace": row.namespace,
        "namespaceName": row.namespace,
        "status": "ENABLE",
        "disableTime": None,
    }
