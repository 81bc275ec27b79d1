"""The receiver behind a real HTTP server, with the inbox on a real log."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
import uvicorn

from adapters.nats.embedded import Attached, attach
from adapters.nats.inbox import Inbox
from domain.hints import LARGEST, Answer, Callback
from orgledger.live import receiver as module
from orgledger.live.counters import Counters
from orgledger.live.receiver import PATH, Receiver
from orgledger.serving import Hall, listening
from tests.adapters.nats.service_desk import address, connected
from tests.adapters.nats.test_restarts import strike
from tests.live.receiving import ACKNOWLEDGED, SYSTEMS, call, check, side


class Open:
    """A receiver that listens at ``url``."""

    def __init__(self, url: str, inbox: Inbox, counters: Counters, http: httpx.AsyncClient) -> None:
        self.url, self.inbox, self.counters, self.http = url, inbox, counters, http

    async def ask(self, callback: Callback) -> Answer:
        answer = await self.http.request(
            callback.method,
            callback.path,
            params=callback.query,
            headers=callback.headers,
            content=callback.body,
        )
        return Answer(status=answer.status_code, body=answer.content)

    async def stored(self, system: str) -> list[bytes]:
        return [entry.data async for entry in self.inbox.entries(system, 0)]

    async def raw(self, *parts: bytes, pause: float = 0.0) -> bytes:
        """What comes back on a connection of its own until the other side closes it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(self.url).port)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        try:
            return await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.close()


@asynccontextmanager
async def receiver(server: Attached) -> AsyncIterator[Open]:
    async with connected(address(server)) as client:
        inbox, counters, hall = Inbox(client), Counters(), Hall()
        await inbox.ensure()
        sides = {system: side(system) for system in SYSTEMS}
        hall.add(PATH, Receiver(sides, inbox, counters))
        with listening("127.0.0.1", 0) as listener:
            config = uvicorn.Config(
                hall, ws="none", lifespan="on", log_config=None, access_log=False
            )
            served = uvicorn.Server(config)
            serving = asyncio.create_task(served.serve(sockets=[listener]))
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as http:
                yield Open(url, inbox, counters, http)
            served.should_exit = True
            await serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> object:
    with attach(tmp_path_factory.mktemp("nats")) as attached:
        yield attached


def test_every_provider_is_greeted_heard_and_answered(server: Attached) -> None:
    """And everything else in the hall is where it was."""

    async def run() -> None:
        async with receiver(server) as at:
            for system in SYSTEMS:
                now = time.time()
                assert (await at.ask(check(system, now))).status == 200
                one = call(system, f"http-{now}", now)
                for _ in range(2):
                    assert ACKNOWLEDGED[system](await at.ask(one))
                counts = at.counters.systems[system]
                assert (counts.handshakes, counts.stored, counts.duplicates) == (1, 1, 1)
                assert [hint.kind for hint in side(system).hints((await at.stored(system))[-1])]
            assert (await at.http.get("/healthz")).status_code == 200
            assert (await at.http.get("/callbacks/nobody")).status_code == 404
            assert (await at.http.get("/")).status_code == 404

    asyncio.run(run())


def head(path: str, *more: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *more, "", ""]).encode()


CHUNK = b"%x\r\n" % 65536 + b"x" * 65536 + b"\r\n"


def test_a_body_of_no_told_length_is_taken_up_to_the_largest_and_no_further(
    server: Attached,
) -> None:
    async def run() -> None:
        async with receiver(server) as at:
            one = call("entra", "chunked", time.time())

            async def pieces() -> AsyncIterator[bytes]:
                for begin in range(0, len(one.body), 7):
                    yield one.body[begin : begin + 7]

            answer = await at.http.post("/callbacks/entra", content=pieces())
            assert answer.status_code == 202
            endless = [CHUNK] * (LARGEST // 65536 + 1)
            told = await at.raw(head("/callbacks/entra", "Transfer-Encoding: chunked"), *endless)
            assert told.startswith(b"HTTP/1.1 413")
            length = f"Content-Length: {LARGEST * 100}"
            told = await at.raw(head("/callbacks/entra", length), b"x" * (LARGEST + 1))
            assert told.startswith(b"HTTP/1.1 413")
            assert at.counters.systems["entra"].refused == {"oversize": 2}

    asyncio.run(run())


def test_who_stalls_or_hangs_up_in_the_middle_holds_nothing_up(
    server: Attached, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BODY_S", 0.3)

    async def run() -> None:
        async with receiver(server) as at:
            whole = call("entra", "half", time.time())
            begin = head("/callbacks/entra", f"Content-Length: {len(whole.body)}")
            stalled = asyncio.create_task(at.raw(begin, whole.body[:20]))
            _, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(at.url).port)
            writer.write(begin + whole.body[:-1])
            await writer.drain()
            writer.close()
            assert (await at.ask(call("entra", "whole", time.time()))).status == 202
            assert (await stalled).startswith(b"HTTP/1.1 408")
            counts = at.counters.systems["entra"]
            assert (counts.broken, counts.stored) == (2, 1)

    asyncio.run(run())


def test_while_the_log_is_away_the_provider_has_to_repeat_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async def run(own: Attached) -> None:
        async with receiver(own) as at:
            one = call("dingtalk", "away", time.time())
            await asyncio.to_thread(strike, own.data, signal.SIGKILL)
            begun = time.monotonic()
            assert (await at.ask(one)).status == 503
            assert time.monotonic() - begun < 1.5  # so long DingTalk waits
            with await asyncio.to_thread(attach, own.data):
                for _ in range(50):
                    if ACKNOWLEDGED["dingtalk"](await at.ask(one)):
                        break
                    await asyncio.sleep(0.1)
                assert ACKNOWLEDGED["dingtalk"](await at.ask(one))
                assert len(await at.stored("dingtalk")) == 1

    with attach(tmp_path / "ledger") as own:
        asyncio.run(run(own))


def test_a_query_can_be_any_bytes(server: Attached) -> None:
    """As far as an HTTP server lets them through."""

    async def run() -> None:
        async with receiver(server) as at:
            for query in (b"?%ff%fe=%00", b"?msg_signature=%ed%a0%80", b"?" + b"a=b&" * 5000):
                told = await at.raw(head("/callbacks/wecom" + query.decode(), "Connection: close"))
                assert told[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 403", b"HTTP/1.1 413"}
            assert at.counters.systems["wecom"].failed == 0

    asyncio.run(run())


def test_a_body_stays_as_it_came(server: Attached) -> None:
    """Byte for byte: a signature covers it."""

    async def run() -> None:
        async with receiver(server) as at:
            one = call("feishu", "as-it-came", time.time())
            assert (await at.ask(one)).status == 200
            kept = msgspec.msgpack.decode((await at.stored("feishu"))[-1])
            assert kept["body"] == one.body

    asyncio.run(run())


def test_no_half_of_an_answer_waits_for_the_other(server: Attached) -> None:
    """Forty milliseconds each, where Nagle's algorithm meets a delayed acknowledgement."""

    async def run() -> None:
        async with receiver(server) as at:
            await at.http.get("/healthz")
            begun = time.monotonic()
            for _ in range(50):
                await at.http.get("/healthz")
            assert time.monotonic() - begun < 50 * 0.02

    asyncio.run(run())
