"""Feishu's side of its webhooks, for whoever plays Feishu.

Source: Feishu docs, 将事件发送至开发者服务器 and 接收事件 (feishu.md, 10.1 and 10.2).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.feishu.sealing import NONCE, SIGNATURE, STAMP, EncryptKey
from adapters.receiving import Random, Refused, table
from domain.hints import Answer, Callback

_NONCE = 8


class FeishuSpeaker:
    """Makes the calls of one app; without ``encrypt_key`` they are plain and not signed."""

    def __init__(
        self,
        encrypt_key: str,
        verification_token: str,
        random: Random = secrets.token_bytes,
    ) -> None:
        self._key = EncryptKey(encrypt_key, random) if encrypt_key else None
        self._token, self._random = verification_token, random

    def call(self, event: Mapping[str, Any], now: float, path: str = "/") -> Callback:
        """One event, of version 2.0 (with ``schema``) or 1.0; its token is put in here."""
        if "schema" in event:
            told = {**event, "header": {**event.get("header", {}), "token": self._token}}
        else:
            told = {**event, "token": self._token}
        body = self._sealed(told)
        return Callback(method="POST", path=path, headers=self._signed(body, now), body=body)

    def check(self, challenge: str, path: str = "/") -> Callback:
        """The check of the address when it is entered: not signed."""
        told = {"challenge": challenge, "token": self._token, "type": "url_verification"}
        return Callback(method="POST", path=path, headers=_plain(), body=self._sealed(told))

    @staticmethod
    def acknowledged(answer: Answer) -> bool:
        """Whether the event is taken; any other answer is repeated."""
        return answer.status == 200

    @staticmethod
    def greeted(answer: Answer, challenge: str) -> bool:
        """Whether it is the answer to the check with ``challenge``."""
        try:
            found = table(answer.body).get("challenge")
        except Refused:
            return False
        return answer.status == 200 and found == challenge

    def _sealed(self, told: Mapping[str, Any]) -> bytes:
        message = msgspec.json.encode(told)
        if self._key is None:
            return message
        return msgspec.json.encode({"encrypt": self._key.seal(message)})

    def _signed(self, body: bytes, now: float) -> dict[str, str]:
        if self._key is None:
            return _plain()
        stamp, nonce = str(int(now)), self._random(_NONCE).hex()
        signature = self._key.sign(stamp, nonce, body)
        return {**_plain(), STAMP: stamp, NONCE: nonce, SIGNATURE: signature}


def _plain() -> dict[str, str]:
    return {"content-type": "application/json;charset=utf-8"}
