"""Access tokens, one per secret (WeCom gettoken)."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from adapters.simulation.clock import Clock
from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.params import Params
from adapters.wecom.simulator.settings import Caller, WeComSettings


class Tokens:
    """The tokens of both secrets; asked again within its life, a secret has the same one."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._issued = clock, 0
        self._current: dict[Caller, str] = {}
        self._whose: dict[str, tuple[Caller, float]] = {}

    def issue(self, secret: Caller, lifetime: int) -> tuple[str, int]:
        """A token and the seconds that it has left."""
        now = self._clock.now()
        token = self._current.get(secret, "")
        if self._whose.get(token, (secret, 0.0))[1] <= now:
            self._issued += 1
            token = hashlib.sha256(f"{secret} {self._issued}".encode()).hexdigest()
            self._current[secret] = token
            self._whose[token] = secret, now + lifetime
        return token, math.ceil(self._whose[token][1] - now)

    def whose(self, token: str) -> Caller:
        """The secret behind ``token``: 41001 for none, 40014 for no token of ours, 42001 expired"""
        if not token:
            raise ApiError(41001)
        known = self._whose.get(token)
        if known is None:
            raise ApiError(40014)
        secret, end = known
        if self._clock.now() >= end:
            raise ApiError(42001)
        return secret

    def expire(self) -> None:
        """End the life of all tokens early, as the platform may."""
        now = self._clock.now()
        self._whose = {token: (secret, now) for token, (secret, _) in self._whose.items()}


def gettoken(settings: WeComSettings, tokens: Tokens, query: Params) -> dict[str, Any]:
    """``GET gettoken``: 41002, 41004, 40013, 40001."""
    corp_id, secret = query.text("corpid"), query.text("corpsecret")
    if not corp_id:
        raise ApiError(41002)
    if not secret:
        raise ApiError(41004)
    if corp_id != settings.corp_id:
        raise ApiError(40013)
    known: dict[str, Caller] = {settings.contact_secret: "contact", settings.app_secret: "app"}
    if secret not in known:
        raise ApiError(40001)
    token, left = tokens.issue(known[secret], settings.token_lifetime)
    return {"access_token": token, "expires_in": left}
