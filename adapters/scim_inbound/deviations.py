"""What senders write otherwise than RFC 7643 and RFC 7644, put into their form. Pure.

scim2-models itself reads operation names in capitals, texts such as "False" for a boolean,
and, by our policy, the old way of removing members and filters that describe a new entry. Left
for us is (Microsoft, "Tutorial: Develop a SCIM endpoint", and its attribute mapping page):

- the manager as a bare id, as a list of one object, or at the path ``manager`` without its URN,
  with more beside its id than RFC 7643's schema lets write, or by its ``$ref`` alone;
- the manager without ``$ref``, which RFC 7643's schema requires and hardly anybody sends;
- ``manager eq "id"`` in a filter, and ``manager[value eq "id"]`` for the one to remove;
- ``primary eq "True"`` in a path, with the boolean as a text;
- what is to be removed with more beside its ``value``, such as a ``$ref`` of null, or with its
  value repeated beside a path that says it all (AzureAD/SCIMReferenceCode, pull request 87).
"""

from __future__ import annotations

import re
from typing import Any

from scim2_models import EnterpriseUser

ENTERPRISE = str(EnterpriseUser.__schema__)
MANAGER = f"{ENTERPRISE}:manager"

MANIFOLD = frozenset(
    [
        *("emails", "phonenumbers", "ims", "photos", "addresses", "groups", "entitlements"),
        *("roles", "x509certificates", "members"),
    ]
)
"""Attributes of several values, in lower case (RFC 7643, sections 4.1.2 and 4.2)."""

_BOOLEAN = re.compile(r'\b(primary\s+eq\s+)"(true|false)"', re.IGNORECASE)
_MANAGER = re.compile(
    rf"(?:{re.escape(ENTERPRISE)}[:.])?manager(?:\.value|\[[^]]*\])?", re.IGNORECASE
)
_COMPARED = re.compile(
    rf'("(?:[^"\\]|\\.)*")|(?<![\w.:$-])(?:{re.escape(ENTERPRISE)}:)?manager(?=\s)', re.IGNORECASE
)
"""A text in a filter, which stays as it is, or the manager as a whole."""


def tidied(body: Any) -> Any:
    """A request's JSON in the standard's form; what is not understood stays as it is."""
    if not isinstance(body, dict):
        return body
    operations = _key(body, "operations")
    if operations is not None and isinstance(body[operations], list):
        mended = [_operation(operation) for operation in body[operations]]
        return {**body, operations: _of_one_manager(mended)}
    return _resource(body)


def sought(search: Any) -> Any:
    """A search's parameters, in whose filter the manager is compared by the id."""
    key = _key(search, "filter") if isinstance(search, dict) else None
    if key is None or not isinstance(search[key], str):
        return search
    found = _COMPARED.sub(lambda match: match[1] or f"{MANAGER}.value", search[key])
    return {**search, key: found}


def _key(body: dict[str, Any], name: str) -> str | None:
    """The key as it is written; attribute names are case-insensitive (RFC 7643, section 2.1)."""
    return next((key for key in body if key.lower() == name), None)


def _item(body: dict[str, Any], name: str) -> Any:
    key = _key(body, name)
    return None if key is None else body[key]


def _operation(operation: Any) -> Any:
    """One operation of a PATCH, or of a bulk request, which has a body of its own."""
    if not isinstance(operation, dict):
        return operation
    if (data := _key(operation, "data")) is not None:
        return {**operation, data: tidied(operation[data])}
    path, value = _key(operation, "path"), _key(operation, "value")
    mended = dict(operation)
    where = ""
    if path is not None and isinstance(operation[path], str):
        mended[path] = where = _BOOLEAN.sub(_lowered, operation[path])
        if _MANAGER.fullmatch(where):
            mended[path] = MANAGER
    if value is None or operation[value] is None:
        return mended
    if _removes(operation):
        return _removal(mended, where, value)
    if _MANAGER.fullmatch(where):
        mended[value] = _manager(operation[value])
    elif where.lower() == ENTERPRISE.lower():
        mended[value] = _extension(operation[value])
    elif path is None and isinstance(operation[value], dict):
        mended[value] = _resource(operation[value])
    return mended


def _removes(operation: dict[str, Any]) -> bool:
    return str(_item(operation, "op")).lower() == "remove"


def _removal(operation: dict[str, Any], where: str, value: str) -> dict[str, Any]:
    """A removal with a value: of several values those that it names go, else the one there is."""
    given, attribute = operation[value], where.rpartition(":")[2].lower()
    several = attribute in MANIFOLD
    if several or (isinstance(given, list | dict) and not _MANAGER.fullmatch(where)):
        return {**operation, value: _named(given)}
    return {key: item for key, item in operation.items() if key != value}


def _named(value: Any) -> Any:
    """Entries to remove, by their ``value`` alone where they have one."""
    if isinstance(value, list):
        return [_named(entry) for entry in value]
    if isinstance(value, str):
        return {"value": value}
    if isinstance(value, dict) and value.get("value") is not None:
        return {"value": value["value"]}
    return value


def _of_one_manager(operations: list[Any]) -> list[Any]:
    """Without the removal of a former manager, where the same PATCH names another."""

    def about(operation: Any) -> bool:
        return isinstance(operation, dict) and _item(operation, "path") == MANAGER

    if not any(about(one) and not _removes(one) for one in operations):
        return operations
    return [one for one in operations if not (about(one) and _removes(one))]


def _lowered(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2].lower()}"


def _resource(body: dict[str, Any]) -> dict[str, Any]:
    mended = dict(body)
    for key, value in body.items():
        name = key.lower()
        if name == MANAGER.lower():
            mended[key] = _manager(value)
        elif name == ENTERPRISE.lower():
            mended[key] = _extension(value)
    return mended


def _extension(value: Any) -> Any:
    """The enterprise extension of a user."""
    inner = _key(value, "manager") if isinstance(value, dict) else None
    return value if inner is None else {**value, inner: _manager(value[inner])}


def _manager(value: Any) -> Any:
    """``{"value": id, "$ref": address}``, from one of them, or a list of one; without both none."""
    if isinstance(value, list) and len(value) <= 1:
        value = value[0] if value else None
    if isinstance(value, str):
        value = {"value": value}
    if not isinstance(value, dict):
        return value
    person, address = _item(value, "value"), _item(value, "$ref")
    if not person and isinstance(address, str):
        person = address.rstrip("/").rpartition("/")[2]
    if not person:
        return None
    return {"value": person, "$ref": address or f"Users/{person}"}
