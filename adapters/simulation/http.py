"""Requests and replies of a simulator, read from and written to plain ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import msgspec

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

JSON = b"application/json;charset=utf-8"
HTML = b"text/html;charset=utf-8"


TRANSPORT = "orgledger.transport"
"""Key in the ASGI ``state`` under which our server passes the connection, to be cut on demand."""


class BadBodyError(ValueError):
    """The body is not the JSON object or the form that its content type promises."""


class Request:
    """One HTTP request. ``fields`` are all parameters together, the body winning.

    ``placed`` are those that a provider found in the path (``/users/:user_id``).
    """

    def __init__(self, scope: Scope, body: bytes) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.body = body
        self.placed: dict[str, str] = {}

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Header values by lower-case name."""
        return {k.decode("latin-1"): v.decode("latin-1") for k, v in self.scope["headers"]}

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; of a repeated one the last counts."""
        return dict(self.pairs)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Query parameters as they came, repeated ones repeatedly."""
        raw: bytes = self.scope["query_string"]
        return parse_qsl(raw.decode("latin-1"), keep_blank_values=True) if raw else []

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The body's parameters: a JSON object or a form."""
        if not self.body:
            return {}
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return self._form()
        try:
            decoded = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            if b"{" not in self.body and b"=" in self.body:
                return self._form()
            raise BadBodyError("the body is not JSON") from None
        if decoded is None:
            return {}
        if not isinstance(decoded, dict):
            raise BadBodyError("the body is not a JSON object")
        return decoded

    def _form(self) -> dict[str, Any]:
        try:
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        except UnicodeDecodeError:
            raise BadBodyError("the form is not UTF-8") from None

    @cached_property
    def fields(self) -> dict[str, Any]:
        """Path, query and body parameters together."""
        outside = {**self.placed, **self.query}
        return {**outside, **self.payload} if outside else self.payload


class Reply:
    """One HTTP answer. ``code`` is the provider's error code for the counters, None for success."""

    __slots__ = ("body", "code", "content_type", "headers", "status")

    def __init__(
        self,
        body: bytes,
        *,
        status: int = 200,
        code: str | None = None,
        content_type: bytes = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.body, self.status, self.code, self.content_type = body, status, code, content_type
        self.headers = headers or {}


def json_reply(
    content: object,
    *,
    status: int = 200,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Wrap ``content`` as a JSON answer."""
    return Reply(msgspec.json.encode(content), status=status, code=code, headers=headers)


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Collect the whole body."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return Request(scope, body)


async def send_reply(send: Send, reply: Reply) -> None:
    """Send ``reply`` in two ASGI messages."""
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [
                (b"content-type", reply.content_type),
                (b"content-length", str(len(reply.body)).encode()),
                *((name.encode(), value.encode()) for name, value in reply.headers.items()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": reply.body})
