"""Mobile numbers in the form that WeCom takes and shows. Pure.

Mainland numbers go without ``+86``; all others need their country (WeCom user/create).
"""

from __future__ import annotations

import re

from adapters.telephone import international

CHINA = "+86"

_MAINLAND = re.compile(r"1\d{10}")


def normal(value: str) -> str | None:
    """``value`` as it is written and compared; None for what is no mobile number."""
    found = international(value, "CN")
    if found is None or not found.startswith(CHINA):
        return found
    number = found.removeprefix(CHINA)
    return number if _MAINLAND.fullmatch(number) else None
