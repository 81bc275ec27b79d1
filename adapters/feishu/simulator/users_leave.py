"""Leaving and coming back (Feishu contact v3, users: delete, resurrect)."""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator.errors import ApiError, invalid
from adapters.feishu.simulator.model import ROOT, User
from adapters.feishu.simulator.people import primary_of
from adapters.feishu.simulator.question import Question

ACCEPTORS = tuple(
    f"{what}_acceptor_user_id"
    for what in (
        "department_chat",
        "external_chat",
        "docs",
        "calendar",
        "application",
        "minutes",
        "survey",
        "anycross",
    )
)
TRANSFER, KEEP, DELETE = "1", "2", "3"
BACK_SECONDS = 30 * 86_400
"""How long a resignation can be undone."""

SAME = {"mobile": 44030, "email": 44031}


def delete(question: Question) -> dict[str, Any]:
    """``DELETE /users/:id``: resigns; all departments of the person must be in range (40004)."""
    world = question.world
    user = question.naming.user(question.path["user_id"])
    if user.resigned is not None:
        raise ApiError(42006)
    if not world.sees_user(user):
        raise ApiError(41050, status=403)
    if not all(world.sees_department(key) for key in user.departments):
        raise ApiError(40004)
    if world.manages_tenant(user):
        raise ApiError(44037)
    for name in ACCEPTORS:
        _acceptor(question, question.body.text(name), user)
    if "email_acceptor" in question.body:
        email = question.body.object("email_acceptor")
        kind = email.text("processing_type")
        if kind not in (TRANSFER, KEEP, DELETE):
            raise invalid("email_acceptor.processing_type", kind, "1, 2 or 3 is expected")
        _acceptor(question, email.text("acceptor_user_id"), user)
    question.directory.resign(user)
    return {}


def _acceptor(question: Question, given: str, user: User) -> None:
    if given:
        acceptor = question.naming.find_user(given)
        if acceptor is None or acceptor.resigned is not None or acceptor is user:
            raise ApiError(41052)


def resurrect(question: Question) -> dict[str, Any]:
    """``POST /users/:id/resurrect``: within 30 days; without departments below the root."""
    world, directory = question.world, question.directory
    user = question.naming.user(question.path["user_id"])
    if not world.settings.resurrection:
        raise ApiError(44029)
    if user.resigned is None:
        raise ApiError(44033)
    gone_for = world.clock.now() - user.resigned
    if gone_for < world.settings.deletion_seconds:
        raise ApiError(44034)
    if gone_for > BACK_SECONDS:
        raise ApiError(44028)
    directory.people.check_unique(user.fields, codes=SAME)
    if directory.people.user_id_taken(user.user_id):
        raise ApiError(44032)
    orders: dict[str, tuple[int, int]] = {}
    for entry in question.body.objects("departments"):
        department = question.department(entry.required("department_id"))
        ranks = [
            entry.integer(rank) if rank in entry else 0
            for rank in ("user_order", "department_order")
        ]
        orders[department.key] = (ranks[0], ranks[1])
    user.departments = tuple(orders) or (ROOT,)
    user.orders, user.primary = orders, primary_of(user.departments, orders)
    user.resigned = None
    for field in ("employee_no", "enterprise_email"):
        if directory.people.holder(field, user.fields.get(field, "")):
            del user.fields[field]
    directory.create_user(user)
    return {}
