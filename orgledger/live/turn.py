"""A turn: one command does for a moment what a service does all the time, and alone."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from nats.aio.client import Client

from adapters.nats.client import connect
from adapters.nats.connection import Address
from adapters.nats.leases import LeaseLostError, Leases, standing
from domain.errors import LogError

log = logging.getLogger("orgledger.live")

PATIENCE_S = 120.0
"""How long a turn is waited for."""

GONE_S = 60.0
"""Whoever has not shown that he lives for so long does not."""

_TOLD_S = 1.0


@asynccontextmanager
async def turn(
    address: Address, job: str, *, replicas: int, waiting: Callable[[str], None]
) -> AsyncIterator[None]:
    """Have ``job`` to ourselves, where a service does it: it is asked for its lease.

    ``waiting`` is called with the holder when it takes longer than a moment. Raises LogError when
    it is not given within two minutes. A lease that is lost meanwhile ends nothing: then the log
    is away, and the work itself says so better.
    """
    client = await connect(address, name=f"orgledger {job}")
    try:
        if not await _taken(client, job):
            yield  # no service does it: a lease would only make the next command wait for us
            return
        holder = f"{socket.gethostname()}:{os.getpid()}"
        async with Leases(client, holder=holder, replicas=replicas) as leases:
            told = asyncio.create_task(_told(client, job, waiting))
            won, over = asyncio.Event(), asyncio.Event()
            holding = asyncio.create_task(_held(leases, job, won, over))
            try:
                await _given(job, won, holding)
                told.cancel()
                yield
            finally:
                told.cancel()
                over.set()
                if not won.is_set():
                    holding.cancel()
                await asyncio.wait([holding])
    finally:
        await client.close()


async def _taken(client: Client, job: str) -> bool:
    """Whether somebody has the job, who may still live."""
    found = [one for one in await standing(client) if one.job == job]
    return any(one.holder and one.age < GONE_S for one in found)


async def _given(job: str, won: asyncio.Event, holding: asyncio.Task[None]) -> None:
    waiting = asyncio.ensure_future(won.wait())
    either: list[asyncio.Future[Any]] = [waiting, holding]
    await asyncio.wait(either, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if won.is_set():
        return
    if holding.done():
        holding.result()
    raise LogError(
        f"The job {job} was not left to this command within {PATIENCE_S:g} s",
        why="another process holds it and has not come to the end of its work",
        fix="See 'orgledger status' for who it is, and try again later.",
    )


async def _held(leases: Leases, job: str, won: asyncio.Event, over: asyncio.Event) -> None:
    """Have the lease until it is ``over``."""
    try:
        async with leases.hold(job, ask=True):
            won.set()
            await over.wait()
    except LeaseLostError as lost:
        log.warning("%s", lost)


async def _told(client: Client, job: str, waiting: Callable[[str], None]) -> None:
    await asyncio.sleep(_TOLD_S)
    for one in await standing(client):
        if one.job == job:
            waiting(one.holder)
