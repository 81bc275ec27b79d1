"""Checking what people are created and changed with (WeCom user/create, user/update)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.wecom.simulator.errors import ApiError, wrong_type
from adapters.wecom.simulator.model import NUMBERS, User
from adapters.wecom.simulator.params import Params
from adapters.wecom.simulator.people import Places
from adapters.wecom.simulator.question import Question

NAME_LIMIT, DEPARTMENTS, LEADERS = 64, 100, 1

TEXTS = {"position": (0, 128), "alias": (1, 64), "address": (0, 128), "external_position": (0, 24)}
"""Fields of text with the fewest and the most characters."""

MOBILE = re.compile(r"[\d+\-]{1,32}")
TELEPHONE = re.compile(r"[\d\-+,]{0,32}", re.ASCII)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
MAINLAND = "+86"
MAIL_BYTES = range(6, 65)


def mobile_number(given: str) -> str:
    """A mobile number in the spelling that replies have: without blanks, mainland without +86."""
    return re.sub(r"[\s\-]", "", given).removeprefix(MAINLAND)


def name(body: Params) -> str:
    """1 to 64 characters (60112)."""
    given = body.text("name")
    if not 1 <= len(given) <= NAME_LIMIT or not given.strip():
        raise ApiError(60112)
    return given


def fields(question: Question) -> dict[str, Any]:
    """The plain fields that are given; an empty one empties the field."""
    body, found = question.body, dict[str, Any]()
    for field, (fewest, most) in TEXTS.items():
        if field in body:
            found[field] = given = body.text(field)
            if given and not fewest <= len(given) <= most:
                raise wrong_type(field)
    if "telephone" in body:
        found["telephone"] = given = body.text("telephone")
        if not TELEPHONE.fullmatch(given):
            raise wrong_type("telephone")
    if "gender" in body:
        found["gender"] = given = str(body.integer("gender"))
        if given not in ("0", "1", "2"):
            raise wrong_type("gender")
    if "extattr" in body:
        found["extattr"] = _attributes(question, body.object("extattr"))
    if "external_profile" in body:
        found["external_profile"] = dict(body.object("external_profile"))
    if body.text("avatar_mediaid"):
        found["avatar"] = f"https://wework.qpic.cn/{body.text('avatar_mediaid')}/0"
    return found | _contacts(question)


def _contacts(question: Question) -> dict[str, Any]:
    body, found = question.body, dict[str, Any]()
    if "mobile" in body:
        given = body.text("mobile")
        found["mobile"] = mobile_number(given)
        if given and not MOBILE.fullmatch(given.replace(" ", "")):
            raise ApiError(60103)
    if "email" in body:
        found["email"] = given = body.text("email")
        if given and not _is_mail(given):
            raise ApiError(60105)
    if "biz_mail" in body:
        found["biz_mail"] = given = body.text("biz_mail")
        domain = given.rpartition("@")[2]
        if given and not (_is_mail(given) and domain in question.world.settings.mail_domains):
            raise ApiError(60143)
    return found


def _is_mail(given: str) -> bool:
    return EMAIL.fullmatch(given) is not None and len(given.encode()) in MAIL_BYTES


def _attributes(question: Question, given: Mapping[str, Any]) -> dict[str, Any]:
    """The corp's own fields; unknown ones are ignored, 60150 for one of another type."""
    kept = []
    for one in given.get("attrs") or []:
        if not isinstance(one, dict) or one.get("type") not in (0, 1):
            raise ApiError(60150)
        if one.get("name") in question.world.settings.attributes:
            kept.append(one)
    return {"attrs": kept}


def places(question: Question, user: User | None = None) -> Places | None:
    """The departments with order and leadership; None when the body names none.

    Lists beside ``department`` have its length (60132); one person is in 100 at most (60110).
    """
    body = question.body
    given = body.integers("department")
    if not given or given == [0]:
        return None
    if len(given) > DEPARTMENTS:
        raise ApiError(60110)
    orders = body.integers("order") if "order" in body else None
    leads = body.integers("is_leader_in_dept") if "is_leader_in_dept" in body else None
    if orders is not None and len(orders) != len(given):
        raise wrong_type("order")
    if leads is not None and len(leads) != len(given):
        raise ApiError(60132)
    if any(not 0 <= order < NUMBERS for order in orders or ()):
        raise wrong_type("order")
    if any(lead not in (0, 1) for lead in leads or ()):
        raise wrong_type("is_leader_in_dept")
    known: Places = user.places if user else {}
    return {
        dept_id: (
            orders[i] if orders else known.get(dept_id, (0, False))[0],
            bool(leads[i]) if leads else known.get(dept_id, (0, False))[1],
        )
        for i, dept_id in enumerate(given)
    }


def main(body: Params, given: Places, known: int | None = None) -> int:
    """The main department, one of those in ``given`` (inferred, wecom.md 4.2)."""
    wanted = body.integer("main_department", known)
    if wanted in given:
        return wanted
    if "main_department" in body:
        raise wrong_type("main_department")
    return next(iter(given))


def leader(question: Question) -> str | None:
    """The direct leader's key: 60257 for several, 60111 for nobody."""
    given = question.body.texts("direct_leader")
    if len(given) > LEADERS:
        raise ApiError(60257)
    return question.directory.people.get(given[0]).key if given else None
