"""Append, against the same application on the library's own stores.

What makes it fair: the same :class:`Ledger` decides, maps, encodes and folds the same events on
either side, and gives its recorder as many at once (``Ledger.batch``). Every side's batch is on
disk before it is acknowledged: nats-server with ``sync_interval: always``, SQLite in the WAL mode
that the library sets, with its default ``synchronous=FULL``, PostgreSQL with its default
``fsync`` and ``synchronous_commit``. All files lie in the same temporary directory.

The holds are those of ADR 8 (docs/adr/0008-what-an-append-costs.md), which says why not more.
"""

from __future__ import annotations

from bench.log import Env, ledger, scratch, server, sync
from bench.people import company, observed
from bench.postgres import postgres
from bench.rounds import compare
from bench.row import Hold, Measured, Row, Setting

_TEXT_IDS = {"ORIGINATOR_ID_TYPE": "text"}


def _against(env: Env, setting: Setting) -> Measured:
    members = setting.size(9_000, 900)
    observation = observed(company(members // 20, members))
    with server() as ours, ledger(ours) as nats, ledger(env) as other:
        amount, _ = sync(nats, "first", observation)
        assert nats.batch == other.batch
        batch = nats.batch
        found = compare(
            lambda n: sync(nats, f"o{n:03}", observation)[1],
            lambda n: sync(other, f"o{n:03}", observation)[1],
            amount,
            rounds=setting.size(5, 2),
            say=setting.say,
        )
    return Measured(
        ours=found.ours,
        theirs=found.theirs,
        ratio=found.ratio,
        note=f"{amount:,} events a round, in transactions of {batch:,}",
    )


def _sqlite(setting: Setting) -> Measured:
    with scratch() as folder:
        module = {"PERSISTENCE_MODULE": "eventsourcing.sqlite"}
        return _against(
            {**module, **_TEXT_IDS, "SQLITE_DBNAME": str(folder / "events.db")}, setting
        )


def _postgres(setting: Setting) -> Measured:
    with postgres() as settings:
        module = {"PERSISTENCE_MODULE": "eventsourcing.postgres"}
        return _against({**module, **_TEXT_IDS, **settings}, setting)


SQLITE = Row(
    name="append-sqlite",
    what="append through the whole write path",
    against="the same application on eventsourcing.sqlite",
    unit="events/s",
    hold=Hold(">=", 0.65),
    run=_sqlite,
)
POSTGRES = Row(
    name="append-postgres",
    what="append through the whole write path",
    against="the same application on eventsourcing.postgres",
    unit="events/s",
    hold=Hold(">=", 1.8),
    run=_postgres,
)
