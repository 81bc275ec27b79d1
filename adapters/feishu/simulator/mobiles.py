"""Mobile numbers: mainland ones are plain, others have a ``+`` (Feishu contact v3, users)."""

from __future__ import annotations

import re

MAINLAND = re.compile(r"1\d{10}")
ABROAD = re.compile(r"\+[1-9]\d{5,18}")
MAINLAND_CODE = "+86"


def canonical(given: str) -> str:
    """The same number in one spelling: without ``+86``, and without dashes or blanks."""
    plain = given.replace("-", "").replace(" ", "")
    rest = plain.removeprefix(MAINLAND_CODE)
    return rest if MAINLAND.fullmatch(rest) else plain


def is_mainland(number: str) -> bool:
    """Say whether a canonical number is one of mainland China."""
    return MAINLAND.fullmatch(number) is not None


def is_number(number: str) -> bool:
    """Say whether a canonical number can be called at all."""
    return is_mainland(number) or ABROAD.fullmatch(number) is not None
