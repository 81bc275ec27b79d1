"""Calls about departments (authing-node-sdk, models/*DepartmentReqDto)."""

from __future__ import annotations

import re

from adapters.authing.simulator import views
from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.envelopes import Data, done
from adapters.authing.simulator.errors import RefusedError, bad, taken
from adapters.authing.simulator.model import Department
from adapters.authing.simulator.world import World

CODE = re.compile(r"[A-Za-z0-9_-]+")

CREATE = (
    *("organizationCode", "name", "parentDepartmentId", "metadata", "openDepartmentId"),
    *("description", "code", "isVirtualNode", "i18n", "customData", "departmentIdType"),
    *("postIdList", "tenantId"),
)
UPDATE = (
    *("organizationCode", "departmentId", "metadata", "leaderUserIds", "description", "code"),
    *("i18n", "status", "name", "departmentIdType", "parentDepartmentId", "customData"),
    *("postIdList", "tenantId"),
)


def create_department(world: World, ask: Ask) -> Data:
    """``create-department``: below another one, or below the organization (``root``)."""
    ask.only(CREATE)
    world.organization(ask)
    name, parent = ask.text("name"), world.department(ask, "parentDepartmentId")
    open_id, code = ask.maybe("openDepartmentId") or None, _code(ask)
    _check_free(world, None, open_id, code)
    now = world.now()
    made = Department(
        id=world.new_id(),
        name=name,
        parent=parent.id,
        created=now,
        updated=now,
        open_id=open_id,
        code=code,
        description=ask.maybe("description"),
    )
    world.departments[made.id] = made
    return views.departments(world, [made])[0]


def update_department(world: World, ask: Ask) -> Data:
    """``update-department``: what is given; a parent moves it."""
    ask.only(UPDATE)
    world.organization(ask)
    row = world.department(ask)
    code = _code(ask)
    _check_free(world, row, None, code)
    leaders = _leaders(world, ask)
    if ask.maybe("parentDepartmentId"):
        parent = world.department(ask, "parentDepartmentId")
        _check_place(world, row, parent)
        row.parent = parent.id
    if ask.given("name"):
        row.name = ask.text("name")
    if ask.given("description"):
        row.description = ask.maybe("description")
    row.code = code if ask.given("code") else row.code
    row.leaders = row.leaders if leaders is None else leaders
    row.updated = world.now()
    return views.departments(world, [row])[0]


def delete_department(world: World, ask: Ask) -> Data:
    """``delete-department``: an empty one; its members lose it."""
    world.organization(ask)
    remove(world, world.department(ask))
    return done()


def remove(world: World, row: Department) -> None:
    """Delete a department that has none below it."""
    if row is world.root:
        raise RefusedError(422, "不能删除组织的根部门")
    if any(each.parent == row.id for each in world.departments.values()):
        raise RefusedError(422, "部门下存在子部门")
    for user in world.people.inside(row.id):
        world.leave(user, row.id)
    del world.departments[row.id]


def get_department(world: World, ask: Ask) -> Data:
    """``get-department``: one, by any of its ids."""
    world.organization(ask)
    return views.departments(world, [world.department(ask)])[0]


def list_children_departments(world: World, ask: Ask) -> Data:
    """``list-children-departments``: those directly below one."""
    world.organization(ask)
    above = world.department(ask)
    rows = [each for each in world.departments.values() if each.parent == above.id]
    return {"totalCount": len(rows), "list": views.departments(world, rows)}


def get_all_departments(world: World, ask: Ask) -> Data:
    """``get-all-departments``: everything below one, without pages."""
    world.organization(ask)
    above = world.department(ask) if ask.given("departmentId") else world.root
    rows = [*([above] if world.settings.lists_root else []), *world.below(above)]
    return {"totalCount": len(rows), "list": views.departments(world, rows)}


def _code(ask: Ask) -> str | None:
    code = ask.maybe("code")
    if code is None:
        return None
    if len(code) > 64:
        raise bad("code")
    if not CODE.fullmatch(code):
        raise RefusedError(400, f"invalid organization code: {code}")
    return code


def _check_free(
    world: World, row: Department | None, open_id: str | None, code: str | None
) -> None:
    for other in world.departments.values():
        if other is row:
            continue
        if open_id is not None and other.open_id == open_id:
            raise taken("openDepartmentId")
        if code is not None and other.code == code:
            raise taken("code")


def _check_place(world: World, row: Department, parent: Department) -> None:
    if parent is row or any(parent is each for each in world.below(row)):
        raise RefusedError(422, "不能将部门移动到自身或其子部门下")


def _leaders(world: World, ask: Ask) -> list[str] | None:
    found = ask.fields.get("leaderUserIds")
    if found is None:
        return None
    if not isinstance(found, list):
        raise bad("leaderUserIds")
    return list(dict.fromkeys(world.people.get(str(user_id)).id for user_id in found))
