"""Writing roles (DingTalk docs, 角色管理)."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.model import Role, RoleGroup
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.world import World

ROLES_LIMIT = 20
GRANT_LIMIT = 20
REVOKE_LIMIT = 100
SCOPE_LIMIT = 50


def add_role_group(world: World, params: Params) -> dict[str, Any]:
    """``/role/add_role_group``: there is no way to rename or delete one."""
    name = params.text("name", code=34018)
    group = RoleGroup(world.directory.group_ids.fresh(), name)
    world.directory.labels.create_group(group)
    return {"groupId": group.group_id}


def add_role(world: World, params: Params) -> dict[str, Any]:
    """``/role/add_role``: 34018 no name, 34020 no such group, 34021 name taken in the group."""
    name = params.text("roleName", code=34018)
    group = world.directory.roles.group(params.integer("groupId", code=34020))
    role = Role(world.directory.role_ids.fresh(), name, group.group_id)
    world.directory.labels.create_role(role)
    return {"roleId": role.role_id}


def update_role(world: World, params: Params) -> dict[str, Any]:
    """``/role/update_role``: 660000 no name."""
    name = params.text("roleName", code=660000)
    role = world.directory.roles.get(params.integer("roleId"))
    world.directory.labels.rename_role(role, name)
    return {}


def deleterole(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/role/deleterole``: refused while anybody has the role."""
    role = world.directory.roles.get(params.integer("role_id"))
    world.directory.labels.changeable(role)
    if role.members:
        raise ApiError(1002, "角色下存在成员,不能删除")
    world.directory.labels.delete_role(role)
    return {}


def addrolesforemps(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/role/addrolesforemps``: at most 20 roles and 20 people."""
    return _assign(world, params, GRANT_LIMIT, grant=True)


def removerolesforemps(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/role/removerolesforemps``: at most 20 roles and 100 people."""
    return _assign(world, params, REVOKE_LIMIT, grant=False)


def _assign(world: World, params: Params, limit: int, *, grant: bool) -> dict[str, Any]:
    params.text("roleIds")
    params.text("userIds")
    role_ids, userids = params.integers("roleIds"), params.words("userIds")
    if not role_ids or not userids:
        raise ApiError(400002)
    if len(role_ids) > ROLES_LIMIT or len(userids) > limit:
        raise ApiError(12012)
    roles = [world.directory.roles.get(role_id) for role_id in role_ids]
    for userid in userids:
        world.directory.people.get(userid)
    world.directory.labels.assign(roles, userids, grant=grant)
    return {}


def scope_update(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/role/scope/update``: the departments that a holder manages; absent means all."""
    role = world.directory.roles.get(params.integer("role_id"))
    userid = params.text("userid", code=40003)
    world.directory.people.get(userid, 46004)
    departments = params.integers("dept_ids")
    if len(departments) > SCOPE_LIMIT:
        raise ApiError(60301)
    for dept_id in departments:
        world.directory.tree.get(dept_id)
    world.directory.labels.changeable(role)
    if userid not in role.members:
        raise ApiError(34018, "用户没有该角色")
    if departments:
        role.scopes[userid] = tuple(departments)
    else:
        role.scopes.pop(userid, None)
    return {}
