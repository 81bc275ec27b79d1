"""One call: what is tried again, how long, what is counted, and what stays secret."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from adapters.http import Budget, HostThrottled, HttpClient, Outgoing, Patience, Reply
from adapters.simulation.server import running
from domain.errors import SystemFault, TerminalFault, TransientFault
from tests.adapters.http.virtual import now, run_virtually

TOKEN = "t0ps3cret"
ASK = Outgoing("GET", httpx.URL(f"http://host/things?access_token={TOKEN}"), b"a private thing")
ANY = msgspec.json.Decoder(Any)

Step = tuple[int, bytes] | Exception


class Script:
    """An ASGI application that answers by a list; the last answer stays."""

    def __init__(self, *steps: Step) -> None:
        self.steps, self.asked = list(steps), 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        step = self.steps[min(self.asked, len(self.steps) - 1)]
        self.asked += 1
        if isinstance(step, Exception):
            raise step
        await send({"type": "http.response.start", "status": step[0], "headers": []})
        await send({"type": "http.response.body", "body": step[1]})


def judge(reply: Reply) -> Any:
    """Like a provider's: 429 throttles, 5xx fails, a page is a ban."""
    if reply.status == 429:
        raise TransientFault("slower", code="429", throttled=True)
    if reply.status >= 500:
        raise TransientFault("broken", code=str(reply.status))
    if reply.is_html:
        raise HostThrottled("a page", code="page")
    return reply.decode(ANY, "thing")


def ask(script: Script, *, repeat: bool = True, times: int = 1, **patience: Any) -> tuple[Any, ...]:
    """What came of a call, how long it took, and how many calls reached the wire."""

    async def main() -> tuple[Any, ...]:
        client = HttpClient(
            "Desk",
            Budget(1000, clock=now),
            transport=httpx.ASGITransport(script),
            patience=Patience(**patience),
            clock=now,
        )
        began, result = now(), None
        try:
            for _ in range(times):
                result = await client.call("things", ASK, judge, repeat=repeat)
        except SystemFault as fault:
            result = fault
        await client.close()
        return result, now() - began, client.calls

    return run_virtually(main)


OK: Step = (200, b'{"a":1}')


def test_a_good_answer_is_returned() -> None:
    assert ask(Script(OK)) == ({"a": 1}, 0, 1)


@pytest.mark.parametrize(
    "bad",
    [
        (500, b""),
        (200, b'{"a":'),
        (200, b""),
        httpx.ReadError("cut"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("half an answer"),
    ],
    ids=["500", "truncated", "empty", "reset", "timeout", "protocol"],
)
def test_failures_are_tried_again_with_growing_waits(bad: Step) -> None:
    result, seconds, calls = ask(Script(bad, bad, OK))
    assert (result, calls) == ({"a": 1}, 3)
    assert 1.5 * 0.75 <= seconds <= 1.5 * 1.25


@pytest.mark.parametrize("bad", [(500, b""), (200, b"{"), httpx.ReadError("cut")])
def test_patience_with_failures_ends(bad: Step) -> None:
    result, seconds, calls = ask(Script(bad))
    assert isinstance(result, TransientFault)
    assert calls == 4
    assert seconds < 5


def test_total_time_ends_patience_too() -> None:
    result, seconds, _ = ask(Script((500, b"")), tries=100, total=10)
    assert isinstance(result, TransientFault)
    assert seconds <= 10


def test_throttling_does_not_count_as_a_try() -> None:
    result, seconds, calls = ask(Script(*[(429, b"")] * 6, OK))
    assert (result, calls) == ({"a": 1}, 7)
    assert seconds >= (1 + 2 + 4 + 8 + 16 + 32) * 0.75


def test_throttling_for_ever_becomes_an_error_in_the_end() -> None:
    result, seconds, _ = ask(Script((429, b"")), throttled=100)
    assert isinstance(result, TransientFault)
    assert result.throttled
    assert seconds <= 100


def test_a_page_instead_of_data_pauses_everything_and_is_probed() -> None:
    page: Step = (200, b"<html>blocked</html>")
    result, seconds, calls = ask(Script(OK, page, page, page, OK), times=2)
    assert (result, calls) == ({"a": 1}, 5)
    assert 35 <= seconds <= 36


def test_a_page_from_a_host_that_never_answered_is_not_waited_for() -> None:
    result, seconds, calls = ask(Script((200, b"<html>your hotel's login</html>")))
    assert isinstance(result, HostThrottled)
    assert calls == 4
    assert seconds < 6


def test_a_shape_nobody_knows_is_not_tried_again() -> None:
    script = Script((200, b"[1]"))

    def strict(reply: Reply) -> dict[str, int]:
        return reply.decode(msgspec.json.Decoder(dict[str, int]), "thing")

    async def main() -> None:
        transport = httpx.ASGITransport(script)
        client = HttpClient("Desk", Budget(20, clock=now), transport=transport, clock=now)
        with pytest.raises(TerminalFault, match="unknown shape"):
            await client.call("things", ASK, strict)

    run_virtually(main)
    assert script.asked == 1


@pytest.mark.parametrize("bad", [(500, b""), (200, b"{"), httpx.ReadError("cut")])
def test_a_call_that_must_not_repeat_is_sent_once(bad: Step) -> None:
    result, _, calls = ask(Script(bad, OK), repeat=False)
    assert isinstance(result, TransientFault)
    assert calls == 1


@pytest.mark.parametrize("bad", [(429, b""), httpx.ConnectError("nobody")])
def test_a_call_that_was_surely_not_done_repeats_anyway(bad: Step) -> None:
    assert ask(Script(bad, OK), repeat=False)[0] == {"a": 1}


@pytest.mark.parametrize(
    "bad", [(500, b"private"), (200, b"{private"), httpx.ReadError("x"), httpx.ConnectError("x")]
)
def test_neither_errors_nor_logs_tell_secrets(bad: Step, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    result, _, _ = ask(Script(bad))
    told = f"{result} {result!r} {caplog.text}"
    assert TOKEN not in told
    assert "private" not in told
    assert "Desk things" in caplog.text, "the call itself is named"


def over_the_network(work: Callable[[HttpClient], Any], patience: Patience | None = None) -> Any:
    async def main() -> Any:
        client = HttpClient("Desk", Budget(10_000), patience=patience)
        try:
            return await work(client)
        finally:
            await client.close()

    return asyncio.run(main())


def test_many_calls_at_once_over_real_sockets() -> None:
    script = Script(OK)
    with running(script) as server:  # type: ignore[arg-type]
        there = Outgoing("POST", httpx.URL(server.url + "/things"), b"{}")

        async def work(client: HttpClient) -> list[Any]:
            return await asyncio.gather(*(client.call("a", there, judge) for _ in range(200)))

        assert over_the_network(work) == [{"a": 1}] * 200
    assert script.asked == 200


def test_no_library_below_logs_the_query(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with running(Script(OK)) as server:  # type: ignore[arg-type]
        there = Outgoing("GET", httpx.URL(f"{server.url}/things?access_token={TOKEN}"))
        assert over_the_network(lambda client: client.call("a", there, judge)) == {"a": 1}
    assert "send_request_headers" in caplog.text, "the library does log"
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("kept_off", "seen"), [("", ["http://things.test/a"]), ("things.test", [])], ids=["yes", "no"]
)
def test_the_proxy_of_the_environment_is_used(
    kept_off: str, seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split()[1].decode())
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{"a":1}')
        await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(proxy, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", kept_off)
        client = HttpClient("Desk", Budget(20), patience=Patience(tries=1, connect=0.5))
        there = Outgoing("GET", httpx.URL("http://things.test/a"))
        with contextlib.suppress(TransientFault):  # without the proxy there is no such host
            assert await client.call("a", there, judge) == {"a": 1}
        await client.close()
        server.close()

    asyncio.run(main())
    assert asked == seen


def test_nobody_at_the_address() -> None:
    async def work(client: HttpClient) -> Any:
        there = Outgoing("GET", httpx.URL("http://127.0.0.1:9/things?access_token=x"))
        with pytest.raises(TransientFault) as caught:
            await client.call("things", there, judge)
        return str(caught.value), client.calls

    told, calls = over_the_network(work, Patience(tries=2, first_wait=0.01))
    assert told.startswith("Desk things cannot be reached: no connection to 127.0.0.1")
    assert calls == 0, "nothing reached the wire"


def test_an_address_that_is_none() -> None:
    async def work(client: HttpClient) -> None:
        with pytest.raises(TerminalFault, match="no http address"):
            await client.call("things", Outgoing("GET", httpx.URL("ftp://host/x")), judge)

    over_the_network(work)
