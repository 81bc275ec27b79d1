"""Feishu's long connection: our client against a server that is made of the vendor's own frames."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection

from adapters.feishu.conversation import ClientConfig, FeishuLine
from adapters.feishu.frames import encode
from adapters.feishu.long_connection import FeishuLongConnection, Gateway
from adapters.feishu.settings import FeishuSettings
from domain.errors import CredentialFault, InputError
from domain.hints import Callback, keep
from tests.adapters.callback_desk import FUZZ, json_values
from tests.adapters.feishu.vendor_frames import Frame
from tests.adapters.line_desk import QUICK, SOON, Play, Provider, Store, listening, provider

SERVICE = 33554678


def body(mark: str = "5e3702a8", name: str = "contact.user.updated_v3") -> bytes:
    """An event as Feishu's pages show it, with Chinese in it."""
    header = {"event_id": mark, "event_type": name, "create_time": "1683533823336", "token": "t"}
    person = {"user_id": "u1", "open_id": "ou_1", "union_id": "on_1", "name": "张三"}
    told = {"schema": "2.0", "header": header, "event": {"object": person}}
    return json.dumps(told, ensure_ascii=False).encode()


def frame(payload: bytes, mark: str = "m", total: int = 1, number: int = 0) -> Frame:
    """One data frame."""
    made = Frame(SeqID=1, LogID=2**63, service=SERVICE, method=1, LogIDNew="log", payload=payload)
    told = {"type": "event", "message_id": mark, "sum": total, "seq": number, "trace_id": "t"}
    for key, value in told.items():
        made.headers.add(key=key, value=str(value))
    return made


def endpoint(config: dict[str, int] | None = None) -> Any:
    """Grants a connection, as the vendor answers."""
    asked = {"ReconnectCount": -1, "ReconnectInterval": 0, "ReconnectNonce": 0, "PingInterval": 90}

    def answer(made: Provider) -> tuple[int, Any]:
        url = f"{made.ws}/ws/v2?device_id=d&access_key=k&service_id={SERVICE}&ticket=t"
        return 200, {
            "code": 0,
            "msg": "",
            "data": {"URL": url, "ClientConfig": asked | (config or {})},
        }

    return answer


def client(url: str) -> FeishuLongConnection:
    """Our client of the server at ``url``."""
    settings = FeishuSettings(
        app_id="cli_1", app_secret="secret", base_url=url, long_connection=True
    )
    return FeishuLongConnection(settings, patience=QUICK)


async def reply(socket: ServerConnection, kind: str = "event") -> Frame:
    """The next frame of the client of that type; it has to be binary."""
    async with asyncio.timeout(SOON):
        while True:
            said = await socket.recv()
            assert isinstance(said, bytes)
            found = Frame()
            found.ParseFromString(said)
            if any((one.key, one.value) == ("type", kind) for one in found.headers):
                return found


async def heard(
    play: Play, count: int = 1, store: Store | None = None, config: dict[str, int] | None = None
) -> tuple[Provider, Store]:
    """What is stored of ``play`` until there are ``count`` events."""
    store = store or Store()
    async with provider(play, endpoint(config)) as made, listening(client(made.http), store):
        await store.until(count)
    return made, store


async def drained(socket: ServerConnection) -> None:
    """Read until the client goes."""
    async for _ in socket:
        pass


def test_an_event_is_stored_acknowledged_and_opened() -> None:
    """The frame goes back as it came, with 200 for its payload, when the event is stored."""
    answers: list[Frame] = []

    async def play(socket: ServerConnection) -> None:
        await socket.send(frame(body()).SerializeToString())
        answers.append(await reply(socket))
        await socket.send(frame(body("2")).SerializeToString())
        await drained(socket)

    made, store = asyncio.run(heard(play, 2))
    asked = {"call": "POST /callback/ws/endpoint", "AppID": "cli_1", "AppSecret": "secret"}
    assert made.asked == [asked]
    assert answers == [frame(b'{"code":200}')]
    received = store.taken[0]
    assert (received.sort, received.events, received.hints) == (
        "event",
        ("contact.user.updated_v3",),
        1,
    )
    assert received.keep is not None
    (hint,) = client("http://x").hints(received.keep)
    assert (hint.kind, hint.id, hint.keys) == (
        "member",
        "u1",
        {"open_id": "ou_1", "union_id": "on_1"},
    )


def test_what_was_not_stored_comes_again() -> None:
    """500 while the store is away; the repeat has the key of the first and is stored."""
    codes = []

    async def play(socket: ServerConnection) -> None:
        for mark in ("m1", "m2"):
            await socket.send(frame(body(), mark).SerializeToString())
            codes.append(json.loads((await reply(socket)).payload)["code"])
        await socket.send(frame(body(), "m3").SerializeToString())
        await drained(socket)

    _, store = asyncio.run(heard(play, 2, Store(fails=1)))
    assert codes == [500, 200]
    assert store.taken[0].key == store.taken[1].key


def test_parts_in_any_order_are_one_event() -> None:
    """Three parts, the last first, and a stranger's part in between; one answer, to the last."""
    answers = []
    whole = body()
    parts = {0: whole[:50], 1: whole[50:90], 2: whole[90:]}

    async def play(socket: ServerConnection) -> None:
        for number in (2, 0):
            await socket.send(frame(parts[number], "m", 3, number).SerializeToString())
        await socket.send(frame(b"{", "other", 2, 0).SerializeToString())
        await socket.send(frame(parts[1], "m", 3, 1).SerializeToString())
        answers.append(await reply(socket))
        await drained(socket)

    async def attempt() -> Store:
        store = Store()
        async with provider(play, endpoint()) as made, listening(client(made.http), store):
            await store.until(1)
            async with asyncio.timeout(SOON):
                while not answers:
                    await asyncio.sleep(0.01)
        return store

    store = asyncio.run(attempt())
    assert len(store.taken) == 1
    assert store.taken[0].keep is not None
    assert client("http://x").hints(store.taken[0].keep)[0].id == "u1"
    assert {one.key: one.value for one in answers[0].headers}["seq"] == "1"


def test_pings_are_sent_as_the_server_wants_them() -> None:
    """At once, then by PingInterval; a pong changes it; a server that is silent is left."""
    pings: list[float] = []

    async def play(socket: ServerConnection) -> None:
        ping = await reply(socket, "ping")
        assert (ping.method, ping.service, ping.payload) == (0, SERVICE, b"")
        if pings:  # the second connection: say nothing any more
            await socket.send(frame(body()).SerializeToString())
            await drained(socket)
            return
        pong = Frame(SeqID=0, LogID=0, service=SERVICE, method=0)
        pong.headers.add(key="type", value="pong")
        pong.payload = b'{"PingInterval":0.4,"ReconnectCount":-1,"ReconnectInterval":0}'
        await socket.send(pong.SerializeToString())
        pings.append(asyncio.get_running_loop().time())
        await drained(socket)
        pings.append(asyncio.get_running_loop().time())

    asyncio.run(heard(play, 1, config={"PingInterval": 0}))
    assert 0.8 <= pings[1] - pings[0] < 4


def test_a_shorter_interval_is_in_force_with_the_next_ping() -> None:
    """Until then the server has nothing to answer, and its silence is no reason to leave."""
    held: list[float] = []

    async def play(socket: ServerConnection) -> None:
        await reply(socket, "ping")
        pong = encode(0, SERVICE, {"type": "pong"}, b'{"PingInterval":0.1}')
        began = asyncio.get_running_loop().time()
        await socket.send(pong)
        await reply(socket, "ping")
        held.append(asyncio.get_running_loop().time() - began)
        await socket.send(frame(body()).SerializeToString())
        await drained(socket)

    made, _ = asyncio.run(heard(play, 1, config={"PingInterval": 1}))
    assert len(made.asked) == 1
    assert 0.5 < held[0] < 5


@pytest.mark.parametrize("end", ["close", "reset", "halfway"])
def test_a_connection_that_ends_is_opened_anew(end: str) -> None:
    """Closed, reset, or reset in the middle of a frame; Feishu's own pauses are kept."""

    async def play(socket: ServerConnection) -> None:
        await socket.send(frame(body(str(id(socket)))).SerializeToString())
        await reply(socket)
        if end == "close":
            await socket.close(1012)
            return
        if end == "halfway":
            socket.transport.write(b"\x82\x7e\x01\x00\x08")  # binary, 256 bytes, one of them comes
        await asyncio.sleep(0.01)
        socket.transport.abort()

    made, store = asyncio.run(heard(play, 3))
    assert len(made.asked) >= 3
    assert len(store.taken) >= 3


def test_garbage_harms_nothing() -> None:
    """No protobuf, no JSON inside, a card, unknown types: passed over or sent back."""

    async def play(socket: ServerConnection) -> None:
        card = frame(b"{}")
        card.headers[0].value = "card"
        for one in (b"", b"\xff", "text", encode(7, 0, {}), card.SerializeToString()):
            await socket.send(one)
        await socket.send(frame(b"[]").SerializeToString())
        assert json.loads((await reply(socket)).payload) == {"code": 500}
        await socket.send(frame(body(), total=5000).SerializeToString())
        assert json.loads((await reply(socket)).payload) == {"code": 500}
        await socket.send(frame(body(name="im.message.receive_v1")).SerializeToString())
        await drained(socket)

    _, store = asyncio.run(heard(play, 3))
    assert [one.refused for one in store.taken] == ["shape", "shape", ""]
    assert (store.taken[2].events, store.taken[2].hints) == (("im.message.receive_v1",), 0)


def refusing(code: int, status: int = 200, times: int = 1) -> Any:
    """An endpoint that refuses so many times."""

    def answer(made: Provider) -> tuple[int, Any]:
        if len(made.asked) > times:
            return endpoint()(made)  # type: ignore[no-any-return]
        return status, {"code": code, "msg": "said by Feishu", "data": {"URL": ""}}

    return answer


@pytest.mark.parametrize("code", [403, 514, 1000040344, 1000040345, 10003])
def test_wrong_credentials_end_it_with_one_sentence(code: int) -> None:
    """The secret is not in it, nor what Feishu said."""

    async def play(socket: ServerConnection) -> None:
        raise AssertionError("nobody connects")

    async def attempt() -> CredentialFault:
        async with provider(play, refusing(code)) as made:
            with pytest.raises(CredentialFault) as fault:
                await asyncio.wait_for(client(made.http).listen(Store()), SOON)
            assert len(made.asked) == 1
        return fault.value

    fault = asyncio.run(attempt())
    assert fault.code == str(code)
    assert str(fault).startswith("Feishu callback/ws/endpoint was refused: ")
    assert "said by" not in str(fault)


@pytest.mark.parametrize(
    "answer",
    [
        refusing(1),
        refusing(1000040343, 500),
        refusing(1000040350),
        refusing(0),
        refusing(99991400, 429),
    ],
)
def test_an_endpoint_that_has_a_bad_moment_is_asked_again(answer: Any) -> None:
    """Busy, an error inside, 50 connections already, no address, throttled."""

    async def play(socket: ServerConnection) -> None:
        await socket.send(frame(body()).SerializeToString())
        await drained(socket)

    async def attempt() -> int:
        store = Store()
        async with provider(play, answer) as made, listening(client(made.http), store):
            await store.until(1)
        return len(made.asked)

    assert asyncio.run(attempt()) == 2


@pytest.mark.parametrize(
    ("status", "auth", "ends"),
    [("514", "1000040350", False), ("514", "1000040345", False), ("403", None, True)],
)
def test_a_refused_handshake_says_why_in_its_headers(
    status: str, auth: str | None, ends: bool
) -> None:
    """Too many connections and an old ticket are waited for; what is forbidden is not."""
    refusals = iter((True,))

    async def play(socket: ServerConnection) -> None:
        await socket.send(frame(body()).SerializeToString())
        await drained(socket)

    def guard(socket: ServerConnection, request: Any) -> Any:
        if not next(refusals, False):
            return None
        response = socket.respond(403, "")
        response.headers["Handshake-Status"] = status
        response.headers["Handshake-Msg"] = "said by Feishu"
        if auth is not None:
            response.headers["Handshake-Autherrcode"] = auth
        return response

    async def attempt() -> bool:
        store = Store()
        async with provider(play, endpoint(), process_request=guard) as made:
            task = asyncio.create_task(client(made.http).listen(store))
            stored = asyncio.create_task(store.until(1))
            done, left = await asyncio.wait(
                (task, stored), timeout=SOON, return_when=asyncio.FIRST_COMPLETED
            )
            for one in left:
                one.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        return task in done and isinstance(task.exception(), CredentialFault)

    assert asyncio.run(attempt()) is ends


def test_pauses_are_those_that_feishu_asks_for() -> None:
    """At random within the nonce, then one interval each; a zero makes no storm."""

    async def pauses(**config: int) -> tuple[list[float], float]:
        async with provider(drained, endpoint(config)) as made:
            settings = FeishuSettings(app_id="a", app_secret="s", base_url=made.http)
            gateway = Gateway(settings, QUICK)
            assert gateway.pause(1) < 1  # nobody has asked for anything yet
            await gateway.open()
            await gateway.close()
            return [gateway.pause(1) for _ in range(200)], gateway.pause(2)

    first, then = asyncio.run(pauses(ReconnectNonce=30, ReconnectInterval=120))
    assert 0 <= min(first) < 10 < 20 < max(first) <= 30
    assert then == 120
    assert asyncio.run(pauses(ReconnectNonce=0, ReconnectInterval=0))[1] == QUICK.first_wait


def test_what_is_not_an_event_cannot_be_opened() -> None:
    """A damaged entry of the inbox."""
    for damaged in (b"\xc1", keep(Callback(method="", body=b"[1]"), 0)):
        with pytest.raises(InputError, match="full compare"):
            client("http://x").hints(damaged)


@FUZZ
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda method, headers, value: encode(method, 1, headers, value),
            st.integers(0, 2),
            st.dictionaries(
                st.sampled_from(["type", "sum", "seq", "message_id"]),
                st.sampled_from(["event", "pong", "card", "1", "2", "0", "-1", "x", "٣"]),
            ),
            st.one_of(st.binary(max_size=50), json_values().map(lambda v: json.dumps(v).encode())),
        ),
    )
)
def test_no_frame_whatever_harms(message: bytes) -> None:
    """hear never raises; what it keeps can be opened again, and has as many hints as it said."""
    line = FeishuLine("ws://x", 1, ClientConfig(), "custom")
    found = line.hear(message, 0.0)
    assert line.every > 0
    if found.received is not None and found.received.keep is not None:
        assert len(client("http://x").hints(found.received.keep)) == found.received.hints
