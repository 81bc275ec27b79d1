"""A turn: one command does for a moment what a service does all the time, and alone."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from nats.aio.client import Client

from adapters.nats.client import connect
from adapters.nats.connection import Address
from adapters.nats.leases import Leases, standing
from domain.errors import LogError

PATIENCE_S = 120.0
"""How long a turn is waited for."""

_TOLD_S = 1.0


@asynccontextmanager
async def turn(
    address: Address, job: str, *, replicas: int, waiting: Callable[[str], None]
) -> AsyncIterator[None]:
    """Hold the lease of ``job``, for which whoever holds it is asked.

    ``waiting`` is called with the holder when it takes longer than a moment. Raises LogError when
    it is not given within two minutes, or is lost.
    """
    client = await connect(address, name=f"orgledger {job}")
    try:
        holder = f"{socket.gethostname()}:{os.getpid()}"
        async with Leases(client, holder=holder, replicas=replicas) as leases:
            told = asyncio.get_running_loop().create_task(_told(client, job, waiting))
            try:
                async with asyncio.timeout(PATIENCE_S) as patience:
                    async with leases.hold(job, ask=True):
                        told.cancel()
                        patience.reschedule(None)
                        yield
            except TimeoutError:
                if not patience.expired():
                    raise
                raise LogError(
                    f"The job {job} was not left to this command within {PATIENCE_S:g} s",
                    why="another process holds it and has not come to the end of its work",
                    fix="See 'orgledger status' for who it is, and try again later.",
                ) from None
            finally:
                told.cancel()
    finally:
        await client.close()


async def _told(client: Client, job: str, waiting: Callable[[str], None]) -> None:
    await asyncio.sleep(_TOLD_S)
    for one in await standing(client):
        if one.job == job:
            waiting(one.holder)
