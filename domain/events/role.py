"""Facts about roles and role groups. ``group`` is a role group's uid, ``member`` a member's."""

from __future__ import annotations

from typing import Any, ClassVar

from domain.events.fact import Fact, Origin


class RoleGroupCreated(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "RoleGroupCreated"
    KIND: ClassVar[str] = "role_group"
    name: str
    origin: Origin | None = None


class RoleGroupRenamed(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "RoleGroupRenamed"
    KIND: ClassVar[str] = "role_group"
    name: str


class RoleGroupDeleted(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "RoleGroupDeleted"
    KIND: ClassVar[str] = "role_group"


class RoleCreated(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "RoleCreated"
    KIND: ClassVar[str] = "role"
    name: str
    group: str | None = None
    details: dict[str, Any] = {}
    origin: Origin | None = None


class RoleRenamed(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "RoleRenamed"
    KIND: ClassVar[str] = "role"
    name: str


class RoleRegrouped(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "RoleRegrouped"
    KIND: ClassVar[str] = "role"
    group: str | None


class RoleDeleted(Fact, frozen=True, kw_only=True):
    """The role is gone, and with it every grant of it."""

    TOPIC: ClassVar[str] = "RoleDeleted"
    KIND: ClassVar[str] = "role"


class RoleGranted(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "RoleGranted"
    KIND: ClassVar[str] = "role"
    member: str


class RoleRevoked(Fact, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "RoleRevoked"
    KIND: ClassVar[str] = "role"
    member: str
