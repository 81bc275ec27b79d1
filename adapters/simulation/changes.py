"""One change as somebody in a provider's administration console makes it (``POST /_sim/change``).

The vocabulary is the same for every provider; ids are the roster's own or the provider's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from domain.errors import InputError
from domain.records import name_problem

Handler = Callable[[Any, Any], int | str]
Changes = Mapping[str, tuple[type, Handler]]


class CreateDepartment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new department; without ``id`` it gets a fresh one."""

    name: str
    id: str | None = None
    parent_id: str | None = None
    order: int | None = None
    leaders: tuple[str, ...] = ()


class UpdateDepartment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Absent fields stay as they are; ``null`` empties."""

    id: str
    name: str | UnsetType = UNSET
    parent_id: str | UnsetType | None = UNSET
    order: int | UnsetType | None = UNSET
    leaders: tuple[str, ...] | UnsetType | None = UNSET


class MoveDepartment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``parent_id`` null is the organization itself."""

    id: str
    parent_id: str | None


class DeleteDepartment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The department must be empty, with all below it."""

    id: str


class MemberFields(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a member has beside id and name; absent stays, ``null`` empties.

    ``details`` takes the provider's own names: telephone, work_place, en_name, …
    """

    departments: tuple[str, ...] | UnsetType = UNSET
    email: str | UnsetType | None = UNSET
    mobile: str | UnsetType | None = UNSET
    job_number: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    avatar: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    manager: str | UnsetType | None = UNSET
    details: dict[str, Any] | UnsetType = UNSET


class CreateMember(MemberFields, kw_only=True, forbid_unknown_fields=True):
    """Somebody new."""

    id: str
    name: str
    keys: dict[str, str] = {}


class UpdateMember(MemberFields, kw_only=True, forbid_unknown_fields=True):
    """Somebody who is there."""

    id: str
    name: str | UnsetType = UNSET


class DeleteMember(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody leaves; ``reason`` is what a provider that keeps leave records writes down."""

    id: str
    reason: str = "leave"


class CreateRole(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new role; ``group`` is made when there is none of that name."""

    name: str
    id: str | None = None
    group: str | None = None
    members: tuple[str, ...] = ()


class RenameRole(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Another name for a role."""

    id: str
    name: str


class DeleteRole(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A role goes, whoever has it."""

    id: str


class Assignment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """People who get or lose a role."""

    id: str
    members: tuple[str, ...]


def check_name(name: str) -> None:
    """Refuse what cannot be a name anywhere."""
    problem = name_problem(name)
    if problem:
        raise InputError("The change has no usable name", (problem,))


def apply_change(changes: Changes, world: Any, change: dict[str, Any]) -> dict[str, Any]:
    """Apply ``change`` to the provider's ``world``; the answer has the id of what was changed."""
    op = change.get("op")
    found = changes.get(op) if isinstance(op, str) else None
    if found is None:
        raise InputError(f"There is no change {op!r}", fix=f"There are: {', '.join(changes)}.")
    shape, handler = found
    fields = {key: value for key, value in change.items() if key != "op"}
    try:
        return {"id": str(handler(world, msgspec.convert(fields, shape)))}
    except msgspec.ValidationError as error:
        raise InputError(f"The change {op} cannot be read", (str(error),)) from None
