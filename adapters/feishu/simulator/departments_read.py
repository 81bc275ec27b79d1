"""Reading departments (Feishu contact v3, departments: get, children, parent, batch)."""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.model import ROOT, Department
from adapters.feishu.simulator.question import Question

BATCH_LIMIT = 50


def get(question: Question) -> dict[str, Any]:
    """``GET /departments/:id``; the root needs the all-staff range."""
    return {"department": question.show_department(question.department())}


def children(question: Question) -> dict[str, Any]:
    """``GET /departments/:id/children``: one level, or with ``fetch_child`` everything below."""
    return _listing(question, question.department())


def listing(question: Question) -> dict[str, Any]:
    """``GET /departments``, the older form with the parent in the query."""
    return _listing(question, question.department(question.query.text("parent_department_id")))


def _listing(question: Question, department: Department) -> dict[str, Any]:
    tree, limit = question.directory.tree, question.world.settings.recursion_limit
    recursive = question.query.flag("fetch_child")
    rows = tree.below(department.key) if recursive else tree.children(department.key)
    if recursive and limit is not None and len(rows) > limit:
        raise ApiError(43010)
    shown, paging = question.page(rows, f"{department.key} {recursive}")
    return {**paging, "items": [question.show_department(row) for row in shown]}


def parent(question: Question) -> dict[str, Any]:
    """``GET /departments/parent``: the ancestors from the nearest up, without the root."""
    given = question.query.text("department_id")
    if not given:
        raise ApiError(44102)
    department, tree = question.department(given), question.directory.tree
    if department.key == ROOT:
        raise ApiError(40002)
    above = [
        tree.departments[key]
        for key in tree.path(department.key)[1:]
        if key != ROOT and question.world.sees_department(key)
    ]
    shown, paging = question.page(above, department.key, size=20)
    return {**paging, "items": [question.show_department(row) for row in shown]}


def batch(question: Question) -> dict[str, Any]:
    """``GET /departments/batch``: unknown and invisible ids are left out without a word."""
    found = (question.naming.find_department(one) for one in _ids(question))
    visible = [d for d in found if d is not None and question.world.sees_department(d.key)]
    return {"items": [question.show_department(department) for department in visible]}


def _ids(question: Question) -> list[str]:
    return question.ids("department_ids", BATCH_LIMIT)
