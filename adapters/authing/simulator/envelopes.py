"""The envelope around every answer, also of refusals."""

from __future__ import annotations

import uuid
from typing import Any

from adapters.authing.simulator.errors import RefusedError
from adapters.simulation.http import HTML, Reply, json_reply

Data = dict[str, Any] | list[Any]


def ok(data: Data) -> Reply:
    """A success; it has no apiCode."""
    return json_reply({"statusCode": 200, "message": "", "data": data})


def failure(error: RefusedError) -> Reply:
    """A refusal, with HTTP 200 like everything else."""
    body: dict[str, Any] = {"statusCode": error.status, "message": error.message}
    if error.api_code is not None:
        body["apiCode"] = error.api_code
    body["requestId"] = str(uuid.uuid4())
    return json_reply(body, code=str(error.status))


def page(status: int, text: str) -> Reply:
    """What the gateway in front of the API says."""
    html = f"<html><body>{status} {text}</body></html>".encode()
    return Reply(html, status=status, code=str(status), content_type=HTML)


def done() -> Data:
    """The data of a write that returns nothing else."""
    return {"success": True}
