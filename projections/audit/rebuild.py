"""Builds the audit anew beside the live file and swaps the two."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from domain.envelope import Entry
from domain.ports import Progress
from projections.audit.errors import AuditLocked, AuditOutdated
from projections.audit.file import connect, stored_position
from projections.audit.writer import ENTITIES_IN_MEMORY, Writer, collector_paused, grouped


def rebuild(
    path: Path,
    batches: Iterable[Sequence[Entry]],
    progress: Progress = lambda what, done, total: None,
    *,
    entities_in_memory: int = ENTITIES_IN_MEMORY,
) -> int:
    """Fold the log from its beginning into a new file, then put it in the place of ``path``.

    The new position. The old file stays readable until the swap, and whole when this is cut
    off; what is left over then is removed by the next call. A process that keeps the old file
    open goes on reading the old one until it opens it again. Batches of any size will do.

    Raises AuditLocked when somebody, also this process, has the file open for writing or is
    rebuilding it.
    """
    beside = path.with_suffix(".rebuilding")
    _check_unlocked(path)
    _check_unlocked(beside)
    _remove(beside)
    try:
        con = connect(beside)
        try:
            start = stored_position(con, beside, read_only=False)
            writer = Writer(con, start, entities_in_memory)
            _fill(writer, batches, progress)
        finally:
            con.close()
        _sync(beside)
        _check_unlocked(path)
    except BaseException:
        _remove(beside)
        raise
    _wal(path).unlink(missing_ok=True)
    beside.replace(path)
    return writer.position


def _fill(writer: Writer, batches: Iterable[Sequence[Entry]], progress: Progress) -> None:
    """One batch is written while the next is folded."""
    with ThreadPoolExecutor(1, "audit-rebuild") as thread, collector_paused():
        writing: Future[None] = thread.submit(lambda: None)
        done = 0
        for batch in grouped(batches):
            if not writer.alone:
                writing.result()
            job = writer.fold(batch, settle=False)
            writing.result()
            if job is not None:
                writing = thread.submit(writer.write, job)
            if writer.full:
                writing.result()
                writer.write(writer.settle())
                writer.forget()
            done += len(batch)
            del batch  # not to hold two while the next is read
            progress("audit", done, None)
        writing.result()
        writer.write(writer.settle())


def _check_unlocked(path: Path) -> None:
    """Raise AuditLocked if another process writes to the file; a damaged one is no obstacle."""
    if path.exists():
        try:
            connect(path, read_only=True).close()
        except AuditLocked:
            raise
        except AuditOutdated:
            return


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _wal(path).unlink(missing_ok=True)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
