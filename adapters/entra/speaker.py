"""Graph's side of change notifications, for whoever plays Graph.

Source: Graph docs, Receive change notifications through webhooks (entra.md, 9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from domain.hints import Answer, Callback


class EntraSpeaker:
    """Makes the calls of subscriptions that were made with one ``client_state``."""

    def __init__(self, client_state: str) -> None:
        self._state = client_state

    def call(self, notifications: Sequence[Mapping[str, Any]], path: str = "/") -> Callback:
        """One call with changes, lifecycle events or both; their clientState is put in here."""
        value = [{**one, "clientState": self._state} for one in notifications]
        return Callback(
            method="POST",
            path=path,
            headers={"content-type": "application/json"},
            body=msgspec.json.encode({"value": value}),
        )

    @staticmethod
    def check(token: str, path: str = "/") -> Callback:
        """The check of the address when a subscription is made; the answer must be ``token``."""
        return Callback(
            method="POST",
            path=path,
            query={"validationToken": token},
            headers={"content-type": "text/plain; charset=utf-8"},
        )

    @staticmethod
    def greeted(answer: Answer, token: str) -> bool:
        """Whether it is the answer to the check with ``token``: as plain text, nothing around."""
        kind = answer.content_type.partition(";")[0].strip().lower()
        return (answer.status, kind, answer.body) == (200, "text/plain", token.encode())

    @staticmethod
    def acknowledged(answer: Answer) -> bool:
        """Whether the notifications are taken; any other answer is repeated for four hours."""
        return 200 <= answer.status < 300
