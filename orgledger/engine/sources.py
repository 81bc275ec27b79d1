"""Sources: when each was read as a whole, and what part of its changes it had told by itself."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from adapters.nats.standing import Standing
from domain.envelope import delivery_scope
from domain.events import DriftDetected
from orgledger.engine.runs import Run, Runs, Status
from orgledger.engine.views import Views
from orgledger.engine.when import position_at

TELLING = ("follow", "push")
"""The modes of the runs in which a source told its changes by itself."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of one calendar month, in the time zone of the organization.

    ``announced`` of them were told, ``missed`` were found by reading everything, by their
    ``events``. None of those waited for more than ``delay`` seconds. ``lost`` is the percentage
    that was missed; None where nothing changed, and for a source that tells nothing.
    """

    month: str
    announced: int
    missed: int
    lost: float | None
    events: dict[str, int]
    delay: int


class SourceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One source. ``read`` is when it was last read as a whole, ``next`` when that is due.

    ``last`` is the newest run that read it, whatever came of that; ``job`` the service that does.
    """

    role: str = "source"
    system: str
    org: str
    read: datetime | None
    next: datetime | None
    callbacks: Told
    last: Run | None
    job: Standing | None


def readings(runs: Runs, org: str, system: str) -> tuple[Run | None, datetime | None]:
    """The newest run that read a source as a whole, and when the last that did began."""
    done = (Status.FINISHED, Status.PARTIAL, Status.APPROVED)
    newest = [r for r in runs.newest(system) if r.org == org and r.mode == "read"]
    read = next((r.started for r in newest if r.status in done), None)
    return (newest[0] if newest else None), read


def told(views: Views, runs: Runs, org: str, system: str, zone: ZoneInfo) -> Told:
    """What a source told this month, and what it did not."""
    now = views.ledger.now().astimezone(zone)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    announced = sum(
        run.appended
        for run in runs.newest(system)
        if run.org == org and run.mode in TELLING and run.started >= first
    )
    events, delay = Counter[str](), 0
    begin, scope = position_at(views.ledger, first), delivery_scope(org, system)
    for batch in views.ledger.read(begin, scope=scope, stop=views.ledger.head):
        for entry in batch:
            fact = entry.fact
            if isinstance(fact, DriftDetected) and fact.missed:
                events[fact.missed] += 1
                delay = max(delay, fact.delay)
    missed = events.total()
    changes = announced + missed
    return Told(
        month=f"{first:%Y-%m}",
        announced=announced,
        missed=missed,
        lost=100 * missed / changes if changes else None,
        events=dict(events.most_common()),
        delay=delay,
    )
