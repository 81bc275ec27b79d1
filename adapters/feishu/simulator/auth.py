"""Access tokens (Feishu authentication, tenant_access_token/internal)."""

from __future__ import annotations

import math
from typing import Any

from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.ids import digest
from adapters.feishu.simulator.params import Params
from adapters.feishu.simulator.settings import FeishuSettings
from adapters.simulation.clock import Clock

RENEWABLE = 1800
"""With fewer seconds left than this a new token is given out; the old one lives to its end."""


class Tokens:
    """The app's tokens: at most two are valid at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ends: dict[str, float] = {}
        self._current = ""
        self._issued = 0

    def issue(self, settings: FeishuSettings) -> tuple[str, int]:
        """A token and the seconds that it has left."""
        now = self._clock.now()
        if self._ends.get(self._current, 0.0) - now < min(RENEWABLE, settings.token_lifetime):
            self._ends = {token: end for token, end in self._ends.items() if end > now}
            self._issued += 1
            self._current = f"t-{digest(settings.app_id, str(self._issued))}"
            self._ends[self._current] = now + settings.token_lifetime
        return self._current, math.ceil(self._ends[self._current] - now)

    def valid(self, token: str) -> bool:
        """Say whether ``token`` opens anything now."""
        return self._clock.now() < self._ends.get(token, 0.0)

    def expire(self) -> None:
        """End the life of all tokens early."""
        self._ends.clear()


def tenant_access_token(settings: FeishuSettings, tokens: Tokens, body: Params) -> dict[str, Any]:
    """``tenant_access_token/internal``: 10003 for a missing or unknown app, 99991543 else."""
    app_id, secret = body.text("app_id"), body.text("app_secret")
    if app_id != settings.app_id or not secret:
        raise ApiError(10003)
    if secret != settings.app_secret:
        raise ApiError(99991543)
    token, left = tokens.issue(settings)
    return {"tenant_access_token": token, "expire": left}


def app_access_token(settings: FeishuSettings, tokens: Tokens, body: Params) -> dict[str, Any]:
    """``app_access_token/internal``: the same token under both names."""
    found = tenant_access_token(settings, tokens, body)
    return {"app_access_token": found["tenant_access_token"], **found}
