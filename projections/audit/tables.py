"""The interval tables as the projector sees them, and the rows of one batch on their way there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

When = tuple[int, int]
"""A position and the time of its event, in microseconds since 1970 (UTC)."""


class Table(msgspec.Struct, frozen=True):
    """``key`` names what an open interval is unique by, ``values`` what it says."""

    name: str
    key: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.values, "valid_from", "valid_to", "time_from", "time_to")


ORGANIZATIONS = Table("organizations", ("org",), ("name", "source"))
DEPARTMENTS = Table(
    "departments",
    ("org", "uid"),
    ("id", "name", "parent", "place", "state", "merged_into", "details"),
)
MEMBERS = Table(
    "members",
    ("org", "uid"),
    (
        "id",
        "name",
        "email",
        "mobile",
        "job_number",
        "title",
        "avatar",
        "manager",
        "state",
        "details",
    ),
)
MEMBERSHIPS = Table("memberships", ("org", "member", "department"), ("is_main",))
LEADERS = Table("leaders", ("org", "department", "member"), ("place",))
ROLE_GROUPS = Table("role_groups", ("org", "uid"), ("id", "name", "state"))
ROLES = Table("roles", ("org", "uid"), ("id", "name", "role_group", "state", "details"))
GRANTS = Table("grants", ("org", "role", "member"), ())
LINKS = Table("links", ("org", "system", "kind", "id"), ("uid",))

INTERVALS = (
    ORGANIZATIONS,
    DEPARTMENTS,
    MEMBERS,
    MEMBERSHIPS,
    LEADERS,
    ROLE_GROUPS,
    ROLES,
    GRANTS,
    LINKS,
)

TIME = pa.timestamp("us", tz="UTC")

_INTEGERS = (
    "position valid_from valid_to place planned appended acknowledged verified deferred parked"
    " calls refused gaps"
)
_TYPES = {
    **dict.fromkeys(_INTEGERS.split(), pa.int64()),
    **dict.fromkeys(("time_from", "time_to", "started", "finished"), TIME),
    "is_main": pa.bool_(),
}
"""Of columns that are not text."""

_encode = msgspec.json.Encoder().encode


def arrow(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """``rows`` as an Arrow table. Times are microseconds; ``details`` objects become JSON text."""
    arrays = []
    for name, cells in zip(columns, zip(*rows, strict=True), strict=True):
        texts = [_encode(cell) if cell else None for cell in cells] if name == "details" else cells
        arrays.append(pa.array(texts, _TYPES.get(name, pa.string())))
    return pa.table(arrays, names=list(columns))


class Changes:
    """What is to be written to one interval table.

    An interval that begins is held until it ends or is settled, so that one that does both costs
    no update: its row is written once, complete.
    """

    __slots__ = ("begun", "complete", "ended", "table")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.begun: dict[tuple[Any, ...], tuple[tuple[Any, ...], When]] = {}
        self.complete: list[tuple[Any, ...]] = []
        self.ended: list[tuple[Any, ...]] = []

    def begin(self, key: tuple[Any, ...], values: tuple[Any, ...], when: When) -> None:
        self.begun[key] = (values, when)

    def end(self, key: tuple[Any, ...], when: When) -> None:
        begun = self.begun.pop(key, None)
        if begun is None:
            self.ended.append((*key, *when))
        else:
            values, (position, time) = begun
            self.complete.append((*key, *values, position, when[0], time, when[1]))

    def settle(self) -> None:
        """Hold nothing back: open intervals are written too, without an end."""
        self.complete += [
            (*key, *values, position, None, time, None)
            for key, (values, (position, time)) in self.begun.items()
        ]
        self.begun.clear()

    def taken(self) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Ends of intervals in the file (key, position, time), then whole rows for it; once."""
        ended, complete = self.ended, self.complete
        self.ended, self.complete = [], []
        return ended, complete
