"""``POST /$batch``: up to twenty requests, each judged and throttled on its own.

Source: Graph v1.0, json-batching.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from adapters.entra.simulator.errors import bad_request
from adapters.entra.simulator.paging import PREFIX
from adapters.simulation.http import Reply, Request

MOST = 20


class Part(msgspec.Struct):
    """One request of a batch."""

    id: str
    method: str
    url: str
    headers: dict[str, str] = {}


class Body(msgspec.Struct):
    """The batch."""

    requests: list[Part]


def batch(request: Request, answer: Callable[[Request], Reply]) -> dict[str, Any]:
    """All answers, in an order of the service's own; ``answer`` serves one request."""
    try:
        parts = msgspec.json.decode(request.body, type=Body).requests
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise bad_request("Invalid batch payload format.") from error
    if len(parts) > MOST:
        raise bad_request(f"Number of batch request steps exceeds the maximum value of {MOST}.")
    if len({part.id for part in parts}) != len(parts):
        raise bad_request("Batch request ids must be unique.")
    return {"responses": [_one(part, request, answer) for part in reversed(parts)]}


def _one(part: Part, request: Request, answer: Callable[[Request], Reply]) -> dict[str, Any]:
    parts = urlsplit(part.url)
    headers = [(name.lower().encode(), value.encode()) for name, value in part.headers.items()]
    inherited = [
        (name, value)
        for name, value in request.scope["headers"]
        if name in (b"authorization", b"host")
    ]
    scope = {
        **request.scope,
        "method": part.method,
        "path": f"{PREFIX}/{unquote(parts.path).lstrip('/')}",
        "query_string": parts.query.encode("latin-1"),
        "headers": [*inherited, *headers],
    }
    reply = answer(Request(scope, b""))
    shown = {name: value for name, value in reply.headers.items() if name == "retry-after"}
    body = msgspec.Raw(reply.body) if reply.body else None
    return {"id": part.id, "status": reply.status, "headers": shown, "body": body}
