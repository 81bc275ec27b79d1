"""A directory in the exchange format: the rows of the roster, each with the ledger's uid beside."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from domain.directory import Department, Directory, Links, Member, Role
from domain.identity import GENERIC

Row = dict[str, Any]


class Rows:
    """One directory, written row by row.

    ``id`` is the id in the organization's own source, ``uid`` the ledger's. A field that the
    source does not permit us to see is absent, one that is known to be empty is None.
    """

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.system = directory.source or GENERIC
        self._hidden = {
            kind: frozenset(fields)
            for kind, fields in (
                directory.scopes[self.system].hidden if self.system in directory.scopes else {}
            ).items()
        }

    def _links(self, kind: str) -> Links:
        return self.directory.links.get(f"{self.system}/{kind}") or Links()

    def id(self, kind: str, uid: str) -> str:
        """The id in the organization's own source; the uid of something that it never had."""
        return self._links(kind).ids.get(uid, uid)

    def ids(self, kind: str) -> dict[str, str]:
        """The ids in the organization's own source, by uid."""
        return self._links(kind).ids

    def uid(self, kind: str, text: str) -> str | None:
        """The uid of an entity named by its uid or by its id in the organization's own source."""
        entities: dict[str, Any] = getattr(self.directory, f"{kind}s")
        if text in entities:
            return text
        return self._links(kind).uids.get(text)

    def not_permitted(self, kind: str) -> frozenset[str]:
        """The fields of ``kind`` that the source hides from us."""
        return self._hidden.get(kind, frozenset())

    def department(self, d: Department) -> Row:
        row: Row = {
            "id": self.id("department", d.uid),
            "uid": d.uid,
            "name": d.name,
            "parent_id": None if d.parent is None else self.id("department", d.parent),
            "leaders": [self.id("member", uid) for uid in d.leaders],
            "order": d.order,
        }
        if d.details:
            row["details"] = d.details
        if not d.present:
            row["state"] = d.state.value
        return row

    def member(self, m: Member) -> Row:
        row: Row = {
            "id": self.id("member", m.uid),
            "uid": m.uid,
            "name": m.name,
            "departments": [self.id("department", uid) for uid in m.departments],
            "main_department": m.main_department and self.id("department", m.main_department),
            "email": m.email,
            "mobile": m.mobile,
            "job_number": m.job_number,
            "title": m.title,
            "avatar": m.avatar,
            "active": m.state.value == "active",
            "manager": self._person(m.manager),
        }
        for field in self.not_permitted("member"):
            if row.get(field, ...) is None:
                del row[field]
        if m.details:
            row["details"] = m.details
        if m.uid in self._keys:
            row["keys"] = self._keys[m.uid]
        if not m.present:
            row["state"] = m.state.value
        return row

    @cached_property
    def _keys(self) -> dict[str, dict[str, str]]:
        """The further ids of each person in the source, by uid."""
        keys: dict[str, dict[str, str]] = {}
        for key, uid in self._links("member").keys.items():
            name, _, value = key.partition(":")
            keys.setdefault(uid, {})[name] = value
        return keys

    def _person(self, uid: str | None) -> str | None:
        return None if uid is None else self.id("member", uid)

    def role(self, r: Role) -> Row:
        group = self.directory.role_groups.get(r.group) if r.group else None
        holders = (self.directory.members[uid] for uid in self.directory.grants.get(r.uid, ()))
        row: Row = {
            "id": self.id("role", r.uid),
            "uid": r.uid,
            "name": r.name,
            "group": group.name if group else None,
            "members": sorted(self.id("member", m.uid) for m in holders if m.present),
        }
        group_id = group and self._links("role_group").ids.get(group.uid)
        if group_id and not group_id.startswith("name:"):  # the name stands in for an id
            row["group_id"] = group_id
        if not r.present:
            row["state"] = r.state.value
        return row

    def roster(self, *, everything: bool = False) -> dict[str, list[Row]]:
        """The whole organization; resigned and deleted entities only with ``everything``."""
        d = self.directory
        return {
            "departments": [
                self.department(x) for x in d.departments.values() if x.present or everything
            ],
            "members": [self.member(x) for x in d.members.values() if x.present or everything],
            "roles": [self.role(x) for x in d.roles.values() if x.present or everything],
        }
