"""What a row of the table is, and what measuring it gives."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec.structs import replace


class Hold(msgspec.Struct, frozen=True):
    """What the ratio must hold: at least, or at most, ``limit``; ``aim`` is what we would like."""

    way: Literal[">=", "<="]
    limit: float
    aim: float | None = None

    def kept(self, ratio: float) -> bool:
        return ratio >= self.limit if self.way == ">=" else ratio <= self.limit

    def __str__(self) -> str:
        return f"{self.way} {self.limit:g}" + (f" (aim {self.aim:g})" if self.aim else "")


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of both sides in the row's unit; ``theirs`` None for a raw figure.

    ``ratio`` is the median of the rounds' own ratios where there were several, so it need not be
    exactly ``ours / theirs``. ``broken`` names further promises that did not hold.
    """

    ours: float
    theirs: float | None = None
    ratio: float | None = None
    note: str = ""
    broken: tuple[str, ...] = ()


class Skipped(Exception):  # noqa: N818 - a situation, shown in the table
    """The row cannot be measured here; says why."""


class Setting(msgspec.Struct, frozen=True):
    """How to measure: ``quick`` takes small sizes."""

    quick: bool = False

    def size(self, full: int, quick: int) -> int:
        """A number of things, by how thoroughly we measure."""
        return quick if self.quick else full

    def say(self, text: str) -> None:
        """One line of progress on standard error."""
        print(f"    {text}", file=sys.stderr, flush=True)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table. ``unit`` is that of both figures; without ``hold`` it is for show."""

    name: str
    what: str
    against: str
    unit: str
    run: Callable[[Setting], Measured]
    hold: Hold | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row with its figures, as it is printed."""

    name: str
    what: str
    against: str
    unit: str
    hold: str = ""
    ours: float | None = None
    theirs: float | None = None
    ratio: float | None = None
    note: str = ""
    verdict: Literal["ok", "miss", "skipped", "shown"] = "shown"


def measure(row: Row, setting: Setting) -> Line:
    """Measure one row. A row that cannot be measured here says so and misses nothing."""
    line = Line(
        name=row.name,
        what=row.what,
        against=row.against,
        unit=row.unit,
        hold=str(row.hold) if row.hold else "",
    )
    try:
        found = row.run(setting)
    except Skipped as reason:
        return replace(line, note=str(reason), verdict="skipped")
    ratio = found.ratio
    if ratio is None and found.theirs:
        ratio = found.ours / found.theirs
    verdict = "shown"
    if row.hold is not None and ratio is not None:
        verdict = "ok" if row.hold.kept(ratio) and not found.broken else "miss"
    return replace(
        line,
        ours=found.ours,
        theirs=found.theirs,
        ratio=ratio,
        note="; ".join((*found.broken, *((found.note,) if found.note else ()))),
        verdict=verdict,
    )
