"""The audit, kept up with the log: caught up before a question, rebuilt beside and swapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from domain.envelope import Entry
from domain.ports import Progress
from orgledger.ledger import Ledger
from projections.audit import Audit, AuditOutdated, rebuild

FILE = "audit.duckdb"


@contextmanager
def caught_up(ledger: Ledger, data: Path, progress: Progress) -> Iterator[Audit]:
    """The audit at the log's head, open for questions only.

    A missing file, or one of an older schema or of another log, is rebuilt.
    """
    path = data / FILE
    head = ledger.head
    try:
        with closing(Audit.open(path)) as audit:
            if audit.position > head:
                raise AuditOutdated(f"{path} belongs to another log")
            for batch in _batches(ledger, audit.position, head, progress):
                audit.apply(batch)
    except AuditOutdated:
        rebuild_audit(ledger, data, progress)
    with closing(Audit.open(path, read_only=True)) as audit:
        yield audit


def rebuild_audit(ledger: Ledger, data: Path, progress: Progress) -> int:
    """Build the audit anew from the first event, beside the old one; return the position."""
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
        progress("events", done, total)
        yield batch
