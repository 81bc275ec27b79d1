"""Bringing an organization to a target: what goes out in a second, and how it keeps to a limit.

The target is a simulated Casdoor in a process of its own: every person and department is one call
there, none can be left out, and nothing is sent in bulk. The calls of a run are counted by the
simulator; the time runs from the plan to the last recorded outcome.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from time import perf_counter

import msgspec

from adapters.casdoor.simulator import CasdoorSettings as Simulated
from bench.log import ledger, scratch, server
from bench.people import company, observed
from bench.row import Hold, Measured, Row, Setting
from bench.simulator import Simulator, Stats, simulator
from domain.decide import decide
from domain.delivery.mapping import mapping
from domain.directory import Directory
from domain.events import OrganizationRegistered
from domain.records import Roster
from orgledger.engine.deliver.delivered import Delivered
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.runs import Status
from orgledger.engine.views import Views
from orgledger.ledger import Circumstances, new_id
from orgledger.systems import TYPES

_LIMIT = 50.0
ORG = "feifan"


class _Run(msgspec.Struct, frozen=True):
    """What a delivery came to: the seconds of the clock, and those of our own processor."""

    outcome: Delivered
    seconds: float
    processor: float
    stats: Stats

    def broken(self) -> tuple[str, ...]:
        found = list(self.outcome.failures[:3])
        if self.outcome.status is not Status.FINISHED:
            found.append(f"the run is {self.outcome.status.value}")
        return tuple(found)


def _deliver(served: Simulator, roster: Roster, **settings: float) -> _Run:
    """Fill the target from the log."""
    kind, known = TYPES["casdoor"], Simulated()
    assert kind.target is not None
    target = kind.target(
        kind.settings(
            client_id=known.client_id,
            client_secret=known.client_secret,
            organization=known.organization,
            base_url=served.url,
            **settings,
        ),
        "casdoor",
        Path(),
    )
    destination = Destination(
        system="casdoor", org=ORG, target=target, mapping=mapping(target.capabilities, {})
    )
    with scratch() as folder, server() as env, ledger(env) as opened:
        directory, by = Directory(org=ORG), Circumstances(actor="bench", run=new_id("run"))
        facts = decide(directory, observed(roster)).facts
        registered = OrganizationRegistered(uid=ORG, name="Feifan", source="dingtalk-main")
        opened.append(directory, (registered, *facts), by)
        work = Delivery(opened, Views(opened, folder), destination, actor="bench", progress=_quiet)
        begun, used = perf_counter(), time.process_time()
        outcome = asyncio.run(_execute(work, destination))
        return _Run(outcome, perf_counter() - begun, time.process_time() - used, served.stats())


async def _execute(work: Delivery, destination: Destination) -> Delivered:
    try:
        return await work.execute()
    finally:
        await destination.target.close()


def _quiet(what: str, done: int, total: int | None) -> None:
    """No progress bar."""


def _fill(setting: Setting) -> Measured:
    members = setting.size(10_000, 400)
    roster = company(members // 20, members, roles=20)
    with simulator(Roster(), "casdoor") as served:
        run = _deliver(served, roster, rate=100_000)
    share = run.processor / run.seconds
    return Measured(
        ours=members / run.seconds,
        note=f"{run.outcome.applied:,} operations, {run.stats.total:,} calls in "
        f"{run.seconds:.1f} s; {share:.0%} of the time is our own processor's",
        broken=run.broken(),
    )


def _limited(setting: Setting) -> Measured:
    members = setting.size(1_600, 100)
    roster = company(members // 20, members, roles=5)
    with simulator(Roster(), "casdoor", qps=_LIMIT) as served:
        run = _deliver(served, roster, rate=_LIMIT)
    done = run.stats.total - run.stats.throttled
    return Measured(
        ours=run.seconds,
        theirs=done / _LIMIT,
        note=f"{done:,} calls, and {run.stats.throttled} throttled and repeated",
        broken=run.broken(),
    )


FILL = Row(
    name="deliver",
    what="a target filled from the log, members per second, no limit",
    against="–",
    unit="members/s",
    run=_fill,
)
LIMITED = Row(
    name="deliver-limit",
    what="time of a delivery under 50 calls/s, nothing refused for it",
    against="calls / 50",
    unit="s",
    hold=Hold("<=", 1.15),
    run=_limited,
)
