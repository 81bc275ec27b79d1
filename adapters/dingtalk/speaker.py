"""DingTalk's side of its HTTP callback, for whoever plays DingTalk.

Source: DingTalk docs, HTTP callback (dingtalk.md, 6.3).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.receiving import Random, Refused, table, text
from adapters.sealed import Seal
from domain.hints import Answer, Callback

_NONCE = 8
_ALIKE = ("action", "scope")
"""Names that were in lower case then, too."""


def over_http(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as Stream names it (eventType, eventBornTime, data …) in the form that HTTP has.

    The event's own fields stand beside what stands for every event (dingtalk.md, 6.1).
    """
    return {
        "EventType": event["eventType"],
        "EventTime": event["eventBornTime"],
        "CorpId": event["eventCorpId"],
        "eventId": event["eventId"],
        **event["data"],
    }


def as_captured(event: Mapping[str, Any]) -> dict[str, Any]:
    """The same as it was captured from 2019 to 2022: other names, no eventId (dingtalk.md, 6.2)."""
    data = {key: value for key, value in event["data"].items() if key != "diffInfo"}
    return {
        "EventType": event["eventType"],
        "CorpId": event["eventCorpId"],
        "TimeStamp": str(event["eventBornTime"]),
        **{key if key in _ALIKE else key[0].upper() + key[1:]: data[key] for key in data},
    }


class DingTalkSpeaker:
    """Makes the calls of one subscription; ``owner`` is the app's Client ID."""

    def __init__(
        self, token: str, aes_key: str, owner: str, random: Random = secrets.token_bytes
    ) -> None:
        self._seal, self._owner, self._random = Seal(token, aes_key, random), owner, random

    def call(self, event: Mapping[str, Any], now: float, path: str = "/") -> Callback:
        """One event with EventType and all its fields; ``now`` in seconds since 1970."""
        stamp, nonce = str(int(now * 1000)), self._random(_NONCE).hex()
        sealed = self._seal.seal(msgspec.json.encode(event), self._owner)
        signature = self._seal.sign(stamp, nonce, sealed)
        return Callback(
            method="POST",
            path=path,
            query={
                "msg_signature": signature,
                "signature": signature,
                "timestamp": stamp,
                "nonce": nonce,
            },
            headers={"content-type": "application/json"},
            body=msgspec.json.encode({"encrypt": sealed}),
        )

    def check(self, now: float, path: str = "/") -> Callback:
        """The check of the address when it is entered."""
        return self.call({"EventType": "check_url"}, now, path)

    def acknowledged(self, answer: Answer) -> bool:
        """Whether it is the answer that ends the delivery; any other one is repeated."""
        try:
            reply = table(answer.body)
            sealed = text(reply.get("encrypt"))
            stamp, nonce = text(reply.get("timeStamp")), text(reply.get("nonce"))
            self._seal.check(text(reply.get("msg_signature")), stamp, nonce, sealed)
            opened = self._seal.open(sealed)
        except Refused:
            return False
        return answer.status == 200 and opened == (b"success", self._owner)
