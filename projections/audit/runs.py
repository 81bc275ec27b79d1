"""One row per run: what the facts about it add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import msgspec

from domain.envelope import Entry
from domain.events import RunApproved, RunFailed, RunFinished, RunHeld, RunStarted
from projections.audit.tables import arrow

_encode = msgspec.json.Encoder().encode


class Run(msgspec.Struct):
    """A row of ``runs``. Times are microseconds since 1970, ``read`` and ``kept`` JSON text."""

    org: str
    run: str
    system: str | None = None
    mode: str | None = None
    status: str = "running"
    started: int | None = None
    finished: int | None = None
    read: str | None = None
    kept: str | None = None
    planned: int | None = None
    appended: int | None = None
    acknowledged: int | None = None
    verified: int | None = None
    deferred: int | None = None
    parked: int | None = None
    stuck: int | None = None
    up_to: int | None = None
    calls: int | None = None
    refused: int | None = None
    gaps: int | None = None
    error: str | None = None
    reason: str | None = None
    approved_by: str | None = None
    continued_by: str | None = None
    position: int = 0


COLUMNS = Run.__struct_fields__
_SELECT = "SELECT {} FROM runs SEMI JOIN touched USING (org, run)".format(  # noqa: S608 - constants
    ", ".join(f"epoch_us({c})" if c in {"started", "finished"} else c for c in COLUMNS)
)

# What the closing event of a delivery lists is neither all that failed nor only what was refused.
_REFUSED = """
SELECT e.org, e.run, count(o.position)
FROM ended e LEFT JOIN outcomes o
    ON o.org = e.org AND o.run = e.run AND o.position < e.position AND o.outcome = 'refused'
GROUP BY ALL
"""

Told = tuple[Entry, int]
"""A fact about a run and its time in microseconds."""


def told(entries: Sequence[Entry], times: Iterable[int]) -> list[Told]:
    """Those of ``entries`` that are about runs."""
    return [
        (entry, time)
        for entry, time in zip(entries, times, strict=True)
        if entry.envelope.fact.KIND == "run"
    ]


def write(con: duckdb.DuckDBPyConnection, facts: list[Told]) -> None:
    """Fold ``facts`` into the table, within the open transaction."""
    if not facts:
        return
    keys = list(dict.fromkeys((entry.org, entry.envelope.fact.uid) for entry, _ in facts))
    con.register("touched", arrow(("org", "run"), keys))
    rows = {key: Run(*key) for key in keys}
    rows.update({(row[0], row[1]): Run(*row) for row in con.execute(_SELECT).fetchall()})
    deliveries: dict[tuple[str, str], int] = {}
    for entry, time in facts:
        key = entry.org, entry.envelope.fact.uid
        _fold(rows[key], entry, time)
        if isinstance(entry.envelope.fact, RunFinished) and rows[key].mode == "deliver":
            deliveries[key] = entry.position
    _count_refused(con, rows, deliveries)
    con.execute("DELETE FROM runs USING touched t WHERE runs.org = t.org AND runs.run = t.run")
    con.unregister("touched")
    con.register("rows", arrow(COLUMNS, [msgspec.structs.astuple(run) for run in rows.values()]))
    con.execute("INSERT INTO runs BY NAME SELECT * FROM rows")
    con.unregister("rows")


def _count_refused(
    con: duckdb.DuckDBPyConnection,
    rows: dict[tuple[str, str], Run],
    deliveries: dict[tuple[str, str], int],
) -> None:
    """Of ``deliveries``, which ended at these positions."""
    if not deliveries:
        return
    ended = [(*key, position) for key, position in deliveries.items()]
    con.register("ended", arrow(("org", "run", "position"), ended))
    for org, run, refused in con.execute(_REFUSED).fetchall():
        rows[org, run].refused = refused
    con.unregister("ended")


def _fold(run: Run, entry: Entry, time: int) -> None:
    run.position = entry.position
    fact: Any = entry.envelope.fact
    match fact:
        case RunStarted():
            run.system, run.mode, run.started, run.status = fact.system, fact.mode, time, "running"
        case RunHeld():
            run.status, run.finished, run.reason = "held", time, fact.reason
            run.read = _json(fact.read)
        case RunApproved():
            run.approved_by, run.continued_by = entry.envelope.actor, fact.continued_by
        case RunFinished():
            open_ends = (fact.refused, fact.gaps, fact.deferred, fact.parked, fact.stuck)
            run.status = "partial" if any(open_ends) else "finished"
            run.finished = time
            run.read, run.kept = _json(fact.read), _json(fact.kept)
            run.planned, run.appended, run.acknowledged = (
                fact.planned,
                fact.appended,
                fact.acknowledged,
            )
            run.verified, run.deferred, run.parked = fact.verified, fact.deferred, fact.parked
            run.calls, run.refused, run.gaps = fact.calls, len(fact.refused), len(fact.gaps)
            if run.mode == "deliver":
                run.stuck, run.up_to = fact.stuck, fact.at
        case RunFailed():
            run.status, run.finished = "failed", time
            run.error, run.reason = fact.error, fact.reason


def _json(counts: dict[str, int]) -> str:
    return _encode(counts).decode()
