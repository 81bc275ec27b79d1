"""Schedules: when something is due, by the clocks of the organization."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgledger.live.schedule import OFF, Schedule, mistake

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
FIELDS = 'schedule has the five fields of cron, such as "*/30 * * * *", or is "off"'


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_the_time_zone_is_the_organization_s() -> None:
    """Three in the morning is three in the morning there."""
    schedule = Schedule("0 3 * * *", SHANGHAI, last=utc(2026, 1, 1))
    assert schedule.next == utc(2026, 1, 1, 19)
    assert not schedule.due(utc(2026, 1, 1, 18, 59, 59))
    assert schedule.due(utc(2026, 1, 1, 19))


def test_what_was_missed_is_made_up_for_once() -> None:
    """A week without a service is one reading at its start, and then the next turn."""
    schedule = Schedule("*/30 * * * *", SHANGHAI, last=utc(2026, 1, 1))
    now = utc(2026, 1, 8, 0, 10)
    assert schedule.due(now)
    schedule.done(now)
    assert not schedule.due(now)
    assert schedule.next == utc(2026, 1, 8, 0, 30)


def test_what_was_never_done_is_due_at_once() -> None:
    """The first reading does not wait for its hour; afterwards it does."""
    schedule = Schedule(None, SHANGHAI, last=None, usual="0 3 * * *")
    assert schedule.due(utc(2026, 1, 1))
    schedule.done(utc(2026, 1, 1))
    assert schedule.next == utc(2026, 1, 1, 19)


@pytest.mark.parametrize("last", [None, utc(2020, 1, 1)])
def test_off_is_never(last: datetime | None) -> None:
    """Also for what was never done, and whatever is usual."""
    schedule = Schedule(OFF, SHANGHAI, last=last, usual="* * * * *")
    assert not schedule.due(utc(2100, 1, 1))
    assert schedule.next is None
    schedule.done(utc(2026, 1, 1))
    assert not schedule.due(utc(2100, 1, 1))


def test_an_hour_that_summer_time_leaves_out_is_not_left_out() -> None:
    """02:30 of that night does not exist: it is done as soon as the clock has moved."""
    schedule = Schedule("30 2 * * *", BERLIN, last=utc(2026, 3, 28, 12))
    assert schedule.next == utc(2026, 3, 29, 1)  # 03:00 in Berlin
    schedule.done(utc(2026, 3, 29, 1))
    assert schedule.next == utc(2026, 3, 30, 0, 30)


def test_an_hour_that_comes_twice_counts_once() -> None:
    """02:30 of that night comes at 00:30 and at 01:30 UTC."""
    schedule = Schedule("30 2 * * *", BERLIN, last=utc(2026, 10, 24, 12))
    assert schedule.next == utc(2026, 10, 25, 0, 30)
    schedule.done(utc(2026, 10, 25, 0, 30, 5))
    assert schedule.next == utc(2026, 10, 26, 1, 30)


def test_every_half_hour_is_every_half_hour_in_that_night_too() -> None:
    """What comes round the clock knows no gap and no second time."""
    schedule = Schedule("*/30 * * * *", BERLIN, last=utc(2026, 10, 25, 0, 10))
    for minute in (30, 60, 90, 120):
        expected = utc(2026, 10, 25, minute // 60, minute % 60)
        assert schedule.next == expected
        schedule.done(expected)


def test_a_clock_that_was_ahead_puts_nothing_off() -> None:
    """A reading that says it was next year, by a machine whose clock was wrong, is not waited for;
    one by another machine whose clock is half a minute ahead has done this turn."""
    now = utc(2026, 1, 1, 0, 10)
    schedule = Schedule("*/30 * * * *", SHANGHAI, last=utc(2027, 1, 1))
    assert not schedule.due(now)
    assert schedule.next == utc(2026, 1, 1, 0, 30)
    schedule.done(utc(2026, 1, 1, 0, 30, 20))
    assert not schedule.due(utc(2026, 1, 1, 0, 29, 50))
    assert not schedule.due(utc(2026, 1, 1, 0, 30))
    assert schedule.next == utc(2026, 1, 1, 1)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("off", ""),
        ("*/30 * * * *", ""),
        ("0 3 * * MON-FRI", ""),
        ("0 3 L * *", ""),
        ("daily", FIELDS),
        ("0 0 3 * * *", FIELDS),
        (30, FIELDS),
        ("60 * * * *", "schedule: the minute cannot be '60'"),
        ("0 25 * * *", "schedule: the hour cannot be '25'"),
        ("0 3 32 * *", "schedule: the day-of-month cannot be '32'"),
        ("0 3 31 4,6 *", "schedule: the day-of-month cannot be '31'"),
        ("0 3 * 13 *", "schedule: the month cannot be '13'"),
        ("0 3 * * 8", "schedule: the day-of-week cannot be '8'"),
        ("*/0 * * * *", "schedule: the minute cannot be '*/0'"),
    ],
)
def test_an_expression_is_right_or_the_error_names_its_field(expression: object, said: str) -> None:
    """A mistake shows when the configuration is read, not at three in the morning."""
    assert mistake(expression) == said


PARTS = st.text("0123456789*/,-L#W ", max_size=4)


@given(st.tuples(PARTS, PARTS, PARTS, PARTS, PARTS).map(" ".join))
def test_what_is_right_has_a_next_time(expression: str) -> None:
    """Whatever is written is a sentence about the mistake, or a schedule that comes to be due."""
    if not mistake(expression):
        schedule = Schedule(expression, BERLIN, last=utc(2026, 1, 1))
        assert schedule.next is not None and schedule.next > utc(2026, 1, 1)
