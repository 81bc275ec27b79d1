"""WeCom's callback: a check of the address by GET, encrypted and signed XML by POST.

Source: WeCom docs, 回调配置 (wecom.md, 5.2). The check is answered with the plain bytes within one
second, an event with ``success`` within five; up to three further tries follow. Only ``Encrypt`` is
signed; what stands beside it is compared with the corp id and else not believed.
"""

from __future__ import annotations

from adapters.receiving import TOLERANCE, Refused, Told, admit, fresh, key_of, unreadable
from adapters.sealed import Seal
from adapters.wecom import markup
from adapters.wecom.events import told
from adapters.wecom.settings import WeComSettings
from domain.errors import ConfigError
from domain.hints import Answer, Callback, Hint, Received, keep, kept

SIGNED = ("msg_signature", "timestamp", "nonce")


class WeComCallbacks:
    """The receiving side of the contact-sync assistant's (or an app's) callback address."""

    within = 5.5
    """Longer than it waits: it repeats what had no answer, and nobody says what else."""

    def __init__(self, settings: WeComSettings, *, tolerance: float = TOLERANCE) -> None:
        """Raises ConfigError when the settings for it are missing or no key."""
        if not settings.callback_token or not settings.callback_aes_key:
            raise ConfigError(
                "WeCom's callbacks cannot be received",
                why="callback_token and callback_aes_key are needed, both",
                fix="Copy Token and EncodingAESKey from 通讯录同步 → 设置接收事件服务器.",
            )
        self._seal = Seal(settings.callback_token, settings.callback_aes_key)
        self._corp_id, self._tolerance = settings.corp_id, tolerance

    def receive(self, callback: Callback, now: float) -> Received:
        """See :class:`domain.hints.Callbacks`."""
        try:
            admit(callback, "GET", "POST")
            if callback.method == "GET":
                return self._greeted(callback, now)
            found = _told(self._open(callback.query, _encrypted(callback.body, self._corp_id), now))
        except Refused as refused:
            return refused.received
        answer = Answer(status=200, body=b"success")
        return found.received(answer, keep(callback, now, query=SIGNED), key_of(callback.body))

    def hints(self, stored: bytes) -> tuple[Hint, ...]:
        """See :class:`domain.hints.Callbacks`."""
        one = kept(stored)
        try:
            return _told(self._open(one.query, _encrypted(one.body, self._corp_id), None)).hints
        except Refused as refused:
            raise unreadable(refused) from None

    def _greeted(self, callback: Callback, now: float) -> Received:
        # Base64 has no blank: one was a plus that a caller, or a proxy, did not escape.
        echo = callback.query.get("echostr", "").replace(" ", "+")
        if not echo:
            raise Refused("shape")
        opened = self._open(callback.query, echo, now)
        return Received(
            answer=Answer(status=200, body=opened), sort="handshake", events=("echostr",)
        )

    def _open(self, query: dict[str, str], sealed: str, now: float | None) -> bytes:
        stamp = query.get("timestamp", "")
        self._seal.check(query.get("msg_signature", ""), stamp, query.get("nonce", ""), sealed)
        if now is not None:
            fresh(stamp, now, self._tolerance)
        opened = self._seal.open(sealed)
        if opened.owner != self._corp_id:
            raise Refused("owner")
        return opened.message


def _elements(data: bytes) -> dict[str, str]:
    try:
        return markup.read(data)
    except markup.MarkupError:
        raise Refused("shape") from None


def _encrypted(body: bytes, corp_id: str) -> str:
    outer = _elements(body)
    if not outer.get("Encrypt"):
        raise Refused("shape")
    if (outer.get("ToUserName") or corp_id) != corp_id:
        raise Refused("owner")
    return outer["Encrypt"]


def _told(message: bytes) -> Told:
    return told(_elements(message), message)
