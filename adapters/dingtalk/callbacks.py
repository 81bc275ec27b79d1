"""DingTalk's HTTP callback: encrypted, signed, and answered with an encrypted ``success``.

Source: DingTalk docs, HTTP callback (dingtalk.md, 6.3). The subscription's check of the address is
an ordinary event, ``check_url``. A repeat comes 10 and 30 seconds after a failure.
"""

from __future__ import annotations

import secrets

import msgspec

from adapters.dingtalk.events import CHECK_URL, told
from adapters.dingtalk.settings import DingTalkSettings
from adapters.receiving import (
    TOLERANCE,
    Random,
    Refused,
    Told,
    admit,
    fresh,
    key_of,
    table,
    text,
    unreadable,
)
from adapters.sealed import Opened, Seal
from domain.errors import ConfigError
from domain.hints import Answer, Callback, Hint, Received, keep, kept

SIGNED = ("msg_signature", "signature", "timestamp", "nonce")
SUCCESS = b"success"
_NONCE = 8


class DingTalkCallbacks:
    """The receiving side of one internal app's subscription."""

    within = 1.2
    """It waits for 1.5 seconds (2.5 by its newer page), and repeats what failed."""

    def __init__(
        self,
        settings: DingTalkSettings,
        *,
        tolerance: float = TOLERANCE,
        random: Random = secrets.token_bytes,
    ) -> None:
        """Raises ConfigError when the settings for it are missing or no key."""
        if not settings.callback_token or not settings.callback_aes_key:
            raise ConfigError(
                "DingTalk's callbacks cannot be received",
                why="callback_token and callback_aes_key are needed, both",
                fix="Copy 签名 token and 加密 aes_key from 事件订阅 in the app's console.",
            )
        self._seal = Seal(settings.callback_token, settings.callback_aes_key, random)
        # Made in the console it is the app's, made by register_call_back the organization's.
        self._owners = tuple(filter(None, (settings.app_key, settings.corp_id)))
        self._tolerance, self._random = tolerance, random

    def receive(self, callback: Callback, now: float) -> Received:
        """See :class:`domain.hints.Callbacks`."""
        try:
            admit(callback, "POST")
            opened = self._open(callback.query, callback.body, now)
            found = _told(opened.message)
        except Refused as refused:
            return refused.received
        answer = self._success(opened.owner, now)
        if found.events == (CHECK_URL,):
            return Received(answer=answer, sort="handshake", events=found.events)
        return found.received(answer, keep(callback, now, query=SIGNED), key_of(callback.body))

    def hints(self, stored: bytes) -> tuple[Hint, ...]:
        """See :class:`domain.hints.Callbacks`."""
        one = kept(stored)
        try:
            return _told(self._open(one.query, one.body, None).message).hints
        except Refused as refused:
            raise unreadable(refused) from None

    def _open(self, query: dict[str, str], body: bytes, now: float | None) -> Opened:
        sealed = text(table(body).get("encrypt"))
        if not sealed:
            raise Refused("shape")
        stamp = query.get("timestamp", "")
        signature = query.get("msg_signature") or query.get("signature", "")
        self._seal.check(signature, stamp, query.get("nonce", ""), sealed)
        if now is not None:
            fresh(stamp, now, self._tolerance)
        opened = self._seal.open(sealed)
        if opened.owner not in self._owners:
            raise Refused("owner")
        return opened

    def _success(self, owner: str, now: float) -> Answer:
        stamp, nonce = str(int(now * 1000)), self._random(_NONCE).hex()
        sealed = self._seal.seal(SUCCESS, owner)
        reply = {
            "msg_signature": self._seal.sign(stamp, nonce, sealed),
            "timeStamp": stamp,
            "nonce": nonce,
            "encrypt": sealed,
        }
        return Answer(status=200, body=msgspec.json.encode(reply), content_type="application/json")


def _told(message: bytes) -> Told:
    """An opened message; HTTP has the event's own fields beside what stands for every event."""
    fields = {name.lower(): value for name, value in table(message).items()}
    name = text(fields.get("eventtype"))
    return told(name, fields, marked=text(fields.get("eventid")) or message)
