"""The users of the site (object/user.go) and the groups that count them as members.

Casdoor keeps memberships twice: in the user's ``groups``, and as bindings, which group listings
read (object/user_enforcer.go). A write of ``groups`` sets both; delete-user drops the bindings.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.casdoor.simulator.fields import USER, Row
from adapters.casdoor.simulator.table import Key, Table, key_of

INDEXED = ("id", "email", "phone")


class People(Table):
    """Users, found by their id, email and phone too."""

    def __init__(self) -> None:
        super().__init__(USER)
        self._holders: dict[tuple[str, str, str], dict[str, None]] = {}
        self._entries: dict[str, dict[Key, None]] = {}
        self._members: dict[str, dict[str, None]] = {}
        self._bound: dict[str, tuple[str, ...]] = {}

    def find(self, owner: str, field: str, value: str) -> list[Row]:
        """The users that have ``value`` in one of the indexed fields, by themselves or site-wide.

        An empty ``owner`` asks all organizations.
        """
        if not value:
            return []
        owners = [owner] if owner else self.owners()
        return [
            self._rows[each][name]
            for each in owners
            for name in self._holders.get((each, field, value), {})
        ]

    def having(self, entry: str) -> list[Key]:
        """The users whose ``groups`` have exactly this entry."""
        return list(self._entries.get(entry, {}))

    def members(self, group: str) -> list[str]:
        """The ids of the users bound to the group ``owner/name``."""
        return list(self._members.get(group, {}))

    def bind(self, user: str, groups: Iterable[str]) -> None:
        """Make exactly these the groups that count the user as a member."""
        for group in self._bound.pop(user, ()):
            self._members[group].pop(user)
            if not self._members[group]:
                del self._members[group]
        bound = tuple(dict.fromkeys(groups))
        for group in bound:
            self._members.setdefault(group, {})[user] = None
        if bound:
            self._bound[user] = bound

    def unbind(self, user: str, group: str) -> bool:
        """Take one group away; false when the user was not bound to it."""
        bound = self._bound.get(user, ())
        self.bind(user, (each for each in bound if each != group))
        return group in bound

    def rebind(self, old: str, new: str) -> None:
        """Move the bindings of somebody who was renamed."""
        bound = self._bound.get(old, ())
        if bound:
            self.bind(old, ())
            self.bind(new, bound)

    def _enter(self, row: Row) -> None:
        owner, name = key_of(row)
        for field in INDEXED:
            if value := row.get(field):
                self._holders.setdefault((owner, field, value), {})[name] = None
        for entry in row.get("groups") or ():
            self._entries.setdefault(entry, {})[owner, name] = None

    def _leave(self, row: Row) -> None:
        owner, name = key_of(row)
        for field in INDEXED:
            if value := row.get(field):
                index = self._holders[owner, field, value]
                index.pop(name)
                if not index:
                    del self._holders[owner, field, value]
        for entry in set(row.get("groups") or ()):
            self._entries[entry].pop((owner, name))
            if not self._entries[entry]:
                del self._entries[entry]
