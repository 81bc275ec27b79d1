"""Reading roles (DingTalk docs, 角色管理)."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.model import Role, RoleGroup
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.world import World

DEFAULT_SIZE = 20


def _window(params: Params, limit: int) -> tuple[int, int]:
    if ("size" in params) != ("offset" in params) and "offset" in params:
        raise ApiError(40035)
    size = params.integer_or("size", DEFAULT_SIZE, code=40069)
    offset = params.integer_or("offset", 0, code=40068)
    if not 1 <= size <= limit:
        raise ApiError(40069)
    if offset < 0:
        raise ApiError(40068)
    return offset, size


def listing(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/role/list``: role groups with their roles.

    What a page counts is not documented; here it counts roles, so that a group may
    appear on two pages and has to be put together by the reader.
    """
    if ("size" in params) != ("offset" in params):
        raise ApiError(40035)
    offset, size = _window(params, 200)
    roles = world.directory.roles
    units: list[tuple[RoleGroup, Role | None]] = []
    for group in roles.groups.values():
        members = [roles.roles[role_id] for role_id in group.roles]
        units += [(group, role) for role in members] or [(group, None)]
    shown: dict[int, dict[str, Any]] = {}
    for group, role in units[offset : offset + size]:
        entry = shown.setdefault(
            group.group_id, {"groupId": group.group_id, "name": group.name, "roles": []}
        )
        if role is not None:
            entry["roles"].append({"id": role.role_id, "name": role.name})
    return {"result": {"hasMore": offset + size < len(units), "list": list(shown.values())}}


def getrolegroup(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/role/getrolegroup``: one group, at the top level of the reply."""
    roles = world.directory.roles
    group = roles.group(params.integer("group_id"), 33011)
    named = [{"role_id": r, "role_name": roles.roles[r].name} for r in group.roles]
    return {"role_group": {"group_name": group.name, "roles": named}}


def getrole(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/role/getrole``: one role, at the top level of the reply."""
    role = world.directory.roles.get(params.integer("roleId"))
    return {"role": {"groupId": role.group_id, "name": role.name}}


def simplelist(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/role/simplelist``: who holds a role, page by page."""
    role = world.directory.roles.get(params.integer("role_id"))
    offset, size = _window(params, 100)
    holders = world.holders(role)
    users, departments = world.directory.people.users, world.directory.tree.departments
    rows: list[dict[str, Any]] = []
    for userid in holders[offset : offset + size]:
        row: dict[str, Any] = {"userid": userid, "name": users[userid].name}
        if userid in role.scopes:
            scope = [d for d in role.scopes[userid] if d in departments]
            row["manageScopes"] = [{"dept_id": d, "name": departments[d].name} for d in scope]
        rows.append(row)
    result: dict[str, Any] = {"hasMore": offset + size < len(holders), "list": rows}
    if result["hasMore"]:
        result["nextCursor"] = offset + size
    return {"result": result}
