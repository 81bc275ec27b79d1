"""Checking what people are created and changed with (Feishu contact v3, users create, patch)."""

from __future__ import annotations

import re
from typing import Any

from adapters.feishu.simulator.errors import ApiError, invalid
from adapters.feishu.simulator.mobiles import MAINLAND_CODE, canonical, is_mainland, is_number
from adapters.feishu.simulator.model import User
from adapters.feishu.simulator.params import Params
from adapters.feishu.simulator.people import in_order, primary_of
from adapters.feishu.simulator.question import Question
from adapters.feishu.simulator.settings import CustomAttr

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
COUNTRY = re.compile(r"[A-Z]{2}")
NAME_LIMIT, CITY_LIMIT, TITLE_LIMIT, DEPARTMENTS_LIMIT = 255, 100, 100, 50
TEXTS = ("work_station", "employee_no")
GEO, LEVEL, FAMILY = 44038, 44044, 44045

Place = tuple[tuple[str, ...], dict[str, tuple[int, int]], str]


def name(body: Params) -> str:
    """1 to 255 characters: missing is 41006, blank 41040, longer 41070."""
    if "name" not in body:
        raise ApiError(41006)
    given = body.text("name")
    if not given.strip():
        raise ApiError(41040)
    if len(given) > NAME_LIMIT:
        raise ApiError(41070)
    return given


def fields(question: Question) -> dict[str, Any]:
    """The plain fields that are given; an empty one empties the field."""
    body = question.body
    found: dict[str, Any] = {**_contacts(question), **_profile(body), **_numbers(question)}
    for field, limit, code in (("city", CITY_LIMIT, None), ("job_title", TITLE_LIMIT, 41063)):
        if field in body:
            given = body.text(field)
            found[field] = given if given.strip() else ""  # blanks empty a job title (users/patch)
            if len(found[field]) > limit:
                why = f"at most {limit} characters"
                raise invalid(field, found[field], why) if code is None else ApiError(code)
    if "custom_attrs" in body:
        attributes = body.objects("custom_attrs")
        found["custom_attrs"] = [_attribute(question, one) for one in attributes]
    if "mobile_visible" in body:
        found["mobile_visible"] = body.flag("mobile_visible")
    if "subscription_ids" in body:
        found["subscription_ids"] = body.texts("subscription_ids")
    for field, code in (("geo", GEO), ("job_level_id", LEVEL), ("job_family_id", FAMILY)):
        if body.text(field):  # this tenant has no other places, levels and families
            raise ApiError(code)
    return found


def _contacts(question: Question) -> dict[str, Any]:
    body, settings, found = question.body, question.world.settings, dict[str, Any]()
    if "mobile" in body:
        found["mobile"] = mobile = canonical(body.text("mobile"))
        if not is_number(mobile):
            raise ApiError(41004)
        if settings.lark and (is_mainland(mobile) or mobile.startswith(MAINLAND_CODE)):
            raise ApiError(44018)
        if not settings.lark and not settings.certified and not is_mainland(mobile):
            raise ApiError(44019)
    if "email" in body:
        found["email"] = email = body.text("email")
        if email and not EMAIL.fullmatch(email):
            raise ApiError(41005)
    if "enterprise_email" in body:
        found["enterprise_email"] = email = body.text("enterprise_email")
        if email and email.rpartition("@")[2] not in settings.mail_domains:
            raise ApiError(44001)
    return found


def _profile(body: Params) -> dict[str, Any]:
    found = {field: body.text(field) for field in TEXTS if field in body}
    for field, code in (("en_name", 41071), ("nickname", 41072)):
        if field in body:
            found[field] = body.text(field)
            if len(found[field]) > NAME_LIMIT:
                raise ApiError(code)
    if "country" in body:
        found["country"] = country = body.text("country")
        if country and not COUNTRY.fullmatch(country):
            raise invalid("country", country, "a code of two capital letters is expected")
    if "avatar_key" in body:
        found["avatar_key"] = key = body.text("avatar_key")
        if not re.fullmatch(r"[\w\-]*", key):
            raise ApiError(41036)
    return found


def _numbers(question: Question) -> dict[str, Any]:
    body, found = question.body, dict[str, Any]()
    if "gender" in body:
        found["gender"] = body.integer("gender")
        if found["gender"] not in (0, 1, 2, 3):
            raise ApiError(41038)
    if "join_time" in body:
        found["join_time"] = body.integer("join_time", code=41042)
        if found["join_time"] < 0:
            raise ApiError(41042)
    if "employee_type" in body:
        found["employee_type"] = number = body.integer("employee_type")
        problem = question.world.employee_type_problem(number)
        if problem is not None:
            raise ApiError(problem)
    return found


def _attribute(question: Question, given: Params) -> dict[str, Any]:
    known = {attribute.id: attribute for attribute in question.world.settings.custom_attrs}
    attribute = known.get(given.text("id"))
    if not given.text("id"):
        raise ApiError(41044)
    if attribute is None or given.text("type") != attribute.type:
        raise ApiError(41045)
    value = given.object("value")
    if not value:
        raise ApiError(41046)
    shown = {"type": attribute.type, "id": attribute.id}
    return {**shown, "value": _attribute_value(question, attribute, value)}


def _attribute_value(question: Question, attribute: CustomAttr, value: Params) -> dict[str, Any]:
    match attribute.type:
        case "TEXT":
            return {"text": value.text("text")}
        case "HREF":
            if not value.text("text"):
                raise ApiError(41047)
            if not value.text("url"):
                raise ApiError(41048)
            return {name: value.text(name) for name in ("text", "url", "pc_url")}
        case "GENERIC_USER":
            # a user_id, whatever the call's user_id_type is (feishu.md, section 6.2)
            user_id = value.object("generic_user").text("id")
            user = question.directory.people.by_user_id(user_id)
            if user is None or user.resigned is not None:
                raise ApiError(41046)
            return {"generic_user": {"id": user.key, "type": 1}}
        case _:
            option = value.text("option_id")
            if option not in attribute.options:
                raise ApiError(41046)
            return {"option_id": option, "option_value": attribute.options[option]}


def leader(question: Question, user: User | None = None) -> str | None:
    """Who ``leader_user_id`` means: here (44021, 44022) and somebody else (41030)."""
    return _superior(question, question.body.text("leader_user_id"), user)


def dotted(question: Question, user: User | None = None) -> tuple[str, ...]:
    """Who ``dotted_line_leader_user_ids`` mean, by the same rules."""
    given = dict.fromkeys(question.body.texts("dotted_line_leader_user_ids"))
    found = (_superior(question, one, user) for one in given)
    return tuple(key for key in found if key is not None)


def _superior(question: Question, given: str, user: User | None) -> str | None:
    if not given:
        return None
    found = question.naming.find_user(given)
    if found is None:
        raise ApiError(44022)
    if found.resigned is not None:
        raise ApiError(44021)
    if found is user:
        raise ApiError(41030)
    return found.key


def place(question: Question, user: User | None = None) -> Place | None:
    """``department_ids`` with ``orders``; None when neither is given.

    Departments exist, are in range (40004) and have room (41016); orders come with them
    (44002), name no others (41025) and put the primary one first (41410).
    """
    body, before = question.body, user.departments if user else ()
    if "department_ids" not in body:
        if "orders" in body:
            raise ApiError(44002)
        return None
    given = body.texts("department_ids")
    if not given:
        raise ApiError(41017)
    if len(given) > DEPARTMENTS_LIMIT:
        raise ApiError(41033)
    found = question.naming.departments(given)
    size = question.world.settings.department_size
    for department in found:
        if department.key not in before:
            question.world.need_department(department)
            if len(department.members) >= size:
                raise ApiError(41016)
    departments = tuple(dict.fromkeys(department.key for department in found))
    former = {} if user is None else user.orders
    if "orders" in body:
        orders = _orders(question, departments)
        return departments, orders, primary_of(departments, orders)
    return in_order(departments, former)


def _orders(question: Question, departments: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    orders: dict[str, tuple[int, int]] = {}
    primaries: list[str] = []
    for entry in question.body.objects("orders"):
        department = question.naming.find_department(entry.text("department_id"))
        if department is None or department.key not in departments:
            raise ApiError(41025)
        ranks = [
            entry.integer(rank) if rank in entry else 0
            for rank in ("user_order", "department_order")
        ]
        orders[department.key] = (ranks[0], ranks[1])
        if entry.flag("is_primary_dept"):
            primaries.append(department.key)
    if len(primaries) > 1:
        raise ApiError(41410)
    if primaries:
        first = orders[primaries[0]][1]
        if any(orders.get(key, (0, 0))[1] >= first for key in departments if key != primaries[0]):
            raise ApiError(41410)
    return orders
