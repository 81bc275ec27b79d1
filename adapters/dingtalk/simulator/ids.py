"""Which ids of a roster can be DingTalk's own."""

from __future__ import annotations


def is_number(own: str) -> bool:
    """Say whether a roster id can be a DingTalk id as it stands: a decimal above 1, 64 bits."""
    plain = own.isascii() and own.isdecimal() and not own.startswith("0")
    return plain and len(own) < 19 and own != "1"
