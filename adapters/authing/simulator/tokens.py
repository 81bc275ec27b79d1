"""Access tokens: shaped like JWTs, because clients read the user pool's id out of them."""

from __future__ import annotations

import base64
import secrets

import msgspec

from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.envelopes import Data
from adapters.authing.simulator.errors import RefusedError
from adapters.authing.simulator.settings import AuthingSettings
from adapters.simulation.clock import Clock
from adapters.simulation.http import Request

NOT_SIGNED_IN = RefusedError(401, "尚未登录，无权限访问此请求", 2020)


class Tokens:
    """The tokens that are good, and until when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._good: dict[str, float] = {}

    def issue(self, settings: AuthingSettings, ask: Ask) -> Data:
        """``get-management-token``: a new token for a right key."""
        pair = ask.text("accessKeyId"), ask.text("accessKeySecret")
        if pair != (settings.access_key_id, settings.access_key_secret):
            raise RefusedError(403, "accessKeyId 或 accessKeySecret 不正确")
        lifetime = settings.token_lifetime
        now = int(self._clock.now())
        claims = {"scoped_userpool_id": settings.userpool_id, "iat": now, "exp": now + lifetime}
        parts = ({"alg": "HS256", "typ": "JWT"}, claims)
        signed = ".".join((*(_encoded(part) for part in parts), secrets.token_urlsafe(16)))
        self._good[signed] = self._clock.now() + lifetime
        return {"access_token": signed, "expires_in": lifetime}

    def check(self, settings: AuthingSettings, request: Request) -> None:
        """Let the call through; raises RefusedError."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self._good.get(token, 0) <= self._clock.now():
            raise NOT_SIGNED_IN
        pool = request.headers.get("x-authing-userpool-id")
        if pool is not None and pool != settings.userpool_id:
            raise RefusedError(403, "没有权限访问该用户池")

    def expire(self) -> None:
        """No token is good any more."""
        self._good.clear()


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(part)).decode().rstrip("=")
