"""Everybody as they are after a round of changes: what the ledger has, and what was told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from adapters.entra import mapping, wire
from adapters.entra.entries import Entry, Tie
from adapters.entra.settings import EntraSettings
from domain.ports import KnownMember
from domain.records import MemberRecord

NAMES = frozenset({*mapping.CORE, *mapping.WIDE})

ALWAYS = frozenset({"displayName", "userPrincipalName", "accountEnabled"})
"""Everybody has these. Where an entry has them, what it leaves out has no value; Graph promises no
more than what changed (Graph v1.0, delta query overview)."""


class People:
    """``known`` by id, ``rows`` of those that came or changed; ``gone`` are known and left.

    ``there`` are the ids of all who are there. ``bad`` counts rows of an unknown shape.
    """

    def __init__(
        self,
        known: Iterable[KnownMember],
        entries: Mapping[str, Entry],
        settings: EntraSettings,
    ) -> None:
        self._settings = settings
        self._levels = settings.attributes if settings.tree == "attribute" else ()
        self.known = {member.id: member for member in known}
        self.rows: dict[str, wire.User] = {}
        self.bad = 0
        self._entries = entries
        left = {entry.id for entry in entries.values() if not self._take(entry)}
        self.gone = frozenset(left & self.known.keys())
        stayed = (person for person in self.known if person not in self.gone)
        self.there = dict.fromkeys((*stayed, *self.rows))

    def _take(self, entry: Entry) -> bool:
        """Whether the person is there, as far as this configuration reads."""
        if entry.removed:
            return False
        try:
            user = msgspec.convert({**entry.props, "id": entry.id}, wire.User, strict=False)
        except msgspec.ValidationError:
            self.bad += 1
            return True
        if self._settings.guests == "skip" and mapping.is_guest(user):
            return False
        self.rows[entry.id] = user
        return True

    def unexplained(self, since: float) -> bool:
        """Whether the round tells too little of somebody.

        Of somebody new to us who was in Entra before, restored or a guest until now, it does not
        tell which groups they are in, and who has them as manager. Who was made in Entra before
        June 2018 has no time of it (Graph v1.0, resource user). A limited profile tells nothing.
        """
        return any(self._unclear(person, row, since) for person, row in self.rows.items())

    def _unclear(self, person: str, row: wire.User, since: float) -> bool:
        whole, props = mapping.is_whole(row), self._entries[person].props
        if person not in self.known:
            return not whole or not row.createdDateTime or older(row.createdDateTime, since)
        levels = {mapping.holder(level) for level in self._levels}
        told = levels & props.keys()
        return ("accountEnabled" in props and not whole) or (
            bool(told) and told != levels and not props.keys() >= ALWAYS
        )

    def shows(self, person: str, names: Iterable[str]) -> bool:
        """Whether the round told any of these properties of somebody."""
        return person in self.rows and not self._entries[person].props.keys().isdisjoint(names)

    def manager(self, person: str) -> str | None:
        """Somebody's manager now."""
        told = self._manager(person)
        if told is not UNSET:
            return told
        known = self.known.get(person)
        return known.manager if known is not None else None

    def _manager(self, person: str) -> str | UnsetType | None:
        """The manager, as far as the round told: of several that came, the last one."""
        entry = self._entries.get(person)
        ties: Mapping[str, Tie] = entry.ties.get("manager", {}) if entry is not None else {}
        came = [other for other, tie in ties.items() if tie.added]
        if came:
            return came[-1]
        return None if ties else UNSET

    def name(self, person: str) -> str:
        """Somebody's name now."""
        if self.shows(person, ("displayName",)) or person not in self.known:
            return self.rows[person].displayName or ""
        return self.known[person].name

    def record(self, person: str, places: tuple[str, ...]) -> MemberRecord:
        """What is known of somebody now that the ledger may not know yet."""
        row = self.rows.get(person)
        if row is None:
            return MemberRecord(id=person, name=self.name(person), departments=places)
        found = mapping.member(
            row,
            places,
            manager=self._manager(person),
            whole=True,
            hidden=NAMES.difference(self._entries[person].props),
            tree=self._levels,
        )
        return msgspec.structs.replace(found, name=self.name(person))


def older(created: str | None, since: float) -> bool:
    """Whether something was made before ``since``; a time that is not told says nothing."""
    try:
        return datetime.fromisoformat(created or "").timestamp() < int(since)
    except ValueError:
        return False
