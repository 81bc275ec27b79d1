"""The directory: what an organization is, folded from the facts about it.

The entities are frozen values; the directory that holds them is folded in place, because a copy
of it per event would make a hundred thousand members quadratic (ADR 0005).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec


class State(StrEnum):
    """``deactivated`` can't log in but belongs; ``resigned``, ``deleted`` are the past."""

    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    RESIGNED = "resigned"
    DELETED = "deleted"


class Department(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    uid: str
    name: str
    parent: str | None = None
    leaders: tuple[str, ...] = ()
    order: int | None = None
    details: dict[str, Any] = {}
    state: State = State.ACTIVE
    merged_into: str | None = None
    version: int = 1

    @property
    def present(self) -> bool:
        return self.state is State.ACTIVE


class Member(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    uid: str
    name: str
    departments: tuple[str, ...] = ()
    main_department: str | None = None
    email: str | None = None
    mobile: str | None = None
    job_number: str | None = None
    title: str | None = None
    avatar: str | None = None
    manager: str | None = None
    details: dict[str, Any] = {}
    state: State = State.ACTIVE
    version: int = 1

    @property
    def present(self) -> bool:
        return self.state is not State.RESIGNED


class RoleGroup(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    uid: str
    name: str
    state: State = State.ACTIVE
    version: int = 1

    @property
    def present(self) -> bool:
        return self.state is State.ACTIVE


class Role(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    uid: str
    name: str
    group: str | None = None
    details: dict[str, Any] = {}
    state: State = State.ACTIVE
    version: int = 1

    @property
    def present(self) -> bool:
        return self.state is State.ACTIVE


class SourceScope(msgspec.Struct, frozen=True):
    """What a system lets us see: visible subtrees (empty: all), and hidden fields per kind."""

    roots: tuple[str, ...] = ()
    hidden: dict[str, tuple[str, ...]] = {}


class Links(msgspec.Struct):
    """Which record is which entity, for one system and kind, both ways, and by further keys."""

    uids: dict[str, str] = {}
    ids: dict[str, str] = {}
    keys: dict[str, str] = {}

    def link(self, record_id: str, uid: str, keys: dict[str, str]) -> None:
        self.uids[record_id] = uid
        self.ids[uid] = record_id
        for name, value in keys.items():
            self.keys[f"{name}:{value}"] = uid

    def unlink(self, record_id: str) -> None:
        uid = self.uids.pop(record_id, None)
        if uid is not None and self.ids.get(uid) == record_id:
            del self.ids[uid]


class Directory(msgspec.Struct, kw_only=True):
    """One organization at one position of the log. ``position`` is that of the last fact folded."""

    org: str
    name: str = ""
    source: str | None = None
    leaders: tuple[str, ...] = ()
    version: int = 0
    position: int = 0
    departments: dict[str, Department] = {}
    members: dict[str, Member] = {}
    role_groups: dict[str, RoleGroup] = {}
    roles: dict[str, Role] = {}
    grants: dict[str, set[str]] = {}
    """Role uid to the uids of the members that hold it."""
    links: dict[str, Links] = {}
    """``<system>/<kind>`` to its links; see :meth:`linked`."""
    scopes: dict[str, SourceScope] = {}

    def linked(self, system: str, kind: str) -> Links:
        """The links of one system and kind (an empty one where nothing is linked)."""
        key = f"{system}/{kind}"
        links = self.links.get(key)
        if links is None:
            links = self.links[key] = Links()
        return links

    def present_departments(self) -> Iterator[Department]:
        return (d for d in self.departments.values() if d.present)

    def present_members(self) -> Iterator[Member]:
        return (m for m in self.members.values() if m.present)

    def present_roles(self) -> Iterator[Role]:
        return (r for r in self.roles.values() if r.present)

    def next_version(self, kind: str, uid: str) -> int:
        """The version that the entity's next fact will have, 1 for a new one."""
        if kind == "organization":
            return self.version + 1
        entity = self._entities(kind).get(uid)
        return 1 if entity is None else entity.version + 1

    def _entities(self, kind: str) -> dict[str, Any]:
        entities: dict[str, dict[str, Any]] = {
            "department": self.departments,
            "member": self.members,
            "role": self.roles,
            "role_group": self.role_groups,
        }
        return entities[kind]
