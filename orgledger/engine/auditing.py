"""The audit, kept up with the log: caught up before a question, rebuilt beside and swapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

from domain.envelope import Entry
from domain.ports import Progress
from orgledger.ledger import Ledger
from projections.audit import Audit, AuditLocked, AuditOutdated, grouped, rebuild

FILE = "audit.duckdb"

PATIENCE = 5.0
"""Seconds to wait for another command that holds the file; most need less than one."""


@contextmanager
def caught_up(
    ledger: Ledger, data: Path, progress: Progress, *, patience: float = PATIENCE
) -> Iterator[Audit]:
    """The audit at the log's head, open for questions only.

    A missing or damaged file, or one of an older schema or of another log, is rebuilt.
    Raises AuditLocked when another process holds it for longer than ``patience`` seconds.
    """
    with closing(_ready(ledger, data / FILE, progress, monotonic() + patience)) as audit:
        yield audit


def _ready(ledger: Ledger, path: Path, progress: Progress, deadline: float) -> Audit:
    """The audit, read-only, at the head or beyond it; others may be reading it too."""
    head = ledger.head
    while True:
        try:
            audit = _current(ledger, path, head, progress)
        except AuditLocked:
            if monotonic() > deadline:
                raise
            sleep(0.1)
        else:
            if audit is not None:
                return audit


def _current(ledger: Ledger, path: Path, head: int, progress: Progress) -> Audit | None:
    """The audit; None: it was not at the head, and was brought there."""
    try:
        audit = Audit.open(path, read_only=True)
        belongs = _belongs(audit, ledger)
        if belongs and audit.position >= head:
            return audit
        audit.close()
        if belongs:
            _catch_up(ledger, path, head, progress)
            return None
    except AuditOutdated:
        pass  # it is missing, damaged, or of an older schema
    rebuild_audit(ledger, path.parent, progress)
    return None


def _belongs(audit: Audit, ledger: Ledger) -> bool:
    """Whether the last event of the audit is the one that this log has at its position."""
    if audit.position == 0:
        return True
    with audit.query("SELECT time, org, name FROM events ORDER BY position DESC LIMIT 1") as last:
        rows = last.rows()
    entry = ledger.at(audit.position)
    return entry is not None and rows == [(entry.envelope.at, entry.org, entry.fact.TOPIC)]


def _catch_up(ledger: Ledger, path: Path, head: int, progress: Progress) -> None:
    with closing(Audit.open(path)) as audit:
        for batch in grouped(_batches(ledger, audit.position, head, progress)):
            audit.apply(batch)


def rebuild_audit(ledger: Ledger, data: Path, progress: Progress) -> int:
    """Build the audit anew from the first event, beside the old one; return the position."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return rebuild(data / FILE, _batches(ledger, 0, ledger.head, progress))


def _batches(
    ledger: Ledger, after: int, head: int, progress: Progress
) -> Iterator[Sequence[Entry]]:
    done = 0
    total = head - after
    if total <= 0:
        return
    for batch in ledger.read(after, stop=head):
        done += len(batch)
        progress("audit", done, total)
        yield batch
