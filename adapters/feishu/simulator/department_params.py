"""Checking what departments are created and changed with (Feishu contact v3, departments)."""

from __future__ import annotations

from adapters.feishu.simulator.errors import ApiError, invalid
from adapters.feishu.simulator.model import DEPUTY, LANGUAGES, PRIMARY, Department, User
from adapters.feishu.simulator.params import Params
from adapters.feishu.simulator.question import Question

HRBP_LIMIT = 500

Leaders = tuple[tuple[int, str], ...]


def name(body: Params, *, status: int | None = None) -> str:
    """At least one character (40016) and no slash (43029)."""
    given = body.text("name")
    if not given.strip():
        raise ApiError(40016, status=status)
    if "/" in given:
        raise ApiError(43029)
    return given


def i18n_name(body: Params) -> dict[str, str]:
    """The name in other languages, without slashes (43029)."""
    given = body.object("i18n_name")
    found = {language: given.text(language) for language in LANGUAGES}
    if any("/" in text for text in found.values()):
        raise ApiError(43029)
    return {language: text for language, text in found.items() if text}


def order(body: Params) -> int | None:
    """A non-negative integer, written as a string; None when absent."""
    given = body.text("order")
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise invalid("order", given, "a non-negative integer in a string is expected")
    return int(given)


def parent(question: Question, department: Department | None = None) -> Department:
    """The department above: in range (40014), and not ``department`` or below it (40018)."""
    given = question.body.text("parent_department_id")
    found = question.naming.department(given)
    question.world.need_department(found, 40014)
    tree = question.directory.tree
    if department is not None and department.key in tree.path(found.key):
        raise ApiError(40018)
    return found


def leaders(question: Question, before: Leaders = ()) -> Leaders:
    """Who leads, from ``leaders`` and ``leader_user_id``, each of which may be absent.

    One of them is the primary leader (40001) and nobody comes twice (43016).
    """
    body = question.body
    if "leaders" not in body and "leader_user_id" not in body:
        return before
    primary = body.text("leader_user_id")
    if "leaders" not in body:
        others = [(kind, key) for kind, key in before if kind != PRIMARY]
        if not primary:
            return tuple(others)
        found = _leader(question, primary)
        return ((PRIMARY, found), *(one for one in others if one[1] != found))
    given: list[tuple[int, str]] = []
    for entry in body.objects("leaders"):
        kind = entry.integer("leaderType")
        if kind not in (PRIMARY, DEPUTY):
            raise invalid("leaderType", kind, "1 or 2 is expected")
        given.append((kind, _leader(question, entry.required("leaderID"))))
    if len({key for _, key in given}) != len(given):
        raise ApiError(43016)
    primaries = [key for kind, key in given if kind == PRIMARY]
    if given and len(primaries) != 1:
        raise ApiError(40001)
    if primary and primaries != [_leader(question, primary)]:
        raise ApiError(40001)
    return tuple(sorted(given, key=lambda one: one[0]))


def _leader(question: Question, given: str) -> str:
    user = question.naming.find_user(given)
    if user is None or user.unjoined:
        raise ApiError(43025)
    if user.resigned is not None:
        raise ApiError(42006)
    return user.key


def hrbps(question: Question) -> tuple[str, ...]:
    """The HR partners, at most 500, who are here (43028)."""
    given = dict.fromkeys(question.body.texts("department_hrbps"))
    found: list[User] = []
    for one in given:
        user = question.naming.find_user(one)
        if user is None or user.resigned is not None:
            raise ApiError(43028)
        found.append(user)
    if len(found) > HRBP_LIMIT:
        raise ApiError(43028)
    return tuple(user.key for user in found)


def units(question: Question) -> tuple[str, ...]:
    """At most one unit, which exists (43004)."""
    given = question.body.texts("unit_ids")
    if len(given) > 1 or not question.world.settings.units.issuperset(given):
        raise ApiError(43004)
    return tuple(given)


def chat_types(question: Question) -> tuple[int, ...]:
    """The employee types that join the department's chat by themselves (43026)."""
    given = question.body.integers("group_chat_employee_types")
    if any(question.world.employee_type_problem(number) for number in given):
        raise ApiError(43026)
    return tuple(dict.fromkeys(given))
