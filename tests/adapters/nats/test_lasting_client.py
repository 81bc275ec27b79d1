"""The connection of a service: whatever ends it, it comes back by itself."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

from adapters.nats.embedded import Attached
from tests.adapters.nats.service_desk import address, connected


def admit(data: Path, password: str) -> None:
    """From now on the server of a data directory takes this password only."""
    file = data / "nats.conf"
    lines = file.read_text().splitlines()
    told = [f'password: "{password}"' if "password:" in line else line for line in lines]
    file.write_text("\n".join(told))
    os.kill(int((data / "nats.pid").read_text()), signal.SIGHUP)


def test_a_login_that_is_refused_for_a_while_ends_no_connection(own_server: Attached) -> None:
    """A credential is replaced at the server, and then as it was: a subscription goes on."""

    async def run() -> None:
        data = own_server.data
        async with connected(address(own_server)) as client:
            told = await client.subscribe("told")
            await client.flush()
            admit(data, "another one")
            await _until(lambda: not client.is_connected)
            admit(data, own_server.server.password)
            await _until(lambda: client.is_connected)
            await client.publish("told", b"again")
            assert (await told.next_msg(5)).data == b"again"

    asyncio.run(run())


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


def test_what_is_not_permitted_is_an_error_and_ends_no_connection(own_server: Attached) -> None:
    """The server says so, and goes on."""

    async def run() -> None:
        async with connected(address(own_server)) as client:
            await client.publish("$JS.API.STREAM.PURGE.ANY", b"")
            await client.flush()
            assert client.is_connected
            assert client.stats["reconnects"] == 0

    asyncio.run(run())
