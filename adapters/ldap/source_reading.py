"""From listings to an observation: who is where, and what was not to be seen. Blocking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import msgspec
from msgspec import UNSET, UnsetType

from adapters.ldap.client import LdapClient
from adapters.ldap.source_listing import GROUPS, Lister, Listing
from adapters.ldap.source_mapping import (
    Person,
    Records,
    Unit,
    login_reference,
)
from adapters.ldap.source_profiles import Profile
from adapters.ldap.source_tree import UNSEEN, Tree
from domain.observe import Coverage, Gap, Observation
from domain.records import DepartmentRecord, MemberRecord, RoleRecord

RECORDS = {"member": MemberRecord, "department": DepartmentRecord, "role": RoleRecord}

NAMED = 5
"""So many hidden places are named in a gap; the others are a number."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What was listed. ``groups`` hold the departments' members; ``roles`` None: not read."""

    people: Listing[Person]
    departments: Listing[Unit]
    groups: Listing[Unit]
    roles: Listing[Unit] | None


def assemble(
    client: LdapClient, profile: Profile, lister: Lister, parts: Parts, before: int
) -> Observation:
    """The observation. ``before`` is how many calls the client had made before the reading."""
    work = _Assembly(client, profile, lister, parts)
    members = work.members()
    departments = work.departments()
    roles = work.roles()
    hidden = {
        kind: tuple(sorted(fields & set(record.__struct_fields__)))
        for kind, record in RECORDS.items()
        if (fields := work.hidden[kind])
    }
    return Observation(
        system=client.name,
        coverage=Coverage(
            departments=parts.departments.whole and not work.tree.unseen and work.placed,
            members=parts.people.whole and not work.left_out,
            roles=parts.roles is not None and parts.roles.whole,
            hidden={kind: fields for kind, fields in hidden.items() if fields},
        ),
        departments=departments,
        members=members,
        roles=roles,
        gaps=work.gaps(),
        calls=client.calls - before,
    )


class _Assembly:
    def __init__(self, client: LdapClient, profile: Profile, lister: Lister, parts: Parts) -> None:
        self._place, self._profile, self._lister = client.settings.place, profile, lister
        self._parts, self._base = parts, client.settings.base_dn
        self._holding = "groups" if profile.inside == "apart" else "departments"
        self.hidden: dict[str, set[str]] = {
            "member": self._hidden_of("member", "people", parts.people),
            "department": self._hidden_of("department", self._holding, parts.groups),
            "role": self._hidden_of("role", "roles", parts.roles),
        }
        self.tree = Tree(
            list(parts.departments.found.values()),
            client.settings.place("departments"),
            profile.naming,
            lister.look,
        )
        self._ids = self._people_by_reference()
        self.left_out = 0
        self._unplaced = self._why_unplaced()

    def _hidden_of(
        self, kind: str, place: str, listing: Listing[Person] | Listing[Unit] | None
    ) -> set[str]:
        """The fields of which no entry shows an attribute, and which may be hidden."""
        if listing is None or not listing.found:
            return set()
        names = dict(self._profile.attributes[kind])
        if kind == "member":
            names["active"] = self._lister.state
        filter_ = GROUPS if place == "groups" else self._profile.filters[kind]
        return {
            field
            for field, attributes in names.items()
            if attributes
            and field not in ("id", "name")
            and not any(name.lower() in listing.shown for name in attributes)
            and self._lister.hidden(self._place(place), filter_, attributes)
        }

    def _why_unplaced(self) -> str:
        """Why nobody's departments can be told; empty if they can."""
        departments, groups = self._parts.departments, self._parts.groups
        if not departments.whole and not departments.found:
            return "the departments could not be read"
        if self._profile.inside == "place":
            return ""
        self.tree.parents()
        if self.tree.unseen or not departments.whole:
            return "not all departments that they may be in can be seen"
        if not groups.whole:
            return "the groups with the members of departments could not be read"
        if departments.found and not groups.found:
            return "no group with members of departments is to be seen"
        if groups.found and "members" in self.hidden["department"]:
            return "no group shows its members, bind_dn may not read them"
        silent = sum(unit.open for unit in groups.found.values())
        if silent:
            return f"{silent} groups do not show their members, bind_dn may not read them"
        return ""

    @property
    def placed(self) -> bool:
        """Whether it can be told which department is below which: groups say it by members."""
        return self._profile.inside != "own" or not self._unplaced

    def _people_by_reference(self) -> dict[str, str]:
        found = {person.dn: person.id for person in self._parts.people.found.values()}
        for person in self._parts.people.found.values():
            if person.login:
                found.setdefault(login_reference(person.login), person.id)
        return found

    def members(self) -> tuple[MemberRecord, ...]:
        people = self._parts.people.found
        if self._unplaced:
            self.left_out = len(people)
            return ()
        inside = self._memberships()
        blind = {n for n in self._profile.details if n.lower() not in self._parts.people.shown}
        records = Records(self._profile, people.values(), self.hidden["member"], blind)
        found = []
        for person in people.values():
            if self._profile.inside == "place":
                department = self.tree.inside(person.container)
                if department == UNSEEN:
                    self.left_out += 1
                    continue
                departments: tuple[str, ...] = () if department is None else (department,)
            else:
                departments = tuple(sorted(inside.get(person.id, ())))
            found.append(records.record(person, departments, self._manager))
        return tuple(found)

    def _memberships(self) -> dict[str, set[str]]:
        """Ids of people, and the ids of the departments whose groups they are in."""
        inside: dict[str, set[str]] = defaultdict(set)
        if self._profile.inside == "place":
            return inside
        by_rid: dict[int, str] = {}
        for unit, group in self._groups():
            if group.rid is not None:
                by_rid[group.rid] = unit.id
            for member in self._known(group.members):
                inside[member].add(unit.id)
        for person in self._parts.people.found.values():
            if person.group in by_rid:
                inside[person.id].add(by_rid[person.group])
        return inside

    def _groups(self) -> Iterable[tuple[Unit, Unit]]:
        """Departments, and for each the entry that holds its members and leaders."""
        units = self.tree.units.values()
        if self._profile.inside != "apart":
            return [(unit, unit) for unit in units]
        by_name = {_name(group.dn): group for group in self._parts.groups.found.values()}
        return [(u, group) for u in units if (group := by_name.get(_name(u.dn)))]

    def _known(self, references: Iterable[str]) -> list[str]:
        return [self._ids[r] for r in references if r in self._ids]

    def _manager(self, dn: str) -> str | UnsetType | None:
        """Somebody whom we do not see is nobody, unless there are people whom we did not read."""
        found = self._ids.get(dn)
        return UNSET if found is None and not self._parts.people.whole else found

    def departments(self) -> tuple[DepartmentRecord, ...]:
        leaders = {unit.id: group.leaders for unit, group in self._groups()}
        told = self._is_told("department", "leaders") and self._parts.groups.whole
        parents = self.tree.parents(told=self.placed)
        return tuple(
            DepartmentRecord(
                id=unit.id,
                name=unit.name,
                parent_id=parents[unit.id],
                leaders=self._people(leaders[unit.id]) if told and unit.id in leaders else UNSET,
            )
            for unit in self.tree.units.values()
            if parents[unit.id] != UNSEEN
        )

    def _is_told(self, kind: str, field: str) -> bool:
        return bool(self._profile.attributes[kind].get(field)) and field not in self.hidden[kind]

    def _people(self, references: tuple[str, ...]) -> tuple[str, ...] | UnsetType:
        """Ids in order; unknown where somebody is among them whom we could not read."""
        found = self._known(references)
        if len(found) < len(references) and not self._parts.people.whole:
            return UNSET
        return tuple(sorted(set(found)))

    def roles(self) -> tuple[RoleRecord, ...]:
        listing = self._parts.roles
        if listing is None:
            return ()
        groups = self._all_groups(listing.found.values())
        primary: dict[int, list[str]] = defaultdict(list)
        for person in self._parts.people.found.values():
            if person.group is not None:
                primary[person.group].append(person.dn)
        told = self._is_told("role", "members")
        return tuple(
            RoleRecord(
                id=unit.id,
                name=unit.name,
                members=self._people(_expanded(unit, groups, primary))
                if told and not unit.open
                else UNSET,
            )
            for unit in listing.found.values()
        )

    def _all_groups(self, roles: Collection[Unit]) -> dict[str, Unit]:
        """Groups by DN, in which the people of a role may be: more are listed where they are."""
        known = [*self.tree.units.values(), *self._parts.groups.found.values(), *roles]
        groups = {unit.dn: unit for unit in known}
        strangers = any(m not in self._ids and m not in groups for r in roles for m in r.members)
        if strangers and self._profile.groups:
            more = self._lister.units("role", self._base, self._profile.groups, lambda count: None)
            groups = {**{unit.dn: unit for unit in more.found.values()}, **groups}
        return groups

    def gaps(self) -> tuple[Gap, ...]:
        found = []
        listings: dict[str, Listing[Person] | Listing[Unit]] = {
            "members": self._parts.people,
            "departments": self._parts.departments,
        }
        if self._profile.inside == "apart":
            listings["members of departments"] = self._parts.groups
        if self._parts.roles is not None:
            listings["roles"] = self._parts.roles
        for what, listing in listings.items():
            if listing.fault is not None:
                found.append(Gap(what, str(listing.fault)))
            if listing.nameless:
                found.append(
                    Gap(f"{listing.nameless} {what}", "they show bind_dn no id of their own")
                )
        if self._unplaced and self.left_out:
            found.append(Gap(f"{self.left_out} members", self._unplaced))
        if not self.placed:
            found.append(Gap("departments below others", self._unplaced))
        if self.tree.unseen:
            hidden = sorted(self.tree.unseen)
            more = f" and {len(hidden) - NAMED} more" if len(hidden) > NAMED else ""
            named = f"{'; '.join(hidden[:NAMED])}{more}"
            found.append(Gap(f"departments {named}", "bind_dn may not see them, but what is below"))
        return tuple(found)


def _name(dn: str) -> str:
    """What counts of the value in the lowest step of a normalised DN."""
    return dn.split("\x1f", 1)[0].partition("=")[2]


def _expanded(
    role: Unit, groups: dict[str, Unit], primary: dict[int, list[str]]
) -> tuple[str, ...]:
    """References to everybody in a group, and in the groups that are members of it."""
    found: dict[str, None] = {}
    seen, waiting = {role.dn}, [role]
    while waiting:
        group = waiting.pop()
        found |= dict.fromkeys(primary.get(group.rid, ()) if group.rid is not None else ())
        for member in group.members:
            inner = groups.get(member)
            if inner is None:
                found[member] = None
            elif inner.dn not in seen:
                seen.add(inner.dn)
                waiting.append(inner)
    return tuple(found)
