"""What listening has in common, whatever is spoken: trust, gaps, and addresses."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Response

from adapters.http import Patience
from adapters.listening import GAP, Heard, Line, address, listen, told
from adapters.receiving import Refused, Told
from domain.errors import CredentialFault, StrangerFault, SystemFault, TransientFault
from domain.hints import Received
from tests.adapters.ldap.certificates import issue
from tests.adapters.line_desk import SOON, Store

QUICK = Patience(first_wait=0.01, longest_wait=0.01)


class Silence:
    """A line on which nothing is said."""

    text, every = True, 0.0

    def __init__(self, address: str) -> None:
        self.address = address

    def ping(self) -> bytes:
        """None."""
        return b""

    def hear(self, message: bytes, now: float) -> Heard:
        """Every message asks to leave."""
        return Heard(leave=True)


class Desk:
    """Gives out lines to ``url``; the first so many times it is busy."""

    name, memory = "Somebody", 0.0

    def __init__(self, url: str, busy: int = 0) -> None:
        self._url, self._busy, self.asked = url, busy, 0

    async def open(self) -> Line:
        """A line."""
        self.asked += 1
        if self.asked <= self._busy:
            raise TransientFault("Somebody is busy")
        return Silence(self._url)

    def refused(self, response: Response) -> SystemFault:
        """By status."""
        return TransientFault(f"Somebody refused with {response.status_code}")

    def pause(self, failures: int) -> float:
        """Soon."""
        return QUICK.backoff(failures)


async def quiet(socket: ServerConnection) -> None:
    """Say nothing."""
    await socket.wait_closed()


async def soon(listening: Awaitable[None], store: Store, count: int = 1) -> None:
    """Until so many are stored."""
    task = asyncio.ensure_future(listening)
    try:
        await store.until(count)
    finally:
        task.cancel()
        await asyncio.wait((task,), timeout=SOON)


def test_a_server_that_is_not_trusted_ends_it(tmp_path: Path) -> None:
    """wss with a certificate of nobody's: one sentence that says what to set, and no retry."""
    _, certificate, key = issue(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def attempt() -> tuple[str, int]:
        async with serve(quiet, "127.0.0.1", 0, ssl=context) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            desk = Desk(f"wss://127.0.0.1:{port}/?ticket=secret")
            with pytest.raises(CredentialFault) as fault:
                await asyncio.wait_for(listen(desk, Store()), SOON)
        return str(fault.value), desk.asked

    sentence, asked = asyncio.run(attempt())
    assert sentence.startswith("Somebody was not sent: 127.0.0.1: its certificate is not trusted")
    assert sentence.endswith("Set SSL_CERT_FILE to a file with the certificate of its authority.")
    assert asked == 1


def test_a_trusted_server_is_listened_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with SSL_CERT_FILE set, as for HTTP."""
    authority, certificate, key = issue(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def attempt() -> None:
        async with serve(quiet, "127.0.0.1", 0, ssl=context) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            store = Store()
            await soon(listen(Desk(f"wss://127.0.0.1:{port}"), store), store)

    asyncio.run(attempt())


def test_after_a_gap_everything_is_to_be_read() -> None:
    """Longer away than the provider remembers: one hint of everything, stored before we listen."""

    async def attempt() -> Received:
        async with serve(quiet, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            store = Store(fails=1)
            desk = Desk(f"ws://127.0.0.1:{port}", busy=2)
            await soon(listen(desk, store), store)
            assert desk.asked == 4  # busy twice, and once the store was
        return store.taken[0]

    missed = asyncio.run(attempt())
    assert (missed.sort, missed.events, missed.hints) == ("lifecycle", (GAP,), 1)
    assert missed.keep is not None
    (hint,) = told(missed.keep, _never)
    assert (hint.kind, hint.event) == ("all", GAP)


def _never(body: bytes) -> Told:
    raise Refused("shape")


def test_without_a_gap_nothing_is_said() -> None:
    """A connection that is made within what the provider remembers."""

    async def attempt() -> list[Received]:
        async with serve(quiet, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            desk, store = Desk(f"ws://127.0.0.1:{port}"), Store()
            desk.memory = 60.0
            task = asyncio.create_task(listen(desk, store))
            await asyncio.sleep(0.2)
            task.cancel()
            await asyncio.wait((task,), timeout=SOON)
        return store.taken

    assert asyncio.run(attempt()) == []


def test_no_ticket_is_ever_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Not even by the websocket's own debug lines."""
    caplog.set_level(logging.DEBUG)

    async def attempt() -> None:
        async with serve(quiet, "127.0.0.1", 0, logger=logging.getLogger("theirs")) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            store = Store()
            await soon(listen(Desk(f"ws://127.0.0.1:{port}/?ticket=s3cret"), store), store)
            dead = Desk("ws://127.0.0.1:1/?ticket=s3cret")
            task = asyncio.create_task(listen(dead, store))
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait((task,), timeout=SOON)

    asyncio.run(attempt())
    ours = [record for record in caplog.records if record.name != "theirs"]
    assert any("nobody listens at port 1" in record.getMessage() for record in ours)
    assert not any("s3cret" in record.getMessage() for record in ours)


@pytest.mark.parametrize("given", ["ws://x/", "http://x", "wss://", "", "//x", "wss:/x", "ws\x00"])
def test_only_wss_will_do(given: str) -> None:
    """Whatever the provider's answer names, unless it is called without TLS itself."""
    with pytest.raises(StrangerFault, match="begin with wss://"):
        address(given, base="https://open.feishu.cn", what="It")


def test_ws_will_do_on_loopback() -> None:
    """A simulator: it is called without TLS."""
    assert address("ws://127.0.0.1:1/", base="http://127.0.0.1:1", what="It")
    assert address("wss://x/", base="https://x", what="It") == "wss://x/"
