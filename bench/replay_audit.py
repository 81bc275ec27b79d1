"""Replay of the log to the DuckDB audit, against raw consumption."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from bench.replay import replayed
from bench.row import Hold, Measured, Row, Setting
from orgledger.engine.auditing import rebuild_audit
from orgledger.ledger import Ledger


def _replay(opened: Ledger, folder: Path) -> float:
    folder.mkdir()
    begun = perf_counter()
    reached = rebuild_audit(opened, folder, lambda what, done, total: None)
    took = perf_counter() - begun
    assert reached == opened.head
    return took


def _run(setting: Setting) -> Measured:
    return replayed(setting, _replay)


ROW = Row(
    name="replay-audit",
    what="replay: log to DuckDB audit",
    against="raw flow-controlled consumption of the same stream",
    unit="events/s",
    hold=Hold(">=", 0.4),
    run=_run,
)
