"""All rows of the table, in its order."""

from __future__ import annotations

from bench import (
    append_raw,
    append_stores,
    callbacks,
    calls,
    deliver,
    figures,
    idle,
    limited,
    live,
    memory,
    replay_audit,
    replay_tree,
    unchanged,
)
from bench.row import Row

ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        append_raw.ROW,
        append_stores.SQLITE,
        append_stores.POSTGRES,
        replay_tree.ROW,
        replay_audit.ROW,
        *calls.ROWS,
        *limited.ROWS,
        unchanged.ROW,
        memory.ROW,
        deliver.FILL,
        deliver.LIMITED,
        callbacks.ROW,
        live.LATENCY,
        live.LOAD,
        idle.IDLE,
        figures.DECIDE,
        figures.SNAPSHOT,
        figures.HELP,
        figures.TREE,
    )
}
