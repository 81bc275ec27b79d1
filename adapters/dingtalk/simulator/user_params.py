"""Checking what user/create and user/update are given (DingTalk docs, 创建用户, 更新用户信息)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.world import World

MOBILE = re.compile(r"1\d{10}|\+\d{1,4}-\d{4,20}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
NAME_LIMIT = 80
DEPARTMENTS_LIMIT = 100
DEPARTMENT_FULL = 1000
EXTENSION_LIMIT = 2000
MERGE = 1
TEXTS = {
    "job_number": (50, 60123),
    "title": (200, 40064),
    "telephone": (50, 40063),
    "email": (50, 60105),
    "org_email": (100, 60105),
    "work_place": (100, 40065),
    "remark": (2000, 40065),
}
"""Longest value in characters, and the refusal beyond."""


def name(params: Params) -> str:
    """1 to 80 characters, else 60112."""
    value = params.text("name", code=60112)
    if not value.strip() or len(value) > NAME_LIMIT:
        raise ApiError(60112)
    return value


def mobile(params: Params) -> str:
    """Eleven digits of the mainland or ``+xx-xxxx``; missing is 60113, malformed 60103."""
    value = params.text("mobile", code=60113)
    if not MOBILE.fullmatch(value):
        raise ApiError(60103)
    return value


def texts(params: Params) -> dict[str, Any]:
    """The optional texts that are given; an empty one empties the field."""
    given = {field: params.text_or_none(field) for field in TEXTS if field in params}
    for field, value in given.items():
        limit, code = TEXTS[field]
        if value and len(value) > limit:
            raise ApiError(code)
        if value and field in ("email", "org_email") and not EMAIL.fullmatch(value):
            raise ApiError(60105)
    found: dict[str, Any] = dict(given)
    if "hired_date" in params:
        found["hired_date"] = params.integer("hired_date")
    return found


def extension(params: Params, before: str | None) -> dict[str, Any]:
    """Own attributes as JSON text; ``before`` are those of somebody who is there already.

    They replace the old ones, and a change that names none wipes all, unless
    ``ext_attrs_update_mode`` is 1, which merges. (The documentation of user/update: attributes
    that did not change must be given too, or they are cleared. This is its strictest reading.)
    """
    mode = params.integer_or("ext_attrs_update_mode", 0)
    if mode not in (0, MERGE):
        raise ApiError(400002)
    if "extension" not in params:
        return {"extension": None} if before and mode != MERGE else {}
    attributes = params.mapping("extension")
    if mode == MERGE and before:
        attributes = {**msgspec.json.decode(before), **attributes}
    text = msgspec.json.encode(attributes).decode()
    if len(text) > EXTENSION_LIMIT:
        raise ApiError(40065)
    return {"extension": text if attributes else None}


def departments(world: World, params: Params, already: tuple[int, ...] = ()) -> tuple[int, ...]:
    """``dept_id_list``, text like ``"2,3,4"``: they exist, are in scope and have room."""
    numbers = params.integers("dept_id_list", code=40066)
    if not numbers or len(numbers) > DEPARTMENTS_LIMIT:
        raise ApiError(40025)
    for number in dict.fromkeys(numbers):
        department = world.department(number)
        if number not in already and len(department.members) >= DEPARTMENT_FULL:
            raise ApiError(40023)
    return tuple(dict.fromkeys(numbers))


def per_department(params: Params, places: tuple[int, ...]) -> dict[str, Any]:
    """Orders and titles per department, which must be among the person's own."""
    orders: dict[int, Any] = {}
    titles: dict[int, Any] = {}
    for entry in map(Params, params.objects("dept_order_list")):
        orders[entry.integer("dept_id")] = entry.integer("order")
    for field in ("dept_title_list", "dept_position_list"):
        for entry in map(Params, params.objects(field)):
            titles[entry.integer("dept_id")] = entry.text_or_none("title") or ""
    if not {*orders, *titles} <= set(places):
        raise ApiError(40009)
    return {"orders": orders, "titles": titles}


def flags(params: Params) -> dict[str, Any]:
    """``hide_mobile`` and ``senior_mode``."""
    names = {"hide_mobile": "hide_mobile", "senior_mode": "senior"}
    return {kept: params.flag(given) for given, kept in names.items() if given in params}
