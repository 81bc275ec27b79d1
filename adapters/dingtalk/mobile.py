"""Mobile numbers in the form that DingTalk takes. Pure.

Eleven digits for the mainland, ``+<country>-<number>`` for all others (dingtalk.md, section 4.2).
"""

from __future__ import annotations

import re

MAINLAND = "86"

_WRITTEN = re.compile(r"[+\d\s().-]+")
_PUNCTUATION = re.compile(r"[\s().-]")
_MAINLAND = re.compile(r"1\d{10}")
_SHORTEST, _LONGEST = 4, 14

_TWO_DIGITS = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
"""Country codes of two digits; 1 and 7 have one, all others three (ITU-T E.164)."""


def normal(value: str, state_code: str | None = None) -> str | None:
    """``value`` as DingTalk takes it; None for what is no mobile number.

    ``state_code`` is the country of a number that is written without one.
    """
    if not _WRITTEN.fullmatch(value):
        return None
    text = _PUNCTUATION.sub("", value)
    if text.startswith("00"):
        text = f"+{text[2:]}"
    if not text.startswith("+"):
        if state_code and state_code != MAINLAND:
            text = f"+{state_code}{text}"
        else:
            text = f"+{text}" if len(text) == 13 else f"+{MAINLAND}{text}"
    return _with_country(text[1:])


def _with_country(digits: str) -> str | None:
    if not digits.isdecimal():
        return None
    length = 1 if digits[0] in "17" else 2 if _TWO_DIGITS.match(digits) else 3
    country, number = digits[:length], digits[length:]
    if country == MAINLAND:
        return number if _MAINLAND.fullmatch(number) else None
    return f"+{country}-{number}" if _SHORTEST <= len(number) <= _LONGEST else None
