"""What the simulated tenant consists of. Keys are open ids, which never change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ROOT = "0"
"""The department that is the organization itself, under both kinds of id."""

PRIMARY, DEPUTY = 1, 2
"""Kinds of department leaders (Feishu contact v3, department fields)."""

LANGUAGES = ("zh_cn", "ja_jp", "en_us")


@dataclass(slots=True)
class Department:
    """One department: ``key`` is its open id, ``custom_id`` the one that may be chosen."""

    key: str
    custom_id: str
    name: str
    parent: str | None
    order: int = 0
    i18n_name: dict[str, str] = field(default_factory=dict)
    leaders: tuple[tuple[int, str], ...] = ()
    hrbps: tuple[str, ...] = ()
    unit_ids: tuple[str, ...] = ()
    chat_id: str = ""
    chat_types: tuple[int, ...] = ()
    children: dict[str, None] = field(default_factory=dict)
    members: dict[str, None] = field(default_factory=dict)
    primary_members: dict[str, None] = field(default_factory=dict)
    member_count: int = 0
    id_changes: int = 0


@dataclass(slots=True)
class User:
    """One person: ``key`` is the open id; ``fields`` are plain keys of a reply with a value.

    ``orders`` are (user_order, department_order) by department, both larger first.
    """

    key: str
    user_id: str
    union_id: str
    name: str
    departments: tuple[str, ...]
    fields: dict[str, Any] = field(default_factory=dict)
    leader: str | None = None
    dotted: tuple[str, ...] = ()
    orders: dict[str, tuple[int, int]] = field(default_factory=dict)
    primary: str = ROOT
    frozen: bool = False
    resigned: float | None = None
    activated: bool = True
    unjoined: bool = False
    id_changes: int = 0


@dataclass(slots=True)
class Role:
    """One functional role; a holder without a scope manages everything."""

    role_id: str
    name: str
    members: dict[str, None] = field(default_factory=dict)
    scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """One user group of the normal type."""

    group_id: str
    name: str
    description: str = ""
    members: dict[str, None] = field(default_factory=dict)
