"""WHEN: positions, dates and times in the organization's zone, run ids."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConfigError
from domain.events import OrganizationRegistered, OrganizationRenamed, RunStarted
from orgledger.engine.views import Views
from orgledger.engine.when import moment, position, position_at
from orgledger.ledger import Circumstances, Ledger
from tests.engine.conftest import Clock

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
BY = Circumstances(actor="user:test", run="run-1")


@pytest.fixture
def days(ledger: Ledger, views: Views, clock: Clock) -> Views:
    """Events at 00:00, 12:00, 24:00 … of UTC from 2026-01-01 on; the second is of ``run-1``."""
    directory = views.directory("acme")
    ledger.append(directory, [OrganizationRegistered(uid="acme", name="0")], BY)
    clock.go_on(hours=12)
    ledger.note("acme", RunStarted(uid="run-1", system="hr"), BY, 1)
    for name in "234":
        clock.go_on(hours=12)
        ledger.append(
            directory, [OrganizationRenamed(uid="acme", name=name)], Circumstances(actor="x")
        )
    return views


@pytest.mark.parametrize(
    ("text", "zone", "reached"),
    [
        ("0", UTC, 0),
        ("3", UTC, 3),
        (" 5 ", UTC, 5),
        ("2025-12-31", UTC, 0),
        ("2026-01-01", UTC, 2),
        ("2026-01-02", UTC, 4),
        ("2030-01-01", UTC, 5),
        ("2026-01-01", SHANGHAI, 2),
        ("2025-12-31", ZoneInfo("America/New_York"), 1),
        ("2026-01-01T00:00:00", UTC, 1),
        ("2026-01-01T11:59:59.999999", UTC, 1),
        ("2026-01-01T12:00", UTC, 2),
        ("2026-01-01 12:00", UTC, 2),
        ("2026-01-01T12:00:00Z", SHANGHAI, 2),
        ("2026-01-01T20:00:00", SHANGHAI, 2),
        ("2026-01-01T13:00:00+01:00", SHANGHAI, 2),
        ("2026-01-01T18:00", UTC, 2),
        ("run-1", UTC, 2),
    ],
)
def test_when_is_the_last_event_until_then(
    text: str, zone: ZoneInfo, reached: int, days: Views
) -> None:
    assert position(text, days, zone) == reached


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("6", "there is no position 6, the log ends at 5"),
        ("9" * 30, "is not a moment"),
        ("-1", "is not a moment"),
        ("²", "is not a moment"),
        ("", "is not a moment"),
        ("yesterday", "is not a moment"),
        ("2026-02-30", "is not a moment"),
        ("9999-12-31", "is not a moment"),
        ("12:00", "is not a moment"),
        ("run-2", "there is no run 'run-2'; did you mean 'run-1'?"),
    ],
)
def test_what_is_no_moment_of_the_log_is_refused(text: str, said: str, days: Views) -> None:
    with pytest.raises(ConfigError) as caught:
        position(text, days, BERLIN)
    assert said in str(caught.value)


def test_an_empty_log_is_at_zero_at_any_time(ledger: Ledger, views: Views) -> None:
    assert position("2026-01-01", views, BERLIN) == 0
    assert position("0", views, BERLIN) == 0


@pytest.mark.parametrize(
    ("day", "zone", "next_day"),
    [
        ("2026-03-31", "Asia/Shanghai", "2026-03-31T16:00Z"),
        ("2026-03-29", "Europe/Berlin", "2026-03-29T22:00Z"),
        ("2026-10-25", "Europe/Berlin", "2026-10-25T23:00Z"),
        ("2026-04-04", "America/Santiago", "2026-04-05T04:00Z"),  # 23:00 comes twice
        ("2026-02-28", "UTC", "2026-03-01T00:00Z"),
    ],
)
def test_a_date_is_its_last_microsecond(day: str, zone: str, next_day: str) -> None:
    left = datetime.fromisoformat(next_day) - moment(day, ZoneInfo(zone)).astimezone(UTC)
    assert left.total_seconds() == 1e-6


@given(st.text(max_size=25))
def test_any_text_is_a_moment_or_an_error(text: str) -> None:
    try:
        found = moment(text, BERLIN)
    except ConfigError:
        return
    assert found.tzinfo is not None


def test_the_search_agrees_with_the_log(days: Views) -> None:
    entries = [entry for batch in days.ledger.read() for entry in batch]
    for entry in entries:
        at = entry.envelope.at
        expected = max(e.position for e in entries if e.envelope.at <= at)
        assert position_at(days.ledger, at) == expected
