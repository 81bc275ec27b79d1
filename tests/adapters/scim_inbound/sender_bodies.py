"""Bodies of a sender's calls, and the operations of its PATCH requests. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from domain.records import DepartmentRecord, MemberRecord, RoleRecord
from tests.adapters.scim_inbound.inbound_desk import ENTERPRISE, GROUP, USER

NAMED = "department:"
"""Before the name of a department that only an attribute of people speaks of."""

TEXTS = {"name": "displayName", "title": "title", "job_number": f"{ENTERPRISE}:employeeNumber"}
LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "email": ("emails", {"type": "work", "primary": True}),
    "mobile": ("phoneNumbers", {"type": "mobile"}),
    "avatar": ("photos", {"type": "photo"}),
}
DEPARTMENT, MANAGER = f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager"


class Ref(msgspec.Struct, frozen=True):
    """Stands in a body for the id that the service gave to what the sender calls ``id``."""

    id: str
    form: str = "{}"


def user(m: MemberRecord, *, by_attribute: bool) -> dict[str, Any]:
    assert m.details is not UNSET
    extension: dict[str, Any] = {}
    if m.job_number:
        extension["employeeNumber"] = m.job_number
    if m.manager:
        extension["manager"] = {"value": Ref(m.manager)}
    if by_attribute and m.departments:
        extension["department"] = m.departments[0].removeprefix(NAMED)
    body: dict[str, Any] = {
        "schemas": [USER, ENTERPRISE],
        "externalId": m.id,
        "userName": m.details["userName"],
        "displayName": m.name,
        "active": m.active is not False,
        ENTERPRISE: extension,
    }
    if m.title:
        body["title"] = m.title
    for field, (attribute, beside) in LISTS.items():
        if value := getattr(m, field):
            body[attribute] = [{"value": value, **beside}]
    return body


def changes(before: MemberRecord, after: MemberRecord) -> Iterator[dict[str, Any]]:
    def differs(field: str) -> bool:
        return bool(getattr(before, field) != getattr(after, field))

    for field in filter(differs, TEXTS):
        yield put(TEXTS[field], getattr(after, field))
    for field in filter(differs, LISTS):
        (attribute, beside), value = LISTS[field], getattr(after, field)
        if value and getattr(before, field):
            yield put(f'{attribute}[type eq "{beside["type"]}"].value', value)
        else:
            yield put(attribute, [{"value": value, **beside}] if value else None)
    if differs("active"):
        yield put("active", after.active is not False)
    if differs("manager"):
        yield put(MANAGER, {"value": Ref(after.manager)} if after.manager else None)
    if differs("departments"):
        inside = after.departments
        yield put(DEPARTMENT, inside[0].removeprefix(NAMED) if inside else None)


def put(path: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {"op": "remove", "path": path}
    return {"op": "replace", "path": path, "value": value}


def group(record: DepartmentRecord | RoleRecord, *inside: str) -> dict[str, Any]:
    members = [{"value": Ref(key)} for key in inside]
    return {
        "schemas": [GROUP],
        "externalId": record.id,
        "displayName": record.name,
        "members": members,
    }


def into(*keys: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": Ref(key)} for key in keys]}


def out(*keys: str) -> list[dict[str, Any]]:
    return [{"op": "remove", "path": Ref(key, 'members[value eq "{}"]')} for key in keys]


Filled = Callable[[str], str]


def filled(body: Any, given: Filled) -> Any:
    """A body with the ids that the service has given. Raises KeyError where there is none yet."""
    if isinstance(body, Ref):
        return body.form.format(given(body.id))
    if isinstance(body, dict):
        return {key: filled(value, given) for key, value in body.items()}
    return [filled(value, given) for value in body] if isinstance(body, list) else body
