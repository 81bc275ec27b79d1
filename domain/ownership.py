"""Ownership: which system of an organization has the say about which group of fields.

What there is (departments, people, roles, their names and states) is its source's to say. Each of
the groups here can belong to another system, for the people and departments that it has (ADR 15).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from domain.directory import Directory


class Group(NamedTuple):
    """Fields that have one owner: those of a record, and what comes of them at a target.

    ``documents`` are further names of the same in an expression of a mapping; ``relation`` is how
    targets call it; ``flag`` is the one of ``SourceCapabilities`` without which nobody can tell it.
    """

    kind: str
    fields: tuple[str, ...]
    documents: tuple[str, ...] = ()
    relation: str = ""
    flag: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The names by which an expression of a mapping asks for it."""
        return frozenset((*self.fields, *self.documents))


GROUPS: dict[str, Group] = {
    "contact": Group("member", ("email", "mobile")),
    "profile": Group("member", ("job_number", "title", "avatar")),
    "memberships": Group(
        "member",
        ("departments", "main_department"),
        ("department_names", "department_paths"),
        relation="departments",
        flag="departments",
    ),
    "managers": Group("member", ("manager",), relation="manager", flag="managers"),
    "leaders": Group("department", ("leaders",), relation="leaders", flag="leaders"),
}
"""What can be given away, under the names of the configuration."""

_CROSSING = ("departments", "leaders")
"""Relations between people and departments."""


class Ownership(msgspec.Struct, frozen=True, kw_only=True):
    """Of one organization: its source (None: a generic one), and who else owns which group."""

    source: str | None = None
    owners: dict[str, str] = {}

    @property
    def shared(self) -> frozenset[str]:
        """The groups that are not the source's."""
        return frozenset(group for group, owner in self.owners.items() if owner != self.source)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of things whose ids are needed to write what is not the source's."""
        kinds = {GROUPS[group].kind for group in self.shared}
        crossing = any(GROUPS[group].relation in _CROSSING for group in self.shared)
        return frozenset(kinds | {"department", "member"} if crossing else kinds)

    def part(self, system: str) -> frozenset[str]:
        """The groups that a system owns without being the source."""
        return frozenset(group for group in self.shared if self.owners[group] == system)

    def elsewhere(self, directory: Directory, kind: str, uid: str) -> frozenset[str]:
        """The groups of one entity about which another system than the source has the say.

        It has it for what it was seen to have; for everybody else the source goes on to say.
        """
        found = set()
        for group in self.shared:
            links = directory.links.get(f"{self.owners[group]}/{kind}")
            if GROUPS[group].kind == kind and links is not None and uid in links.ids:
                found.add(group)
        return frozenset(found)

    def hidden(self, directory: Directory, kind: str) -> frozenset[str]:
        """The fields that their owner may not show us: they are unknown and not empty."""
        found: set[str] = set()
        for group in self.shared:
            scope = directory.scopes.get(self.owners[group])
            if scope is not None and GROUPS[group].kind == kind:
                found |= set(GROUPS[group].fields) & set(scope.hidden.get(kind, ()))
        return frozenset(found)


class Writable(msgspec.Struct, frozen=True, kw_only=True):
    """What of an organization is written to one system: not what it told us itself."""

    ownership: Ownership = Ownership()
    system: str = ""

    @property
    def source(self) -> bool:
        """Whether it is the source: what there is, is not ours to make or take away there."""
        return bool(self.system) and self.system == self.ownership.source

    @property
    def part(self) -> frozenset[str]:
        """The groups that it owns without being the source."""
        return self.ownership.part(self.system)

    def own(
        self,
        directory: Directory,
        kind: str,
        uid: str,
        fields: Iterable[tuple[str, frozenset[str]]],
    ) -> frozenset[str]:
        """The fields and relations of one entity that are the system's own.

        ``fields`` are the target's, each with the names for which its expression asks. One that
        is made of the system's own values only is its own, too.
        """
        relations = {g.relation for g in GROUPS.values() if g.kind == kind and g.relation}
        if self.source:
            given = self.ownership.elsewhere(directory, kind, uid)
            names, ties = _names(given, kind)
            theirs = {field for field, asked in fields if not (asked and asked <= names)}
            others = {"parent", "group", "active"}
            return frozenset(theirs | others | (relations - ties))
        names, ties = _names(self.part, kind)
        theirs = {field for field, asked in fields if asked and asked <= names}
        return frozenset(theirs | ties)


def _names(groups: Iterable[str], kind: str) -> tuple[frozenset[str], set[str]]:
    """What expressions call the fields of these groups, and the relations in them."""
    found = [GROUPS[group] for group in groups if GROUPS[group].kind == kind]
    names = frozenset(name for group in found for name in group.names)
    return names, {group.relation for group in found if group.relation}
