"""Sync of 100,000 unchanged members, against the first sync of them."""

from __future__ import annotations

from bench.large import twice
from bench.row import Hold, Measured, Row, Setting


def _run(setting: Setting) -> Measured:
    found = twice(setting)
    first, second = found.first, found.second
    broken = [*first.gaps[:3], *second.gaps[:3]]
    if second.appended:
        broken.append(f"the unchanged sync appended {second.appended} events")
    if second.stats.writes:
        broken.append(f"the unchanged sync made {second.stats.writes} write calls")
    return Measured(
        ours=second.ran.seconds,
        theirs=first.ran.seconds,
        note=f"{found.members:,} members, {found.departments:,} departments; "
        f"{second.stats.total:,} calls against {first.stats.total:,}; "
        f"{first.appended:,} events, then {second.appended}",
        broken=tuple(broken),
    )


ROW = Row(
    name="unchanged",
    what="sync of 100,000 unchanged members, simulator unlimited",
    against="the first sync",
    unit="s",
    hold=Hold("<=", 0.25),
    run=_run,
)
