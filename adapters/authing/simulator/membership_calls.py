"""Calls about who is in which department."""

from __future__ import annotations

from typing import Any

from adapters.authing.simulator import views
from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.envelopes import Data, done
from adapters.authing.simulator.errors import RefusedError, bad
from adapters.authing.simulator.model import User
from adapters.authing.simulator.people import BY
from adapters.authing.simulator.world import World


def id_type(ask: Ask) -> str:
    """The kind of user id that a call or its options name."""
    kind = ask.maybe("userIdType") or "user_id"
    if kind not in BY:
        raise bad("userIdType")
    return kind


def set_user_departments(world: World, ask: Ask) -> Data:
    """``set-user-departments``: all of somebody's departments; none is not possible.

    Its departments are named by departmentId only (models/SetUserDepartmentsOptionsDto).
    """
    ask.only(("userId", "departments", "options"))
    user = world.people.get(ask.text("userId"), id_type(ask.inner("options")))
    rows = ask.rows("departments")
    for row in rows:
        row.only(("departmentId", "isLeader", "isMainDepartment"))
        wanted = row.maybe("departmentId") or ""
        if wanted not in world.departments:
            raise RefusedError(404, f"存在不合法的 departmentId: {wanted}")
    ids = list(dict.fromkeys(row.text("departmentId") for row in rows))
    marked = [row.text("departmentId") for row in rows if row.flag("isMainDepartment")]
    world.place(user, ids, marked[0] if marked else user.main)
    for row in rows:
        department = world.departments[row.text("departmentId")]
        others = [leader for leader in department.leaders if leader != user.id]
        department.leaders = [*others, user.id] if row.flag("isLeader") else others
    return done()


def get_user_departments(world: World, ask: Ask) -> Data:
    """``get-user-departments``: where somebody is, a page of it."""
    user = world.people.get(ask.text("userId"), id_type(ask))
    rows, total = ask.page(user.departments)
    return {"totalCount": total, "list": [_place(world, user, row) for row in rows]}


def add_department_members(world: World, ask: Ask) -> Data:
    """``add-department-members``: people come into a department."""
    department, users = _named(world, ask)
    for user in users:
        if department not in user.departments:
            world.place(user, [*user.departments, department], user.main)
    return done()


def remove_department_members(world: World, ask: Ask) -> Data:
    """``remove-department-members``: people leave a department."""
    department, users = _named(world, ask)
    for user in users:
        world.leave(user, department)
    return done()


def list_department_members(world: World, ask: Ask) -> Data:
    """``list-department-members``: who is directly in a department, a page of it."""
    world.organization(ask)
    rows, total = ask.page(world.people.inside(world.department(ask).id))
    return {"totalCount": total, "list": [views.user(row, ask) for row in rows]}


def _named(world: World, ask: Ask) -> tuple[str, list[User]]:
    world.organization(ask)
    users = [world.people.get(user_id) for user_id in ask.texts("userIds")]
    return world.department(ask).id, users


def _place(world: World, user: User, department_id: str) -> dict[str, Any]:
    row = world.departments[department_id]
    return {
        "organizationCode": world.settings.organization_code,
        "departmentId": row.id,
        "isRoot": row is world.root,
        "createdAt": row.created,
        "name": row.name,
        "description": row.description,
        "openDepartmentId": row.open_id,
        "isLeader": user.id in row.leaders,
        "code": row.code,
        "isMainDepartment": user.main == row.id,
        "joinedAt": row.created,
        "isVirtualNode": False,
    }
