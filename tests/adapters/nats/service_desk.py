"""A service's own connections to a real server, for tests of the inbox and the leases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client

from adapters.nats.client import connect
from adapters.nats.connection import Address
from adapters.nats.embedded import Attached
from adapters.nats.leases import Leases


def address(server: Attached, *, port: int | None = None) -> Address:
    """Where it listens; ``port`` is that of a proxy before it."""
    env = server.env()
    if port is not None:
        env["NATS_URL"] = f"nats://127.0.0.1:{port}"
    return Address.of(env)


@asynccontextmanager
async def connected(where: Address) -> AsyncIterator[Client]:
    client = await connect(where)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def replica(where: Address, holder: str) -> AsyncIterator[Leases]:
    """The leases of one process of a service, on a connection of its own."""
    async with connected(where) as client, Leases(client, holder=holder) as leases:
        yield leases
