"""WeCom calls the address that was entered at the contact-sync assistant (设置接收事件服务器).

Source: WeCom docs, 回调配置 (wecom.md, 5.2): an answer within five seconds, to the check of the
address within one. What cannot be reached or does not answer is tried three times more; of an
answer that is not right nothing is documented, and it is not repeated. Nor is the pause between
tries; a second is assumed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from adapters.simulation.calling import Manner
from adapters.simulation.one_address import Ways
from adapters.simulation.outbox import Event
from adapters.wecom.simulator.settings import WeComSettings
from adapters.wecom.speaker import WeComSpeaker
from domain.hints import Answer, Callback

LARGEST_ECHO = 10**19


class WeComVoice:
    """The calls with one token and key."""

    def __init__(self, settings: WeComSettings) -> None:
        self._speaker = WeComSpeaker(
            settings.callback_token, settings.callback_aes_key, settings.corp_id
        )
        self.acknowledged = self._speaker.acknowledged

    def call(self, event: Event, now: float) -> Callback:
        """See :class:`adapters.simulation.one_address.Voice`; the number is none of WeCom's."""
        elements = {name: value for name, value in event.items() if name != "number"}
        return self._speaker.call(elements, now)

    def check(self, now: float) -> tuple[Callback, Callable[[Answer], bool]]:
        """See :class:`adapters.simulation.one_address.Voice`."""
        echo = str(secrets.randbelow(LARGEST_ECHO))
        return self._speaker.check(echo, now), lambda answer: self._speaker.greeted(answer, echo)


WAYS = Ways(
    manner=Manner(limit=5, check_limit=1, waits=(1, 1, 1), only_silence=True),
    entered={
        "url": "callback_url",
        "token": "callback_token",
        "aes_key": "callback_aes_key",
    },
    proofs=("callback_token",),
    voice=WeComVoice,
    name=lambda event: str(event["ChangeType"]),
)
