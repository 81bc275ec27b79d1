"""The client in Python, by what it is answered: also by something else than orgledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgledger.client import AsyncClient, Client, Event, ProblemError
from orgledger.client.wire import Frames

Handler = Callable[[httpx.Request], httpx.Response]

SPLITTING = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\r\nh"
"""Where httpx, and Python, end a line; a stream of server-sent events ends none at most of them."""


def told(position: int, title: str) -> dict[str, Any]:
    return {
        "position": position,
        "org": "acme",
        "kind": "member",
        "event": "MemberProfileChanged",
        "id": f"e-{position}",
        "at": "2026-11-22T08:30:00Z",
        "actor": "user:x",
        "fact": {"uid": "m-1", "title": title},
    }


def frame(event: dict[str, Any], end: bytes = b"\n") -> bytes:
    data = msgspec.json.encode(event)
    return b"id: %d%bdata: %b%b%b" % (event["position"], end, data, end, end)


def by(handler: Handler) -> Client:
    return Client("http://orgledger", "token", transport=httpx.MockTransport(handler))


def streamed(content: bytes) -> Handler:
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    return lambda request: httpx.Response(200, headers=headers, content=content)


def test_any_character_may_stand_in_an_event() -> None:
    """Those too at which Python ends a line."""
    events = [told(1, SPLITTING), told(2, "x")]
    content = b": \n\n" + b"".join(map(frame, events))
    with by(streamed(content)) as client:
        found = list(islice(client.events("acme", after=0), 2))
    assert [(e.position, e.fact["title"]) for e in found] == [(1, SPLITTING), (2, "x")]

    async def work() -> list[Event]:
        transport = httpx.MockTransport(streamed(content))
        async with AsyncClient("http://orgledger", "token", transport=transport) as reader:
            return [e async for e in _first(reader.events("acme", after=0), 2)]

    assert asyncio.run(work()) == found


async def _first(events: Any, count: int) -> Any:
    async for event in events:
        yield event
        count -= 1
        if not count:
            return


@given(
    titles=st.lists(st.text(max_size=6), max_size=4),
    end=st.sampled_from([b"\n", b"\r\n"]),
    data=st.data(),
)
def test_events_come_whole_however_the_stream_is_cut(
    titles: list[str], end: bytes, data: st.DataObject
) -> None:
    events = [told(number, title) for number, title in enumerate(titles, 1)]
    content = b": " + end + end + b"".join(frame(event, end) for event in events)
    frames, found, at = Frames(), list[Event](), 0
    while at < len(content):
        size = data.draw(st.integers(1, 200))
        found += frames.events(content[at : at + size])
        at += size
    assert [e.fact["title"] for e in found] == titles


PAGE = httpx.Response(200, headers={"content-type": "text/html"}, content=b"<p>Log in")
ELSEWHERE = httpx.Response(302, headers={"location": "https://login.example"})
NOTHING = httpx.Response(204)


@pytest.mark.parametrize("reply", [PAGE, ELSEWHERE, NOTHING], ids=["page", "redirect", "nothing"])
def test_something_else_that_answers_is_told(reply: httpx.Response) -> None:
    """A proxy's page is a problem, with what to look at; a subscriber does not ask for ever."""
    with by(lambda request: reply) as client:
        for ask in (
            lambda: client.state("acme"),
            lambda: client.publish("acme", []),
            lambda: next(client.events("acme", after=0)),
        ):
            with pytest.raises(ProblemError, match="not one of orgledger; look at the address"):
                ask()
