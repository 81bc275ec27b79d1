"""One full sync by the engine, from any source."""

from __future__ import annotations

import asyncio
from time import perf_counter

import msgspec

from bench.log import ledger, scratch, server
from bench.people import SYSTEM
from domain.ports import Source
from orgledger.engine.pull import Feed, Outcome, Pull
from orgledger.engine.runs import Status
from orgledger.engine.views import Views


class Pulled(msgspec.Struct, frozen=True):
    """What a sync came to, and the seconds that it took."""

    outcome: Outcome
    seconds: float

    def broken(self, members: int) -> tuple[str, ...]:
        """What was not as it should be: gaps, refusals, people who did not arrive."""
        outcome = self.outcome
        found = [*outcome.gaps[:3], *outcome.refused[:3]]
        if outcome.status is not Status.FINISHED:
            found.append(f"the run is {outcome.status.value}")
        if outcome.kept["members"] != members:
            found.append(f"{outcome.kept['members']} of {members} members arrived")
        return tuple(found)


def pull(source: Source) -> Pulled:
    """Sync into an empty ledger."""
    with scratch() as folder, server() as env, ledger(env) as opened:
        feed = Feed(system=SYSTEM, org="feifan", name="Feifan", source=source)
        work = Pull(opened, Views(opened, folder), feed, actor="bench", progress=_quiet)
        begun = perf_counter()
        outcome = asyncio.run(_execute(work, source))
        return Pulled(outcome, perf_counter() - begun)


async def _execute(work: Pull, source: Source) -> Outcome:
    try:
        return await work.execute()
    finally:
        await source.close()


def _quiet(what: str, done: int, total: int | None) -> None:
    """No progress bar."""
