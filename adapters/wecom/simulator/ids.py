"""Which ids of a roster can be WeCom's own."""

from __future__ import annotations

import re

from adapters.wecom.simulator.model import NUMBERS, ROOT

USERID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-@.]{0,63}")
"""What a userid may look like (WeCom user/create)."""


def is_department_id(own: str) -> bool:
    """Say whether a roster id can be a department's as it stands: a decimal above 1, 32 bits."""
    return is_tag_id(own) and int(own) != ROOT


def is_tag_id(own: str) -> bool:
    """Say whether a roster id can be a tag's as it stands: a decimal above 0, 32 bits."""
    plain = own.isascii() and own.isdecimal() and own == str(int(own))
    return plain and 0 < int(own) < NUMBERS
