"""The fields of a record: what each may hold, and which must be there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from adapters.roster.problems import Problems
from adapters.roster.rows import Row
from domain.records import DepartmentRecord, MemberRecord, Record, RoleRecord, name_problem

_CONTROL = re.compile(r"[\x00-\x1f]")


class Wrong(Exception):  # noqa: N818 - reads as "raise Wrong(what, fix)"
    """A value that cannot be taken."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Wrong(f"{_kind(value)} stands where a text belongs", "Write a text, or null for none")
    if _CONTROL.search(value):
        raise Wrong("the text has control characters", "Remove line breaks, tabs and the like")
    return value


def _name(value: Any) -> str:
    if value is None:
        raise Wrong("the name is empty", "Give every row a name")
    if not isinstance(value, str):
        raise Wrong(f"{_kind(value)} stands where a name belongs", "Write a text")
    why = name_problem(value)
    if why is not None:
        raise Wrong(why, "Shorten or correct the name")
    return value


def _id(value: Any) -> str:
    found = _text(value)
    if found is None:
        raise Wrong("the id is empty", "Give every row an id that never changes")
    return found


def _ids(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Wrong(f"{_kind(value)} stands where a list of ids belongs", 'Write ["id", "id"]')
    return tuple(_id(item) for item in value)


def _number(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"{_kind(value)} stands where a whole number belongs", "Write a number")
    return value


def _flag(value: Any) -> Any:
    if value is None:
        return UNSET
    if not isinstance(value, bool):
        raise Wrong(
            f"{_kind(value)} stands where true or false belongs",
            "Write true or false, and leave out the row of a person who has left",
        )
    return value


def _keys(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Wrong(f"{_kind(value)} stands where an object belongs", 'Write {"unionid": "…"}')
    return {name: _id(item) for name, item in value.items()}


def _details(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Wrong(f"{_kind(value)} stands where an object belongs", 'Write {"any": "value"}')
    return value


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    names |= {list: "a list", dict: "an object"}
    return names.get(type(value), "something else")


class Shape(NamedTuple):
    """How the rows of one kind are read. ``plural`` is also what messages call them."""

    plural: str
    record: type[Record]
    required: tuple[str, ...]
    fields: dict[str, Callable[[Any], Any]]


_OPTIONAL_ID = _text
DEPARTMENTS = Shape(
    "departments",
    DepartmentRecord,
    ("id", "name", "parent_id"),
    {
        "id": _id,
        "name": _name,
        "parent_id": _OPTIONAL_ID,
        "leaders": _ids,
        "order": _number,
        "details": _details,
    },
)
MEMBERS = Shape(
    "members",
    MemberRecord,
    ("id", "name", "departments"),
    {
        "id": _id,
        "name": _name,
        "departments": _ids,
        "main_department": _OPTIONAL_ID,
        "email": _text,
        "mobile": _text,
        "job_number": _text,
        "title": _text,
        "avatar": _text,
        "active": _flag,
        "manager": _OPTIONAL_ID,
        "keys": _keys,
        "details": _details,
    },
)
ROLES = Shape(
    "roles",
    RoleRecord,
    ("id", "name"),
    {
        "id": _id,
        "name": _name,
        "group": _text,
        "group_id": _id,
        "members": _ids,
        "details": _details,
    },
)


def record(shape: Shape, row: Row, problems: Problems) -> Record | None:
    """The record of a row, or None after everything wrong with it has been noted."""
    before = problems.count
    values: dict[str, Any] = {}
    for field, value in row.values.items():
        try:
            values[field] = shape.fields[field](value)
        except Wrong as wrong:
            problems.add(f"{row.where}, {field}", wrong.what, wrong.fix)
    for field in shape.required:
        if field not in row.values:
            problems.add(f"{row.where}, {field}", "it is missing", f"Give every row its {field}")
    if problems.count > before:
        return None
    return shape.record(**values)


def known_fields(shape: Shape) -> frozenset[str]:
    """The fields that the ledger has; everything else goes to the details."""
    return frozenset(shape.fields)


def same(one: Record, two: Record) -> list[str]:
    """The names of the fields in which two records differ."""
    return [
        field for field in msgspec.structs.asdict(one) if getattr(one, field) != getattr(two, field)
    ]
