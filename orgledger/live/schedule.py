"""Schedules: cron expressions in an organization's time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim

OFF = "off"
"""What a system says in ``schedule`` that is never read, or compared, by time."""


class Schedule:
    """When a system's turn is; what was missed while nobody looked is made up for at once."""

    def __init__(
        self, expression: str | None, zone: ZoneInfo, *, last: datetime | None, usual: str = OFF
    ) -> None:
        """``last`` is when it was last done; ``usual`` goes where there is no expression."""
        self._expression, self._zone = expression or usual, zone
        self._next = self._after(last) if last is not None else None
        self._never = last is None and self._expression != OFF

    def due(self, now: datetime) -> bool:
        """Whether it should be done now."""
        return self._never or (self._next is not None and now >= self._next)

    def done(self, now: datetime) -> None:
        """It was done, or tried."""
        self._never, self._next = False, self._after(now)

    @property
    def next(self) -> datetime | None:
        """When it is due; None: never, or now."""
        return self._next

    def _after(self, moment: datetime) -> datetime | None:
        if self._expression == OFF:
            return None
        found: datetime = next(CronSim(self._expression, moment.astimezone(self._zone)))
        return found
