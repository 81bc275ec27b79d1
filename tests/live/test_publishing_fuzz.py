"""Whatever is sent to publish: no crash, a document for every refusal, nothing without a right."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.nats.client import connect
from adapters.nats.connection import Address
from orgledger.api import Problem, Published
from orgledger.bootstrap import Service
from orgledger.engine.publish import PUBLISHABLE
from orgledger.live.service import Live
from tests.live.api_desk import ELSEWHERE, FOUNDED, READER, TOKEN, ApiDesk, news, renamed
from tests.live.live_desk import eventually

FUZZ = settings(
    max_examples=int(os.environ.get("ORGLEDGER_FUZZ", "50")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Desk = tuple[ApiDesk, Service, Live]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = ApiDesk(tmp_path_factory.mktemp("api"))
    with made.serving() as (opened, live):
        eventually(lambda: live.jobs["answer"].here)
        with made.client() as client:
            client.publish("acme", FOUNDED, key="founded")
        yield made, opened, live


ids = st.sampled_from(["d1", "d2", "u1", "r1", "g1", "u2", "", "ü", "a.b", "*"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | ids
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
fields = sorted({name for cls in PUBLISHABLE.values() for name in cls.__struct_fields__} | {"nam"})
changes = st.fixed_dictionaries(
    {"event": st.sampled_from([*PUBLISHABLE, "RecordLinked", ""]), "id": ids},
    optional={name: values | ids | st.lists(ids, max_size=2) for name in fields},
)
documents = (changes | st.lists(changes | values, max_size=4) | values).map(msgspec.json.encode)
bodies = (
    documents
    | st.binary(max_size=60)
    | st.lists(documents, max_size=3).map(b"\n".join)
    | st.integers(1, 40000).map(lambda depth: b"[" * depth)
    | st.sampled_from([b"", b"[]", b"{}", b"null", b"\xef\xbb\xbf[]", b'["\\ud800"]', b"1e999"])
    | st.builds(lambda body, at: body[:at], documents, st.integers(0, 30))
)
credentials = st.sampled_from(
    [None, "", "Bearer", f"Bearer {TOKEN}", f"bearer {TOKEN} ", f"Bearer {READER}",
     f"Bearer {ELSEWHERE}", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", TOKEN, "Bearer ü"]
)  # fmt: skip
paths = st.sampled_from(
    ["/orgs/acme/events", "/orgs/acme/state", "/orgs/owned/events", "/orgs/none/events",
     "/orgs", "/orgs/", "/orgs/acme", "/orgs//events", "/orgs/acme/events/", "/orgs/*/events"]
) | st.text(max_size=12).map("/orgs/".__add__)  # fmt: skip
headers = st.lists(
    st.tuples(
        st.sampled_from([b"idempotency-key", b"if-none-match", b"last-event-id", b"x"]),
        st.binary(max_size=12),
    ),
    max_size=3,
)


async def answered(
    door: Callable[..., Awaitable[None]], scope: dict[str, Any], parts: list[bytes]
) -> tuple[int, dict[str, str], bytes]:
    """What an ASGI server would send, of a caller who goes away when it has sent everything."""
    incoming = [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await door(scope, receive, send)
    begun = sent[0]
    found = {name.decode(): value.decode() for name, value in begun["headers"]}
    return begun["status"], found, b"".join(m["body"] for m in sent[1:])


@FUZZ
@given(
    method=st.sampled_from(["POST", "POST", "POST", "GET", "HEAD", "PUT", "get", ""]),
    path=paths,
    query=st.sampled_from([b"", b"after=0", b"after=99999999", b"after=" + b"9" * 5000])
    | st.binary(max_size=12),
    credential=credentials,
    more=headers,
    body=bodies,
    cut=st.integers(0, 20),
)
def test_any_request_over_http_is_answered(
    method: str,
    path: str,
    query: bytes,
    credential: str | None,
    more: list[tuple[bytes, bytes]],
    body: bytes,
    cut: int,
    desk: Desk,
) -> None:
    """Never by 500; refused with a problem document; recorded only with a right to publish."""
    _, opened, live = desk
    if credential is not None:
        more = [*more, (b"authorization", credential.encode("utf-8"))]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": more,
    }
    head = opened.ledger.head
    loop_of = asyncio.new_event_loop()
    try:
        answer = answered(live.orgs, scope, [body[:cut], body[cut:]])
        status, found, said = loop_of.run_until_complete(asyncio.wait_for(answer, 10))
    finally:
        loop_of.close()
    assert status != 500, said
    if status >= 400:
        assert found["content-type"] == "application/problem+json"
        assert msgspec.json.decode(said, type=Problem).status == status
    if status == 201:
        assert (method, path) == ("POST", "/orgs/acme/events")
        assert credential in (f"Bearer {TOKEN}", f"bearer {TOKEN} ")
        assert news(opened, head)
    else:
        assert not news(opened, head)


class Caller:
    """A connection of nats-py in a loop of its own."""

    def __init__(self, address: Address) -> None:
        self.loop = asyncio.new_event_loop()
        self.client = self.loop.run_until_complete(connect(address))

    def ask(self, subject: str, body: bytes, headers: dict[str, str], wait: float = 10) -> bytes:
        asked = self.client.request(subject, body, timeout=wait, headers=headers)
        return bytes(self.loop.run_until_complete(asked).data)

    def close(self) -> None:
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


@pytest.fixture(scope="module")
def caller(desk: Desk) -> Iterator[Caller]:
    made = Caller(desk[1].address)
    yield made
    made.close()


@FUZZ
@given(
    org=st.sampled_from(["acme", "acme", "owned", "none", "%61cme", "%", "acme%00", "%zz"]),
    body=bodies,
    key=st.none() | st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=9),
    actor=st.sampled_from([None, "", "hr", "a b", "ü", "x" * 65]),
)
def test_any_request_over_nats_is_answered(
    org: str, body: bytes, key: str | None, actor: str | None, desk: Desk, caller: Caller
) -> None:
    """With the position, or with a problem document; never by 500."""
    opened = desk[1]
    told = {"Nats-Msg-Id": key, "Orgledger-Actor": actor}
    head = opened.ledger.head
    said = caller.ask(
        f"orgledger.publish.{org}", body, {k: v for k, v in told.items() if v is not None}
    )
    document = json.loads(said)
    if "status" in document:
        assert msgspec.json.decode(said, type=Problem).status not in (500, 503), said
        assert not news(opened, head)
    else:
        repeated = msgspec.json.decode(said, type=Published).repeated
        assert repeated == (not news(opened, head))


@pytest.mark.slow
def test_headers_that_are_none_do_not_end_the_service(desk: Desk, caller: Caller) -> None:
    """Bytes of all kinds where the headers of a message are: what comes next is answered."""
    opened = desk[1]
    address = opened.address
    host, _, port = address.servers[0].partition("://")[2].rpartition(":")
    login = {"user": address.user, "pass": address.password, "headers": True, "verbose": False}
    blocks = (
        b"", b"\r\n", b"NATS/1.0\r\n\r\n", b"NATS/1.0\r\nno colon\r\n\r\n", b"NATS/1.0 503\r\n\r\n",
        b"NATS/1.0\r\nNats-Msg-Id: \xff\xfe\r\n\r\n", b"\x00\x01\x02", b"NATS/1.0\r\n:\r\n\r\n",
        b"NATS/1.0\r\nA: b", b"NATS/1.0\r\n\xff: x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n",
    )  # fmt: skip
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.recv(65536)
        connection.sendall(b"CONNECT %b\r\n" % json.dumps(login).encode())
        for block in blocks:
            size = len(block)
            line = b"HPUB orgledger.publish.acme reply.to %d %d\r\n" % (size, size + 2)
            connection.sendall(line + block + b"[]\r\n")
        connection.sendall(b"PING\r\n")
        connection.recv(65536)
    answers: list[bytes] = []

    def answered_again() -> bool:
        body = json.dumps(renamed("Afterwards")).encode()
        with suppress(TimeoutError):
            answers.append(caller.ask("orgledger.publish.acme", body, {"Nats-Msg-Id": "later"}, 1))
        return bool(answers)

    # nats-py gives the connection up that brought them, and dials again after two pings
    assert eventually(answered_again, 15) < 12
    assert b'"run"' in answers[0]
