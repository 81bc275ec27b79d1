"""The monthly rosters of a real organization: a public team repository over eight years.

The data stays outside this repository; tests of it are skipped where it is not there.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from domain.records import Roster

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "rust-org-history.jsonl.gz"

MONTHS = 94
SAMPLED = (0, 47, 93)
"""The first, one in the middle and the last."""


def month_numbers() -> list[int]:
    """All of them."""
    return list(range(MONTHS))


def months(numbers: Collection[int]) -> Iterator[tuple[int, Roster]]:
    """The rosters of these months, in order."""
    wanted = set(numbers)
    with gzip.open(DATA, "rb") as lines:
        for number, line in enumerate(lines):
            if number in wanted:
                yield number, msgspec.json.decode(line, type=Roster)
