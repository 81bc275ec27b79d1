"""WHEN: a position, an ISO time (a date is its end), or a run id; turned into a position."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.errors import ConfigError
from orgledger.engine.views import Views
from orgledger.ledger import Ledger

_POSITION = re.compile(r"[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def position(text: str, views: Views, zone: ZoneInfo) -> int:
    """The position that ``text`` names; times without an offset are in ``zone``."""
    text = text.strip()
    if _POSITION.fullmatch(text):
        head = views.ledger.head
        if int(text) > head:
            raise ConfigError(f"there is no position {text}, the log ends at {head}")
        return int(text)
    if text.startswith("run-"):
        return views.run(text).position
    return position_at(views.ledger, moment(text, zone))


def moment(text: str, zone: ZoneInfo) -> datetime:
    """The time that ``text`` names. A date is the last moment of that day."""
    try:
        if _DATE.fullmatch(text):
            midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), zone)
            # By the clock of UTC: the hour before midnight comes twice where summer time ends then.
            return midnight.astimezone(UTC) - timedelta(microseconds=1)
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
