"""Feishu's events by webhook, in version 2.0 and 1.0, and its check of the address.

Source: Feishu docs, 事件概述 and 接收事件 (feishu.md, 10.1 and 10.2). Repeats come after 15
seconds, 5 minutes, one hour and six hours. With an Encrypt Key events are encrypted and signed; the
check of the address is encrypted, but not signed. Without one the Verification Token is all that
proves.
"""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.feishu.events import told
from adapters.feishu.sealing import NONCE, SIGNATURE, STAMP, EncryptKey
from adapters.feishu.settings import FeishuSettings
from adapters.receiving import (
    TOLERANCE,
    Refused,
    admit,
    fresh,
    key_of,
    part,
    same,
    table,
    text,
    unreadable,
)
from domain.errors import ConfigError
from domain.hints import Answer, Callback, Hint, Received, keep, kept

CHECK = "url_verification"
SIGNED = (STAMP, NONCE, SIGNATURE)
LONGEST_CHECK = 4096
"""Bytes of a check of the address; one has a challenge, a token and two words."""
_JSON = "application/json; charset=utf-8"


class FeishuCallbacks:
    """The receiving side of one app's request address."""

    within = 2.5
    """It waits for three seconds; the first repeat comes after fifteen."""

    def __init__(self, settings: FeishuSettings, *, tolerance: float = TOLERANCE) -> None:
        """Raises ConfigError when nothing is set that an event could be verified by."""
        if not settings.encrypt_key and not settings.verification_token:
            raise ConfigError(
                "Feishu's callbacks cannot be received",
                why="encrypt_key and verification_token are both empty",
                fix="Copy both from 事件与回调 → 加密策略 in the app's console.",
            )
        self._key = EncryptKey(settings.encrypt_key) if settings.encrypt_key else None
        self._token, self._id_kind = settings.verification_token, settings.id_kind
        self._tolerance = tolerance

    def receive(self, callback: Callback, now: float) -> Received:
        """See :class:`domain.hints.Callbacks`."""
        try:
            admit(callback, "POST")
            raw, message = self._open(callback.headers, callback.body, now)
            if message.get("type") == CHECK:
                return _greeted(message)
        except Refused as refused:
            return refused.received
        found = told(message, self._id_kind, raw)
        answer = Answer(status=200, body=b'{"msg":"success"}', content_type=_JSON)
        return found.received(answer, keep(callback, now, headers=SIGNED), key_of(callback.body))

    def hints(self, stored: bytes) -> tuple[Hint, ...]:
        """See :class:`domain.hints.Callbacks`."""
        one = kept(stored)
        try:
            raw, message = self._open(one.headers, one.body, None)
        except Refused as refused:
            raise unreadable(refused) from None
        return told(message, self._id_kind, raw).hints

    def _open(
        self, headers: dict[str, str], body: bytes, now: float | None
    ) -> tuple[bytes, dict[str, Any]]:
        """The message, verified, as it was and decoded. Raises Refused."""
        if self._key is None:
            plain = table(body)
            if "encrypt" in plain:
                raise Refused("sealed")
            self._check_token(plain)
            return body, plain
        if not self._key.signed(headers, body):
            return body, self._unsigned(self._key, body)
        if now is not None:
            fresh(headers.get(STAMP, ""), now, self._tolerance)
        outer = table(body)
        raw = self._key.open(text(outer["encrypt"])) if "encrypt" in outer else body
        message = table(raw)
        self._check_token(message)
        return raw, message

    def _unsigned(self, key: EncryptKey, body: bytes) -> dict[str, Any]:
        """The check of the address.

        Everything else has one and the same answer: who may try without a signature must not
        learn from it how far the decryption got, nor have us decrypt a lot.
        """
        if len(body) > LONGEST_CHECK:
            raise Refused("signature")
        try:
            message = table(key.open(text(table(body).get("encrypt"))))
            self._check_token(message)
        except Refused:
            raise Refused("signature") from None
        if message.get("type") != CHECK:
            raise Refused("signature")
        return message

    def _check_token(self, message: dict[str, Any]) -> None:
        if self._token:
            given = text(part(message, "header").get("token") or message.get("token"))
            if not same(given, self._token):
                raise Refused("signature")


def _greeted(message: dict[str, Any]) -> Received:
    challenge = message.get("challenge")
    if not isinstance(challenge, str):
        raise Refused("shape")
    answer = Answer(
        status=200, body=msgspec.json.encode({"challenge": challenge}), content_type=_JSON
    )
    return Received(answer=answer, sort="handshake", events=(CHECK,))
