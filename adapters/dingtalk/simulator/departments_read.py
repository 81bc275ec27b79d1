"""Reading departments (DingTalk docs, 部门管理2.0)."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator.errors import NewApiError
from adapters.dingtalk.simulator.model import ROOT
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.views import department_detail, department_row
from adapters.dingtalk.simulator.world import World


def listsub(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/department/listsub``: one level, no paging, only in scope."""
    department = world.department(params.integer_or("dept_id", ROOT))
    departments = world.directory.tree.departments
    return {"result": [department_row(departments[child]) for child in department.children]}


def listsubid(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/department/listsubid``: one level, whatever the scope."""
    department = world.directory.tree.get(params.integer("dept_id"))
    return {"result": {"dept_id_list": list(department.children)}}


def get(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/department/get``."""
    return {"result": department_detail(world.department(params.integer("dept_id")))}


def listparentbydept(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/department/listparentbydept``: the department, …, the root."""
    tree = world.directory.tree
    department = tree.get(params.integer("dept_id"))
    return {"result": {"parent_id_list": tree.path(department.dept_id)}}


def listparentbyuser(world: World, params: Params) -> dict[str, Any]:
    """``/topapi/v2/department/listparentbyuser``: one path per department of the person."""
    tree = world.directory.tree
    user = world.directory.people.get(params.text("userid"))
    paths = [{"parent_dept_id_list": tree.path(dept_id)} for dept_id in user.departments]
    return {"result": {"parent_list": paths}}


def search(world: World, params: Params) -> dict[str, Any]:
    """``POST /v1.0/contact/departments/search``: ids of departments by part of the name."""
    offset, size = params.integer("offset"), params.integer("size")
    if offset < 0 or not 1 <= size <= 100:
        raise NewApiError(400, "invalidParameter", "offset或size不合法")
    word = params.text("queryWord")
    found = [
        department.dept_id
        for department in world.directory.tree.departments.values()
        if word in department.name and world.sees_department(department.dept_id)
    ]
    page = found[offset : offset + size]
    return {"hasMore": offset + size < len(found), "totalCount": len(found), "list": page}
