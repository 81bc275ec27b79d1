"""Peak memory of our process in a sync of 100,000 members."""

from __future__ import annotations

from bench.large import twice
from bench.row import Hold, Measured, Row, Setting

_MEGABYTES = 600.0


def _run(setting: Setting) -> Measured:
    found = twice(setting)
    peaks = (found.first.ran.megabytes, found.second.ran.megabytes)
    return Measured(
        ours=max(peaks),
        theirs=_MEGABYTES,
        note=f"first sync {peaks[0]:.0f} MB, unchanged sync {peaks[1]:.0f} MB",
    )


ROW = Row(
    name="memory",
    what="peak memory of our process, 100,000 members",
    against="600 MB",
    unit="MB",
    hold=Hold("<=", 1.0),
    run=_run,
)
