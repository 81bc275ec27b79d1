"""WeCom's side of its callbacks, for whoever plays WeCom.

Source: WeCom docs, 回调配置 and 加解密方案说明 (wecom.md, 5.2 and 5.3).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from adapters.receiving import Random
from adapters.sealed import Seal
from adapters.wecom import markup
from domain.hints import Answer, Callback


class WeComSpeaker:
    """Makes the calls of one callback address."""

    def __init__(
        self, token: str, aes_key: str, corp_id: str, random: Random = secrets.token_bytes
    ) -> None:
        self._seal, self._corp_id, self._random = Seal(token, aes_key, random), corp_id, random

    def call(self, event: Mapping[str, str | int], now: float, path: str = "/") -> Callback:
        """One event: its elements in their order. ``now`` in seconds since 1970."""
        sealed = self._seal.seal(markup.write(event), self._corp_id)
        return Callback(
            method="POST",
            path=path,
            query=self._signed(sealed, now),
            headers={"content-type": "text/xml; charset=utf-8"},
            body=markup.write({"ToUserName": self._corp_id, "Encrypt": sealed}),
        )

    def check(self, echo: str, now: float, path: str = "/") -> Callback:
        """The check of the address when it is entered; the answer must be ``echo``."""
        sealed = self._seal.seal(echo.encode(), self._corp_id)
        query = {**self._signed(sealed, now), "echostr": sealed}
        return Callback(method="GET", path=path, query=query)

    @staticmethod
    def acknowledged(answer: Answer) -> bool:
        """Whether the event is taken."""
        return answer.status == 200 and answer.body in (b"", b"success")

    @staticmethod
    def greeted(answer: Answer, echo: str) -> bool:
        """Whether it is the answer to the check with ``echo``: these very bytes."""
        return answer.status == 200 and answer.body == echo.encode()

    def _signed(self, sealed: str, now: float) -> dict[str, str]:
        stamp = str(int(now))
        nonce = str(int.from_bytes(self._random(4), "big"))
        signature = self._seal.sign(stamp, nonce, sealed)
        return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}
