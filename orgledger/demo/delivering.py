"""The part of the demo that brings the organization to the targets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter

from orgledger.bootstrap import Service
from orgledger.cli import deliveries, screen
from orgledger.cli.commands.status import show_statuses
from orgledger.cli.words import _
from orgledger.demo.targets import Missing, Playing
from orgledger.engine.deliver.delivered import Delivered
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.status import status

SHOWN = 14
"""Operations of the plan that the demo shows."""


def deliver(opened: Service, playing: Sequence[Playing], missing: Sequence[Missing]) -> None:
    """Bring the organization to every target, one after the other."""
    for target in playing:
        begun = perf_counter()
        outcome = asyncio.run(_run(opened, target.name, plan=False))
        took = perf_counter() - begun
        rate = f"{outcome.applied / took:,.0f}/s" if outcome.applied else ""
        said = _("{n} operations done", n=outcome.applied)
        style = "green" if not outcome.failures else "yellow"
        screen.say(f"{target.name:<9} {said} · {took:.1f} s {rate}", style=style)
        for failure in outcome.failures[:5]:
            screen.say(f"    {failure}", style="yellow")
    for absent in missing:
        screen.say(f"{absent.name:<9} {_('not on this machine')}: {absent.why}", style="dim")


def show_plan(opened: Service, system: str) -> None:
    """What a sync would do there now, as a diff."""
    screen.say(f"$ orgledger sync {system} --plan", style="dim")
    outcome = asyncio.run(_run(opened, system, plan=True))
    directory = opened.views.directory(outcome.org)
    deliveries.operations(system, outcome.plan[:SHOWN], directory)
    if len(outcome.plan) > SHOWN:
        more = len(outcome.plan) - SHOWN
        screen.say(_("… and {n} more; --json shows them all", n=more), style="dim")


def show_status(opened: Service) -> None:
    """How far every target is."""
    screen.say("$ orgledger status", style="dim")
    runs = opened.views.runs()
    found = []
    for configured in opened.config.targets():
        destination = opened.destination(configured)
        found.append(status(opened.views, destination, runs))
        asyncio.run(destination.target.close())
    show_statuses(found)


async def _run(opened: Service, system: str, *, plan: bool) -> Delivered:
    destination = opened.destination(opened.config.system(system))
    with screen.progress() as report:
        delivery = Delivery(opened.ledger, opened.views, destination, actor="demo", progress=report)
        try:
            return await (delivery.plan() if plan else delivery.execute())
        finally:
            await destination.target.close()
