"""Takes batches of the log into the file: first in memory, then in one transaction."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from operator import lt

import duckdb
import msgspec
import pyarrow as pa

from domain.envelope import Entry
from projections.audit import outcomes, runs
from projections.audit.loading import Loader
from projections.audit.projector import Projector
from projections.audit.tables import TIME, Table, arrow

ENTITIES_IN_MEMORY = 250_000
"""Beyond it, memory is emptied between batches; what is needed again is read from the file."""

_EVENTS = """
INSERT INTO events BY NAME
SELECT
    * EXCLUDE (address) REPLACE (if(kind = 'run', entity, run) AS run),
    split_part(address, '.', 1) AS org,
    split_part(address, '.', 2) AS category
FROM rows
"""
_CREATED = files("projections.audit").joinpath("created.sql").read_text("utf-8")

_encode = msgspec.json.Encoder().encode


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction writes, in this order.

    ``events`` are rows, ``created`` the plain creations among them, ``outcomes`` what they say of
    targets, ``ended`` the ends of intervals that are in the file by then, ``begun`` further rows.
    """

    position: int
    events: pa.Table | None
    created: list[tuple[int, bool]]
    ended: list[tuple[Table, pa.Table]]
    begun: list[tuple[Table, pa.Table]]
    outcomes: pa.Table | None = None
    runs: list[runs.Told] = []


class Writer:
    """Follows the log. ``position`` is that of the last entry folded.

    ``fold`` and ``write`` may run in two threads, a job of the one being written while the next
    is folded, as long as ``alone`` says that folding needs nothing from the file.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, position: int, limit: int = ENTITIES_IN_MEMORY
    ) -> None:
        self.position = position
        self._con, self._limit = con, limit
        self._projector = Projector()
        self._loader = Loader(con, self._projector, empty=position == 0)

    @property
    def alone(self) -> bool:
        """Everything that the file could tell is in memory."""
        return self._loader.empty

    @property
    def full(self) -> bool:
        """Memory holds more than it should: write all, and ``forget``."""
        return self._projector.size() > self._limit

    def forget(self) -> None:
        """Empty the memory. What was folded and not written is lost."""
        self._loader.forget()

    def fold(self, entries: Iterable[Entry], *, settle: bool = True) -> Job | None:
        """Fold one batch, in any order; None when all of it is known already.

        Without ``settle``, open intervals stay in memory and come with a later job, so that most
        rows are written once and complete: faster, but until then the file is the state of no
        position. Raises OrgledgerError for a fact about something that was never created.
        """
        batch = _ascending(entries, self.position)
        if not batch:
            return None
        with collector_paused():
            times = pa.array([entry.envelope.at for entry in batch], TIME)
            micros = times.cast(pa.int64()).to_pylist()
            self._loader.prepare(batch)
            self._projector.fold(batch, micros)
            self.position = batch[-1].position
            job = self._job(_events(batch, times), settle=settle)
            return msgspec.structs.replace(
                job, outcomes=outcomes.rows(batch, micros), runs=runs.told(batch, micros)
            )

    def settle(self) -> Job:
        """What was held back."""
        with collector_paused():
            return self._job(None, settle=True)

    def _job(self, events: pa.Table | None, *, settle: bool) -> Job:
        ended, begun = [], []
        batch = self._projector.changes
        for changes in batch.values():
            if settle:
                changes.settle()
                ends = changes.take_ends()
                if ends is not None:
                    ended.append((changes.table, ends))
            rows = changes.take_rows()
            if rows is not None:
                begun.append((changes.table, rows))
        created, batch.created = batch.created, []
        return Job(
            position=self.position,
            events=events,
            created=created,
            ended=ended,
            begun=begun,
        )

    def write(self, job: Job) -> None:
        """Write a job in one transaction, with its position; nothing of it when this raises."""
        self._con.begin()
        try:
            if job.events is not None:
                self._with(job.events, _EVENTS)
                self._create(job.events, job.created)
            if job.outcomes is not None:
                self._insert("outcomes", job.outcomes)
            for table, ended in job.ended:
                self._end(table, ended)
            for table, rows in job.begun:
                self._insert(table.name, rows)
            runs.write(self._con, job.runs)
            self._con.execute("UPDATE projection SET position = ?", [job.position])
            self._con.commit()
        except BaseException:
            self._con.rollback()
            raise

    def _with(self, rows: pa.Table, sql: str) -> None:
        """Run ``sql``, which reads ``rows``."""
        self._con.register("rows", rows)
        self._con.execute(sql)
        self._con.unregister("rows")

    def _insert(self, table: str, rows: pa.Table) -> None:
        self._with(rows, f"INSERT INTO {table} BY NAME SELECT * FROM rows")  # noqa: S608

    def _create(self, events: pa.Table, created: list[tuple[int, bool]]) -> None:
        if created:
            self._con.register("created", arrow(("position", "own"), created))
            self._with(events, _CREATED)
            self._con.unregister("created")

    def _end(self, table: Table, ended: pa.Table) -> None:
        keys = " AND ".join(f"t.{k} IS NOT DISTINCT FROM r.{k}" for k in table.key)
        self._with(
            ended,
            f"UPDATE {table.name} t SET valid_to = r.valid_to, time_to = r.time_to"  # noqa: S608
            f" FROM rows r WHERE t.valid_to IS NULL AND {keys}",
        )


def grouped(batches: Iterable[Sequence[Entry]], size: int = 30_000) -> Iterator[list[Entry]]:
    """The same entries in batches of at least ``size``, because each is a transaction."""
    group: list[Entry] = []
    for batch in batches:
        group += batch
        if len(group) >= size:
            yield group
            group = []
    if group:
        yield group


def _ascending(entries: Iterable[Entry], after: int) -> Sequence[Entry]:
    """The entries above ``after``, each position once, in order."""
    batch = list(entries)
    positions = [entry.position for entry in batch]
    if positions and positions[0] > after and all(map(lt, positions, positions[1:])):
        return batch
    unique = {entry.position: entry for entry in batch if entry.position > after}
    return [unique[position] for position in sorted(unique)]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Many tuples and no cycles: to collect amid them takes a third of the time.

    The garbage of others that is in cycles is collected afterwards.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _events(batch: Sequence[Entry], times: pa.Array) -> pa.Table:
    envelopes = [entry.envelope for entry in batch]
    facts = [envelope.fact for envelope in envelopes]
    text = pa.string()
    columns = {
        "position": pa.array([entry.position for entry in batch], pa.int64()),
        "time": times,
        "address": pa.array([entry.originator_id for entry in batch], text),
        "kind": pa.array(
            [fact.kind if fact.KIND == "delivery" else fact.KIND for fact in facts], text
        ),
        "entity": pa.array([fact.uid for fact in facts], text),
        "name": pa.array([fact.TOPIC for fact in facts], text),
        "actor": pa.array([envelope.actor for envelope in envelopes], text),
        "source": pa.array([envelope.source for envelope in envelopes], text),
        "run": pa.array([envelope.run for envelope in envelopes], text),
        "cause": pa.array([envelope.cause for envelope in envelopes], pa.int64()),
        "payload": pa.array([_encode(fact) for fact in facts], text),
    }
    return pa.table(columns)
