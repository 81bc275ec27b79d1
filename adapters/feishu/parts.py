"""One event in several frames, put together again. Pure.

Source: the vendor's client (lark-oapi, ws/client.py; feishu.md, 10.3): headers ``sum`` and ``seq``
(from 0) under one ``message_id``; parts whose rest does not come are forgotten after seconds.
"""

from __future__ import annotations

from adapters.receiving import Refused
from domain.hints import LARGEST

MOST_PARTS, MOST_EVENTS = 1024, 64
FORGOTTEN = 10.0
"""Seconds for which the rest is waited for; the vendor's client waits five."""


class Parts:
    """Events of which not all parts are there."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[float, dict[int, bytes]]] = {}

    def join(self, mark: str, total: int, number: int, part: bytes, now: float) -> bytes | None:
        """The whole event with its last part, None before. Raises Refused for what cannot be."""
        if not (0 <= number < total <= MOST_PARTS):
            raise Refused("shape")
        self._forget(now)
        began, found = self._open.pop(mark, (now, {}))
        found[number] = part
        if sum(map(len, found.values())) > LARGEST:
            raise Refused("oversize")
        if len(found) < total:
            self._open[mark] = began, found
            if len(self._open) > MOST_EVENTS:
                del self._open[next(iter(self._open))]  # of which nothing came for longest
            return None
        return b"".join(found[at] for at in sorted(found))

    def _forget(self, now: float) -> None:
        late = [mark for mark, (began, _) in self._open.items() if now - began > FORGOTTEN]
        for mark in late:
            del self._open[mark]
