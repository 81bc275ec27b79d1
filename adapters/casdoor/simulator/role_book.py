"""The roles of the site (object/role.go), with who is named in which."""

from __future__ import annotations

from adapters.casdoor.simulator.fields import ROLE, Row
from adapters.casdoor.simulator.table import Key, Table, id_of, key_of

REFERENCES = ("users", "groups", "roles")


class RoleBook(Table):
    """Roles; the users, groups and roles in their lists are found without reading them all."""

    def __init__(self) -> None:
        super().__init__(ROLE)
        self._naming: dict[tuple[str, str], dict[Key, None]] = {}

    def naming(self, field: str, reference: str) -> list[Row]:
        """The roles that have ``reference`` in their list ``field``."""
        return [self._rows[o][n] for o, n in self._naming.get((field, reference), {})]

    def held_by(self, user: Row) -> list[Row]:
        """The roles of a user: by name, through a group, and those that contain such a role."""
        waiting = self.naming("users", id_of(user))
        for group in user.get("groups") or ():
            waiting += self.naming("groups", group)
        held: dict[Key, Row] = {}
        while waiting:
            role = waiting.pop(0)
            if key_of(role) not in held:
                held[key_of(role)] = role
                waiting += self.naming("roles", id_of(role))
        return list(held.values())

    def rename_reference(self, field: str, old: str, new: str) -> None:
        """Write ``new`` for ``old`` in every role's list ``field``."""
        for role in self.naming(field, old):
            renamed = [new if each == old else each for each in role[field]]
            self.replace(role, {**role, field: renamed})

    def _enter(self, row: Row) -> None:
        for field in REFERENCES:
            for reference in row.get(field) or ():
                self._naming.setdefault((field, reference), {})[key_of(row)] = None

    def _leave(self, row: Row) -> None:
        for field in REFERENCES:
            for reference in set(row.get(field) or ()):
                index = self._naming[field, reference]
                index.pop(key_of(row))
                if not index:
                    del self._naming[field, reference]
