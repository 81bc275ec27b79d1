"""Departments and people as the API shows them (DingTalk docs, department/get, user/get)."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator.model import DEFAULT_ORDER, Department, User
from adapters.dingtalk.simulator.world import World


def department_row(department: Department) -> dict[str, Any]:
    """One entry of department/listsub."""
    return {
        "dept_id": department.dept_id,
        "name": department.name,
        "parent_id": department.parent_id,
        "create_dept_group": department.attributes.get("create_dept_group", False),
        "auto_add_user": department.attributes.get("auto_add_user", False),
    }


def department_detail(department: Department) -> dict[str, Any]:
    """The result of department/get."""
    detail: dict[str, Any] = {
        "dept_id": department.dept_id,
        "name": department.name,
        "create_dept_group": False,
        "auto_add_user": False,
        "auto_approve_apply": False,
        "from_union_org": False,
        "group_contain_sub_dept": False,
        "outer_dept": False,
        "outer_permit_depts": [],
        "outer_permit_users": [],
        "hide_dept": False,
        "dept_permits": [],
        "user_permits": [],
        "dept_manager_userid_list": list(department.managers),
        "member_count": department.member_count,
        "owning_member_count": len(department.members),
        **department.attributes,
    }
    if department.parent_id is not None:
        detail["parent_id"] = department.parent_id
    if department.source_identifier:
        detail["source_identifier"] = department.source_identifier
    if department.order is not None:
        detail["order"] = department.order
    return detail


def _shared(world: World, user: User) -> dict[str, Any]:
    return {
        "userid": user.userid,
        "unionid": user.unionid,
        "name": user.name,
        "dept_id_list": user.departments,
        "active": user.active,
        "admin": world.is_admin(user.userid),
        "boss": user.boss,
        "hide_mobile": user.hide_mobile,
        "exclusive_account": False,
        **user.fields,
    }


def user_row(world: World, user: User, department: Department) -> dict[str, Any]:
    """One entry of user/list, seen in one department."""
    row = _shared(world, user)
    row["dept_order"] = user.orders.get(department.dept_id, DEFAULT_ORDER)
    row["leader"] = user.userid in department.managers
    return _permitted(world, row)


def user_detail(world: World, user: User) -> dict[str, Any]:
    """The result of user/get."""
    departments = world.directory.tree.departments
    groups = world.directory.roles.groups
    detail = _shared(world, user)
    detail |= {
        "real_authed": user.active,
        "senior": user.senior,
        "dept_order_list": [
            {"dept_id": d, "order": user.orders.get(d, DEFAULT_ORDER)} for d in user.departments
        ],
        "leader_in_dept": [
            {"dept_id": d, "leader": user.userid in departments[d].managers}
            for d in user.departments
        ],
        "role_list": [
            {"id": role.role_id, "name": role.name, "group_name": groups[role.group_id].name}
            for role in world.roles_of(user)
        ],
    }
    if user.manager:
        detail["manager_userid"] = user.manager
    if user.titles:
        detail["dept_position_list"] = [
            {"dept_id": d, "title": title} for d, title in user.titles.items()
        ]
    return _permitted(world, detail)


def _permitted(world: World, shown: dict[str, Any]) -> dict[str, Any]:
    for name in world.settings.hidden_fields:
        shown.pop(name, None)
    return shown
