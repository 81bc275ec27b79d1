"""Reading people (WeCom user/list_id, simplelist, list, get, getuserid, get_userid_by_email)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from adapters.wecom.simulator.errors import ApiError, wrong_type
from adapters.wecom.simulator.question import Question
from adapters.wecom.simulator.user_params import mobile_number

LARGEST_PAGE = 10_000
MISSES = 0.2
"""Look-ups by a number that nobody has, as part of the head count, after which a day is over."""

DAY = 86_400
MARK = "list_id "


def list_id(question: Question) -> dict[str, Any]:
    """``POST user/list_id``: one row per membership, page by page."""
    limit = question.body.integer("limit", LARGEST_PAGE)
    if limit is None or not 1 <= limit <= LARGEST_PAGE:
        raise wrong_type("limit")
    start = _start(question.body.text("cursor"))
    users = question.directory.people.users
    pairs = sorted((key, place) for key, user in users.items() for place in user.places)
    rest = [pair for pair in pairs if pair > start] if start else pairs
    page = rest[:limit]
    rows = [{"userid": users[key].userid, "department": place} for key, place in page]
    return {"next_cursor": _cursor(*page[-1]) if len(rest) > limit else "", "dept_user": rows}


def _cursor(key: str, place: int) -> str:
    return urlsafe_b64encode(f"{MARK}{key} {place}".encode()).decode()


def _start(cursor: str) -> tuple[str, int] | None:
    if not cursor:
        return None
    try:
        text = urlsafe_b64decode(cursor.encode()).decode()
        key, place = text.removeprefix(MARK).split(" ")
        if text.startswith(MARK):
            return key, int(place)
    except ValueError:
        pass
    raise ApiError(60268)


def simplelist(question: Question) -> dict[str, Any]:
    """``GET user/simplelist``: names of the direct members of a department."""
    shown = [question.show_user(user) for user in _members(question)]
    keys = ("userid", "name", "department")
    return {"userlist": [{key: user[key] for key in keys} for user in shown]}


def listing(question: Question) -> dict[str, Any]:
    """``GET user/list``: the direct members of a department."""
    return {"userlist": [question.show_user(user) for user in _members(question)]}


def _members(question: Question) -> list[Any]:
    department = question.department("department_id")
    return question.fits(question.directory.people.listing(department.dept_id))


def get(question: Question) -> dict[str, Any]:
    """``GET user/get``: 60111 for nobody, 60011 for somebody out of range."""
    user = question.directory.people.get(question.userid(question.query))
    if not question.sight.sees_user(user):
        raise ApiError(60011)
    return question.show_user(user)


def getuserid(question: Question) -> dict[str, Any]:
    """``POST user/getuserid``: whose mobile number it is."""
    given = question.body.text("mobile")
    if not 5 <= len(given) <= 32:
        raise ApiError(60103)
    return _whose(question, "mobile", mobile_number(given))


def get_userid_by_email(question: Question) -> dict[str, Any]:
    """``POST user/get_userid_by_email``; ``email_type`` 1 is business, 2 personal."""
    kind = question.body.integer("email_type", 1)
    if kind not in (1, 2):
        raise wrong_type("email_type")
    given = question.body.text("email")
    return _whose(question, "biz_mail" if kind == 1 else "email", given)


def _whose(question: Question, field: str, value: str) -> dict[str, Any]:
    people, world = question.directory.people, question.world
    found = people.holder(field, value)
    if found is not None and question.sight.sees_user(found):
        return {"userid": found.userid}
    if world.settings.real_limits:
        most = max(1, int(len(people.users) * MISSES))
        if not world.limits.admit("misses", world.clock.now(), most, window=DAY):
            raise ApiError(45009)
    raise ApiError(46004)
