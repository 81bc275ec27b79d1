"""The token endpoint: client credentials with a secret (entra.md, section 1)."""

from __future__ import annotations

import hashlib

from adapters.entra.simulator.errors import TokenError, unauthenticated
from adapters.entra.simulator.settings import EntraSettings
from adapters.simulation.clock import Clock
from adapters.simulation.http import BadBodyError, Reply, Request, json_reply

PATH = "/oauth2/v2.0/token"
BEARER = "Bearer "


class Tokens:
    """Tokens that were given out: each is good for its own lifetime."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ends: dict[str, float] = {}

    def issue(self, settings: EntraSettings) -> str:
        """A new token."""
        seed = f"{settings.client_id} {len(self._ends)}"
        token = hashlib.sha256(seed.encode()).hexdigest()
        self._ends[token] = self._clock.now() + settings.token_lifetime
        return token

    def expire(self) -> None:
        """End the life of all tokens early."""
        self._ends = dict.fromkeys(self._ends, 0.0)

    def check(self, header: str) -> None:
        """Raise the refusal of an ``Authorization`` header that opens nothing."""
        token = header.removeprefix(BEARER)
        if not header.startswith(BEARER) or not token:
            raise unauthenticated("Access token is empty.")
        if token not in self._ends:
            raise unauthenticated("CompactToken parsing failed with error code: 80049217")
        if self._clock.now() >= self._ends[token]:
            raise unauthenticated("Lifetime validation failed, the token is expired.")


def token(settings: EntraSettings, tokens: Tokens, request: Request) -> Reply:
    """``POST /{tenant}/oauth2/v2.0/token``; raises TokenError."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("application/x-www-form-urlencoded"):
        raise TokenError(400, "invalid_request", 900144, "The request body must be a form.")
    try:
        form = request.payload
    except BadBodyError:
        form = {}
    _check_app(settings, request.path.removesuffix(PATH).strip("/"), form)
    lifetime = settings.token_lifetime
    return json_reply(
        {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": tokens.issue(settings),
        }
    )


def _check_app(settings: EntraSettings, tenant: str, form: dict[str, str]) -> None:
    if tenant not in (settings.tenant_id, settings.domain):
        raise TokenError(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
    if form.get("grant_type") != "client_credentials":
        raise TokenError(400, "unsupported_grant_type", 70003, "The grant type is not supported.")
    if form.get("client_id") != settings.client_id:
        raise TokenError(400, "unauthorized_client", 700016, "Application was not found.")
    if not settings.app_enabled:
        raise TokenError(400, "unauthorized_client", 7000112, "Application is disabled.")
    if form.get("client_secret") != settings.client_secret:
        raise TokenError(401, "invalid_client", 7000215, "Invalid client secret provided.")
    if settings.secret_expired:
        raise TokenError(401, "invalid_client", 7000222, "The provided client secret is expired.")
    scope = form.get("scope", "")
    if not scope.endswith("/.default") or " " in scope:
        raise TokenError(400, "invalid_scope", 70011, "The provided scope is not valid.")
