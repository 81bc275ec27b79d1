"""Access tokens: three ways to ask, one token per app (DingTalk docs, 获取access_token)."""

from __future__ import annotations

import hashlib
from typing import Any

from adapters.dingtalk.simulator.errors import ApiError, NewApiError
from adapters.dingtalk.simulator.params import Params
from adapters.dingtalk.simulator.settings import DingTalkSettings
from adapters.simulation.clock import Clock


class Tokens:
    """The app's current token: asked for again it is the same one, with a new lifetime."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._token = ""
        self._expires = 0.0
        self._issued = 0

    def issue(self, settings: DingTalkSettings) -> str:
        """The token in force, extended, or a new one after the old one expired."""
        if not self.valid(self._token):
            self._issued += 1
            seed = f"{settings.app_key} {self._issued}"
            self._token = hashlib.sha256(seed.encode()).hexdigest()[:32]
        self._expires = self._clock.now() + settings.token_lifetime
        return self._token

    def valid(self, token: str) -> bool:
        """Say whether ``token`` opens anything now."""
        return bool(token) and token == self._token and self._clock.now() < self._expires

    def expire(self) -> None:
        """End the token's life early."""
        self._expires = 0.0


def gettoken(settings: DingTalkSettings, tokens: Tokens, params: Params) -> dict[str, Any]:
    """``GET /gettoken``: 40035 without parameters, 40096 for wrong ones."""
    key = params.text("appkey", code=40035)
    secret = params.text("appsecret", code=40035)
    if (key, secret) != (settings.app_key, settings.app_secret):
        raise ApiError(40096)
    return {"access_token": tokens.issue(settings), "expires_in": settings.token_lifetime}


def access_token(settings: DingTalkSettings, tokens: Tokens, params: Params) -> dict[str, Any]:
    """``POST /v1.0/oauth2/accessToken``: 400 invalidClientIdOrSecret."""
    given = (params.text_or_none("appKey"), params.text_or_none("appSecret"))
    if given != (settings.app_key, settings.app_secret):
        raise NewApiError(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
    return {"accessToken": tokens.issue(settings), "expireIn": settings.token_lifetime}


def corp_token(
    settings: DingTalkSettings, tokens: Tokens, params: Params, corp_id: str
) -> dict[str, Any]:
    """``POST /v1.0/oauth2/{corpId}/token``, the OAuth style; an unknown corp is unknownError."""
    if corp_id != settings.corp_id:
        raise NewApiError(500, "unknownError", "未知错误")
    if params.text_or_none("grant_type") != "client_credentials":
        raise NewApiError(400, "unsupported.grant.type", "不支持的grant_type")
    given = (params.text_or_none("client_id"), params.text_or_none("client_secret"))
    if given != (settings.app_key, settings.app_secret):
        raise NewApiError(400, "invalid.client", "无效的client_id或者client_secret")
    return {"access_token": tokens.issue(settings), "expires_in": settings.token_lifetime}
