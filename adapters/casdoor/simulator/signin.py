"""Who calls: the application by Basic, query or Bearer token, or nobody.

Source: Casdoor source at e6b2338f, routers/auto_signin_filter.go, routers/base.go and
object/token_oauth.go. The application is ``app/<name>`` and may do everything.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import UTC, datetime

import msgspec

from adapters.casdoor.simulator.errors import RefusedError
from adapters.casdoor.simulator.settings import CasdoorSettings
from adapters.simulation.clock import Clock
from adapters.simulation.http import BadBodyError, Reply, Request, json_reply


class Tokens:
    """The access tokens that were given out and still open something."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._expires: dict[str, float] = {}
        self._issued = 0

    def issue(self, settings: CasdoorSettings) -> str:
        """A new token; earlier ones stay valid."""
        self._issued += 1
        seed = f"{settings.client_id} {self._issued}".encode()
        token = f"simulated.{hashlib.sha256(seed).hexdigest()}.token"
        self._expires[token] = self._clock.now() + settings.token_lifetime
        return token

    def check(self, token: str) -> None:
        """Refuse a token that is unknown or too old."""
        expires = self._expires.get(token)
        if expires is None:
            raise RefusedError("Access token doesn't exist in database")
        if self._clock.now() >= expires:
            when = datetime.fromtimestamp(int(expires), UTC).isoformat()
            raise RefusedError("Access token has expired, expireTime = {}", when)

    def expire(self) -> None:
        """End the life of all tokens early."""
        self._expires = dict.fromkeys(self._expires, 0.0)


def caller(settings: CasdoorSettings, tokens: Tokens, request: Request) -> str:
    """``app/<application>``, or an empty text for somebody unknown.

    A token that opens nothing and a wrong pair in the query are refused; a wrong Basic pair is
    ignored, because a proxy in front may have asked for it.
    """
    query = request.query
    token = query.get("accessToken") or query.get("access_token") or _bearer(request)
    if token:
        tokens.check(token)
        return f"app/{settings.application}"
    basic = _basic(request)
    client_id, secret = basic or (query.get("clientId", ""), query.get("clientSecret", ""))
    if client_id and secret:
        if client_id == settings.client_id and secret == settings.client_secret:
            return f"app/{settings.application}"
        if basic is None:
            raise _wrong_pair(settings, client_id)
    if query.get("accessKey") and query.get("accessSecret"):
        raise RefusedError("Access key not found: {}", query["accessKey"])
    return ""


def _wrong_pair(settings: CasdoorSettings, client_id: str) -> RefusedError:
    if client_id != settings.client_id:
        return RefusedError("Application not found for client ID: {}", client_id)
    return RefusedError("Incorrect client secret for application: {}", settings.application)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (client_id, secret) if colon else None


def access_token(settings: CasdoorSettings, tokens: Tokens, request: Request) -> Reply:
    """``POST /api/login/oauth/access_token``: query, form or JSON; errors as in RFC 6749."""
    try:
        given = {**request.payload, **request.query}
    except (BadBodyError, msgspec.DecodeError):
        given = dict(request.query)
    pair = given.get("client_id", ""), given.get("client_secret", "")
    if pair == ("", ""):
        pair = _basic(request) or pair
    if pair[0] != settings.client_id:
        return _token_error(401, "invalid_client", "client_id is invalid")
    grant = given.get("grant_type", "")
    if grant != "client_credentials":
        text = f"grant_type: {grant} is not supported in this application"
        return _token_error(400, "unsupported_grant_type", text)
    if pair[1] != settings.client_secret:
        return _token_error(401, "invalid_client", "client_secret is invalid")
    token = tokens.issue(settings)
    return json_reply(
        {
            "access_token": token,
            "id_token": token,
            "refresh_token": "",
            "token_type": "Bearer",
            "expires_in": settings.token_lifetime,
            "scope": given.get("scope", ""),
        }
    )


def _token_error(status: int, error: str, description: str) -> Reply:
    body = {"error": error, "error_description": description}
    return json_reply(body, status=status, code=error)
