"""Reading back: everything below our places, also what is not ours. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from msgspec import UNSET

from adapters.ldap.accounts import Accounts
from adapters.ldap.capabilities import Shape
from adapters.ldap.client import ONE, SUBTREE, LdapClient
from adapters.ldap.dn import above, first, normal, same
from adapters.ldap.mapping import fields_of
from adapters.ldap.wire import Entry, key_of
from domain.delivery.operation import Present, Relations

Step = Callable[[], None]
"""Called once for each entry."""

MEMBERS = ("uniqueMember", "owner")


class People(msgspec.Struct, frozen=True, kw_only=True):
    """The people that are there, and their entryUUIDs by normalised DN."""

    present: tuple[Present, ...]
    uuids: dict[str, str]


class Reader:
    """Reads one directory. ``seen(kind, entryUUID, dn)`` is told where each entry is."""

    def __init__(
        self,
        client: LdapClient,
        shape: Shape,
        accounts: Accounts,
        seen: Callable[[str, str, str], None],
    ) -> None:
        self._client, self._shape, self._accounts, self._seen = client, shape, accounts, seen
        self._known = shape.capabilities

    def people(self, step: Step) -> People:
        """Everybody at ``people`` and ``leavers``."""
        entries = {
            entry.uuid: entry
            for place in dict.fromkeys(self._accounts.place(active=a) for a in (True, False))
            for entry in self._entries("member", place, "inetOrgPerson", step)
        }
        uuids = {normal(entry.dn): uuid for uuid, entry in entries.items()}
        return People(
            present=tuple(self._person(entry, uuids) for entry in entries.values()), uuids=uuids
        )

    def _person(self, entry: Entry, uuids: dict[str, str]) -> Present:
        managers = _known(entry.texts("manager"), uuids)
        can = self._known
        return Present(
            remote=entry.uuid,
            key=key_of(entry, self._client.name, "member"),
            fields=fields_of(can, "member", entry),
            relations=Relations(
                manager=next(iter(managers), None),
                active=self._accounts.is_active(entry) if can.deactivates else UNSET,
            ),
        )

    def departments(self, people: People | None, step: Step) -> tuple[Present, ...]:
        """All departments; without ``people`` nothing is said about members and leaders."""
        place = self._client.settings.place("departments")
        wanted = "organizationalUnit" if self._shape.grouped else "groupOfUniqueNames"
        top = normal(place)
        entries = [
            entry
            for entry in self._entries("department", place, wanted, step)
            if normal(entry.dn) != top
        ]
        uuids = {normal(entry.dn): entry.uuid for entry in entries}
        groups = self._groups() if self._shape.grouped else {}
        return tuple(
            self._listed(
                "department",
                entry,
                groups.get(same(first(entry.dn)[1])) if self._shape.grouped else entry,
                people,
                parent=uuids.get(normal(above(entry.dn))),
            )
            for entry in entries
        )

    def _groups(self) -> dict[str, Entry]:
        """The groups of departments, by what counts of their names."""
        found = self._client.search(
            "LDAP search, groups", self._client.settings.place("groups"),
            "(objectClass=groupOfUniqueNames)", MEMBERS, scope=ONE,
        )  # fmt: skip
        return {same(first(entry.dn)[1]): entry for entry in found}

    def roles(self, people: People | None, step: Step) -> tuple[Present, ...]:
        """All roles; without ``people`` nothing is said about their holders."""
        place = self._client.settings.place("roles")
        return tuple(
            self._listed("role", entry, entry, people)
            for entry in self._entries("role", place, "groupOfUniqueNames", step, scope=ONE)
        )

    def _listed(
        self,
        kind: str,
        entry: Entry,
        group: Entry | None,
        people: People | None,
        *,
        parent: str | None = None,
    ) -> Present:
        members, leaders = None, None
        if people is not None:
            texts = group.texts("uniqueMember") if group else []
            members = frozenset(_known(texts, people.uuids))
            owners = _known(group.texts("owner") if group else [], people.uuids)
            leaders = tuple(sorted(owners))
        relations = Relations()
        if kind == "department":
            relations = Relations(parent=parent, leaders=UNSET if leaders is None else leaders)
        return Present(
            remote=entry.uuid,
            key=key_of(entry, self._client.name, kind),
            fields=fields_of(self._known, kind, entry),
            relations=relations,
            members=members,
        )

    def _entries(
        self, kind: str, place: str, wanted: str, step: Step, *, scope: str = SUBTREE
    ) -> Iterator[Entry]:
        attributes = ("*", *self._accounts.attributes)
        found = self._client.search(
            f"LDAP search, {kind}s", place, f"(objectClass={wanted})", attributes, scope=scope
        )
        for entry in found:
            self._seen(kind, entry.uuid, entry.dn)
            step()
            yield entry


def _known(dns: list[str], uuids: dict[str, str]) -> list[str]:
    """The entryUUIDs of those DNs that are people we have seen."""
    return [uuid for dn in dns if (uuid := uuids.get(normal(dn)))]
