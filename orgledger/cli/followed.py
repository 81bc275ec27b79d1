"""Tables of what is followed: sources, and the jobs of the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.text import Text

from adapters.nats.standing import Standing
from orgledger.cli import screen
from orgledger.cli.words import _, age
from orgledger.engine.sources import SourceStatus, Told


def show_sources(found: Sequence[SourceStatus], now: datetime) -> None:
    """A table of sources, and a sentence for each that had not told everything."""
    if not found:
        return
    headings = ("Source", "Organization", "Last read", "Next", "Told", "Found later")
    screen.table(
        [_(heading) for heading in headings],
        [
            (
                one.system,
                one.org,
                _("{time} ago", time=_age(now, one.read)) if one.read else _("never"),
                _next(one, now),
                one.callbacks.announced or "",
                Text(_found_later(one.callbacks), style="yellow"),
            )
            for one in found
        ],
        spare=(_("Organization"),),
    )
    for one in found:
        if one.callbacks.missed:
            screen.say(f"{one.system}: {_sentence(one.callbacks)}", style="dim")


def show_jobs(found: Sequence[Standing]) -> None:
    """A table of the jobs that services do; nothing where none runs."""
    if not found:
        return
    screen.table(
        [_(heading) for heading in ("Job", "Process", "Since")],
        [(one.job, one.holder, _since(one)) for one in found],
    )


def percent(lost: float) -> str:
    """A share as people read it: ``0.4 %``; what is not nothing is not shown as nothing."""
    return f"< {0.1} %" if 0 < lost < 0.05 else f"{round(lost, 1):g} %"


def _age(now: datetime, then: datetime) -> str:
    return age(max(0.0, (now - then).total_seconds()))


def _next(one: SourceStatus, now: datetime) -> str:
    if one.next is None:
        return "–"
    if one.next <= now:
        return _("now")
    return _("in {time}", time=_age(one.next, now))


def _found_later(callbacks: Told) -> str:
    if callbacks.lost is None or not callbacks.missed:
        return ""
    return f"{callbacks.missed} ({percent(callbacks.lost)})"


def _sentence(callbacks: Told) -> str:
    return _(
        "lost {percent} of callbacks this month: {events}, found after {time} at most",
        percent=percent(callbacks.lost or 0.0),
        events=", ".join(f"{event} {n}" for event, n in callbacks.events.items()),
        time=age(callbacks.delay),
    )


def _since(one: Standing) -> str:
    since = datetime.fromtimestamp(one.since, UTC)
    return _("{time} ago", time=_age(datetime.now(UTC), since))
