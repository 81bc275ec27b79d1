"""The interval tables as the projector sees them, and the rows of one batch on their way there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
PLACEMENTS = Table("placements", ("org", "target", "kind", "entity"), ("remote", "closed"))
FAILURES = Table(
    "failures",
    ("org", "target", "kind", "entity", "action", "member"),
    ("outcome", "code", "reason", "fix"),
)

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
    PLACEMENTS,
    FAILURES,
)

TIME = pa.timestamp("us", tz="UTC")

_INTEGERS = (
    "position valid_from valid_to place planned appended acknowledged verified deferred parked"
    " calls refused gaps stuck up_to members"
)
_TYPES = {
    **dict.fromkeys(_INTEGERS.split(), pa.int64()),
    **dict.fromkeys(("time", "time_from", "time_to", "started", "finished"), TIME),
    **dict.fromkeys(("is_main", "own", "closed", "gone"), pa.bool_()),
    "changed": pa.list_(pa.string()),
}
"""Of columns that are not text."""

_encode = msgspec.json.Encoder().encode


def arrow(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """``rows`` as an Arrow table. Times are microseconds."""
    return pa.table(dict(_arrays(columns, rows)))


def _arrays(
    columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[str, pa.Array]]:
    for name, cells in zip(columns, zip(*rows, strict=True), strict=True):
        texts = [_encode(cell) if cell else None for cell in cells] if name == "details" else cells
        yield name, pa.array(texts, _TYPES.get(name, pa.string()))


Interval = tuple[tuple[Any, ...], tuple[Any, ...], When, When]
"""A key, its values, where it begins and where it ends."""

_OPEN: Any = (None, None)


class Changes:
    """What is to be written to one interval table.

    An interval that begins is held until it ends or is settled, so that one that does both costs
    no update: its row is written once, complete. The end of any other is an update of the file.

    ``ended`` has one end per key at most, since the file has one open interval of a key at most.
    Whoever writes a row past ``begin`` has to keep it so: not while an end of its key waits.
    """

    __slots__ = ("begun", "complete", "ended", "table")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.begun: dict[tuple[Any, ...], tuple[tuple[Any, ...], When]] = {}
        self.complete: list[Interval] = []
        self.ended: dict[tuple[Any, ...], When] = {}

    def begin(self, key: tuple[Any, ...], values: tuple[Any, ...], when: When) -> None:
        self.begun[key] = (values, when)

    def end(self, key: tuple[Any, ...], when: When) -> None:
        begun = self.begun.pop(key, None)
        if begun is None:
            self.ended[key] = when
        else:
            self.complete.append((key, *begun, when))

    def settle(self) -> None:
        """Hold nothing back: open intervals are written too, without an end."""
        self.complete += [(key, *begun, _OPEN) for key, begun in self.begun.items()]
        self.begun.clear()

    def take_ends(self) -> pa.Table | None:
        """The ends of intervals that are in the file: key, ``valid_to``, ``time_to``; once."""
        ended, self.ended = self.ended, {}
        rows = [(*key, *when) for key, when in ended.items()]
        return arrow((*self.table.key, "valid_to", "time_to"), rows) if rows else None

    def take_rows(self) -> pa.Table | None:
        """Whole rows for the file; once."""
        complete, self.complete = self.complete, []
        if not complete:
            return None
        keys, values, starts, ends = zip(*complete, strict=True)
        parts: dict[str, pa.Array] = {}
        parts.update(_arrays(self.table.key, keys))
        if self.table.values:
            parts.update(_arrays(self.table.values, values))
        parts.update(_arrays(("valid_from", "time_from"), starts))
        parts.update(_arrays(("valid_to", "time_to"), ends))
        return pa.table(parts)
