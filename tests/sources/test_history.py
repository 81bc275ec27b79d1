"""Months of a real organization in every provider; the suites of ``make soak`` read all of them."""

from __future__ import annotations

import pytest

from tests.sources.firm import Firm
from tests.sources.history import DATA, plays

FIRST_AND_LAST = (0, 93)


@pytest.mark.skipif(not DATA.exists(), reason="the real history is not there")
def test_the_first_and_the_last_month(firm: Firm) -> None:
    """Every provider can hold both, and eight years of changes are the events between them."""
    assert plays(firm, FIRST_AND_LAST) == len(FIRST_AND_LAST)
