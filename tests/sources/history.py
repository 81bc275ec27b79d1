"""The monthly rosters of a real organization: a public team repository over eight years.

The data stays outside this repository; tests of it are skipped where it is not there.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from domain.errors import InputError
from domain.records import Roster
from orgledger.engine.runs import Status
from tests.sources.fewest import Past
from tests.sources.firm import BELIEVED, Firm

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


def plays(firm: Firm, numbers: Collection[int]) -> int:
    """Read these months one after the other; returns how many of them the provider could hold.

    After each the tree is right and the real changes are the events; a second reading of the last
    one appends nothing.
    """
    firm.limits, past, held = BELIEVED, Past(), 0
    for number, roster in months(numbers):
        try:
            firm.desk.put(roster)
        except InputError:
            continue  # the provider refuses to hold it
        held += 1
        truth, head = firm.truth(), firm.ledger.head
        assert len(truth.members) == len(roster.members)
        fewest = firm.fewest(past)
        outcome = firm.pull()
        assert outcome.status is Status.FINISHED, (number, outcome.gaps, outcome.refused)
        assert firm.differences() == [], number
        assert firm.events(head) == fewest, number
    assert held, "the provider could hold none of them"
    assert firm.pull().appended == 0
    return held
