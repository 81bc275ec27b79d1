"""DingTalk calls the address that was entered under 事件订阅 (HTTP推送).

Source: DingTalk docs, HTTP callback (dingtalk.md, 6.3): an answer within 2.5 seconds, two repeats
after 10 and 30 seconds. The check of the address is an event like any other.
"""

from __future__ import annotations

from collections.abc import Callable

from adapters.dingtalk.simulator.settings import DingTalkSettings
from adapters.dingtalk.speaker import DingTalkSpeaker, as_captured, over_http
from adapters.simulation.calling import Manner
from adapters.simulation.one_address import Ways
from adapters.simulation.outbox import Event
from domain.hints import Answer, Callback


class DingTalkVoice:
    """The calls with one token and key, for the app (its Client ID)."""

    def __init__(self, settings: DingTalkSettings) -> None:
        self._speaker = DingTalkSpeaker(
            settings.callback_token, settings.callback_aes_key, settings.app_key
        )
        self._form = as_captured if settings.captured_events else over_http
        self.acknowledged = self._speaker.acknowledged

    def call(self, event: Event, now: float) -> Callback:
        """See :class:`adapters.simulation.one_address.Voice`."""
        return self._speaker.call(self._form(event), now)

    def check(self, now: float) -> tuple[Callback, Callable[[Answer], bool]]:
        """See :class:`adapters.simulation.one_address.Voice`."""
        return self._speaker.check(now), self._speaker.acknowledged


WAYS = Ways(
    manner=Manner(limit=2.5, check_limit=2.5, waits=(10, 30)),
    entered={
        "url": "callback_url",
        "token": "callback_token",
        "aes_key": "callback_aes_key",
    },
    proofs=("callback_token",),
    voice=DingTalkVoice,
    name=lambda event: str(event["eventType"]),
)
