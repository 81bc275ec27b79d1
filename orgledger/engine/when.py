"""WHEN: a position, an ISO time (a date is its end), or a run id; turned into a position."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.errors import ConfigError
from orgledger.engine.views import Views
from orgledger.ledger import Ledger


def position(text: str, views: Views, zone: ZoneInfo) -> int:
    """The position that ``text`` names; times without an offset are in ``zone``."""
    if text.isdigit():
        return int(text)
    if text.startswith("run-"):
        return views.run(text).position
    return position_at(views.ledger, moment(text, zone))


def moment(text: str, zone: ZoneInfo) -> datetime:
    """The time that ``text`` names. A date is the last moment of that day."""
    try:
        if len(text) == len("2026-11-21"):
            midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), zone)
            return midnight - timedelta(microseconds=1)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{text!r} is not a moment",
            fix="Give a position (418), a date (2026-03-31), a time (2026-03-31T18:00), or a "
            "run id (run-…).",
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def position_at(ledger: Ledger, when: datetime) -> int:
    """The position of the last event recorded at or before ``when``, 0 if there is none.

    The log is in the order of recording, so a binary search finds it.
    """
    low, high = 0, ledger.head
    while low < high:
        middle = (low + high + 1) // 2
        entry = ledger.at(middle)
        if entry is None or entry.envelope.at > when:
            high = middle - 1
        else:
            low = middle
    return low
