"""DingTalk's Stream mode: our client against a gateway written from the protocol's page."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection

from adapters.dingtalk.frames import StreamLine
from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.stream import DingTalkStream
from adapters.listening import MOST
from domain.errors import CredentialFault, InputError
from domain.hints import LARGEST, Callback, keep
from tests.adapters.callback_desk import FUZZ, json_values
from tests.adapters.line_desk import QUICK, SOON, Play, Provider, Store, listening, provider

BORN = 1_683_533_823_336
NEWCOMER = {"timeStamp": str(BORN), "userId": ["manager4220", "user2"]}


def event(name: str = "user_add_org", data: Any = NEWCOMER, **headers: Any) -> str:
    """An event as the protocol's page shows it."""
    return json.dumps(
        {
            "specVersion": "1.0",
            "type": "EVENT",
            "headers": {
                "topic": "*",
                "messageId": "213d841d_972_1898bb26334_70a7",
                "contentType": "application/json",
                "time": str(BORN),
                "eventType": name,
                "eventId": "c7c7120f2c07419",
                "eventCorpId": "ding9f50",
                "eventBornTime": str(BORN),
                "eventUnifiedAppId": "bbb381b6",
                **headers,
            },
            "data": json.dumps(data),
        }
    )


def system(topic: str, data: dict[str, Any], **headers: Any) -> str:
    """A message about the connection itself."""
    told = {"topic": topic, "contentType": "application/json", **headers}
    return json.dumps({"type": "SYSTEM", "headers": told, "data": json.dumps(data)})


def granted(made: Provider) -> tuple[int, Any]:
    """A ticket, as the vendor answers."""
    return 200, {"endpoint": f"{made.ws}/connect", "ticket": f"a+b/{len(made.asked)}"}


def stream(url: str) -> DingTalkStream:
    """Our client of the gateway at ``url``."""
    settings = DingTalkSettings(app_key="key", app_secret="secret", api_url=url, stream=True)
    return DingTalkStream(settings, patience=QUICK)


async def reply(socket: ServerConnection) -> dict[str, Any]:
    """The next message of the client; it has to be text."""
    async with asyncio.timeout(SOON):
        said = await socket.recv()
    assert isinstance(said, str)
    answer: dict[str, Any] = json.loads(said)
    assert answer["headers"]["contentType"] == "application/json"
    return answer


async def heard(play: Play, count: int = 1, store: Store | None = None) -> tuple[Provider, Store]:
    """What is stored of ``play`` until there are ``count`` events."""
    store = store or Store()
    async with provider(play, granted) as made, listening(stream(made.http), store):
        await store.until(count)
    return made, store


def test_an_event_is_stored_acknowledged_and_opened() -> None:
    """The ticket is used once, escaped; the answer follows the storing; hints are those of HTTP."""
    answers = []

    async def play(socket: ServerConnection) -> None:
        await socket.send(event())
        answers.append(await reply(socket))
        await socket.wait_closed()

    made, store = asyncio.run(heard(play))
    (asked,) = made.asked
    assert asked["call"] == "POST /v1.0/gateway/connections/open"
    assert (asked["clientId"], asked["clientSecret"]) == ("key", "secret")
    assert asked["subscriptions"] == [{"type": "EVENT", "topic": "*"}]
    assert made.headers["accept"] == "application/json"
    assert made.paths == ["/connect?ticket=a%2Bb%2F1"]
    (received,) = store.taken
    assert (received.sort, received.events, received.hints) == ("event", ("user_add_org",), 2)
    assert received.keep is not None
    hints = stream("http://x").hints(received.keep)
    assert [(h.kind, h.id, h.at) for h in hints] == [
        ("member", "manager4220", BORN / 1000),
        ("member", "user2", BORN / 1000),
    ]


def test_the_acknowledgement_has_the_vendors_form() -> None:
    """code, headers.messageId, and SUCCESS in data."""
    answers = []

    async def play(socket: ServerConnection) -> None:
        await socket.send(event())
        answers.append(await reply(socket))
        await socket.send(event(eventId="2"))
        await socket.wait_closed()

    asyncio.run(heard(play, 2))
    assert answers[0]["code"] == 200
    assert answers[0]["headers"]["messageId"] == "213d841d_972_1898bb26334_70a7"
    assert json.loads(answers[0]["data"])["status"] == "SUCCESS"


def test_what_was_not_stored_comes_again() -> None:
    """LATER, and no 200, while the store is away; the repeat has the key of the first."""
    statuses = []

    async def play(socket: ServerConnection) -> None:
        for mark in ("m1", "m2"):
            await socket.send(event(messageId=mark))
            answer = await reply(socket)
            status = json.loads(answer["data"])["status"]
            statuses.append((answer["headers"]["messageId"], answer["code"], status))
        await socket.send(event(messageId="m3"))
        await socket.wait_closed()

    _, store = asyncio.run(heard(play, 2, Store(fails=1)))
    assert statuses == [("m1", 500, "LATER"), ("m2", 200, "SUCCESS")]
    assert store.taken[0].key == store.taken[1].key


def test_a_slow_store_delays_no_ping_and_no_other_event() -> None:
    """While events wait for the store a ping is answered at once; the rest is sent back."""
    seen: list[dict[str, Any]] = []

    async def play(socket: ServerConnection) -> None:
        for number in range(80):
            await socket.send(event(messageId=str(number), eventId=str(number)))
        await socket.send(system("ping", {"opaque": "123-dsfs"}, messageId="ping"))
        while not seen or seen[-1]["headers"]["messageId"] != "ping":
            seen.append(await reply(socket))
        async for _ in socket:
            pass

    _, store = asyncio.run(heard(play, 64, Store(slow=0.3)))
    assert json.loads(seen[-1]["data"]) == {"opaque": "123-dsfs"}
    later = [int(one["headers"]["messageId"]) for one in seen[:-1]]
    assert later == list(range(64, 80))
    assert all(json.loads(one["data"])["status"] == "LATER" for one in seen[:-1])
    assert len(store.taken) == 64


def test_a_burst_is_taken_at_the_pace_of_the_store() -> None:
    """Four times as many events at once as may wait: none is sent back while the store moves."""
    statuses: list[str] = []

    async def play(socket: ServerConnection) -> None:
        for number in range(4 * MOST):
            await socket.send(event(messageId=str(number), eventId=str(number)))
        answers = [await reply(socket) for _ in range(4 * MOST)]
        statuses.extend(json.loads(one["data"])["status"] for one in answers)
        await socket.wait_closed()

    async def attempt() -> None:
        store = Store(slow=0.005)
        async with provider(play, granted) as made, listening(stream(made.http), store):
            await store.until(MOST)
            async with asyncio.timeout(SOON):
                while len(statuses) < 4 * MOST:
                    await asyncio.sleep(0.01)

    asyncio.run(attempt())
    assert set(statuses) == {"SUCCESS"}


def test_asked_to_leave_we_come_again_with_another_ticket() -> None:
    """What was under way is acknowledged on the old connection first."""
    late = []

    async def play(socket: ServerConnection) -> None:
        await socket.send(event())
        await socket.send(system("disconnect", {"reason": "connection is expired"}))
        late.append(json.loads((await reply(socket))["data"])["status"])
        await socket.wait_closed()

    made, _ = asyncio.run(heard(play, 2, Store(slow=0.05)))
    assert made.paths[:2] == ["/connect?ticket=a%2Bb%2F1", "/connect?ticket=a%2Bb%2F2"]
    assert late[:2] == ["SUCCESS", "SUCCESS"]


@pytest.mark.parametrize("end", ["close", "reset", "halfway", "nonsense"])
def test_a_connection_that_ends_is_opened_anew(end: str) -> None:
    """Closed, reset, reset in the middle of a frame, or no websocket any more."""

    async def play(socket: ServerConnection) -> None:
        await socket.send(event(eventId=str(id(socket))))
        await reply(socket)
        if end == "close":
            await socket.close(1011)
            return
        if end == "halfway":
            socket.transport.write(b"\x81\x7e\x01\x00{")  # text, 256 bytes, of which one comes
        if end == "nonsense":
            socket.transport.write(b"\xff\xff\xff\xff")
        await asyncio.sleep(0.01)
        socket.transport.abort()

    made, store = asyncio.run(heard(play, 3))
    assert len(made.asked) >= 3
    assert len(store.taken) >= 3


def test_garbage_and_strange_topics_harm_nothing() -> None:
    """What is no frame is passed over; what is not subscribed to is answered 404."""
    codes = []

    async def play(socket: ServerConnection) -> None:
        strange = {"topic": "/v1.0/im/bot/messages/get", "messageId": "m"}
        for one in ("", "[]", "{", '{"headers":[]}', '{"type":"EVENT"}', b"\xff\x00"):
            await socket.send(one)
        await socket.send(json.dumps({"type": "CALLBACK", "headers": strange, "data": "{}"}))
        codes.append((await reply(socket))["code"])
        await socket.send(system("CONNECTED", {}, messageId="m"))
        codes.append((await reply(socket))["code"])
        await socket.send(event("suite_ticket", {"a": 1}))
        await socket.wait_closed()

    _, store = asyncio.run(heard(play, 2))
    assert codes == [404, 200]
    refused, taken = store.taken
    assert (refused.refused, refused.keep) == ("shape", None)  # an event without anything in it
    assert (taken.events, taken.hints) == (("suite_ticket",), 0)


def test_a_wrong_secret_ends_it_with_one_sentence() -> None:
    """HTTP 401 authFailed, as DingTalk answers; the secret is not in the sentence."""

    async def play(socket: ServerConnection) -> None:
        raise AssertionError("nobody connects")

    def refuse(made: Provider) -> tuple[int, Any]:
        return 401, {"requestid": "ED203550", "code": "authFailed", "message": "鉴权失败"}

    async def attempt() -> str:
        async with provider(play, refuse) as made:
            with pytest.raises(CredentialFault) as fault:
                await asyncio.wait_for(stream(made.http).listen(Store()), SOON)
            assert len(made.asked) == 1
        return str(fault.value)

    assert asyncio.run(attempt()) == (
        "DingTalk gateway/connections/open was refused: app_key or app_secret is wrong. Compare"
        " app_key and app_secret with Client ID and Client Secret in the developer console"
        " (open-dev.dingtalk.com)."
    )


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (503, {"code": "systemBusy", "message": "系统繁忙"}),
        (403, {"code": "Forbidden.AccessDenied.QpsLimitForApi", "message": "QPS"}),
        (200, {}),
        (200, {"endpoint": "http://169.254.169.254/", "ticket": "t"}),
        (200, {"endpoint": "ws://127.0.0.1:1/connect", "ticket": "t"}),
    ],
)
def test_a_gateway_that_has_a_bad_moment_is_asked_again(status: int, answer: Any) -> None:
    """Busy, throttled, no answer, an address that is none, nobody there: the next try helps."""

    async def play(socket: ServerConnection) -> None:
        await socket.send(event())
        await socket.wait_closed()

    async def attempt() -> int:
        store = Store()

        def first_bad(made: Provider) -> tuple[int, Any]:
            return (status, answer) if len(made.asked) == 1 else granted(made)

        async with provider(play, first_bad) as made, listening(stream(made.http), store):
            await store.until(1)
        return len(made.asked)

    assert asyncio.run(attempt()) == 2


def test_a_refused_handshake_is_tried_with_a_new_ticket() -> None:
    """HTTP 403 instead of 101: the ticket was used or is too old."""
    refusals = iter((403, 500))

    async def play(socket: ServerConnection) -> None:
        await socket.send(event())
        await socket.wait_closed()

    def guard(socket: ServerConnection, request: Any) -> Any:
        status = next(refusals, None)
        return None if status is None else socket.respond(status, "")

    async def attempt() -> int:
        store = Store()
        async with (
            provider(play, granted, process_request=guard) as made,
            listening(stream(made.http), store),
        ):
            await store.until(1)
        return len(made.asked)

    assert asyncio.run(attempt()) == 3


def test_what_is_not_an_event_of_stream_cannot_be_opened() -> None:
    """A damaged entry of the inbox, or one that came by HTTP."""
    one = stream("http://x")
    for body in (b"{", b'{"encrypt":"aGVsbG8="}', b'{"type":"EVENT","data":"[]"}'):
        with pytest.raises(InputError, match="full compare"):
            one.hints(keep(Callback(method="", body=body), 0))
    with pytest.raises(InputError, match="full compare"):
        one.hints(b"\xc1")


def test_a_huge_event_is_counted_and_sent_back() -> None:
    """More than the store takes."""
    line = StreamLine("ws://x")
    huge = event(data={"userId": ["x" * LARGEST]}).encode()
    found = line.hear(huge, 0.0)
    assert found.received is not None
    assert (found.received.refused, found.received.keep) == ("oversize", None)
    assert json.loads(json.loads(found.received.answer.body)["data"])["status"] == "LATER"


@FUZZ
@given(
    st.one_of(
        st.binary(max_size=200),
        json_values().map(lambda value: json.dumps(value).encode()),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["EVENT", "SYSTEM", "CALLBACK", ""])},
            optional={
                "headers": st.dictionaries(
                    st.sampled_from(
                        ["topic", "messageId", "eventType", "eventId", "eventBornTime"]
                    ),
                    json_values(),
                ),
                "data": st.one_of(st.text(), json_values().map(json.dumps)),
            },
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_message_whatever_harms(message: bytes) -> None:
    """hear never raises; what it keeps can be opened again, and has as many hints as it said."""
    found = StreamLine("ws://x").hear(message, 0.0)
    if found.received is not None and found.received.keep is not None:
        assert len(stream("http://x").hints(found.received.keep)) == found.received.hints
