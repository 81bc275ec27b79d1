"""Feishu calls the address that was entered under 事件配置 (将事件发送至开发者服务器).

Source: Feishu docs, 接收事件 (feishu.md, 10.1): connected within two seconds and answered within
three, repeated after 15 seconds, 5 minutes, one hour and six hours. The check of the address must
be answered within one second.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from adapters.feishu.simulator.settings import FeishuSettings
from adapters.feishu.speaker import FeishuSpeaker
from adapters.simulation.calling import Manner
from adapters.simulation.one_address import Ways
from adapters.simulation.outbox import Event
from domain.hints import Answer, Callback


class FeishuVoice:
    """The calls with one Encrypt Key, which may be empty, and one Verification Token."""

    def __init__(self, settings: FeishuSettings) -> None:
        self._speaker = FeishuSpeaker(settings.encrypt_key, settings.verification_token)
        self.acknowledged = self._speaker.acknowledged

    def call(self, event: Event, now: float) -> Callback:
        """See :class:`adapters.simulation.one_address.Voice`; the number is none of Feishu's."""
        told = {name: value for name, value in event.items() if name != "number"}
        return self._speaker.call(told, now)

    def check(self, now: float) -> tuple[Callback, Callable[[Answer], bool]]:
        """See :class:`adapters.simulation.one_address.Voice`."""
        word = secrets.token_urlsafe(24)
        return self._speaker.check(word), lambda answer: self._speaker.greeted(answer, word)


WAYS = Ways(
    manner=Manner(limit=3, check_limit=1, waits=(15, 300, 3600, 21_600), connect=2),
    entered={
        "url": "callback_url",
        "encrypt_key": "encrypt_key",
        "verification_token": "verification_token",
        "token": "verification_token",
    },
    proofs=("encrypt_key", "verification_token"),
    voice=FeishuVoice,
    name=lambda event: str(event["header"]["event_type"]),
)
