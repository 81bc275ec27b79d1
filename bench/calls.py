"""Calls of a full sync, against the least that the provider's API allows."""

from __future__ import annotations

from functools import partial
from typing import Any

from bench import providers
from bench.people import company
from bench.providers import Provider
from bench.pulling import pull
from bench.row import Hold, Measured, Row, Setting


def _run(setting: Setting, provider: Provider, settings: dict[str, Any]) -> Measured:
    departments, members = setting.size(300, 60), setting.size(5_000, 500)
    roster = company(departments, members, roles=40, holders=130)
    wanted = provider.least(roster)
    with provider.serve(roster) as served:
        pulled = pull(provider.source(served.url, roster, **settings))
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


def _row(provider: Provider, **settings: Any) -> Row:
    return Row(
        name=f"calls-{provider.name}",
        what=f"calls of a full sync: {provider.title}",
        against="the least that its API allows, from the roster",
        unit="calls",
        hold=Hold("<=", 1.05),
        run=partial(_run, provider=provider, settings=settings),
    )


ROWS = (
    _row(providers.DINGTALK, max_rate=0),
    _row(providers.FEISHU, rate=5000),
    _row(providers.WECOM),
    _row(providers.ENTRA),
    _row(providers.ENTRA_ATTRIBUTE),
    _row(providers.LDAP),
)
