"""What came back: the forms of a wait, nulls, and bodies that are packed or cut off."""

from __future__ import annotations

import asyncio
import gzip
import time
from email.utils import formatdate
from typing import Any

import httpx
import msgspec
import pytest

from adapters.http import Budget, HttpClient, Outgoing, Patience, Reply, decoded, decoder
from domain.errors import SystemFault, TransientFault
from tests.adapters.http.virtual import now, run_virtually


class Row(msgspec.Struct):
    id: int
    name: str = "nobody"
    mail: str | None = "unknown"


class Page(msgspec.Struct):
    more: bool = False
    rows: list[Row] = []
    raw: list[msgspec.Raw] = []


@pytest.mark.parametrize(
    ("said", "wait"),
    [("5", 5), ("0", 0), ("0.5", 0.5), ("", None), ("soon", None), ("-1", None), ("1e9", None)],
)
def test_seconds_to_wait(said: str, wait: float | None) -> None:
    """Whole seconds as in RFC 9110, and parts of one as gateways say; nonsense says nothing."""
    assert Reply(429, "", b"", said).wait(0) == wait


def test_a_date_to_wait_for() -> None:
    """The seconds until then; none when it is over."""
    for ahead, wait in ((90, 90), (-90, 0)):
        said = formatdate(time.time() + ahead, usegmt=True)
        assert Reply(429, "", b"", said).wait(time.time()) == pytest.approx(wait, abs=2)


def test_null_where_there_is_none_is_as_if_left_out() -> None:
    """At any depth; null where the shape has it keeps its meaning."""
    page = decoded(decoder(Page), b'{"more":null,"rows":[{"id":1,"mail":null}],"new":null}')
    assert page == Page(rows=[Row(id=1, mail=None)])
    page = decoded(decoder(Page), b'{"rows":[{"id":1,"name":null}],"raw":[{"a":1}]}')
    assert page.rows == [Row(id=1)] and [bytes(raw) for raw in page.raw] == [b'{"a":1}']
    kept = decoded(decoder(Page), b'{"more":null,"raw":[{"a":null}]}').raw
    assert bytes(kept[0]) == b'{"a":null}'


def test_what_is_wrong_otherwise_stays_wrong() -> None:
    """A field that must be there, and another type."""
    for body in (b'{"rows":[{"id":null}]}', b'{"more":[],"rows":null}', b"[]"):
        with pytest.raises(msgspec.ValidationError):
            decoded(decoder(Page), body)


class Throttling:
    """Refuses twice with these headers, then answers."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers, self.asked = headers, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        named = [(k.encode(), v.encode()) for k, v in self._headers.items()]
        status = 429 if self.asked < 3 else 200
        await send({"type": "http.response.start", "status": status, "headers": named})
        await send({"type": "http.response.body", "body": b"{}"})


def waited(headers: dict[str, str]) -> float:
    """Seconds until an answer from a system that names its waits in ``x-reset``."""

    def judge(reply: Reply) -> None:
        if reply.status == 429:
            wait = reply.wait(time.time())
            raise TransientFault("slower", code="429", retry_after=wait, throttled=True)

    async def main() -> float:
        client = HttpClient(
            "Desk",
            Budget(1000, clock=now),
            transport=httpx.ASGITransport(Throttling(headers)),
            retry_header="x-reset",
            clock=now,
        )
        began = now()
        await client.call("things", Outgoing("GET", httpx.URL("http://host/")), judge)
        await client.close()
        return now() - began

    return run_virtually(main)


def test_the_systems_own_header_counts_before_the_one_of_its_proxy() -> None:
    """Where it is missing, what stands in front of the system may say it in Retry-After."""
    assert waited({"x-reset": "7", "retry-after": "30"}) == pytest.approx(14, abs=0.1)
    assert waited({"retry-after": "30"}) == pytest.approx(60, abs=0.1)


def test_a_wait_of_no_time_is_not_taken_at_its_word() -> None:
    """A system that rounds down would be asked again at once, as often as it refuses."""
    assert 1.5 * 0.75 <= waited({"x-reset": "0"}) <= 1.5 * 1.25 + 0.1


def spoken(*answers: bytes, token: str = "t") -> list[Any]:
    """What comes of one call for each raw answer of a real server, which hangs up after each."""
    headers = (("Authorization", f"Bearer {token}"),)
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(left.pop(0))
        await writer.drain()
        writer.close()

    async def main() -> list[Any]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = HttpClient("Desk", Budget(1000), patience=Patience(tries=1, first_wait=0.01))
        results: list[Any] = []
        for _ in answers:
            ask = Outgoing("GET", httpx.URL(f"http://127.0.0.1:{port}/"), None, headers)
            try:
                results.append(await client.call("things", ask, lambda reply: reply.body))
            except SystemFault as fault:
                results.append(fault.code)
        await client.close()
        server.close()
        return results

    return asyncio.run(asyncio.wait_for(main(), 20))


def test_packed_and_cut_off_bodies() -> None:
    """gzip is unpacked unasked; what is cut off or cannot be unpacked is worth another try."""
    packed = gzip.compress(b'{"a":1}')
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n"
    zipped = (head + b"Content-Encoding: gzip\r\n\r\n") % len(packed)
    cut = head % 100 + b"\r\n" + b'{"a":'
    chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + b'{"a":\r\n'
    broken = zipped + b"\x00" * len(packed)
    assert spoken(zipped + packed, cut, chunk, broken) == [b'{"a":1}', *["connection"] * 3]


def test_a_mark_of_the_byte_order_is_no_part_of_an_answer() -> None:
    """RFC 8259, section 8.1, lets a reader pass over it; some servers write it."""
    said = "\ufeff{}".encode()
    assert spoken(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said)) == [b"{}"]


def test_a_proxy_that_speaks_no_http_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many have ALL_PROXY=socks5://… in their environment."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:1080")
    assert spoken(b"never sent") == ["proxy"]


@pytest.mark.parametrize("token", ["secret\n", "sécret", "密"])
def test_a_token_that_no_header_can_carry(token: str) -> None:
    """One sentence instead of four tries at a connection that was never the trouble."""
    assert spoken(b"never sent", token=token) == ["header"]
