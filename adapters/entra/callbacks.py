"""Microsoft Graph's change notifications by webhook.

Source: Graph docs, Receive change notifications through webhooks (entra.md, 9). The check of the
address is a POST with a ``validationToken``, which anybody can send; it is given back as plain
text. A notification of a user or group is neither signed nor encrypted: all that proves it is its
``clientState``, a secret that only we and Graph know. One call may have notifications of several
subscriptions, and those of somebody else are passed over.
"""

from __future__ import annotations

from typing import Any

from adapters.entra.events import Meant, Notice, event_of, hint_of, is_lifecycle, mark_of, notice_of
from adapters.entra.settings import LONGEST_STATE, EntraSettings
from adapters.receiving import Refused, Told, admit, key_of, same, table, text, unreadable
from domain.errors import ConfigError
from domain.hints import Answer, Callback, Hint, Received, Sort, keep, kept

LONGEST_TOKEN = 8192
VALIDATION = "validationToken"
MARK = "state"
"""The query of our own addresses: it tells one clientState from another, and not what it is."""


class EntraCallbacks:
    """The receiving side of one system's subscriptions, for changes and for lifecycle events."""

    within = 1.2
    """It waits for three seconds, and holds back from whom is often as slow as that."""

    def __init__(self, settings: EntraSettings, client_state: str) -> None:
        """Raises ConfigError for a ``client_state`` that cannot be one."""
        if not 0 < len(client_state) <= LONGEST_STATE:
            raise ConfigError(
                "Entra's notifications cannot be received",
                why=f"its clientState must have 1 to {LONGEST_STATE} characters",
                fix="Set a long random text.",
            )
        self._state = client_state
        self._groups: Meant = "department" if settings.tree == "groups" else "role"

    def receive(self, callback: Callback, now: float) -> Received:
        """See :class:`domain.hints.Callbacks`."""
        try:
            admit(callback, "POST")
            token = _token(callback.query)
            if token is not None:
                return _greeted(token)
            items = self._ours(callback.body)
        except Refused as refused:
            return refused.received
        told = Told(events=tuple(map(event_of, items)), hints=self._hints(items, now))
        sort: Sort = "lifecycle" if all(map(is_lifecycle, items)) else "event"
        key = key_of(*(mark_of(item, now) for item in items))
        return told.received(Answer(status=202), keep(callback, now), key, sort)

    def hints(self, stored: bytes) -> tuple[Hint, ...]:
        """See :class:`domain.hints.Callbacks`."""
        one = kept(stored)
        return self._hints(self._again(one.body), one.at)

    def notices(self, stored: bytes) -> tuple[Notice, ...]:
        """What the subscriptions need, from a stored callback. Raises InputError."""
        return tuple(filter(None, map(notice_of, self._again(kept(stored).body))))

    def _hints(self, items: list[dict[str, Any]], at: float) -> tuple[Hint, ...]:
        found = (hint_of(item, self._groups, at) for item in items)
        return tuple(hint for hint in found if hint is not None)

    def _again(self, body: bytes) -> list[dict[str, Any]]:
        try:
            return self._ours(body)
        except Refused as refused:
            raise unreadable(refused) from None

    def _ours(self, body: bytes) -> list[dict[str, Any]]:
        """The notifications with our clientState. Raises Refused when there is none."""
        value = table(body).get("value")
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise Refused("shape")
        ours = [item for item in value if same(text(item.get("clientState")), self._state)]
        if not ours:
            raise Refused("signature")
        return ours


def _token(query: dict[str, str]) -> str | None:
    """What the check of the address gives; also behind our own query and a question mark more."""
    if VALIDATION in query:
        return query[VALIDATION]
    _, found, token = query.get(MARK, "").partition(f"?{VALIDATION}=")
    return token if found else None


def _greeted(token: str) -> Received:
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise Refused("shape")
    answer = Answer(
        status=200,
        body=token.encode("utf-8", "replace"),
        content_type="text/plain",
    )
    return Received(answer=answer, sort="handshake", events=(VALIDATION,))
