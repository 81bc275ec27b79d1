"""How Casdoor dresses answers and errors (Casdoor source, controllers/base.go)."""

from __future__ import annotations

from typing import Any

from adapters.casdoor.simulator.errors import RefusedError
from adapters.simulation.http import HTML, Reply, json_reply

Envelope = dict[str, Any]


def ok(data: object = None, data2: object = None) -> Envelope:
    """``status: ok`` with the answer; a page has its total in ``data2``."""
    return _envelope("ok", "", data, data2)


def action(affected: bool) -> Envelope:
    """The answer of every write: whether a row changed."""
    return ok("Affected" if affected else "Unaffected")


def failure(error: RefusedError, language: str) -> Reply:
    """``status: error``, with HTTP 200 all the same."""
    return json_reply(_envelope("error", error.message(language), None, None), code="error")


def _envelope(status: str, message: str, data: object, data2: object) -> Envelope:
    return {
        "status": status,
        "msg": message,
        "sub": "",
        "name": "",
        "data": data,
        "data2": data2,
        "data3": None,
    }


def page(status: int, title: str) -> Reply:
    """An answer of the web framework or of the proxy in front: a page, not JSON."""
    body = f"<html><head><title>{title}</title></head><body><h1>{status} {title}</h1></body></html>"
    return Reply(body.encode(), status=status, code=str(status), content_type=HTML)
