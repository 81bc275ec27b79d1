"""Reading departments (WeCom department/simplelist, list, get)."""

from __future__ import annotations

from typing import Any

from adapters.wecom.simulator.model import Department
from adapters.wecom.simulator.question import Question
from adapters.wecom.simulator.views import department_id_view, department_view


def _chosen(question: Question) -> list[Department]:
    """The department of the query with all below it; without one all that is in range."""
    if "id" in question.query:
        found = [*question.directory.tree.below(question.department().dept_id)]
    else:
        found = question.sight.departments()
    return question.fits(found)


def simplelist(question: Question) -> dict[str, Any]:
    """``GET department/simplelist``: ids, parents and orders."""
    return {"department_id": [department_id_view(one) for one in _chosen(question)]}


def listing(question: Question) -> dict[str, Any]:
    """``GET department/list``: names and leaders too."""
    people = question.directory.people
    return {"department": [department_view(one, people) for one in _chosen(question)]}


def get(question: Question) -> dict[str, Any]:
    """``GET department/get``."""
    return {"department": department_view(question.department(), question.directory.people)}
