"""Listing: all entries of one kind, and which attributes they show. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import msgspec

from adapters.ldap import errors
from adapters.ldap.client import BASE, NO_ATTRIBUTES, LdapClient
from adapters.ldap.dn import is_below, normal
from adapters.ldap.source_mapping import Person, Reader, Unit, unit_of
from adapters.ldap.source_profiles import Names, Profile
from adapters.ldap.wire import Entry
from domain.errors import AbsentFault, SystemFault, TerminalFault

K = TypeVar("K", Person, Unit)

GROUPS = "(objectClass=groupOfUniqueNames)"
"""The groups that hold the members of departments in the profile ``tree``."""

EMPTY = (
    "(|(&(objectClass=groupOfNames)(!(member=*)))"
    "(&(objectClass=groupOfUniqueNames)(!(uniqueMember=*))))"
)
"""Groups without members: RFC 4519 has none, 389 Directory Server and others do."""

Step = Callable[[int], None]
"""Told how many entries there are so far."""


class Listing(msgspec.Struct, Generic[K]):
    """What was found of one kind. ``fault`` is why it is not everything.

    ``nameless`` counts entries that show no id, or that of another entry, ``shown`` are the
    attributes seen anywhere.
    """

    found: dict[str, K] = {}
    shown: set[str] = set()
    fault: SystemFault | None = None
    nameless: int = 0

    @property
    def whole(self) -> bool:
        return self.fault is None and not self.nameless


class Lister:
    """Lists people, departments, their groups and roles of one directory."""

    def __init__(self, client: LdapClient, profile: Profile, reader: Reader) -> None:
        self._client, self._profile, self._reader = client, profile, reader

    def people(self, step: Step) -> Listing[Person]:
        """Everybody at ``people``, and at the place of closed accounts."""
        settings, listing = self._client.settings, Listing[Person]()
        place = settings.place("people")
        left, filter_ = settings.place("leavers_ou"), self._profile.filters["member"]
        apart = self._reader.left is not None and not is_below(normal(left), normal(place))
        attributes = self._reader.attributes
        self._list("member", place, filter_, attributes, listing, self._reader.person, step)
        if apart and listing.fault is None:
            read = self._reader.person
            self._list("member", left, filter_, attributes, listing, read, step, optional=True)
        return listing

    def departments(self, step: Step) -> Listing[Unit]:
        """The departments, without the place that they are below."""
        place = self._client.settings.place("departments")
        listing = self.units("department", place, self._profile.filters["department"], step)
        top = normal(place)
        for unit in [u for u in listing.found.values() if u.dn == top]:
            del listing.found[unit.id]
        return listing

    def groups(self) -> Listing[Unit]:
        """The groups that hold the departments' members, where they are entries of their own."""
        place = self._client.settings.place("groups")
        names = {**self._profile.attributes["department"], "id": ()}  # those of departments
        return self._units("department", place, GROUPS, names, lambda count: None)

    def roles(self, step: Step) -> Listing[Unit]:
        """All roles."""
        place = self._client.settings.place("roles")
        return self.units("role", place, self._profile.filters["role"], step)

    def units(self, kind: str, place: str, filter_: str, step: Step) -> Listing[Unit]:
        """All entries with members or leaders at a place."""
        return self._units(kind, place, filter_, self._profile.attributes[kind], step)

    def _units(
        self, kind: str, place: str, filter_: str, names: Names, step: Step
    ) -> Listing[Unit]:
        listing = Listing[Unit]()

        def make(entry: Entry) -> Unit:
            return unit_of(entry, names)

        self._list(kind, place, filter_, self._wanted(names), listing, make, step)
        if any(unit.open for unit in listing.found.values()):
            self._close(kind, place, filter_, listing)
        return listing

    def _close(self, kind: str, place: str, filter_: str, listing: Listing[Unit]) -> None:
        """Believe those groups that are empty which the server finds when asked for such.

        It does not find them where it hides their members from us; see ``hidden``.
        """
        found = self._client.search(
            f"LDAP search, {kind}s without members", place, f"(&{filter_}{EMPTY})",
            (NO_ATTRIBUTES,),
        )  # fmt: skip
        try:
            empty = {normal(entry.dn) for entry in found}
        except TerminalFault:
            return
        for unit in [u for u in listing.found.values() if u.open and u.dn in empty]:
            listing.found[unit.id] = msgspec.structs.replace(unit, open=False)

    def look(self, dn: str) -> Unit | bool:
        """One department by its DN; see :data:`adapters.ldap.source_tree.Look`."""
        names = self._profile.attributes["department"]
        what, filter_ = "LDAP search, department", self._profile.filters["department"]
        try:
            for entry in self._client.search(what, dn, filter_, self._wanted(names), scope=BASE):
                unit = unit_of(entry, names)
                return unit if unit.id else False
            return self._is_there(dn)
        except TerminalFault:
            return False

    @property
    def state(self) -> tuple[str, ...]:
        """The attributes that say whether an account is open."""
        return self._reader.state

    @property
    def people_filter(self) -> str:
        """The filter that finds people."""
        return self._profile.filters["member"]

    def hidden(self, place: str, filter_: str, names: Iterable[str]) -> bool:
        """Whether attributes that no entry shows may be hidden from us rather than unused.

        Servers evaluate a filter on a hidden attribute to Undefined, and its opposite as well
        (RFC 4511, 4.5.1.7): if ``(!(mail=*))`` finds somebody, we may look for it. Active
        Directory treats it as absent instead (MS-ADTS 3.1.1.4.3), and nothing can be told.
        """
        if self._client.settings.profile == "active-directory":
            return True
        try:
            return not all(self._is_unused(place, filter_, name) for name in names)
        except TerminalFault:
            return True

    def _is_unused(self, place: str, filter_: str, name: str) -> bool:
        what = f"LDAP search, entries without {name}"
        if self._client.is_any(what, place, f"(&{filter_}({name}=*))"):
            return False  # we may look for it, but not see it
        return self._client.is_any(what, place, f"(&{filter_}(!({name}=*)))")

    def _wanted(self, names: Names) -> tuple[str, ...]:
        named = (name for several in names.values() for name in several)
        return tuple(dict.fromkeys((*named, "objectClass", "objectSid")))

    def _is_there(self, dn: str) -> bool:
        return self._client.get("LDAP search, place", dn, ()) is not None

    def _list(
        self,
        kind: str,
        place: str,
        filter_: str,
        attributes: tuple[str, ...],
        listing: Listing[K],
        make: Callable[[Entry], K],
        step: Step,
        *,
        optional: bool = False,
    ) -> None:
        """Fill ``listing``. What is refused for good ends it, with what has come so far.

        An ``optional`` place need not be there.
        """
        what, elsewhere = f"LDAP search, {kind}s", set[str]()
        try:
            for entry in self._client.search(
                what, place, filter_, attributes, there=True, elsewhere=elsewhere
            ):
                listing.shown.update(entry.values)
                one = make(entry)
                if not one.id or listing.found.setdefault(one.id, one).dn != one.dn:
                    listing.nameless += 1
                    continue
                listing.found[one.id] = one
                step(len(listing.found))
            if elsewhere and self._client.settings.profile != "active-directory":
                listing.fault = errors.elsewhere(what, elsewhere)
        except AbsentFault:
            listing.fault = None if optional else no_place(kind, place)
        except TerminalFault as fault:
            listing.fault = fault


def no_place(kind: str, place: str) -> TerminalFault:
    """The place of one kind is gone, or hidden."""
    return TerminalFault(
        f"LDAP search, {kind}s was given up",
        why=f"there is no entry {place}, or bind_dn may not see it",
        fix="Check the settings base_dn, people, departments, groups and roles.",
        code=errors.ABSENT,
    )
