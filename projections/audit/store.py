"""The audit file: a DuckDB database that follows the log and answers questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from domain.envelope import Entry
from projections.audit.answer import Answer
from projections.audit.errors import QueryError
from projections.audit.file import connect, stored_position
from projections.audit.query import run_query
from projections.audit.questions import prepared
from projections.audit.writer import Writer


class Audit:
    """An open audit file. ``position`` is that of the last event in it, 0 when there is none.

    One process may hold a file for writing, or several for reading only. Questions may be asked
    from other threads while one applies.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, position: int) -> None:
        self._con = con
        self._reader = con.cursor()
        self._writer = Writer(con, position)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Audit:
        """Open the file at ``path``; a missing one is created, unless ``read_only``.

        Raises AuditLocked while another process writes to it, AuditOutdated when it has to be
        rebuilt: it is damaged, of another schema, or missing and ``read_only``.
        """
        con = connect(path, read_only=read_only)
        try:
            position = stored_position(con, path, read_only=read_only)
        except BaseException:
            con.close()
            raise
        return cls(con, position)

    @property
    def position(self) -> int:
        return self._writer.position

    def apply(self, entries: Iterable[Entry]) -> int:
        """Take one batch in, in one transaction; the new position.

        Entries at or below ``position`` are skipped, and any order is put right within the
        batch. Between batches the log's order counts. Nothing is kept when it raises.
        """
        position = self.position
        try:
            job = self._writer.fold(entries)
            if job is not None:
                self._writer.write(job)
        except BaseException:
            self._writer = Writer(self._con, position)
            raise
        if self._writer.full:
            self._writer.forget()
        return self.position

    def query(
        self,
        sql: str,
        params: Mapping[str, Any] | Sequence[Any] | None = None,
        *,
        seconds: float = 60.0,
    ) -> Answer:
        """Answer the user's SQL: one statement that only reads, within ``seconds``.

        It reaches no file, no network and no setting. Raises QueryError with the cause.
        """
        return run_query(self._reader.cursor(), sql, params, seconds)

    def ask(self, name: str, **params: Any) -> Answer:
        """Answer the named question of QUESTIONS.

        Raises QueryError for an unknown name, organization or parameter, or one that is missing.
        """
        sql, values = prepared(name, params)
        self._check_org(values["org"])
        return self.query(sql, values)

    def close(self) -> None:
        """Close the file. Answers that are still being read end with an error."""
        self._reader.close()
        self._con.close()

    def _check_org(self, org: str) -> None:
        with self.query("SELECT DISTINCT org FROM organizations ORDER BY org") as answer:
            known = [name for (name,) in answer]
        if org not in known:
            raise QueryError(
                f"the audit has no organization {org!r}",
                fix=f"It has: {', '.join(known)}." if known else "It is still empty.",
            )
