"""A turn: one command does for a moment what a service does all the time, and alone."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from nats.aio.client import Client

from adapters.nats.client import connect
from adapters.nats.connection import Address
from adapters.nats.leases import Leases, standing
from domain.errors import LogError

log = logging.getLogger("orgledger.live")

PATIENCE_S = 120.0
"""How long a turn is waited for."""

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
        async with (
            Leases(client, holder=holder, replicas=replicas) as leases,
            AsyncExitStack() as stack,
        ):
            told = asyncio.create_task(_told(client, job, waiting))
            try:
                async with asyncio.timeout(PATIENCE_S):
                    lease = await stack.enter_async_context(leases.hold(job, ask=True))
            except TimeoutError:
                raise LogError(
                    f"The job {job} was not left to this command within {PATIENCE_S:g} s",
                    why="another process holds it and has not come to the end of its work",
                    fix="See 'orgledger status' for who it is, and try again later.",
                ) from None
            finally:
                told.cancel()
            yield
            if not lease.held:
                log.warning("The job %s was not ours any more when it came to its end", job)
    finally:
        await client.close()


async def _taken(client: Client, job: str) -> bool:
    """Whether somebody has the job. By no clock: one that was killed is waited for, and ended."""
    return any(one.job == job for one in await standing(client))


async def _told(client: Client, job: str, waiting: Callable[[str], None]) -> None:
    await asyncio.sleep(_TOLD_S)
    with suppress(LogError):  # whoever waits for the lease is told that better
        for one in await standing(client):
            if one.job == job:
                waiting(one.holder)
