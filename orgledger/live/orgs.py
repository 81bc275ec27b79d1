"""The door ``/orgs``: other programs publish to an organization, and subscribe to it, over HTTP.

An ASGI application. Bodies, queries and headers are neither logged nor counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec

from orgledger.api import event
from orgledger.live import subscribing
from orgledger.live.callers import Callers, May
from orgledger.live.organization import Organizations
from orgledger.live.problems import CONTENT_TYPE, RefusalError, document, problem
from orgledger.live.publishing import LARGEST, Publishing
from orgledger.live.receiver import HungUpError, whole
from orgledger.serving import Receive, Scope, Send

if TYPE_CHECKING:
    from nats.aio.client import Client

    from orgledger.bootstrap import Service

log = logging.getLogger("orgledger.api")

PATH = "/orgs"

STREAMS = 100
"""Callers that are told events at one time."""

BODY_S = 30.0
"""How long a body may take to come in."""

UNREAD_S = 60.0
"""A caller that has not read for so long what it is told is given up; it may go on where it was."""

_JSON = "application/json"
_DOORS: dict[tuple[str, str], May] = {
    ("POST", "events"): "publish",
    ("GET", "events"): "read",
    ("GET", "state"): "read",
}
_DIGITS = 18
"""Of a position, at most: JetStream numbers with 64 bits."""


class Orgs:
    """Everybody's organizations. ``client`` is asked for when events are told."""

    def __init__(
        self,
        opened: Service,
        publishing: Publishing,
        organizations: Organizations,
        client: Callable[[], Client],
    ) -> None:
        self._opened, self._publishing, self._client = opened, publishing, client
        self._organizations = organizations
        self._callers = Callers(opened.config.serve.tokens)
        self._streams: set[asyncio.Task[None]] = set()
        self._leaving = False

    @property
    def streams(self) -> int:
        """How many callers are told events at this moment."""
        return len(self._streams)

    def leave(self) -> None:
        """End what has no end of its own, so that the service can stop."""
        self._leaving = True
        for stream in self._streams:
            stream.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._serve(scope, receive, send)
        except HungUpError:
            return
        except Exception as error:
            found = problem(error)
            headers = []
            if found.status == 401:
                headers.append(("www-authenticate", "Bearer"))
            if found.status == 405:
                headers.append(("allow", _methods(scope["path"].rpartition("/")[2])))
            if found.status == 503:
                headers.append(("retry-after", "1"))
            if found.status in (408, 413):  # the rest of the body is not waited for
                headers.append(("connection", "close"))
            await _answer(send, found.status, document(found), CONTENT_TYPE, *headers)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        org, _, what = str(scope["path"]).removeprefix(f"{PATH}/").partition("/")
        method = "GET" if scope["method"] == "HEAD" else str(scope["method"])
        needs = _DOORS.get((method, what))
        caller = self._callers.admitted(headers.get("authorization"), org, needs or "read")
        if what not in {door for _, door in _DOORS}:
            raise RefusalError(404, "there is nothing here")
        if needs is None:
            raise RefusalError(405, f"{method} is not done here")
        if org not in self._opened.config.orgs:
            raise RefusalError(404, f"there is no organization {org!r}")
        if needs == "publish":
            await self._publish(org, caller, headers, receive, send)
        elif what == "state":
            await self._state(org, headers, send)
        else:
            await self._events(org, scope, headers, receive, send)

    async def _publish(
        self, org: str, caller: str, headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        try:
            async with asyncio.timeout(BODY_S):
                body = await whole(receive, LARGEST)
        except TimeoutError:
            raise RefusalError(408, "the body did not come in time") from None
        if body is None:
            raise RefusalError(
                413, f"a publication has at most {LARGEST} bytes", fix="Cut it into several."
            )
        done = await self._publishing.take(
            org, body, actor=f"token:{caller}", key=headers.get("idempotency-key")
        )
        await _answer(send, 200 if done.repeated else 201, msgspec.json.encode(done), _JSON)

    async def _state(self, org: str, headers: dict[str, str], send: Send) -> None:
        position, body = await asyncio.to_thread(self._told, org, headers.get("if-none-match"))
        tag = ("etag", f'"{position}"')
        if body is None:
            await _answer(send, 304, b"", "", tag)
        else:
            await _answer(send, 200, body, _JSON, tag, ("cache-control", "no-cache"))

    def _told(self, org: str, known: str | None) -> tuple[int, bytes | None]:
        """Position and state; no state where the caller has it already."""
        with self._organizations.of(org).now() as directory:
            tags = {tag.strip().removeprefix("W/") for tag in (known or "").split(",")}
            if tags & {f'"{directory.position}"', "*"}:
                return directory.position, None
            return directory.position, msgspec.json.encode(subscribing.state(directory))

    async def _events(
        self, org: str, scope: Scope, headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        query = parse_qs(bytes(scope["query_string"]).decode("ascii", "replace"))
        text = headers.get("last-event-id") or query.get("after", ["0"])[-1]
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
            raise RefusalError(400, "after is a position, such as 0 or 1234")
        head = await asyncio.to_thread(lambda: self._opened.ledger.head)
        if int(text) > head:
            raise RefusalError(
                422, f"the log ends at position {head}", fix="Begin anew with the state."
            )
        if len(self._streams) >= STREAMS or self._leaving:
            raise RefusalError(503, "too many callers are told events", fix="Try again later.")
        stream = asyncio.ensure_future(self._stream(org, int(text), scope["method"], send))
        self._streams.add(stream)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait([stream, gone], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.discard(stream)
            for task in (stream, gone):
                task.cancel()
            ended, left = await asyncio.gather(stream, gone, return_exceptions=True)
        if isinstance(ended, TimeoutError):
            log.info("a caller that does not read its events of %s was given up", org)
        elif isinstance(ended, Exception):
            problem(ended)  # it is logged; the answer has begun, and breaks off
        elif left is not None:
            await send({"type": "http.response.body", "body": b""})

    async def _stream(self, org: str, position: int, method: str, send: Send) -> None:
        """Server-sent events (HTML, section 9.2), without an end."""
        opened = self._opened
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),  # or nginx keeps them back
                ],
            }
        )
        if method != "HEAD":
            await send({"type": "http.response.body", "body": b": \n\n", "more_body": True})
            stream = opened.config.log.stream
            told = subscribing.after(self._client(), opened.ledger, stream, org, position)
            async for entries in told:
                frames = [
                    b"id: %d\ndata: %s\n\n" % (e.position, msgspec.json.encode(event(e)))
                    for e in entries
                ]
                body = b"".join(frames) or b": \n\n"
                async with asyncio.timeout(UNREAD_S):
                    await send({"type": "http.response.body", "body": body, "more_body": True})


def _methods(what: str) -> str:
    """What is done at a door (RFC 9110, section 10.2.1)."""
    found = [method for method, door in _DOORS if door == what]
    return ", ".join([*found, "HEAD"] if "GET" in found else found)


async def _gone(receive: Receive) -> None:
    """Until the caller has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(scope: Scope) -> dict[str, str]:
    """Of a header that comes twice, the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1").strip()
            for name, value in scope["headers"]}  # fmt: skip


async def _answer(
    send: Send, status: int, body: bytes, content_type: str, *more: tuple[str, str]
) -> None:
    headers = [*more]
    if status != 304:  # there it would be the length of the state (RFC 9110, section 8.6)
        headers += [("content-length", str(len(body))), ("content-type", content_type)]
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
