"""Mobile numbers in one spelling. Pure.

Mainland numbers may be given with or without ``+86``; all others need ``+`` and the country
(Feishu contact v3, users/create). They are compared without ``+86`` and without punctuation.
"""

from __future__ import annotations

import re

_WRITTEN = re.compile(r"[+\d\s().-]+")
_PUNCTUATION = re.compile(r"[\s().-]")
_MAINLAND = re.compile(r"(?:(?:\+|00)?86)?(1\d{10})")
_ABROAD = re.compile(r"\+[1-9]\d{5,14}")


def normal(value: str) -> str | None:
    """``value`` as it is written and compared; None for what is no mobile number."""
    if not _WRITTEN.fullmatch(value):
        return None
    text = _PUNCTUATION.sub("", value)
    mainland = _MAINLAND.fullmatch(text)
    if mainland:
        return mainland[1]
    text = f"+{text[2:]}" if text.startswith("00") else text
    return text if _ABROAD.fullmatch(text) and not text.startswith("+86") else None
