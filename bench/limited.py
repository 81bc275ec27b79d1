"""Time of a full sync under a provider's rate limit, against the time that the limit dictates.

What it dictates is the calls divided by what the limit comes to in a second: a limit of 1,000 a
minute lets nobody do more in the long run, whatever it lets through at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from bench import least, providers
from bench.least import Least
from bench.people import company
from bench.providers import Provider
from bench.pulling import pull
from bench.row import Hold, Measured, Row, Setting
from domain.records import Roster

_DINGTALK = 20.0
"""Calls per second of one interface (dingtalk.md, rate limits)."""

_WECOM = 10_000 / 60
"""Calls per second of one interface by one corporation (wecom.md, section 6)."""

_FEISHU, _FEISHU_ROLES = 1_000 / 60, 100 / 60
"""Calls per second of one interface, and of one about roles (feishu.md, rate limits, tiers 4 and
3). The 50 in a second beside the 1,000 in a minute are used up after 20 seconds of the minute."""

_ENTRA = 8_000 / 10
"""Resource units per second for a tenant of more than 500 people (entra.md, section 7)."""

_UNITS = {
    "users": 2, "users/delta": 1, "groups": 1, "groups/delta": 1, "groups/members": 2,
    "groups/owners": 1,
}  # fmt: skip
"""Resource units of one question with ``$select``, which takes one off; ``$expand`` adds one."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One limit. ``departments``, ``members`` and ``roles`` are for a full run and for a trial.

    ``dials`` turn the limit on in the simulator, ``settings`` are further ones of the source;
    ``seconds`` is the time that the limit dictates.
    """

    name: str
    what: str
    against: str
    provider: Provider
    departments: tuple[int, int]
    members: tuple[int, int]
    seconds: Callable[[Roster, Least], float]
    roles: tuple[int, int] = (20, 20)
    dials: dict[str, Any] = msgspec.field(default_factory=lambda: {"real_limits": True})
    settings: dict[str, Any] = {}


def _run(setting: Setting, limit: Limit) -> Measured:
    members = setting.size(*limit.members)
    departments, roles = setting.size(*limit.departments), setting.size(*limit.roles)
    roster = company(departments, members, roles=roles)
    wanted = limit.provider.least(roster)
    ideal = limit.seconds(roster, wanted)
    setting.say(f"at best {ideal:.0f} s")
    with limit.provider.serve(roster, **limit.dials) as served:
        pulled = pull(limit.provider.source(served.url, roster, **limit.settings))
        stats = served.stats()
    return Measured(
        ours=pulled.seconds,
        theirs=ideal,
        note=f"{wanted.total():,} calls needed, {stats.total - wanted.total()} made again",
        broken=pulled.broken(members),
    )


def _busiest(roster: Roster, wanted: Least, *, rate: float, others: dict[str, float]) -> float:
    """Each interface has a limit of its own."""
    return max(calls / others.get(api, rate) for api, calls in wanted.items())


def _all(roster: Roster, wanted: Least, *, rate: float) -> float:
    return wanted.total() / rate


def _units(roster: Roster, wanted: Least) -> float:
    """Each question of a batch costs what it would cost alone, the batch itself nothing."""
    asked = least.entra_questions(roster)[0]
    asked.update({api: n for api, n in wanted.items() if api in _UNITS})
    return sum(n * _UNITS[api] for api, n in asked.items()) / _ENTRA


_LIMITS = (
    Limit(
        name="per-api",
        what="DingTalk's 20 calls/s for each API",
        against="calls of the busiest API / 20",
        provider=providers.DINGTALK,
        departments=(200, 40),
        members=(1_000, 160),
        seconds=partial(_busiest, rate=_DINGTALK, others={}),
        dials={"qps_per_api": _DINGTALK},
    ),
    Limit(
        name="in-total",
        what="20 calls/s for all APIs of DingTalk",
        against="all calls / 20",
        provider=providers.DINGTALK,
        departments=(120, 30),
        members=(560, 70),
        seconds=partial(_all, rate=_DINGTALK),
        dials={"qps": _DINGTALK},
    ),
    Limit(
        name="feishu",
        what="Feishu's 1,000 calls/min and 50/s for each API, 100/min for roles",
        against="calls of the API that takes longest / its limit",
        provider=providers.FEISHU,
        departments=(1_300, 40),
        members=(2_600, 80),
        roles=(120, 20),
        seconds=partial(
            _busiest, rate=_FEISHU, others={"functional_roles/members/list": _FEISHU_ROLES}
        ),
    ),
    Limit(
        name="wecom",
        what="WeCom's 10,000 calls/min for each API",
        against="calls of the busiest API / 166.7",
        provider=providers.WECOM,
        departments=(11_000, 60),
        members=(11_000, 120),
        seconds=partial(_busiest, rate=_WECOM, others={}),
        settings={"rate": 166},  # the default leaves two fifths to other programs
    ),
    Limit(
        name="entra",
        what="Entra's 8,000 resource units in 10 s",
        against="resource units / 800",
        provider=providers.ENTRA,
        departments=(8_000, 60),
        members=(8_000, 600),
        seconds=_units,
    ),
)

ROWS = tuple(
    Row(
        name=f"limit-{limit.name}",
        what=f"time of a full sync under {limit.what}, no gap",
        against=limit.against,
        unit="s",
        hold=Hold("<=", 1.15),
        run=partial(_run, limit=limit),
    )
    for limit in _LIMITS
)
