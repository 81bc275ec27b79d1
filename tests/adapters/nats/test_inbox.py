"""The inbox: what was answered is stored, once, and can be read again."""

from __future__ import annotations

import asyncio
import signal
import time
from uuid import uuid4

import pytest
from nats.js.api import StorageType, StreamConfig

from adapters.nats.embedded import Attached, attach
from adapters.nats.inbox import MAX_AGE_S, REPEATS_S, STREAM, Entry, Inbox, Stored, subject
from domain.errors import ConfigError, LogError
from tests.adapters.nats.proxy import LossyProxy
from tests.adapters.nats.service_desk import address, connected
from tests.adapters.nats.test_restarts import strike

ACK = b'"stream":"ORGLEDGER_INBOX"'


@pytest.fixture
def system() -> str:
    return f"s{uuid4().hex[:8]}"


async def everything(inbox: Inbox, system: str, since: float = 0) -> list[Entry]:
    return [entry async for entry in inbox.entries(system, since)]


def test_what_is_put_in_is_there_with_how_and_when_it_came(server: Attached, system: str) -> None:
    async def run() -> None:
        async with connected(address(server)) as client:
            inbox = Inbox(client)
            await inbox.ensure()
            before = time.time()
            first = await inbox.put(system, b"\x00body", "k1")
            second = await inbox.put(system, b"other", "k2", via="stream", headers={"X-Trace": "t"})
            await inbox.put(f"{system}x", b"of another system", "k1")
            one, two = await everything(inbox, system)
            assert (one.sequence, one.via, one.data) == (first.sequence, "callback", b"\x00body")
            assert (two.sequence, two.via, two.data) == (second.sequence, "stream", b"other")
            assert before - 1 <= one.at <= two.at <= time.time() + 1
            assert await everything(inbox, system, two.at) == [two]
            assert await everything(inbox, system, two.at + 1) == []
            assert await everything(inbox, "nobody") == []
            message = await client.jetstream().get_last_msg(STREAM, subject(system))
            assert message.headers is not None
            assert message.headers["X-Trace"] == "t"

    asyncio.run(run())


def test_more_than_a_page_is_read_in_order_and_without_a_gap(server: Attached, system: str) -> None:
    async def run() -> None:
        async with connected(address(server)) as client:
            inbox = Inbox(client)
            await inbox.ensure()
            put = (inbox.put(system, b"%d" % n, f"{n}", within=10) for n in range(700))
            stored = sorted([found.sequence for found in await asyncio.gather(*put)])
            assert [entry.sequence for entry in await everything(inbox, system)] == stored

    asyncio.run(run())


def test_the_same_key_of_the_same_system_is_stored_once(server: Attached, system: str) -> None:
    async def run() -> None:
        async with connected(address(server)) as client:
            inbox = Inbox(client)
            await inbox.ensure()
            first = await inbox.put(system, b"1", "key")
            assert await inbox.put(system, b"1", "key") == Stored(first.sequence, True)
            assert not (await inbox.put(f"{system}x", b"1", "key")).duplicate
            assert len(await everything(inbox, system)) == 1

    asyncio.run(run())


@pytest.mark.parametrize("hang_up", [True, False], ids=["disconnect", "silence"])
@pytest.mark.parametrize("pattern", [ACK, b"Nats-Msg-Id"], ids=["acknowledgement", "message"])
def test_what_is_lost_on_the_way_is_sent_again_and_stored_once(
    server: Attached, system: str, pattern: bytes, hang_up: bool
) -> None:
    """Within the second that the strictest provider waits."""

    async def run(proxy: LossyProxy) -> None:
        async with connected(address(server, port=proxy.port)) as client:
            inbox = Inbox(client)
            await inbox.ensure()
            proxy.lose(pattern, hang_up=hang_up)
            begun = time.monotonic()
            await inbox.put(system, b"1", "key", within=1.0)
            assert time.monotonic() - begun < 1.0
            assert proxy.lost == 1
            assert [entry.data for entry in await everything(inbox, system)] == [b"1"]

    with LossyProxy(server.server.port) as proxy:
        asyncio.run(run(proxy))


def test_an_inbox_that_does_not_answer_is_told_in_time_and_not_taken_for_stored(
    server: Attached, system: str
) -> None:
    """And when the caller repeats it later, it is stored once, whatever became of the first."""

    async def run(proxy: LossyProxy) -> None:
        async with connected(address(server, port=proxy.port)) as client:
            inbox = Inbox(client)
            await inbox.ensure()
            proxy.hold()
            begun = time.monotonic()
            with pytest.raises(LogError, match="did not answer in time"):
                await inbox.put(system, b"1", "key", within=0.5)
            assert time.monotonic() - begun < 0.7
            proxy.go_on()
            await inbox.put(system, b"1", "key", within=5)
            assert len(await everything(inbox, system)) == 1

    with LossyProxy(server.server.port) as proxy:
        asyncio.run(run(proxy))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_acknowledged_survives_the_server_and_its_keys_with_it(
    own_server: Attached, how: signal.Signals
) -> None:
    async def run() -> None:
        async with connected(address(own_server)) as client:
            inbox = Inbox(client)
            await inbox.ensure()
            for number in range(20):
                await inbox.put("dingtalk", b"%d" % number, f"{number}")
            await asyncio.to_thread(strike, own_server.data, how)
            with await asyncio.to_thread(attach, own_server.data):
                assert (await inbox.put("dingtalk", b"0", "0", within=10)).duplicate
                assert not (await inbox.put("dingtalk", b"20", "20", within=5)).duplicate
                found = await everything(inbox, "dingtalk")
            assert [entry.data for entry in found] == [b"%d" % number for number in range(21)]

    asyncio.run(run())


def test_the_stream_is_made_once_and_one_that_is_there_is_left_as_it_is(
    own_server: Attached,
) -> None:
    """An operator may keep it for a shorter time."""

    async def run() -> None:
        async with connected(address(own_server)) as client:
            await asyncio.gather(*(Inbox(client).ensure() for _ in range(3)))
            js = client.jetstream()
            config = (await js.stream_info(STREAM)).config
            assert (config.max_age, config.duplicate_window) == (MAX_AGE_S, REPEATS_S)
            assert (config.storage, config.num_replicas) == (StorageType.FILE, 1)
            await js.update_stream(config.evolve(max_age=86400.0))
            await Inbox(client).ensure()
            assert (await js.stream_info(STREAM)).config.max_age == 86400.0

    asyncio.run(run())


def test_a_stream_of_that_name_that_is_somebody_elses_is_told(own_server: Attached) -> None:
    async def run() -> None:
        async with connected(address(own_server)) as client:
            await client.jetstream().add_stream(StreamConfig(name=STREAM, subjects=["orders.>"]))
            with pytest.raises(ConfigError, match="it holds orders"):
                await Inbox(client).ensure()
            with pytest.raises(ConfigError, match="cannot be made"):
                await Inbox(client, replicas=3).ensure()

    asyncio.run(run())
