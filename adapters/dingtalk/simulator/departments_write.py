"""Writing departments (DingTalk docs, 部门管理2.0: create, update, delete)."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.model import ROOT, Department
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.world import World

NAME_LIMIT = 64
CODE_LIMIT = 30
LIST_LIMIT = 50
FORBIDDEN = "-,，"
FLAGS = (
    "hide_dept",
    "outer_dept",
    "outer_dept_only_self",
    "create_dept_group",
    "auto_approve_apply",
)
UPDATE_FLAGS = (
    *FLAGS,
    "auto_add_user",
    "group_contain_sub_dept",
    "group_contain_outer_dept",
    "group_contain_hidden_dept",
)


def create(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/department/create``: the id is always DingTalk's own."""
    name = _name(params)
    parent_id = params.integer("parent_id")
    world.directory.tree.get(parent_id, 60004)
    world.department(parent_id)
    department = Department(
        world.directory.dept_ids.fresh(),
        name,
        parent_id,
        source_identifier=params.text_or_none("source_identifier") or "",
        order=_order(params),
        attributes=_attributes(world, params, FLAGS),
    )
    world.directory.create_department(department)
    return {"result": {"dept_id": department.dept_id}}


def update(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/department/update``: what is absent stays as it is."""
    department = world.department(params.integer("dept_id"))
    if department.dept_id == ROOT:
        raise ApiError(60018)
    name = _name(params) if "name" in params else None
    parent_id = params.integer("parent_id") if "parent_id" in params else None
    if parent_id is not None:
        world.directory.tree.get(parent_id, 60004)
        world.department(parent_id)
    order = _order(params)
    managers = _managers(params, department)
    attributes = _attributes(world, params, UPDATE_FLAGS)
    attributes |= _update_only(params, department)
    world.directory.update_department(department, name=name, parent_id=parent_id, managers=managers)
    department.order = department.order if order is None else order
    department.attributes = {**department.attributes, **attributes}
    if "source_identifier" in params:
        department.source_identifier = params.text_or_none("source_identifier") or ""
    return {}


def delete(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/department/delete``: refused while anybody is in it or below it."""
    department = world.department(params.integer("dept_id"))
    world.directory.delete_department(department, refuse_cascade=world.settings.refuse_cascade)
    return {}


def _name(params: Params) -> str:
    name = params.text_or_none("name", code=60001) or ""
    if not name.strip() or len(name) > NAME_LIMIT:
        raise ApiError(60001)
    if any(character in name for character in FORBIDDEN):
        raise ApiError(60009)
    return name


def _order(params: Params) -> int | None:
    if "order" not in params:
        return None
    order = params.integer("order", code=40011)
    if order <= 0:
        raise ApiError(40011)
    return order


def _managers(params: Params, department: Department) -> list[str] | None:
    managers = params.words("dept_manager_userid_list")
    forced = "dept_manager_userid_list" in params.words("force_update_fields")
    if any(userid not in department.members for userid in managers):
        raise ApiError(40031)
    return managers if managers or forced else None


def _attributes(world: World, params: Params, flags: tuple[str, ...]) -> dict[str, Any]:
    attributes: dict[str, Any] = {name: params.flag(name) for name in flags if name in params}
    for name in ("dept_permits", "outer_permit_depts"):
        if name in params:
            attributes[name] = numbers = params.integers(name, code=60109)
            known = world.directory.tree.departments
            if len(numbers) > LIST_LIMIT or any(number not in known for number in numbers):
                raise ApiError(60109)
    for name in ("user_permits", "outer_permit_users"):
        if name in params:
            attributes[name] = userids = params.words(name, code=60109)
            people = world.directory.people.users
            if len(userids) > LIST_LIMIT or any(userid not in people for userid in userids):
                raise ApiError(60109)
    return attributes


def _update_only(params: Params, department: Department) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if "code" in params:
        attributes["code"] = code = params.text_or_none("code") or ""
        if len(code) > CODE_LIMIT:
            raise ApiError(40063)
    if "org_dept_owner" in params:
        attributes["org_dept_owner"] = owner = params.text("org_dept_owner", code=40093)
        if owner not in department.members:
            raise ApiError(40093)
    return attributes
