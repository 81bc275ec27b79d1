"""A table of rows by owner and name, with the listings of it kept sorted."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.casdoor.simulator.errors import RefusedError, duplicate, too_long, unknown_column
from adapters.casdoor.simulator.fields import Row, Shape, snake

Key = tuple[str, str]


def key_of(row: Row) -> Key:
    """The primary key of a row."""
    return row.get("owner", ""), row.get("name", "")


def id_of(row: Row) -> str:
    """A row's ``owner/name``, which other rows refer to it by."""
    return "/".join(key_of(row))


class Table:
    """Rows that keep what is not zero; a row in it is never changed, only replaced."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._zero = shape.zero()
        self._columns = {snake(name): name for name, field in shape.fields.items() if field.stored}
        self._rows: dict[str, dict[str, Row]] = {}
        self._listings: dict[tuple[str, str, bool], list[Row]] = {}

    def get(self, owner: str, name: str) -> Row | None:
        """The row, if there is one."""
        return self._rows.get(owner, {}).get(name)

    def owners(self) -> list[str]:
        """The organizations that have rows here."""
        return list(self._rows)

    def count(self, owner: str) -> int:
        """How many rows an owner has; an empty one means everybody."""
        if owner:
            return len(self._rows.get(owner, {}))
        return sum(map(len, self._rows.values()))

    def shown(self, row: Row) -> Row:
        """A row as an answer shows it, with every field."""
        return {**self._zero, **row}

    def listing(self, owner: str, sort_field: str = "", sort_order: str = "") -> list[Row]:
        """All rows of an owner, the newest first unless told otherwise (object/ormer_session.go).

        What sorts alike stays as it came in. The list is shared: do not change it.
        """
        sortable = sort_field.isascii() and sort_field.isalnum() and sort_order
        column = snake(sort_field) if sortable else "created_time"
        ascending = sort_order == "ascend"
        if column not in self._columns:
            raise unknown_column(column)
        found = self._listings.get((owner, column, ascending))
        if found is None:
            found = self._sorted(owner, self._columns[column], ascending)
            self._listings[owner, column, ascending] = found
        return found

    def matching(self, rows: Iterable[Row], field: str, value: str) -> list[Row]:
        """The rows that contain ``value`` in ``field``; nonsense in either filters nothing."""
        if not (field and value and field.isascii() and field.isalnum()):
            return list(rows)
        column = snake(field)
        if column not in self._columns:
            raise unknown_column(column)
        name, wanted = self._columns[column], value.casefold()
        return [row for row in rows if wanted in str(row.get(name, "")).casefold()]

    def insert(self, row: Row) -> None:
        """Add a row; a key that is taken and a text that is too long are the database's errors."""
        stored = self.checked(row)
        owner, name = key_of(stored)
        if self.get(owner, name) is not None:
            raise duplicate(f"{owner}-{name}", f"{self.shape.table}.PRIMARY")
        self._check_indexes(stored, None)
        self._put(stored)

    def replace(self, before: Row, after: Row) -> bool:
        """Put ``after`` in the place of ``before``; false when nothing is different."""
        stored = self.checked(after)
        if {k: v for k, v in stored.items() if v} == {k: v for k, v in before.items() if v}:
            return False
        owner, name = key_of(stored)
        if key_of(before) != (owner, name) and self.get(owner, name) is not None:
            raise duplicate(f"{owner}-{name}", f"{self.shape.table}.PRIMARY")
        self._check_indexes(stored, before)
        self._leave(before)
        if key_of(before) == (owner, name):
            self._rows[owner][name] = stored
            self._listings.clear()
            self._enter(stored)
        else:
            self._drop(before)
            self._put(stored)
        return True

    def remove(self, row: Row) -> None:
        """Take a row out."""
        self._leave(row)
        self._drop(row)

    def clear(self, owner: str) -> None:
        """Take out all rows of an owner."""
        for row in list(self._rows.get(owner, {}).values()):
            self.remove(row)

    def _put(self, row: Row) -> None:
        owner, name = key_of(row)
        self._rows.setdefault(owner, {})[name] = row
        self._listings.clear()
        self._enter(row)

    def _drop(self, row: Row) -> None:
        owner, name = key_of(row)
        del self._rows[owner][name]
        if not self._rows[owner]:
            del self._rows[owner]
        self._listings.clear()

    def _sorted(self, owner: str, name: str, ascending: bool) -> list[Row]:
        owners = [owner] if owner else list(self._rows)
        rows = [row for each in owners for row in self._rows.get(each, {}).values()]
        zero = self._zero[name]
        rows.sort(key=lambda row: _orderly(row.get(name, zero)), reverse=not ascending)
        return rows

    def checked(self, row: Row) -> Row:
        """What is stored of a row; a text that does not fit its column is refused."""
        fields = self.shape.fields
        stored = {name: value for name, value in row.items() if fields[name].stored}
        for name, value in stored.items():
            limit = fields[name].limit
            if limit is not None and len(value) > limit:
                raise too_long(snake(name))
        return stored

    def _check_indexes(self, row: Row, before: Row | None) -> None:
        """Refuse what a further unique index of the table has already."""

    def _enter(self, row: Row) -> None:
        """Note a new row in the indexes."""

    def _leave(self, row: Row) -> None:
        """Forget a row in the indexes."""


def _orderly(value: object) -> tuple[int, float, str]:
    if isinstance(value, bool | int | float):
        return 0, value, ""
    return 1, 0, value if isinstance(value, str) else str(value)


def split_id(given: str) -> Key:
    """Owner and name of an id ``owner/name``."""
    owner, slash, name = given.partition("/")
    if not slash or "/" in name:
        raise RefusedError("GetOwnerAndNameFromId() error, wrong token count for ID: {}", given)
    return owner, name
