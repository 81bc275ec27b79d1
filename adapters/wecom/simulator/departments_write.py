"""Writing departments (WeCom department/create, update, delete)."""

from __future__ import annotations

from typing import Any

from adapters.wecom.simulator.errors import ApiError, wrong_type
from adapters.wecom.simulator.model import NUMBERS, ROOT, Department
from adapters.wecom.simulator.params import Params
from adapters.wecom.simulator.question import Question
from adapters.wecom.simulator.tree import check_name


def _parent(question: Question, body: Params) -> int:
    parent = body.integer("parentid")
    if parent is None or not 0 < parent < NUMBERS:
        raise ApiError(60124)
    return question.directory.tree.get(parent, 60004).dept_id


def _name_en(body: Params, default: str) -> str:
    given = body.text("name_en") if "name_en" in body else default
    return check_name(given) if given else given


def create(question: Question) -> dict[str, Any]:
    """``POST department/create``: the id may be chosen, above 1."""
    body, directory = question.body, question.directory
    if "name" not in body:
        raise ApiError(60125)
    name, name_en = check_name(body.text("name")), _name_en(body, "")
    parent = _parent(question, body)
    order = body.order("order", 0)
    dept_id = body.integer("id")
    if dept_id is not None and not ROOT < dept_id < NUMBERS:
        raise wrong_type("id") if dept_id != ROOT else ApiError(60008)
    if dept_id in directory.tree.departments:
        raise ApiError(60008)
    directory.tree.check(parent, name)
    chosen = directory.dept_ids.fresh() if dept_id is None else dept_id
    directory.create_department(Department(chosen, name, parent, order, name_en))
    return {"id": chosen}


def update(question: Question) -> dict[str, Any]:
    """``POST department/update``: what is absent stays."""
    body, directory = question.body, question.directory
    dept_id = body.integer("id")
    if dept_id is None or not 0 < dept_id < NUMBERS:
        raise ApiError(60123)
    department = directory.tree.get(dept_id)
    name = check_name(body.text("name")) if "name" in body else department.name
    name_en = _name_en(body, department.name_en)
    order = body.order("order", department.order)
    parent = department.parent or ROOT
    if "parentid" in body and dept_id != ROOT:
        parent = _parent(question, body)
    if dept_id != ROOT:
        directory.tree.check(parent, name, department)
    with directory.changing_department(department):
        directory.tree.place(department, parent, name, order)
        department.name_en = name_en
    return {}


def delete(question: Question) -> dict[str, Any]:
    """``GET department/delete``: only what is empty."""
    question.directory.delete_department(question.department())
    return {}
