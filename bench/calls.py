"""Provider calls of a full DingTalk sync, against the least that its API allows."""

from __future__ import annotations

from bench.least import least
from bench.people import company
from bench.pulling import pull
from bench.row import Hold, Measured, Row, Setting
from bench.simulator import simulator


def _run(setting: Setting) -> Measured:
    departments, members = setting.size(300, 60), setting.size(5_000, 500)
    roster = company(departments, members, roles=60, holders=130)
    wanted = least(roster, managers=members)
    with simulator(roster) as served:
        pulled = pull(served, max_rate=0)
        stats = served.stats()
    broken = list(pulled.broken(members))
    if stats.throttled or stats.errors:
        broken.append(f"{stats.throttled} throttled calls, errors {stats.errors}")
    return Measured(
        ours=stats.total,
        theirs=wanted.total(),
        note=f"{departments} departments, {members:,} members, throttled and failed calls: "
        f"{stats.throttled + sum(stats.errors.values())}",
        broken=tuple(broken),
    )


ROW = Row(
    name="calls",
    what="provider calls of a full DingTalk sync, managers included",
    against="the least that its API allows, from the roster",
    unit="calls",
    hold=Hold("<=", 1.05),
    run=_run,
)
