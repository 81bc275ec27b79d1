"""Records: what a system says about one department, member or role.

The same shapes are the rows of the roster, the exchange format that the roster
source reads, ``tree --json`` writes and every simulator serves.

An absent field (``UNSET``) is unknown; ``None`` is known to be empty.
Ids are the ids of the system that speaks. They are opaque and case-sensitive.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What every record has: the speaking system's ``id`` and a display ``name``."""

    id: str
    name: str
    details: dict[str, Any] | UnsetType = UNSET
    """Provider attributes that the ledger has no field for (a patch: absent keys are unknown)."""


class DepartmentRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One department. ``parent_id`` is None for a top-level department."""

    parent_id: str | None
    leaders: tuple[str, ...] | UnsetType = UNSET
    order: int | UnsetType | None = UNSET
    """Place among siblings, smaller first."""


class MemberRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One person. ``departments`` are all memberships; empty means the organization itself."""

    departments: tuple[str, ...]
    main_department: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    mobile: str | UnsetType | None = UNSET
    job_number: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    avatar: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    manager: str | UnsetType | None = UNSET
    keys: dict[str, str] | UnsetType = UNSET
    """Further ids of this person in the same system (``{"unionid": …}``), to recognise a rehire."""


class RoleRecord(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One role; ``group`` is the name of its role group."""

    group: str | UnsetType | None = UNSET
    group_id: str | UnsetType = UNSET
    """The group's own id, where the system has one; a group without an id is known by its name."""
    members: tuple[str, ...] | UnsetType = UNSET


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """A whole organization at one moment, in the exchange format."""

    departments: tuple[DepartmentRecord, ...] = ()
    members: tuple[MemberRecord, ...] = ()
    roles: tuple[RoleRecord, ...] = ()


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

NAME_LIMIT = 255
"""Longest name the ledger takes, in characters; longer ones are rejected with their row."""


def name_problem(name: str) -> str | None:
    """Say why ``name`` cannot be a name, or None if it can."""
    if not name.strip():
        return "the name is empty"
    if len(name) > NAME_LIMIT:
        return f"the name has {len(name)} characters, at most {NAME_LIMIT} are allowed"
    if _CONTROL.search(name):
        return "the name has control characters"
    return None
