"""Places among siblings: WeCom shows larger numbers first, the ledger smaller ones.

WeCom departments, ``order`` in [0, 2^32), larger first (wecom.md, section 3.1).
"""

from __future__ import annotations

TOP = 100_000_000
"""A WeCom order that is place 0; any would do, this one keeps the ledger's places short."""

LIMIT = 2**32


def place_of(order: int) -> int:
    """The ledger's place of WeCom's ``order``."""
    return TOP - order


def order_of(place: int) -> int:
    """WeCom's order of the ledger's ``place``; outside [0, 2^32) there is none."""
    return TOP - place
