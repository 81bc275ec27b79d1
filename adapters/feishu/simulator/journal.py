"""The events that Feishu would push, in the order in which they happened.

Shapes: Feishu event pages contact.user.*_v3 and contact.department.*_v3 (feishu.md, section
10): ids are open ids, a department's ``order`` is a number, ``old_object`` has what changed.
"""

from __future__ import annotations

from typing import Any

from adapters.simulation.clock import Clock

REST_ONLY = ("i18n_name", "member_count", "primary_member_count", "unit_ids")


class Journal:
    """Records every mutation; numbers start at 1 and have no gaps."""

    def __init__(self, clock: Clock, app_id: str, tenant_key: str) -> None:
        self._clock, self._app_id, self._tenant_key = clock, app_id, tenant_key
        self._events: list[dict[str, Any]] = []

    def created(self, kind: str, shown: dict[str, Any]) -> None:
        """Somebody or something is new."""
        self._record(f"contact.{kind}.created_v3", {"object": told(kind, shown)})

    def updated(self, kind: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Something changed; nothing is recorded if nothing did."""
        old, new = told(kind, before), told(kind, after)
        changed = {name: value for name, value in old.items() if new.get(name) != value}
        if changed:
            self._record(f"contact.{kind}.updated_v3", {"object": new, "old_object": changed})

    def deleted(self, kind: str, shown: dict[str, Any], old: dict[str, Any]) -> None:
        """Somebody or something is gone; ``old`` is what the event says it was."""
        self._record(f"contact.{kind}.deleted_v3", {"object": told(kind, shown), "old_object": old})

    def after(self, number: int) -> list[dict[str, Any]]:
        """The events with a greater number."""
        return self._events[number:]

    def forget(self) -> None:
        """Start again from number 1."""
        self._events.clear()

    def _record(self, event_type: str, event: dict[str, Any]) -> None:
        number = len(self._events) + 1
        header = {
            "event_id": f"sim-event-{number:012d}",
            "event_type": event_type,
            "create_time": str(self._clock.now_ms()),
            "token": "",
            "app_id": self._app_id,
            "tenant_key": self._tenant_key,
        }
        self._events.append({"number": number, "schema": "2.0", "header": header, "event": event})


def told(kind: str, shown: dict[str, Any]) -> dict[str, Any]:
    """What an event says of a department or a person that a reply shows so."""
    if kind == "user":
        return shown
    kept = {name: value for name, value in shown.items() if name not in REST_ONLY}
    return {**kept, "order": int(shown["order"])}
