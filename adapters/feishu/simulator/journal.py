"""The events that Feishu would push to the app, in the order in which they happened.

Shapes: Feishu event pages contact.user.*_v3 and contact.department.*_v3 (feishu.md, section
10): ids are open ids, a department's ``order`` is a number, ``old_object`` has what changed, and
somebody's ``department_ids`` only stand there. A change of a mobile number or address is an event
of its own. Only what is in the app's range is told; what comes into it or goes out of it is
contact.scope.updated_v3. Roles and user groups have no events.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Protocol

from adapters.simulation.clock import Clock
from adapters.simulation.outbox import Outbox

Kind = Literal["user", "department"]
Shown = dict[str, Any]
"""A person or a department as a reply shows it."""

REST_ONLY: dict[Kind, frozenset[str]] = {
    "department": frozenset(("i18n_name", "member_count", "primary_member_count", "unit_ids")),
    "user": frozenset(("mobile_visible", "geo", "is_tenant_manager", "assign_info")),
}
APART = ("mobile", "email")
LISTS: dict[Kind, str] = {"user": "users", "department": "departments"}


class Sight(Protocol):
    """What the app may know."""

    def sees(self, kind: Kind, shown: Shown) -> bool:
        """Whether a person or department that is shown so is in its range."""

    def permitted(self, kind: Kind, shown: Shown) -> Shown:
        """The fields that its scopes open."""


class Journal:
    """Puts an event into the ``outbox`` for every mutation; without ``sight`` for all of them."""

    def __init__(
        self, clock: Clock, app_id: str, tenant_key: str, sight: Sight | None = None
    ) -> None:
        self._clock, self._app_id, self._tenant_key = clock, app_id, tenant_key
        self._sight = sight
        self.outbox = Outbox()

    def created(self, kind: Kind, shown: Shown) -> None:
        """Somebody or something is new."""
        if self._sees(kind, shown):
            self._record(f"contact.{kind}.created_v3", {"object": self._object(kind, shown)})

    def updated(self, kind: Kind, before: Shown, after: Shown) -> None:
        """Something changed; nothing is recorded if nothing did."""
        saw, sees = self._sees(kind, before), self._sees(kind, after)
        if saw != sees:
            shown = {LISTS[kind]: [self._permitted(kind, after)]}
            self.scope(added=shown if sees else {}, removed={} if sees else shown)
        if not saw or not sees:
            return
        old, new = self._told(kind, before), self._told(kind, after)
        changed = {name: value for name, value in old.items() if new.get(name) != value}
        rest = {name: value for name, value in changed.items() if name not in APART}
        for difference in (rest, *({name: changed[name]} for name in APART if name in changed)):
            if difference:
                told = {"object": self._object(kind, after), "old_object": difference}
                self._record(f"contact.{kind}.updated_v3", told)

    def deleted(self, kind: Kind, shown: Shown, old: Shown) -> None:
        """Somebody or something is gone; ``old`` is what the event says it was."""
        if self._sees(kind, {**shown, **old}):
            told = {"object": self._object(kind, shown), "old_object": old}
            self._record(f"contact.{kind}.deleted_v3", told)

    def scope(self, *, added: dict[str, list[Shown]], removed: dict[str, list[Shown]]) -> None:
        """The app sees more or less; the lists are of departments, users and user_groups."""
        sides = {"added": added, "removed": removed}
        if added or removed:
            names = ("departments", "users", "user_groups")
            told = {side: {n: lists.get(n, []) for n in names} for side, lists in sides.items()}
            self._record("contact.scope.updated_v3", told)

    def _sees(self, kind: Kind, shown: Shown) -> bool:
        return self._sight is None or self._sight.sees(kind, shown)

    def _permitted(self, kind: Kind, shown: Shown) -> Shown:
        return shown if self._sight is None else self._sight.permitted(kind, shown)

    def _told(self, kind: Kind, shown: Shown) -> Shown:
        kept = without(REST_ONLY[kind], self._permitted(kind, shown))
        return {**kept, "order": int(kept["order"])} if "order" in kept else kept

    def _object(self, kind: Kind, shown: Shown) -> Shown:
        return without(("department_ids",), self._told(kind, shown))

    def _record(self, event_type: str, event: dict[str, Any]) -> None:
        header = {
            "event_id": f"sim-event-{self.outbox.last + 1:012d}",
            "event_type": event_type,
            "create_time": str(self._clock.now_ms()),
            "token": "",
            "app_id": self._app_id,
            "tenant_key": self._tenant_key,
        }
        self.outbox.put({"schema": "2.0", "header": header, "event": event})


def without(names: Iterable[str], shown: Shown) -> Shown:
    """The fields but some."""
    return {name: value for name, value in shown.items() if name not in names}
