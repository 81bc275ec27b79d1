"""Schedules: cron expressions in an organization's time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from orgledger.ledger import SKEW
from orgledger.systems import TYPES

if TYPE_CHECKING:
    from orgledger.config import SystemConfig

OFF = "off"
"""What a system says in ``schedule`` that is never read, or compared, by time."""

TOLD, UNTOLD = "0 */6 * * *", "*/30 * * * *"
"""When everything is read of a source that tells its changes, and of one that does not."""

FIELDS = ("minute", "hour", "day-of-month", "month", "day-of-week")
"""Of an expression, in order; cronsim(1) of Debian is what they mean."""


def mistake(expression: object) -> str:
    """What is wrong with a ``schedule``, such as ``schedule: the hour cannot be '25'``; or empty.

    cronsim names the field (``Bad hour``); it also takes six fields, the first of them seconds,
    and days that never come, such as 30 February together with 31 April.
    """
    if expression == OFF:
        return ""
    parts = expression.split() if isinstance(expression, str) else []
    if len(parts) != len(FIELDS):
        return f'schedule has the five fields of cron, such as "*/30 * * * *", or is "{OFF}"'
    try:
        next(CronSim(" ".join(parts), datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        return f"schedule: the {field} cannot be {parts[FIELDS.index(field)]!r}"
    except StopIteration:
        return f"schedule: the {FIELDS[2]} {parts[2]!r} never comes"
    return ""


class Schedule:
    """When a system's turn is; what was missed while nobody looked is made up for at once.

    A clock that was ahead and is put right does not put off what is next until it has caught up.
    """

    def __init__(
        self, expression: str | None, zone: ZoneInfo, *, last: datetime | None, usual: str = OFF
    ) -> None:
        """``last`` is when it was last done; ``usual`` goes where there is no expression."""
        self._expression, self._zone, self._last = expression or usual, zone, last
        self._next = self._after(last) if last is not None else None
        self._never = last is None and self._expression != OFF

    @property
    def enabled(self) -> bool:
        """Whether it is ever due."""
        return self._expression != OFF

    def due(self, now: datetime) -> bool:
        """Whether it should be done now."""
        if self._last is not None and now < self._last - SKEW:
            self._last, self._next = now, self._after(now)
        return self._never or (self._next is not None and now >= self._next)

    def done(self, now: datetime) -> None:
        """It was done, or tried."""
        self._never, self._last, self._next = False, now, self._after(now)

    @property
    def next(self) -> datetime | None:
        """When it is due, in UTC; None: never, or now."""
        return self._next

    def _after(self, moment: datetime) -> datetime | None:
        if self._expression == OFF:
            return None
        found: datetime = next(CronSim(self._expression, moment.astimezone(self._zone)))
        return found.astimezone(UTC)  # an hour that comes twice equals nothing in another zone


def of_source(configured: SystemConfig, zone: ZoneInfo, last: datetime | None) -> Schedule:
    """When a source is read as a whole; ``last`` is when it was."""
    kind, settings = TYPES[configured.type], configured.settings
    tells = (kind.callbacks is not None and kind.callbacks(settings) is not None) or (
        kind.listening is not None and kind.listening(settings, configured.id) is not None
    )
    return Schedule(configured.schedule, zone, last=last, usual=TOLD if tells else UNTOLD)
