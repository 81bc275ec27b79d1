"""A log to replay, and the raw reading of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import raw
from bench.log import Env, ledger, scratch, server, sync
from bench.people import company, observed
from bench.rounds import compare
from bench.row import Measured, Setting
from orgledger.ledger import Ledger


@contextmanager
def _filled(setting: Setting) -> Iterator[tuple[Env, Ledger]]:
    """A ledger with one organization."""
    members = setting.size(90_000, 2_700)
    with server() as env, ledger(env) as opened:
        sync(opened, "feifan", observed(company(members // 20, members)))
        yield env, opened


def replayed(setting: Setting, replay: Callable[[Ledger, Path], float]) -> Measured:
    """``replay(ledger, folder)`` in seconds, against consuming the same stream raw."""
    with scratch() as folder, _filled(setting) as (env, opened):
        amount = opened.head
        setting.say(f"{amount:,} events in the log")
        found = compare(
            lambda n: replay(opened, folder / str(n)),
            lambda n: raw.consume(env, f"{env['NATS_SUBJECT']}.>", amount),
            amount,
            rounds=setting.size(5, 2),
            say=setting.say,
        )
    return Measured(
        ours=found.ours,
        theirs=found.theirs,
        ratio=found.ratio,
        note=f"{amount:,} events",
    )
