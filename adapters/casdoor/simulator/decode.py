"""Reading a body as Go's encoding/json reads it into a struct: strict types, unknown keys ignored.

``null`` leaves a field as it is; a map is merged key by key into the one that is there.
"""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.casdoor.simulator.errors import RefusedError
from adapters.casdoor.simulator.fields import Field, Kind, Row, Shape

GO_TYPE: dict[Kind, str] = {
    "text": "string",
    "flag": "bool",
    "number": "int",
    "amount": "float64",
    "texts": "[]string",
    "map": "map[string]string",
}


def decode(body: bytes, shape: Shape, into: Row | None = None) -> Row:
    """The row that ``body`` describes, laid over ``into``; that one is not changed."""
    row = {} if into is None else dict(into)
    for name, value in _object(body, shape).items():
        field = shape.fields.get(name)
        if field is None or value is None:
            continue
        _check(shape, name, field, value)
        row[name] = _taken_over(field.kind, value, row.get(name))
    return {name: value for name, value in row.items() if value not in ("", False, 0, None)}


def _taken_over(kind: Kind, value: Any, before: Any) -> Any:
    """What a field becomes; a ``null`` inside of a list or map is an empty text."""
    if kind == "map":
        return {**(before or {}), **{key: text or "" for key, text in value.items()}}
    return [text or "" for text in value] if kind == "texts" else value


def _object(body: bytes, shape: Shape) -> dict[str, Any]:
    if not body:
        raise RefusedError("unexpected end of JSON input")
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        first = body[:1].decode("latin-1")
        text = "invalid character '{}' looking for beginning of value"
        raise RefusedError(text, first) from None
    if decoded is None:
        return {}
    if not isinstance(decoded, dict):
        text = "json: cannot unmarshal {} into Go value of type object.{}"
        raise RefusedError(text, _json_kind(decoded), shape.struct)
    return decoded


def _check(shape: Shape, name: str, field: Field, value: object) -> None:
    wrong = _wrong(field.kind, value)
    if wrong is not None:
        text = "json: cannot unmarshal {} into Go struct field {}.{} of type {}"
        go_type = "string" if wrong is not value else GO_TYPE[field.kind]
        raise RefusedError(text, _json_kind(wrong), shape.struct, name, go_type)


def _wrong(kind: Kind, value: object) -> object:
    """The part of ``value`` that is of another type, None when all is well."""
    match kind:
        case "text":
            good = isinstance(value, str)
        case "flag":
            good = isinstance(value, bool)
        case "number":
            good = isinstance(value, int) and not isinstance(value, bool)
        case "amount":
            good = isinstance(value, int | float) and not isinstance(value, bool)
        case "texts":
            good = isinstance(value, list)
            if isinstance(value, list):
                return next((part for part in value if not isinstance(part, str | None)), None)
        case "map":
            good = isinstance(value, dict)
            if isinstance(value, dict):
                parts = value.values()
                return next((p for p in parts if not isinstance(p, str | None)), None)
        case "any":
            good = True
    return None if good else value


def _json_kind(value: object) -> str:
    for kind, name in ((bool, "bool"), (str, "string"), (list, "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return "number"
