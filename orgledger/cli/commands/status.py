"""Show how far every target is, and how well every source is followed: status."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from adapters.nats.client import connect
from adapters.nats.connection import Address
from adapters.nats.leases import standing
from adapters.nats.standing import Standing
from domain.errors import ConfigError
from orgledger.bootstrap import Service
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.deliveries import how_to_approve, kind_of, resting
from orgledger.cli.facts import name_of
from orgledger.cli.followed import show_jobs, show_sources
from orgledger.cli.session import service
from orgledger.cli.styles import STYLES
from orgledger.cli.words import _, age
from orgledger.config import SystemConfig
from orgledger.engine import status as engine
from orgledger.engine.runs import Run, Runs, Status
from orgledger.engine.sources import SourceStatus, readings, told
from orgledger.engine.status import TargetStatus
from orgledger.live.schedule import of_source

_SHOWN = 50
"""Stuck things that a terminal shows; ``--json`` has them all."""


@app.command()
def status(
    system: Annotated[str | None, typer.Argument(help="One system; all by default.")] = None,
    json: Json = False,
) -> int:
    """Show how far every target is, what is stuck and why, and what sources told."""
    with service() as opened:
        config = opened.config
        chosen = [config.system(system)] if system else list(config.systems.values())
        targets = [one for one in chosen if one in config.targets()]
        sources = [one for one in chosen if one in config.sources()]
        if not targets and not sources:
            raise ConfigError(
                f"{system!r} is neither read nor written to"
                if system
                else "there is no source and no target in the configuration",
                fix='Name it as the source of its organization, or say role = "target" there.',
            )
        runs, jobs = opened.views.runs(), asyncio.run(_standing(opened.address))
        held = {one.job: one for one in jobs}
        found = [_target(opened, one, runs, held.get(f"deliver.{one.id}")) for one in targets]
        read = [_source(opened, one, runs, held.get(f"read.{one.id}")) for one in sources]
        if json:
            screen.emit_json([*found, *read])
        else:
            if found:
                show_statuses(found)
            for one in found:
                _show_last(one.system, one.last)
                if one.resting:
                    screen.say(f"{one.system}: {resting(one.resting)}", style="dim")
                directory = opened.views.directory(one.org)
                _show_stuck(one, {s.uid: name_of(directory, s.uid) for s in one.stuck})
            show_sources(read, opened.ledger.now())
            for source in read:
                _show_last(source.system, source.last)
            of = "." + system if system else ""
            show_jobs([job for job in jobs if job.job.endswith(of)])
    return int(any(one.stuck for one in found))


async def _standing(address: Address) -> tuple[Standing, ...]:
    """Who does which job; nobody where there never was a service."""
    client = await connect(address, name="orgledger status")
    try:
        return await standing(client)
    finally:
        await client.close()


def _target(
    opened: Service, configured: SystemConfig, runs: Runs, job: Standing | None
) -> TargetStatus:
    destination = opened.destination(configured)
    found = engine.status(opened.views, destination, runs, job)
    asyncio.run(destination.target.close())
    return found


def _source(
    opened: Service, configured: SystemConfig, runs: Runs, job: Standing | None
) -> SourceStatus:
    org, now, pushes = configured.org, opened.ledger.now(), opened.config.pushes(configured)
    zone = opened.config.zone(org)
    last, read = readings(runs, org, configured.id)
    schedule = of_source(configured, zone, last.started if last else None)
    return SourceStatus(
        system=configured.id,
        org=org,
        read=read,
        next=None if pushes else now if schedule.due(now) else schedule.next,
        callbacks=told(opened.views, runs, org, configured.id, zone),
        last=last,
        job=job,
    )


def show_statuses(found: list[TargetStatus]) -> None:
    """A table of targets."""
    headings = ("Target", "Organization", "In sync", "Waiting", "Stuck", "Behind", "Last run")
    screen.table(
        [_(heading) for heading in headings],
        [
            (
                one.system,
                one.org,
                Text(f"{one.in_sync}/{one.total}", style=_style(one)),
                one.waiting or "",
                len(one.stuck) or "",
                _behind(one),
                _last(one),
            )
            for one in found
        ],
        spare=(_("Organization"),),
    )


def _style(one: TargetStatus) -> str:
    return "green" if not one.waiting and not one.stuck else "yellow"


def _behind(one: TargetStatus) -> str:
    if not one.behind:
        return "0"
    events = _("1 event") if one.behind == 1 else _("{n} events", n=one.behind)
    return f"{events}, {age(one.behind_seconds)}"


def _last(one: TargetStatus) -> Text:
    last = one.last
    if last is None:
        return Text(_("never"), style="dim")
    since = datetime.now(UTC) - (last.ended or last.started)
    ago = _("{time} ago", time=age(since.total_seconds()))
    return Text(f"{_(last.status.value)}, {ago}", style=STYLES[last.status])


def _show_last(system: str, last: Run | None) -> None:
    """Why the newest run did not come to its end, which the table has no room for."""
    if last is not None and last.reason:
        screen.say(f"{system}: {last.reason} ({last.id})", style=STYLES[last.status])
        if last.status is Status.HELD:
            screen.say(f"  {how_to_approve(system, last.id)}", style="dim")


def _show_stuck(one: TargetStatus, names: dict[str, str]) -> None:
    if not one.stuck:
        return
    screen.table(
        [_(heading) for heading in ("Entity", "Operation", "Result", "Tries", "Why")],
        [
            (
                f"{names[s.uid]} ({s.id})",
                f"{_(s.action)} {kind_of(s.kind)}",
                _(s.result),
                s.tries,
                f"{s.why}. {s.fix}" if s.fix else s.why,
            )
            for s in one.stuck[:_SHOWN]
        ],
        title=f"{one.system}: {_('stuck')}",
        spare=(_("Tries"),),
    )
    if len(one.stuck) > _SHOWN:
        more = len(one.stuck) - _SHOWN
        screen.say(_("… and {n} more; --json shows them all", n=more), style="dim")
