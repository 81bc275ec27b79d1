"""The colours of a run's status."""

from __future__ import annotations

from orgledger.engine.runs import Status

STYLES = {
    Status.FINISHED: "green",
    Status.APPROVED: "green",
    Status.PARTIAL: "yellow",
    Status.HELD: "yellow",
    Status.RUNNING: "cyan",
    Status.INTERRUPTED: "red",
    Status.FAILED: "red",
}
