"""Functional roles and their members (Feishu contact v3, functional_roles); no call lists them."""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator import paging
from adapters.feishu.simulator.errors import ApiError, invalid
from adapters.feishu.simulator.model import Role, User
from adapters.feishu.simulator.question import Question

NAME_LIMIT, BATCH_LIMIT, MEMBER_LIMIT = 50, 100, 1000
DONE, BAD_ID, NO_RIGHT, ALREADY, NOT_IN = 1, 2, 3, 4, 5
"""Reasons in the results of batch_create and batch_delete."""


def _name(question: Question) -> str:
    name = question.body.text("role_name")
    if not 1 <= len(name) <= NAME_LIMIT:
        raise invalid("role_name", name, f"1 to {NAME_LIMIT} characters are expected")
    return name


def _role(question: Question) -> Role:
    return question.directory.roles.get(question.path["role_id"])


def create(question: Question) -> dict[str, Any]:
    """``POST /functional_roles``: 41201 for a name that is taken, 41208 for the 501st."""
    directory = question.directory
    role = Role(directory.role_ids.fresh(directory.roles.roles), _name(question))
    directory.roles.add(role)
    return {"role_id": role.role_id}


def update(question: Question) -> dict[str, Any]:
    """``PUT /functional_roles/:id``: another name."""
    question.directory.roles.rename(_role(question), _name(question))
    return {}


def delete(question: Question) -> dict[str, Any]:
    """``DELETE /functional_roles/:id``: 41206 while it has members."""
    role = _role(question)
    if role.members:
        raise ApiError(41206)
    question.directory.roles.remove(role)
    return {}


def _members(question: Question) -> list[str]:
    given = question.body.texts("members")
    if not 1 <= len(given) <= BATCH_LIMIT:
        raise invalid("members", given, f"1 to {BATCH_LIMIT} members are expected")
    return given


def batch_create(question: Question) -> dict[str, Any]:
    """``POST …/members/batch_create``: a reason for each person; 41209 beyond 1,000."""
    role, given = _role(question), _members(question)
    results = [(one, *_look(question, one)) for one in given]
    new = {user.key for _, user, _ in results if user is not None} - role.members.keys()
    if len(role.members) + len(new) > MEMBER_LIMIT:
        raise ApiError(41209)
    told = []
    for one, user, reason in results:
        if user is not None:
            known = user.key in role.members
            question.directory.roles.grant(role, user.key)
            told.append({"user_id": one, "reason": ALREADY if known else DONE})
        else:
            told.append({"user_id": one, "reason": reason})
    return {"results": told}


def batch_delete(question: Question) -> dict[str, Any]:
    """``PATCH …/members/batch_delete``: a reason for each person, under ``result``."""
    role, told = _role(question), []
    for one in _members(question):
        user, reason = _look(question, one)
        if user is not None:
            reason = DONE if user.key in role.members else NOT_IN
            question.directory.roles.revoke(role, user.key)
        told.append({"user_id": one, "reason": reason})
    return {"result": told}


def _look(question: Question, given: str) -> tuple[User | None, int]:
    user = question.naming.find_user(given)
    if user is None or user.resigned is not None:
        return None, BAD_ID
    if not question.world.sees_user(user):
        return None, NO_RIGHT
    return user, DONE


def scopes(question: Question) -> dict[str, Any]:
    """``PATCH …/members/scopes``: the departments that members manage (41210, 41211)."""
    role, given = _role(question), question.body.texts("departments")
    departments = [question.naming.find_department(one) for one in given]
    found = [department for department in departments if department is not None]
    if len(found) != len(departments):
        raise ApiError(41210)
    if not all(question.world.sees_department(department.key) for department in found):
        raise ApiError(41211)
    told = []
    for one in _members(question):
        user, reason = _look(question, one)
        if user is not None:
            reason = DONE if user.key in role.members else NOT_IN
            if reason == DONE:
                role.scopes[user.key] = tuple(department.key for department in found)
        told.append({"user_id": one, "reason": reason})
    return {"results": told}


def members(question: Question) -> dict[str, Any]:
    """``GET …/members``: page_size 0 to 100."""
    role = _role(question)
    keys, following = paging.page(
        question.query, list(role.members), role.role_id, size=20, largest=100, smallest=0
    )
    return {**following, "members": [_shown(question, role, key) for key in keys]}


def member(question: Question) -> dict[str, Any]:
    """``GET …/members/:member_id``: 41203 for somebody who is not in."""
    role = _role(question)
    user = question.naming.find_user(question.path["member_id"])
    if user is None or user.key not in role.members:
        raise ApiError(41203)
    return {"member": _shown(question, role, user.key)}


def _shown(question: Question, role: Role, key: str) -> dict[str, Any]:
    scope = role.scopes.get(key)
    named = (question.naming.name_department(department) for department in scope or ())
    return {
        "user_id": question.naming.name_user(key),
        "scope_type": "All" if scope is None else "Part" if scope else "None",
        "department_ids": [name for name in named if name is not None],
    }
