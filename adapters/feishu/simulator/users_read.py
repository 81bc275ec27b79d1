"""Reading people (Feishu contact v3, users: get, batch, find_by_department, batch_get_id)."""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator.errors import ApiError, invalid
from adapters.feishu.simulator.mobiles import canonical
from adapters.feishu.simulator.question import Question

BATCH_LIMIT = 50
BASIC_LIMIT = 10


def get(question: Question) -> dict[str, Any]:
    """``GET /users/:id``: leavers are still told, with ``is_resigned``."""
    return {"user": question.show_user(question.user())}


def batch(question: Question) -> dict[str, Any]:
    """``GET /users/batch``: unknown and invisible ids are left out without a word."""
    found = (question.naming.find_user(one) for one in question.ids("user_ids", BATCH_LIMIT))
    visible = [user for user in found if user is not None and question.world.sees_user(user)]
    return {"items": [question.show_user(user) for user in visible]}


def find_by_department(question: Question) -> dict[str, Any]:
    """``GET /users/find_by_department``: the direct members; the root needs all staff."""
    given = question.query.text("department_id")
    if not given:
        raise invalid("department_id", None, "department_id is required")
    department = question.department(given)
    people = question.directory.people
    keys, paging = question.page(people.listing(department), department.key)
    return {**paging, "items": [question.show_user(people.users[key]) for key in keys]}


def batch_get_id(question: Question) -> dict[str, Any]:
    """``POST /users/batch_get_id``: who has these emails and mobiles; nobody has no user_id."""
    body = question.body
    emails, mobiles = body.texts("emails"), body.texts("mobiles")
    for field, given in (("emails", emails), ("mobiles", mobiles)):
        if len(given) > BATCH_LIMIT:
            raise invalid(field, given, f"at most {BATCH_LIMIT} are expected")
    resigned = body.flag("include_resigned")
    return {
        "user_list": [
            *(_found(question, "email", one, one, resigned) for one in emails),
            *(_found(question, "mobile", one, canonical(one), resigned) for one in mobiles),
        ]
    }


def _found(
    question: Question, field: str, given: str, value: str, resigned: bool
) -> dict[str, Any]:
    user = question.directory.people.holder(field, value, former=resigned)
    if user is None or not question.world.sees_user(user):
        return {field: given}
    status = question.show_user(user).get("status", {})
    return {"user_id": question.naming.name_user(user.key), field: given, "status": status}


def basic_batch(question: Question) -> dict[str, Any]:
    """``POST /users/basic_batch``: names of at most ten people."""
    given = question.body.texts("user_ids")
    if not 1 <= len(given) <= BASIC_LIMIT:
        raise ApiError(40001)
    found = (question.naming.find_user(one) for one in given)
    return {
        "users": [
            {"user_id": question.naming.name_user(user.key), "name": user.name}
            for user in found
            if user is not None and question.world.sees_user(user)
        ]
    }
