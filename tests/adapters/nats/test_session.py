"""nats-py's hand-over from parser to subscription is what session.py overrides."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.protocol.parser import Parser

from adapters.nats.connection import Address, Connection
from adapters.nats.feed import counters
from adapters.nats.page import header
from adapters.nats.parser import SinkParser
from adapters.nats.server import find_binary
from adapters.nats.session import Session, Unanswered


def test_nats_py_still_hands_messages_over_as_wire_expects() -> None:
    handover = inspect.signature(Client._process_msg)
    assert list(handover.parameters) == ["self", "sid", "subject", "reply", "data", "headers"]
    assert inspect.iscoroutinefunction(Client._process_msg)


def test_headers_are_found_in_a_raw_block() -> None:
    block = b"NATS/1.0\r\nV: 7\r\nNats-Batch-Id: V: 9\r\nNats-Num-Pending: 0\r\n\r\n"
    assert header(block, b"V") == b"7"
    assert header(block, b"Nats-Num-Pending") == b"0"
    assert header(block, b"Nats") == b""


def test_a_deliverys_counters_are_read_in_both_forms() -> None:
    assert counters(b"$JS.ACK.S.c.1.42.7.1700000000.3") == (42, 7, 3)
    assert counters(b"$JS.ACK.hub.acc.S.c.1.42.7.1700000000.3.rnd") == (42, 7, 3)


class Heard:
    """What a parser tells its client."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    async def _process_msg(self, *message: object) -> None:
        self.told.append(message)

    async def _process_pong(self) -> None:
        self.told.append(("PONG",))


MESSAGES = st.tuples(
    st.sampled_from([1, 2]),  # subscription 1 has a sink, 2 has none
    st.sampled_from([b"", b"$JS.ACK.S.c.1.42.7.1700000000.3"]),
    st.binary(max_size=60),
)


def framed(message: tuple[int, bytes, bytes] | None) -> bytes:
    if message is None:
        return b"PONG\r\n"
    number, reply, payload = message
    block = b"NATS/1.0\r\nV: 7\r\n\r\n"
    words = [b"HMSG", b"a.b", b"%d" % number, *([reply] if reply else [])]
    sizes = b"%d %d" % (len(block), len(block) + len(payload))
    return b"%b %b\r\n%b%b\r\n" % (b" ".join(words), sizes, block, payload)


@given(messages=st.lists(st.none() | MESSAGES, max_size=12), cuts=st.lists(st.integers(1, 90)))
def test_however_the_stream_is_cut_sinks_get_what_nats_py_would_tell(
    messages: list[tuple[int, bytes, bytes] | None], cuts: list[int]
) -> None:
    """The short way for sinks changes neither content nor order, nor what others get."""
    stream = b"".join(map(framed, messages))
    pieces, at = [], 0
    for length in [*cuts, len(stream)]:
        pieces.append(stream[at : at + length])
        at += length
    plain, quick = Heard(), Heard()
    sink = lambda *message: quick.told.append((1, *message))  # noqa: E731 - one line

    async def parse() -> None:
        slow, fast = Parser(plain), SinkParser(quick, {1: sink})
        for piece in filter(None, pieces):
            await slow.parse(piece)
            await fast.parse(piece)
        assert not fast.buf

    asyncio.run(parse())
    assert quick.told == plain.told


def test_a_session_reads_with_the_parser_for_sinks() -> None:
    async def made() -> Session:
        return Session()

    assert isinstance(asyncio.run(made())._ps, SinkParser)


def test_a_server_without_jetstream_is_told_as_such(tmp_path: Path) -> None:
    """Its address is right, and what is to be done is to turn JetStream on."""
    command = [str(find_binary()), "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            connection = Connection(Address(servers=(_address(tmp_path),), patience=10))

            async def ask() -> None:
                session = await connection.session(connection.deadline())
                await session.ask("$JS.API.INFO", timeout=5)

            with pytest.raises(Unanswered, match="JetStream is off"):
                connection.start(ask()).result(20)
            connection._stop()
        finally:
            server.terminate()


def _address(folder: Path) -> str:
    """Where a server listens that chose its port itself."""
    for _ in range(200):
        for file in folder.glob("nats-server_*.ports"):
            if text := file.read_text():
                found: str = json.loads(text)["nats"][0]
                return found
        time.sleep(0.05)
    raise AssertionError("the server did not start")
