"""What the simulated organization consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ROOT = 1
"""The department that is the organization itself."""

DEFAULT_GROUP = "默认"
"""Role group of the system roles, which the API cannot change."""

OTHER_GROUP = "其他"
"""Role group for the roster's roles that name none."""

DEFAULT_ORDER = 176294576350761512
"""Place of a person that nobody ordered; larger comes first (DingTalk docs, user/list)."""


@dataclass(slots=True)
class Department:
    """One department. ``attributes`` are further keys of department/get, as they are answered."""

    dept_id: int
    name: str
    parent_id: int | None
    source_identifier: str = ""
    order: int | None = None
    managers: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    children: dict[int, None] = field(default_factory=dict)
    members: dict[str, None] = field(default_factory=dict)
    member_count: int = 0
    listings: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class User:
    """One person. ``fields`` are the optional keys of a user reply that have a value."""

    userid: str
    name: str
    unionid: str
    departments: tuple[int, ...]
    active: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    manager: str | None = None
    hide_mobile: bool = False
    senior: bool = False
    boss: bool = False
    orders: dict[int, int] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    modified: int = 0


@dataclass(slots=True)
class Role:
    """One role; ``scopes`` limits a holder to departments (role/scope/update)."""

    role_id: int
    name: str
    group_id: int
    system: bool = False
    members: dict[str, None] = field(default_factory=dict)
    scopes: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class RoleGroup:
    """One role group and its roles in order."""

    group_id: int
    name: str
    roles: dict[int, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeaveRecord:
    """One departure. ``reason`` is oapi, leave or delete; ``time`` in milliseconds since 1970."""

    userid: str
    name: str
    state_code: str
    mobile: str
    time: int
    reason: str
