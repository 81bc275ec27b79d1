"""What a source told this month, and what was found without it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.events import DriftDetected, Fact, MemberCreated, MemberRenamed, RunFinished, RunStarted
from orgledger.engine.sources import readings, told
from orgledger.engine.views import Views
from orgledger.ledger import Circumstances, Ledger
from tests.engine.conftest import Clock

ORG, SYSTEM = "acme", "ding"
SHANGHAI = ZoneInfo("Asia/Shanghai")
IN_FEBRUARY = datetime(2026, 2, 28, 15, 59, tzinfo=UTC)
IN_MARCH = datetime(2026, 2, 28, 16, 1, tzinfo=UTC)


def run(ledger: Ledger, views: Views, name: str, mode: str, *facts: Fact) -> None:
    """A run that records some facts."""
    by = Circumstances(actor=f"callback:{SYSTEM}", source=SYSTEM, run=name)
    ledger.note(ORG, RunStarted(uid=name, system=SYSTEM, mode=mode), by, 1)
    if facts:
        ledger.append(views.directory(ORG), facts, by)
    ledger.note(ORG, RunFinished(uid=name), by, 2)


def missed(ledger: Ledger, uid: str, event: str, delay: int, version: int = 1) -> None:
    fact = DriftDetected(uid=uid, target=SYSTEM, kind="member", missed=event, delay=delay)
    by = Circumstances(actor="schedule", source=SYSTEM)
    ledger.record(ORG, [(fact, version)], by)


def test_the_month_is_the_organization_s(ledger: Ledger, views: Views, clock: Clock) -> None:
    """A minute before midnight in Shanghai is February there, a minute after it is March."""
    clock.time = IN_FEBRUARY
    run(ledger, views, "run-1", "follow", MemberCreated(uid="m-1", name="Ann"))
    missed(ledger, "m-1", "MemberRenamed", 60)
    clock.time = IN_MARCH
    run(ledger, views, "run-2", "follow", MemberRenamed(uid="m-1", name="Anne"))
    for number in range(2):
        missed(ledger, f"m-{number + 2}", "MemberRenamed", 1800 * number)
    missed(ledger, "m-9", "MemberCreated", 30)
    found = told(views, views.runs(), ORG, SYSTEM, SHANGHAI)
    assert (found.month, found.announced, found.missed) == ("2026-03", 1, 3)
    assert found.lost == pytest.approx(75)
    assert (found.events, found.delay) == ({"MemberRenamed": 2, "MemberCreated": 1}, 1800)
    assert told(views, views.runs(), ORG, SYSTEM, ZoneInfo("UTC")).announced == 2


def test_what_is_read_by_schedule_was_not_told(ledger: Ledger, views: Views) -> None:
    """A source without callbacks has lost none of them; there is nothing to give a share of."""
    run(ledger, views, "run-1", "read", MemberCreated(uid="m-1", name="Ann"))
    found = told(views, views.runs(), ORG, SYSTEM, SHANGHAI)
    assert (found.announced, found.missed, found.lost) == (0, 0, None)


def test_only_a_whole_reading_that_came_to_its_end_counts(
    ledger: Ledger, views: Views, clock: Clock
) -> None:
    """What a callback led to is none, and one that failed has read nothing."""
    assert readings(views.runs(), ORG, SYSTEM) == (None, None)
    begun = clock.go_on(hours=1)
    run(ledger, views, "run-1", "read")
    clock.go_on(hours=1)
    run(ledger, views, "run-2", "follow", MemberCreated(uid="m-1", name="Ann"))
    by = Circumstances(actor="schedule", source=SYSTEM, run="run-3")
    ledger.note(ORG, RunStarted(uid="run-3", system=SYSTEM), by, 1)
    last, read = readings(views.runs(), ORG, SYSTEM)
    assert last is not None
    assert (last.id, read) == ("run-3", begun)
