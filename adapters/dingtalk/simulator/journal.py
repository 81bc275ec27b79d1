"""The events that DingTalk would push, in the order in which they happened.

Payloads: DingTalk docs, event pages 组织关系 (dingtalk.md, section 6.1). ``data`` is the inner
object that Stream delivers; HTTP flattens the same keys.
"""

from __future__ import annotations

from typing import Any

from adapters.simulation.clock import Clock
from adapters.simulation.outbox import Outbox


class Journal:
    """Puts an event into the ``outbox`` for every mutation."""

    def __init__(self, clock: Clock, corp_id: str) -> None:
        self._clock, self._corp_id = clock, corp_id
        self.outbox = Outbox()

    def record(self, event_type: str, data: dict[str, Any]) -> None:
        """Append one event."""
        self.outbox.put(
            {
                "eventType": event_type,
                "eventId": f"sim-event-{self.outbox.last + 1:012d}",
                "eventBornTime": self._clock.now_ms(),
                "eventCorpId": self._corp_id,
                "data": data,
            }
        )

    def users(self, event_type: str, userids: list[str], **extra: Any) -> None:
        """An event about people, with the time stamp that these carry inside."""
        stamp = {"timeStamp": str(self._clock.now_ms()), "userId": userids}
        self.record(event_type, {**stamp, **extra})

    def departments(self, event_type: str, dept_ids: list[int]) -> None:
        """An event about departments."""
        self.record(event_type, {"deptId": dept_ids})
