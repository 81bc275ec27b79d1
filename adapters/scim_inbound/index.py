"""Who is found by what: kept up to date, fact by fact, beside the directory.

It folds the facts of the organization from the first one on, so that versions and times are the
same after every restart and in every process.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal
from unicodedata import normalize

import msgspec

from domain import events as e
from domain.directory import Directory
from domain.envelope import Entry

Kind = Literal["department", "role"]


class Touched(msgspec.Struct):
    """When a resource was made and last changed, and how often: its version."""

    created: datetime
    modified: datetime
    times: int = 1


def folded(text: str) -> str:
    """Text as it is compared where case does not count; as scim2-models compares it."""
    return normalize("NFC", normalize("NFC", text).lower())


class Index:
    """The present users and groups of one organization, in the order in which they were made."""

    def __init__(self, directory: Directory, *, departments: bool) -> None:
        """``departments`` says whether they are groups of the service, beside the roles."""
        self.directory, self._departments = directory, departments
        self.users: dict[str, None] = {}
        self.groups: dict[str, Kind] = {}
        self.people: dict[str, dict[str, None]] = {}
        """Department uid to the uids of its members."""
        self.below: dict[str, dict[str, None]] = {}
        """Department uid to the uids of the departments in it."""
        self.roles: dict[str, dict[str, None]] = {}
        """Member uid to the uids of the roles that it holds."""
        self._touched: dict[str, Touched] = {}
        self._where: dict[str, tuple[str, ...]] = {}
        self._parent: dict[str, str | None] = {}
        self._found: dict[tuple[str, str], dict[str, None]] = {}
        self._keys: dict[str, tuple[tuple[str, str], ...]] = {}

    def find(self, attribute: str, value: str) -> tuple[str, ...]:
        """Uids by ``userName``, ``displayName`` (of groups) or ``externalId``."""
        if attribute != "externalId":
            value = folded(value)
        return tuple(self._found.get((attribute, value), ()))

    def meta(self, uid: str) -> Touched:
        """When a present user or group was made and changed."""
        return self._touched[uid]

    def fold(self, entry: Entry) -> None:
        """Take one fact in that the directory has folded already."""
        fact, at = entry.fact, entry.envelope.at
        match fact:
            case e.MemberCreated() | e.MemberTransferred() | e.MemberRehired():
                self._place(fact.uid, fact.departments, at)
            case e.MemberResigned():
                self._place(fact.uid, (), at)
            case e.DepartmentCreated() | e.DepartmentMoved() | e.DepartmentRestored():
                self._hang(fact.uid, fact.parent, at)
            case e.DepartmentDeleted() | e.DepartmentMerged():
                self._hang(fact.uid, None, at)
            case e.RoleGranted():
                self.roles.setdefault(fact.member, {})[fact.uid] = None
            case e.RoleRevoked():
                self.roles.get(fact.member, {}).pop(fact.uid, None)
            case e.RoleDeleted():
                for held in self.roles.values():
                    held.pop(fact.uid, None)
        if fact.KIND in ("member", "department", "role"):
            self._touch(fact.uid, at)
            self._enter(fact.KIND, fact.uid)

    def _touch(self, uid: str, at: datetime) -> None:
        known = self._touched.get(uid)
        if known is None:
            self._touched[uid] = Touched(created=at, modified=at)
        else:
            known.modified, known.times = at, known.times + 1

    def _place(self, uid: str, departments: tuple[str, ...], at: datetime) -> None:
        before = self._where.get(uid, ())
        for department in before:
            if department not in departments:
                self.people[department].pop(uid, None)
                self._touch(department, at)
        for department in departments:
            if department not in before:
                self.people.setdefault(department, {})[uid] = None
                self._touch(department, at)
        self._where[uid] = departments

    def _hang(self, uid: str, parent: str | None, at: datetime) -> None:
        before = self._parent.get(uid)
        if before != parent:
            if before is not None:
                self.below[before].pop(uid, None)
                self._touch(before, at)
            if parent is not None:
                self.below.setdefault(parent, {})[uid] = None
                self._touch(parent, at)
        self._parent[uid] = parent

    def _enter(self, kind: str, uid: str) -> None:
        """Bring the keys of an entity to what the directory says of it now."""
        for key in self._keys.pop(uid, ()):
            self._found[key].pop(uid, None)
            if not self._found[key]:
                del self._found[key]
        entity: Any = getattr(self.directory, f"{kind}s")[uid]
        served = entity.present and (kind != "department" or self._departments)
        if kind == "member":
            self.users.pop(uid, None) if not served else self.users.setdefault(uid)
        elif served:
            self.groups.setdefault(uid, "role" if kind == "role" else "department")
        else:
            self.groups.pop(uid, None)
        if served:
            self._keys[uid] = keys = tuple(self._keys_of(kind, entity))
            for key in keys:
                self._found.setdefault(key, {})[uid] = None

    def _keys_of(self, kind: str, entity: Any) -> Iterator[tuple[str, str]]:
        if isinstance(external := entity.details.get("externalId"), str):
            yield "externalId", external
        if kind != "member":
            yield "displayName", folded(entity.name)
        elif isinstance(login := entity.details.get("userName"), str):
            yield "userName", folded(login)
