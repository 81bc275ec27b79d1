"""Replay of the log to the org tree, its snapshot included, against raw consumption."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from bench.replay import replayed
from bench.row import Hold, Measured, Row, Setting
from orgledger.engine.views import Views
from orgledger.ledger import Ledger


def _replay(opened: Ledger, folder: Path) -> float:
    begun = perf_counter()
    reached = Views(opened, folder).rebuild()
    took = perf_counter() - begun
    assert reached == opened.head
    return took


def _run(setting: Setting) -> Measured:
    return replayed(setting, _replay)


ROW = Row(
    name="replay-tree",
    what="replay: log to org tree and its snapshot",
    against="raw flow-controlled consumption of the same stream",
    unit="events/s",
    hold=Hold(">=", 0.5),
    run=_run,
)
