"""Provider calls of a full Feishu sync, against the least that its API allows."""

from __future__ import annotations

from adapters.feishu.settings import FeishuSettings
from adapters.feishu.source import FeishuSource
from bench.least import least_of_feishu
from bench.people import SYSTEM, company
from bench.pulling import pull_from
from bench.row import Hold, Measured, Row, Setting
from bench.simulator import simulator


def _run(setting: Setting) -> Measured:
    departments, members = setting.size(300, 60), setting.size(5_000, 500)
    roster = company(departments, members, roles=60, holders=130)
    wanted = least_of_feishu(roster)
    with simulator(roster, "feishu") as served:
        settings = FeishuSettings(
            app_id="cli_simulatedapp",
            app_secret="simulated-secret",
            base_url=served.url,
            rate=5000,
            role_ids={role.name: role.id for role in roster.roles},
        )
        pulled = pull_from(FeishuSource(SYSTEM, settings))
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
    name="calls-feishu",
    what="provider calls of a full Feishu sync, managers and roles included",
    against="the least that its API allows, from the roster",
    unit="calls",
    hold=Hold("<=", 1.05),
    run=_run,
)
