"""Refusals of the token endpoint and of Graph (Graph v1.0, errors; Entra, AADSTS codes)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.entra.simulator.settings import EntraSettings
from adapters.simulation.http import Reply, json_reply

REQUEST_ID = "00000000-0000-4000-8000-00000000aaaa"
DATE = "2026-01-01T00:00:00"


class GraphError(Exception):
    """A refusal of Graph: HTTP status, code, and the sentence that goes with it."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})


class TokenError(Exception):
    """A refusal of the token endpoint: its class, and the AADSTS number."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(error)
        self.status, self.error, self.number, self.message = status, error, number, message


def bad_request(message: str) -> GraphError:
    """400 Request_BadRequest."""
    return GraphError(400, "Request_BadRequest", message)


def unsupported(message: str) -> GraphError:
    """400 Request_UnsupportedQuery."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def not_found(what: str) -> GraphError:
    """404 Request_ResourceNotFound."""
    message = (
        f"Resource '{what}' does not exist or one of its queried reference-property objects"
        " are not present."
    )
    return GraphError(404, "Request_ResourceNotFound", message)


def denied() -> GraphError:
    """403 Authorization_RequestDenied; Graph does not say which permission is missing."""
    message = "Insufficient privileges to complete the operation."
    return GraphError(403, "Authorization_RequestDenied", message)


def unauthenticated(message: str) -> GraphError:
    """401 InvalidAuthenticationToken."""
    headers = {"www-authenticate": 'Bearer realm="", error="invalid_token"'}
    return GraphError(401, "InvalidAuthenticationToken", message, headers)


def too_many(seconds: int) -> GraphError:
    """429 with the wait that the service suggests."""
    headers = {"retry-after": str(seconds), "x-ms-throttle-scope": "Tenant_Application/ReadWrite"}
    return GraphError(429, "TooManyRequests", "Too many requests.", headers)


def body_of(error: GraphError, settings: EntraSettings) -> Any:
    """The refusal in the form that ``settings`` ask for; None is an empty body."""
    if settings.envelope == "empty":
        return None
    if settings.envelope == "text":
        return {"error": error.code, "error_description": error.message}
    inner = {"date": DATE, "request-id": REQUEST_ID, "client-request-id": REQUEST_ID}
    return {"error": {"code": error.code, "message": error.message, "innerError": inner}}


def graph_reply(error: GraphError, settings: EntraSettings) -> Reply:
    """A refusal of Graph as an answer."""
    headers = {"request-id": REQUEST_ID, **error.headers}
    body = body_of(error, settings)
    if body is None:
        return Reply(b"", status=error.status, code=error.code, headers=headers)
    return json_reply(body, status=error.status, code=error.code, headers=headers)


def token_reply(error: TokenError) -> Reply:
    """A refusal of the token endpoint, which has a form of its own."""
    content = {
        "error": error.error,
        "error_description": f"AADSTS{error.number}: {error.message} Trace ID: {REQUEST_ID}",
        "error_codes": [error.number],
        "timestamp": "2026-01-01 00:00:00Z",
        "trace_id": REQUEST_ID,
        "correlation_id": REQUEST_ID,
        "error_uri": f"https://login.microsoftonline.com/error?code={error.number}",
    }
    return json_reply(content, status=error.status, code=error.error)
