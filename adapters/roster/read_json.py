"""A roster as one JSON object; unknown keys of a row go to its details."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from adapters.roster.fields import DEPARTMENTS, MEMBERS, ROLES, Shape, known_fields
from adapters.roster.problems import Problems
from adapters.roster.rows import Row, Rows

_SHAPE_FIX = 'Write {"departments": […], "members": […], "roles": […]}'


def read_json(data: bytes, problems: Problems) -> Rows:
    """The rows of a JSON roster. Keys beside the three lists are not the roster's and pass by."""
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        problems.add("", "the file is empty", _SHAPE_FIX)
        raise problems.error()
    raw = _decoded(data.removeprefix(b"\xef\xbb\xbf"), problems)
    if not isinstance(raw, dict):
        problems.add("", "the file does not hold an object", _SHAPE_FIX)
        raise problems.error()
    return Rows(
        departments=_rows(raw, DEPARTMENTS, problems) or [],
        members=_rows(raw, MEMBERS, problems) or [],
        roles=_rows(raw, ROLES, problems, required=False),
    )


def _decoded(data: bytes, problems: Problems) -> Any:
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        problems.add("", "it is nested too deeply", _SHAPE_FIX)
    except (msgspec.DecodeError, UnicodeDecodeError):
        where, what = _where_malformed(data)
        problems.add(where, what, "Mend the JSON at this place")
    raise problems.error()


def _where_malformed(data: bytes) -> tuple[str, str]:
    """Line and column of what is wrong; the text itself is not repeated."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return f"line {line}", "the file is not in UTF-8"
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        what = error.msg[0].lower() + error.msg[1:]
        return f"line {error.lineno}, column {error.colno}", f"the JSON is malformed: {what}"
    except (ValueError, RecursionError):
        pass
    return "", "a number or a character in it is none that JSON allows (NaN, half a character)"


def _rows(
    raw: dict[str, Any], shape: Shape, problems: Problems, *, required: bool = True
) -> list[Row] | None:
    plural = shape.plural
    if plural not in raw:
        if required:
            problems.add(plural, "the list is missing", f'Write "{plural}": [] if there are none')
        return None
    rows = raw[plural]
    if rows is None:
        return []
    if not isinstance(rows, list):
        problems.add(plural, "it is not a list", _SHAPE_FIX)
        return []
    known = known_fields(shape)
    found = []
    for number, values in enumerate(rows):
        where = f"{plural}[{number}]"
        if isinstance(values, dict):
            found.append(Row(where, _known(values, known)))
        else:
            problems.add(where, "it is not an object", 'Write {"id": "…", "name": "…", …}')
    return found


def _known(values: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """Known keys as they are, unknown ones as details; ``uid`` is the ledger's own."""
    unknown = {key: values[key] for key in values.keys() - known if key != "uid"}
    row = {key: value for key, value in values.items() if key in known}
    if row.get("details") is None:
        row.pop("details", None)
    if row.get("group_id", "") is None:
        del row["group_id"]
    if unknown and isinstance(row.get("details", {}), dict):
        row["details"] = {**row.get("details", {}), **unknown}
    return row
