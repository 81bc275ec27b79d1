"""The audit file: a DuckDB database that follows the log and answers questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from domain.envelope import Entry
from projections.audit import runs
from projections.audit.answer import Answer
from projections.audit.errors import QueryError
from projections.audit.file import connect, stored_position
from projections.audit.loading import Loader
from projections.audit.projector import Projector
from projections.audit.query import run_query
from projections.audit.questions import prepared
from projections.audit.tables import TIME, Changes, arrow

_ENTITIES_IN_MEMORY = 250_000
"""When a batch leaves more behind, memory is emptied; what is needed again is read from the file."""

_EVENTS = (
    "position",
    "time",
    "org",
    "category",
    "kind",
    "entity",
    "name",
    "actor",
    "source",
    "run",
    "cause",
    "payload",
)

_encode = msgspec.json.Encoder().encode


class Audit:
    """An open audit file. ``position`` is that of the last event in it, 0 when there is none.

    One process may hold a file for writing, or several for reading only. Questions may be asked
    from other threads while one applies.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, position: int) -> None:
        self.position = position
        self._con = con
        self._reader = con.cursor()
        self._projector = Projector()
        self._loader = Loader(con, self._projector)

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

    def apply(self, entries: Iterable[Entry]) -> int:
        """Take one batch in, in one transaction; the new position.

        Entries at or below ``position`` are skipped, and any order is put right within the
        batch. Between batches the log's order counts. Nothing is kept when it raises.
        """
        batch = sorted(
            (entry for entry in entries if entry.position > self.position), key=_by_position
        )
        batch = [e for i, e in enumerate(batch) if not i or e.position != batch[i - 1].position]
        if not batch:
            return self.position
        self._con.begin()
        try:
            self._write(batch)
            self._con.commit()
        except BaseException:
            self._con.rollback()
            self._loader.forget()
            raise
        self.position = batch[-1].position
        if self._projector.size() > _ENTITIES_IN_MEMORY:
            self._loader.forget()
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

    def _write(self, batch: list[Entry]) -> None:
        times = pa.array([entry.envelope.at for entry in batch], TIME)
        micros = times.cast(pa.int64()).to_pylist()
        self._loader.prepare(batch)
        changes = self._projector.fold(batch, micros)
        self._insert("events", _events(batch, times))
        for table in changes.values():
            self._write_intervals(table)
        runs.write(self._con, batch, micros)
        self._con.execute("UPDATE projection SET position = ?", [batch[-1].position])

    def _write_intervals(self, changes: Changes) -> None:
        table = changes.table
        if changes.ended:
            keys = " AND ".join(f"t.{k} IS NOT DISTINCT FROM e.{k}" for k in table.key)
            columns = (*table.key, "valid_to", "time_to")
            self._con.register("ended", arrow(columns, changes.ended))
            self._con.execute(
                f"UPDATE {table.name} t SET valid_to = e.valid_to, time_to = e.time_to"  # noqa: S608
                f" FROM ended e WHERE t.valid_to IS NULL AND {keys}"
            )
            self._con.unregister("ended")
        rows = changes.rows()
        if rows:
            self._insert(table.name, arrow(table.columns, rows))

    def _insert(self, table: str, rows: pa.Table) -> None:
        self._con.register("rows", rows)
        self._con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")  # noqa: S608 - ours
        self._con.unregister("rows")


def _by_position(entry: Entry) -> int:
    return entry.position


def _events(batch: list[Entry], times: pa.Array) -> pa.Table:
    envelopes = [entry.envelope for entry in batch]
    facts = [envelope.fact for envelope in envelopes]
    addresses = [entry.originator_id.split(".", 2) for entry in batch]
    text = pa.string()
    arrays = [
        pa.array([entry.position for entry in batch], pa.int64()),
        times,
        pa.array([address[0] for address in addresses], text),
        pa.array([address[1] for address in addresses], text),
        pa.array([fact.KIND for fact in facts], text),
        pa.array([fact.uid for fact in facts], text),
        pa.array([fact.TOPIC for fact in facts], text),
        pa.array([envelope.actor for envelope in envelopes], text),
        pa.array([envelope.source for envelope in envelopes], text),
        pa.array(
            [
                fact.uid if fact.KIND == "run" else envelope.run
                for fact, envelope in zip(facts, envelopes, strict=True)
            ],
            text,
        ),
        pa.array([envelope.cause for envelope in envelopes], pa.int64()),
        pa.array([_encode(fact) for fact in facts], pa.binary()).cast(text),
    ]
    return pa.table(arrays, names=list(_EVENTS))
