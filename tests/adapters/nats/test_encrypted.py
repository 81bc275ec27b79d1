"""``tls://``: a server that does not encrypt is told nothing, by either of our two clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from adapters.nats.client import connect
from adapters.nats.connection import Address, Connection, UnreachableError

PLAIN = b'INFO {"server_id":"x","version":"2.14.0","max_payload":1048576,"auth_required":true}\r\n'
ASKS_FOR_TLS = PLAIN.replace(b"}", b',"tls_required":true}')
Dial = Callable[[Address], Awaitable[object]]


@asynccontextmanager
async def greeter(greeting: bytes) -> AsyncIterator[tuple[int, bytearray]]:
    """A port that greets as a server does and then talks no TLS; and everything that it heard."""
    heard = bytearray()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while said := await reader.read(4096):
            heard.extend(said)
            writer.write(b"this is no TLS\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as listener:
        yield listener.sockets[0].getsockname()[1], heard


async def of_commands(address: Address) -> object:
    """The connection behind the synchronous library."""
    connection = Connection(address)
    try:
        work = connection.session(connection.deadline())
        return await asyncio.wrap_future(connection.start(work))
    finally:
        await asyncio.to_thread(connection._stop)


def dialled(dial: Dial, scheme: str, greeting: bytes) -> tuple[str, bytes]:
    """How the error of a connection that must not come to be says why, and what the port heard."""

    async def run() -> tuple[str, bytes]:
        async with greeter(greeting) as (port, heard):
            servers = (f"{scheme}://127.0.0.1:{port}",)
            address = Address(servers=servers, user="ann", password="hunter2", patience=1)
            with pytest.raises(UnreachableError) as caught:
                await dial(address)
            return str(caught.value), bytes(heard)

    return asyncio.run(run())


@pytest.mark.parametrize("dial", [connect, of_commands])
def test_a_password_goes_to_no_server_that_does_not_encrypt(dial: Dial) -> None:
    """The greeting that asks for TLS is not encrypted: whoever is on the way can change it."""
    why, heard = dialled(dial, "tls", PLAIN)
    assert "the server offers no encryption" in why
    assert heard == b""


@pytest.mark.parametrize("dial", [connect, of_commands])
def test_a_handshake_that_fails_is_told(dial: Dial) -> None:
    """As with a certificate that is not trusted: the error is that of TLS, not of cleaning up."""
    why, heard = dialled(dial, "nats", ASKS_FOR_TLS)
    assert "ssl" in why.lower()
    assert b"hunter2" not in heard
