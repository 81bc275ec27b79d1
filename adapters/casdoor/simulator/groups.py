"""The groups of the site (object/group.go), with who hangs below whom."""

from __future__ import annotations

from adapters.casdoor.simulator.errors import duplicate
from adapters.casdoor.simulator.fields import GROUP, Row
from adapters.casdoor.simulator.table import Key, Table, key_of


class Groups(Table):
    """Groups; ``unique`` lets a name exist only once on the whole site."""

    def __init__(self, *, unique: bool) -> None:
        super().__init__(GROUP)
        self.unique = unique
        self._children: dict[str, dict[Key, None]] = {}
        self._named: dict[str, dict[Key, None]] = {}

    def children(self, name: str) -> list[Key]:
        """The groups with this parent. Casdoor does not look at the organization here."""
        return list(self._children.get(name, {}))

    def namesakes(self, name: str) -> list[Key]:
        """The groups of this name in all organizations."""
        return list(self._named.get(name, {}))

    def _check_indexes(self, row: Row, before: Row | None) -> None:
        name = row["name"]
        own = None if before is None else key_of(before)
        if self.unique and any(key != own for key in self.namesakes(name)):
            raise duplicate(name, "group.UQE_group_name")

    def _enter(self, row: Row) -> None:
        key = key_of(row)
        self._named.setdefault(row["name"], {})[key] = None
        self._children.setdefault(row.get("parentId", ""), {})[key] = None

    def _leave(self, row: Row) -> None:
        for index, value in ((self._named, row["name"]), (self._children, row.get("parentId", ""))):
            index[value].pop(key_of(row))
            if not index[value]:
                del index[value]
