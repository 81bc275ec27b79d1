"""What senders write otherwise than RFC 7643 and RFC 7644, put into their form. Pure.

scim2-models itself reads operation names in capitals, texts such as "False" for a boolean,
and, by our policy, the old way of removing members and filters that describe a new entry. Left
for us is (Microsoft, "Tutorial: Develop a SCIM endpoint", and its attribute mapping page):

- the manager as a bare id, as a list of one object, or at the path ``manager`` without its URN;
- the manager without ``$ref``, which RFC 7643's schema requires and hardly anybody sends;
- ``primary eq "True"`` in a path, with the boolean as a text;
- what is to be removed with more beside its ``value``, such as a ``$ref`` of null.
"""

from __future__ import annotations

import re
from typing import Any

from scim2_models import EnterpriseUser

ENTERPRISE = str(EnterpriseUser.__schema__)
MANAGER = f"{ENTERPRISE}:manager"

_BOOLEAN = re.compile(r'\b(primary\s+eq\s+)"(true|false)"', re.IGNORECASE)
_MANAGER = {
    f"{head}{sub}".lower()
    for head in ("manager", MANAGER, f"{ENTERPRISE}.manager")
    for sub in ("", ".value")
}


def tidied(body: Any) -> Any:
    """A request's JSON in the standard's form; what is not understood stays as it is."""
    if not isinstance(body, dict):
        return body
    operations = _key(body, "operations")
    if operations is not None and isinstance(body[operations], list):
        return {**body, operations: [_operation(operation) for operation in body[operations]]}
    return _resource(body)


def _key(body: dict[str, Any], name: str) -> str | None:
    """The key as it is written; attribute names are case-insensitive (RFC 7643, section 2.1)."""
    return next((key for key in body if key.lower() == name), None)


def _operation(operation: Any) -> Any:
    """One operation of a PATCH, or of a bulk request, which has a body of its own."""
    if not isinstance(operation, dict):
        return operation
    if (data := _key(operation, "data")) is not None:
        return {**operation, data: tidied(operation[data])}
    path, value = _key(operation, "path"), _key(operation, "value")
    mended = dict(operation)
    if path is not None and isinstance(text := operation[path], str):
        mended[path] = text = _BOOLEAN.sub(_lowered, text)
        if text.lower() in _MANAGER:
            mended[path] = MANAGER
            if value is not None:
                mended[value] = _manager(operation[value])
    elif path is None and value is not None and isinstance(operation[value], dict):
        mended[value] = _resource(operation[value])
    if value is not None and _removes(operation):
        mended[value] = _named(mended[value])
    return mended


def _removes(operation: dict[str, Any]) -> bool:
    op = _key(operation, "op")
    return op is not None and str(operation[op]).lower() == "remove"


def _named(value: Any) -> Any:
    """Entries to remove, by their ``value`` alone where they have one."""
    if isinstance(value, list):
        return [_named(entry) for entry in value]
    if isinstance(value, dict) and value.get("value") is not None:
        return {"value": value["value"]}
    return value


def _lowered(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2].lower()}"


def _resource(body: dict[str, Any]) -> dict[str, Any]:
    mended = dict(body)
    for key, value in body.items():
        name = key.lower()
        if name == MANAGER.lower():
            mended[key] = _manager(value)
        elif name == ENTERPRISE.lower() and isinstance(value, dict):
            inner = _key(value, "manager")
            if inner is not None:
                mended[key] = {**value, inner: _manager(value[inner])}
    return mended


def _manager(value: Any) -> Any:
    """``{"value": id, "$ref": address}``, from an id or a list of one; an empty one is none."""
    if isinstance(value, list) and len(value) <= 1:
        value = value[0] if value else None
    if isinstance(value, str):
        value = {"value": value}
    if not isinstance(value, dict):
        return value
    given = {key: item for key, item in value.items() if item not in (None, "")}
    if isinstance(person := given.get("value"), str):
        given.setdefault("$ref", f"Users/{person}")
    return given or None
