"""Writing departments (Feishu contact v3, departments: create, patch, update, delete)."""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator import department_params as given
from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.ids import department_id_fits, digest
from adapters.feishu.simulator.model import ROOT, Department
from adapters.feishu.simulator.question import Question


def create(question: Question) -> dict[str, Any]:
    """``POST /departments``: 40014 when the app may not write below the parent."""
    return question.once(lambda: _create(question))


def _create(question: Question) -> dict[str, Any]:
    body, directory = question.body, question.directory
    name, i18n, order = given.name(body), given.i18n_name(body), given.order(body)
    if not body.text("parent_department_id"):
        raise ApiError(44101)
    parent = given.parent(question)
    custom_id = _custom_id(question, body.text("department_id"))
    leaders, hrbps = given.leaders(question), given.hrbps(question)
    directory.tree.check(parent.key, name, i18n, order)
    department = Department(
        directory.open_department_id(),
        custom_id,
        name,
        parent.key,
        order=directory.tree.last_order(parent.key) if order is None else order,
        i18n_name=i18n,
        unit_ids=given.units(question),
        chat_types=given.chat_types(question),
    )
    if body.flag("create_group_chat"):
        department.chat_id = _chat(department)
    directory.people.tie(department, leaders, hrbps)
    directory.create_department(department)
    return {"department": question.show_department(department)}


def _custom_id(question: Question, wanted: str) -> str:
    tree = question.directory.tree
    if not wanted:
        return question.directory.department_ids.fresh(tree.custom_ids)
    if not department_id_fits(wanted):
        raise ApiError(43008)
    if wanted in tree.custom_ids:
        raise ApiError(43007)
    return wanted


def _chat(department: Department) -> str:
    return f"oc_{digest('chat', department.key)}"


def _writable(question: Question) -> Department:
    department = question.naming.department(question.path["department_id"])
    if department.key == ROOT:
        raise ApiError(40002)
    question.world.need_department(department)
    external = question.world.settings.external_departments
    if department.custom_id in external or department.key in external:
        raise ApiError(43031)
    return department


def patch(question: Question) -> dict[str, Any]:
    """``PATCH /departments/:id``: what is absent stays; another parent is a move."""
    department, body = _writable(question), question.body
    if not body:
        raise ApiError(40008)
    name = given.name(body, status=400) if "name" in body else department.name
    i18n = given.i18n_name(body) if "i18n_name" in body else department.i18n_name
    moved = "parent_department_id" in body
    parent = given.parent(question, department).key if moved else department.parent or ROOT
    leaders = given.leaders(question, department.leaders)
    hrbps = given.hrbps(question) if "department_hrbps" in body else department.hrbps
    units = given.units(question) if "unit_ids" in body else department.unit_ids
    types = (
        given.chat_types(question) if "group_chat_employee_types" in body else department.chat_types
    )
    _change(question, department, parent, name, i18n, (leaders, hrbps, units, types))
    return {"department": question.show_department(department)}


def put(question: Question) -> dict[str, Any]:
    """``PUT /departments/:id``: what is absent is cleared, save order and chat."""
    department, body = _writable(question), question.body
    name, i18n = given.name(body, status=400), given.i18n_name(body)
    if not body.text("parent_department_id"):
        raise ApiError(40017)
    parent = given.parent(question, department).key
    rest = (
        given.leaders(question),
        given.hrbps(question),
        given.units(question),
        given.chat_types(question),
    )
    _change(question, department, parent, name, i18n, rest)
    return {"department": question.show_department(department)}


Rest = tuple[given.Leaders, tuple[str, ...], tuple[str, ...], tuple[int, ...]]


def _change(
    question: Question,
    department: Department,
    parent: str,
    name: str,
    i18n: dict[str, str],
    rest: Rest,
) -> None:
    directory, wanted = question.directory, given.order(question.body)
    directory.tree.check(parent, name, i18n, wanted, department.key)
    order = department.order if wanted is None else wanted
    if parent != department.parent and not directory.tree.order_free(parent, order):
        order = directory.tree.last_order(parent)
    leaders, hrbps, units, types = rest
    with directory.changing_department(department):
        directory.place_department(department, parent, name, i18n, order)
        directory.people.tie(department, leaders, hrbps)
        department.unit_ids, department.chat_types = units, types
        if question.body.flag("create_group_chat") and not department.chat_id:
            department.chat_id = _chat(department)


def delete(question: Question) -> dict[str, Any]:
    """``DELETE /departments/:id``: refused while anybody or anything is in it."""
    question.directory.delete_department(_writable(question))
    return {}


def update_department_id(question: Question) -> dict[str, Any]:
    """``PATCH /departments/:id/update_department_id``, a limited number of times (43009)."""
    department = _writable(question)
    wanted = question.body.text("new_department_id")
    if not wanted:
        raise ApiError(40001)
    if department.id_changes >= question.world.settings.id_changes:
        raise ApiError(43009)
    custom_id = _custom_id(question, wanted)
    with question.directory.changing_department(department):
        question.directory.tree.rename_id(department, custom_id)
        department.id_changes += 1
    return {}


def unbind_department_chat(question: Question) -> dict[str, Any]:
    """``POST /departments/unbind_department_chat``: 40020 without a chat."""
    department_id = question.body.text("department_id")
    if not department_id:
        raise ApiError(44102)
    department = question.department(department_id)
    if not department.chat_id:
        raise ApiError(40020)
    with question.directory.changing_department(department):
        department.chat_id = ""
    return {}
