"""Groups: members and leaders of departments, and holders of roles (groupOfUniqueNames). Blocking.

A group may not be empty (RFC 4519, 3.6), so a placeholder is in it from the beginning and is never
taken out. Members and owners that are not ours stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from adapters.ldap import errors
from adapters.ldap.capabilities import Shape
from adapters.ldap.client import ADD, DELETE, REPLACE, LdapClient, Modifications
from adapters.ldap.creation import put, said
from adapters.ldap.dn import first, normal, rdn
from adapters.ldap.mapping import encoded
from adapters.ldap.places import Places
from adapters.ldap.wire import MARK_CLASS
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import AbsentFault, TerminalFault

CLASSES = ("groupOfUniqueNames", MARK_CLASS)

KIND = "group"
"""The mark's kind of the entry that holds a department's members, where the department can't."""

_LOOK = (errors.NO_SUCH_ATTRIBUTE, errors.VALUE_EXISTS, errors.CLASS_VIOLATION)
"""Something is there already, is gone already, or was the last: look and do the rest."""


class Groups:
    """The groups of one directory. Used from several threads."""

    def __init__(self, client: LdapClient, shape: Shape, people: Places) -> None:
        self._client, self._shape, self._people = client, shape, people

    def is_apart(self, kind: str) -> bool:
        """Whether the members are in an entry of their own."""
        return kind == "department" and self._shape.grouped

    def dn_of(self, kind: str, dn: str) -> str:
        """The entry with the members of the department or role at ``dn``."""
        return self._apart(first(dn)[1]) if self.is_apart(kind) else dn

    def make(self, change: Change, name: str) -> None:
        """Make the group of a department; one that we made before is taken."""
        fields = {**change.known, **change.fields}
        attributes = {
            "objectClass": [name.encode() for name in CLASSES],
            "uniqueMember": [self._shape.placeholder.encode()],
            **({"description": d} if (d := encoded(fields.get("description"))) else {}),
        }
        put(self._client, change, KIND, self._apart(name), attributes, again=True)

    def describe(self, change: Change, dn: str) -> None:
        """Give the group the department's new name."""
        values = encoded(change.fields.get("description"))
        modifications = [(REPLACE, "description", values)]
        try:
            self._client.modify(said("modify", change), self.dn_of("department", dn), modifications)
        except AbsentFault:
            self.make(change, first(dn)[1])

    def delete(self, change: Change, name: str) -> None:
        """Delete the group of a department, if it is there."""
        with suppress(AbsentFault):
            self._client.delete(said("delete", change), self._apart(name))

    def lead(self, change: Change, dn: str) -> str:
        """Make the leaders of the department at ``dn`` its group's owners; returns a warning."""
        wanted, had = change.relations.leaders or (), change.had.leaders or ()
        found = self._people.find({*wanted, *had})
        add = [found[uuid] for uuid in wanted if uuid in found]
        remove = [found[uuid] for uuid in had if uuid in found and uuid not in wanted]
        self._values(change, dn, "owner", add=add, remove=remove)
        return _missing(sum(uuid not in found for uuid in wanted))

    def members(self, change: Change, dn: str) -> Acknowledged:
        """Add or remove the members of a change."""
        found = self._people.find(change.members)
        missing = 0
        if change.action is Action.ADD:
            missing = len(change.members) - len(found)
            self._values(change, dn, "uniqueMember", add=found.values(), remove=())
        else:
            self._values(change, dn, "uniqueMember", add=(), remove=found.values())
        return Acknowledged(remote=str(change.remote), warning=_missing(missing))

    def _apart(self, name: str) -> str:
        return f"{rdn('cn', name)},{self._client.settings.place('groups')}"

    def _values(
        self, change: Change, dn: str, attribute: str, *, add: Iterable[str], remove: Iterable[str]
    ) -> None:
        """Add DNs to an attribute and take others out; what is so already is no trouble.

        It is tried blindly first, in one operation.
        """
        adding, removing = {normal(d): d for d in add}, {normal(d): d for d in remove}
        if not adding and not removing:
            return
        what, group = said("modify", change), self.dn_of(change.kind, dn)
        try:
            self._client.modify(what, group, _pair(attribute, adding.values(), removing.values()))
        except AbsentFault:
            if not self.is_apart(change.kind):
                raise
            self.make(change, first(dn)[1])
        except TerminalFault as fault:
            if fault.code not in _LOOK:
                raise
        else:
            return
        entry = self._client.get(what, group, (attribute,))
        there = {normal(t): t for t in entry.texts(attribute)} if entry is not None else {}
        missing = [d for key, d in adding.items() if key not in there]
        gone = [there[key] for key in removing if key in there]
        if attribute == "uniqueMember" and gone and len(gone) == len(there) and not missing:
            missing = [self._shape.placeholder]
        if missing or gone:
            self._client.modify(what, group, _pair(attribute, missing, gone))


def _pair(attribute: str, add: Iterable[str], remove: Iterable[str]) -> Modifications:
    """Additions first, so that a group is at no moment without a member."""
    parts = [(ADD, list(add)), (DELETE, list(remove))]
    return [(op, attribute, [dn.encode() for dn in dns]) for op, dns in parts if dns]


def _missing(count: int) -> str:
    return f"{count} of the people are not in the directory any more" if count else ""
