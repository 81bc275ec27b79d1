"""What an identity provider sends when its directory has changed: SCIM calls. Pure.

It is written from RFC 7644 and the vendors' pages alone, without our own SCIM target: users first
and then groups (Microsoft, "How provisioning works"), new groups empty and their members by PATCH
("Develop a SCIM endpoint", Groups), managers when everybody is there, who leaves is deleted once
and not taken out of every group before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from domain.records import DepartmentRecord, Roster
from tests.adapters.scim_inbound.inbound_desk import PATCH
from tests.adapters.scim_inbound.sender_bodies import NAMED, changes, group, into, out, put, user


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request about the user or group that the sender calls ``id``.

    ``kind`` is the endpoint, ``told`` what the service knows once it was taken. ``body`` may hold
    :class:`Ref`.
    """

    method: str
    kind: str
    id: str
    body: dict[str, Any] | None = None
    told: Roster


class Plan:
    """Goes from what was told to what there is now, call by call."""

    def __init__(self, told: Roster, *, by_attribute: bool = False) -> None:
        """``by_attribute``: departments are an attribute of people, and not groups."""
        self._departments = {} if by_attribute else {d.id: d for d in told.departments}
        self._members = {m.id: m for m in told.members}
        self._roles = {r.id: r for r in told.roles}
        self._by_attribute = by_attribute

    def calls(self, now: Roster) -> Iterator[Call]:
        """What has to be sent, so that ``now`` is known."""
        stay = {m.id for m in now.members}
        yield from self._users(now)
        if not self._by_attribute:
            yield from self._groups(now)
            yield from self._memberships(now, stay)
        yield from self._duties(now, stay)
        for key in [k for k in self._members if k not in stay]:
            self._leaves(key)
            yield self._call("DELETE", "Users", key)
        if not self._by_attribute:
            for key in reversed(self._top_down(self._departments)):
                if key not in {d.id for d in now.departments}:
                    self._closes(key)
                    yield self._call("DELETE", "Groups", key)
        for key in [k for k in self._roles if k not in {r.id for r in now.roles}]:
            del self._roles[key]
            yield self._call("DELETE", "Groups", key)

    def everything(self) -> Iterator[Call]:
        """All users and groups as a whole, as when a sender begins anew."""
        for m in self._members.values():
            yield self._call("PUT", "Users", m.id, user(m, by_attribute=self._by_attribute))
        for d in self._departments.values():
            inside = [m.id for m in self._members.values() if d.id in m.departments]
            inside += [c.id for c in self._departments.values() if c.parent_id == d.id]
            yield self._call("PUT", "Groups", d.id, group(d, *inside))
        for r in self._roles.values():
            yield self._call("PUT", "Groups", r.id, group(r, *(r.members or ())))

    def _call(self, method: str, kind: str, key: str, body: dict[str, Any] | None = None) -> Call:
        told = Roster(
            departments=tuple(self._departments.values()),
            members=tuple(self._members.values()),
            roles=tuple(self._roles.values()),
        )
        if self._by_attribute:
            told = replace(told, departments=named(told))
        return Call(method=method, kind=kind, id=key, body=body, told=told)

    def _patch(self, kind: str, key: str, *operations: dict[str, Any]) -> Call:
        return self._call("PATCH", kind, key, {"schemas": [PATCH], "Operations": list(operations)})

    def _users(self, now: Roster) -> Iterator[Call]:
        for m in now.members:
            if m.id not in self._members:
                known = m.manager if m.manager in self._members else None
                inside = m.departments if self._by_attribute else ()
                self._members[m.id] = made = replace(m, manager=known, departments=inside)
                body = user(made, by_attribute=self._by_attribute)
                yield self._call("POST", "Users", m.id, body)
        for m in now.members:
            before = self._members[m.id]
            after = m if self._by_attribute else replace(m, departments=before.departments)
            if operations := list(changes(before, after)):
                self._members[m.id] = after
                yield self._patch("Users", m.id, *operations)

    def _groups(self, now: Roster) -> Iterator[Call]:
        """New groups, names, and then the nesting from the top, so that no call is a circle."""
        wanted = {d.id: d for d in now.departments}
        for d in now.departments:
            if d.id not in self._departments:
                self._departments[d.id] = replace(d, parent_id=None)
                yield self._call("POST", "Groups", d.id, group(d))
        for key in self._top_down(wanted):
            before, d = self._departments[key], wanted[key]
            if before.name != d.name:
                self._departments[key] = replace(before, name=d.name)
                yield self._patch("Groups", key, put("displayName", d.name))
            if before.parent_id != d.parent_id:
                self._departments[key] = d
                if d.parent_id is not None:
                    yield self._patch("Groups", d.parent_id, into(key))
                if before.parent_id is not None:
                    yield self._patch("Groups", before.parent_id, *out(key))

    def _memberships(self, now: Roster, stay: set[str]) -> Iterator[Call]:
        """People come into their groups before they leave others; a closed group needs no call."""
        wanted = {m.id: set(m.departments) for m in now.members}
        for comes in (True, False):
            for d in now.departments:
                inside = {k for k, m in self._members.items() if d.id in m.departments}
                should = {k for k in wanted if d.id in wanted[k]}
                moved = sorted((should - inside) if comes else (inside - should) & stay)
                for key in moved:
                    m = self._members[key]
                    rest = tuple(x for x in m.departments if x != d.id)
                    inside_now = (*rest, d.id) if comes else rest
                    self._members[key] = replace(m, departments=inside_now)
                if moved:
                    yield self._patch("Groups", d.id, *([into(*moved)] if comes else out(*moved)))

    def _duties(self, now: Roster, stay: set[str]) -> Iterator[Call]:
        for r in now.roles:
            before = self._roles.get(r.id)
            if before is None:
                self._roles[r.id] = r
                yield self._call("POST", "Groups", r.id, group(r, *(r.members or ())))
                continue
            if before.name != r.name:
                self._roles[r.id] = before = replace(before, name=r.name)
                yield self._patch("Groups", r.id, put("displayName", r.name))
            held, holds = dict.fromkeys(before.members or ()), dict.fromkeys(r.members or ())
            new = [k for k in holds if k not in held]
            old = [k for k in held if k not in holds and k in stay]
            if new:
                self._roles[r.id] = before = replace(before, members=(*held, *new))
                yield self._patch("Groups", r.id, into(*new))
            if old:
                left = tuple(k for k in before.members or () if k not in old)
                self._roles[r.id] = replace(before, members=left)
                yield self._patch("Groups", r.id, *out(*old))

    def _leaves(self, key: str) -> None:
        del self._members[key]
        for m in self._members.values():
            if m.manager == key:
                self._members[m.id] = replace(m, manager=None)
        for r in self._roles.values():
            held = tuple(k for k in r.members or () if k != key)
            self._roles[r.id] = replace(r, members=held)

    def _closes(self, key: str) -> None:
        del self._departments[key]
        for m in self._members.values():
            if key in m.departments:
                rest = tuple(x for x in m.departments if x != key)
                self._members[m.id] = replace(m, departments=rest)

    @staticmethod
    def _top_down(departments: dict[str, DepartmentRecord]) -> list[str]:
        def depth(key: str) -> int:
            parent = departments[key].parent_id
            return 0 if parent is None else 1 + depth(parent)

        return sorted(departments, key=depth)


def named(roster: Roster) -> tuple[DepartmentRecord, ...]:
    """The departments that people's attributes name."""
    keys = dict.fromkeys(key for m in roster.members for key in m.departments)
    return tuple(
        DepartmentRecord(id=key, name=key.removeprefix(NAMED), parent_id=None) for key in keys
    )
