"""Time of a full sync under a limit of 20 calls per second, per API or over all of them."""

from __future__ import annotations

from bench.least import least
from bench.people import company
from bench.pulling import pull
from bench.row import Hold, Measured, Row, Setting
from bench.simulator import simulator

_LIMIT = 20.0


def _sync(setting: Setting, departments: int, members: int, *, per_api: bool) -> Measured:
    roster = company(departments, members, roles=20)
    wanted = least(roster, managers=members)
    ideal = (max(wanted.values()) if per_api else wanted.total()) / _LIMIT
    setting.say(f"at best {ideal:.0f} s")
    limit = {"qps_per_api" if per_api else "qps": _LIMIT}
    with simulator(roster, **limit) as served:
        pulled = pull(served)
        stats = served.stats()
    return Measured(
        ours=pulled.seconds,
        theirs=ideal,
        note=f"{wanted.total():,} calls, {stats.throttled} of them throttled and repeated",
        broken=pulled.broken(members),
    )


def _per_api(setting: Setting) -> Measured:
    return _sync(setting, setting.size(200, 40), setting.size(1_000, 160), per_api=True)


def _in_total(setting: Setting) -> Measured:
    return _sync(setting, setting.size(120, 30), setting.size(560, 70), per_api=False)


PER_API = Row(
    name="limit-per-api",
    what="time of a full sync under 20 calls/s for each API, no gap",
    against="calls of the busiest API / 20",
    unit="s",
    hold=Hold("<=", 1.15),
    run=_per_api,
)
IN_TOTAL = Row(
    name="limit-in-total",
    what="time of a full sync under 20 calls/s for all APIs, no gap",
    against="all calls / 20",
    unit="s",
    hold=Hold("<=", 1.15),
    run=_in_total,
)
