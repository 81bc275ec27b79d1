"""What the simulated tenant remembers: the directory, what was deleted, and every change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from adapters.entra.simulator.auth import Tokens
from adapters.entra.simulator.directory import Directory, build
from adapters.entra.simulator.notifying import AHEAD, Subscription, change, renewal
from adapters.entra.simulator.properties import Kind, Props
from adapters.entra.simulator.settings import EntraSettings
from adapters.entra.simulator.units import UnitMeter
from adapters.simulation.clock import Clock
from adapters.simulation.outbox import Outbox
from domain.records import Roster

KEPT = 30 * 24 * 3600.0
"""Seconds for which a deleted object can be restored (Graph v1.0, directory deletedItems)."""

ALWAYS = "2020-01-01T00:00:00Z"
"""When everything was made that a simulator begins with."""

What = Literal["set", "deleted", "manager", "members", "owners"]


class Change(msgspec.Struct, frozen=True):
    """One entry of the log; ``other`` is a member, owner or manager, ``added`` or taken away."""

    kind: Kind
    id: str
    what: What
    names: tuple[str, ...] = ()
    other: str = ""
    added: bool = True


class World:
    """One tenant with its app."""

    def __init__(self, settings: EntraSettings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.tokens = Tokens(self.clock)
        self.meter = UnitMeter(self.clock)
        self.roster = Roster()
        self.directory = Directory()
        self.deleted: dict[Kind, dict[str, tuple[Props, float]]] = {
            "user": {},
            "group": {},
            "unit": {},
        }
        self.log: list[Change] = []
        self.outbox = Outbox()
        self.subscriptions: dict[str, Subscription] = {}
        """By id; what has ended stays until it is deleted or asked for."""
        self._gone: set[str] = set()
        self.clock.listeners.append(self._time_passed)
        self.pages: dict[str, Any] = {}
        self._created: dict[str, str] = {}

    def put(self, roster: Roster) -> None:
        """Make ``roster`` the organization; every difference goes into the log."""
        after = build(roster, self.settings)
        self._date(after)
        before, self.directory, self.roster = self.directory, after, roster
        known = len(self.log)
        for kind in after.objects:
            self._compare(kind, before, after)
        self._ties(before, after)
        changed = dict.fromkeys((one.kind, one.id) for one in self.log[known:])
        for kind, object_id in changed:
            self._tell(kind, object_id, "updated")

    def forget(self) -> None:
        """As if it had always been so."""
        for objects in self.directory.objects.values():
            for object_id, props in objects.items():
                if props.get("createdDateTime") == self._created.get(object_id, ALWAYS):
                    self._created[object_id] = props["createdDateTime"] = ALWAYS
        self.log.clear()
        self.outbox.forget()
        for gone in self.deleted.values():
            gone.clear()

    def purged(self, kind: Kind, object_id: str) -> bool:
        """Whether a deleted object cannot be restored any more."""
        found = self.deleted[kind].get(object_id)
        return found is None or self.clock.now() - found[1] > KEPT

    def subscribed(self) -> Sequence[Subscription]:
        """The subscriptions that have not ended."""
        now = self.clock.now()
        return [one for one in self.subscriptions.values() if one.expires > now]

    def _time_passed(self) -> None:
        """What is deleted for good, and which subscriptions are about to end."""
        for kind, objects in self.deleted.items():
            for object_id in objects:
                if object_id not in self._gone and self.purged(kind, object_id):
                    self._gone.add(object_id)
                    self._tell(kind, object_id, "deleted")
        for one in self.subscribed():
            if not one.asked_for_renewal and one.expires - self.clock.now() < AHEAD:
                one.asked_for_renewal = True
                self.outbox.put(renewal(one, self.settings.tenant_id))

    def _tell(self, kind: Kind, object_id: str, change_type: str) -> None:
        tenant_id, now = self.settings.tenant_id, self.clock.now()
        self.outbox.put(change(kind, object_id, change_type, tenant_id, now))

    def _date(self, after: Directory) -> None:
        """When everything was made: what is new just now, what was restored when it first was."""
        now = datetime.fromtimestamp(self.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for objects in (after.objects["user"], after.objects["group"]):
            for object_id, props in objects.items():
                props.setdefault("createdDateTime", self._created.setdefault(object_id, now))

    def _compare(self, kind: Kind, before: Directory, after: Directory) -> None:
        old, new = before.objects[kind], after.objects[kind]
        for object_id, props in old.items():
            if object_id not in new:
                self.deleted[kind][object_id] = (props, self.clock.now())
                self.log.append(Change(kind, object_id, "deleted"))
        for object_id, props in new.items():
            earlier = old.get(object_id, {})
            names = [n for n in {**earlier, **props} if earlier.get(n) != props.get(n)]
            if names:
                self.deleted[kind].pop(object_id, None)
                self.log.append(Change(kind, object_id, "set", tuple(names)))

    def _ties(self, before: Directory, after: Directory) -> None:
        """Managers and members. Those of deleted objects vanish without an entry."""
        for user in after.objects["user"]:
            old, new = before.managers.get(user, ""), after.managers.get(user, "")
            if old != new:
                for other, added in ((old, False), (new, True)):
                    if other and (added or other in after.objects["user"]):
                        self.log.append(Change("user", user, "manager", (), other, added))
        self._held("members", before.members, after.members)
        self._held("owners", before.owners, after.owners)

    def _held(
        self, what: What, before: dict[str, dict[str, Kind]], after: dict[str, dict[str, Kind]]
    ) -> None:
        objects = self.directory.objects
        for container, held in after.items():
            kind: Kind = "group" if container in objects["group"] else "unit"
            was = before.get(container, {})
            for other in was:
                there = other in objects["user"] or other in objects["group"]
                if other not in held and there:
                    self.log.append(Change(kind, container, what, (), other, added=False))
            for other in held:
                if other not in was:
                    self.log.append(Change(kind, container, what, (), other))
