"""What a reading found, as records and as coverage.

Where both secrets were read completely, absence from the contact-sync secret's ids is the proof
that somebody is gone: people whom the details leave out are there all the same. As long as there
are such people (or departments), it is named who of those that the ledger knows is gone, and
nothing is concluded from the absence of a record.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET, UnsetType

from adapters.wecom import mapping, wire
from adapters.wecom.mapping import ROOT
from adapters.wecom.reading import Reading
from domain.observe import Coverage
from domain.ports import Known
from domain.records import DepartmentRecord, MemberRecord, RoleRecord


class Found:
    """Records of one reading; ``known`` is what the ledger has."""

    def __init__(self, reading: Reading, known: Known) -> None:
        self._reading, self._people = reading, known.members
        self._known = {department.id: department for department in known.departments()}
        self._parents = {one.id: one.parentid for one in reading.departments.values()}
        self._parents |= {one.id: one.parentid for one in (reading.places or {}).values()}

    @property
    def root(self) -> wire.Department | None:
        """The organization itself, where it is in range."""
        return self._reading.departments.get(ROOT)

    def coverage(self) -> Coverage:
        """What was read completely. People who are visible alone make no subtree complete."""
        reading = self._reading
        hidden = reading.fields.hidden if reading.members else ()
        roots: tuple[str, ...] = ()
        gone_departments: set[str] = set()
        gone_members = set(reading.left)
        departments = bool(reading.departments) and "departments" not in reading.incomplete
        members = bool(reading.departments) and "members" not in reading.incomplete
        if reading.exact:
            if reading.unseen_departments:
                gone_departments |= self._closed() if departments else set()
                departments = False
            if reading.unseen_members:
                gone_members |= self._gone() if members else set()
                members = False
        elif not reading.whole:
            roots = tuple(str(one) for one in sorted(self._visible_roots()))
        return Coverage(
            departments=departments,
            members=members,
            roles="roles" not in reading.incomplete,
            roots=roots,
            gone_departments=frozenset(gone_departments),
            gone_members=frozenset(gone_members),
            hidden={"member": hidden} if hidden else {},
        )

    def _closed(self) -> set[str]:
        """Departments that the ledger has and nobody lists any more."""
        reading = self._reading
        there = {str(one) for one in (*(reading.places or ()), *reading.departments)}
        return self._known.keys() - there

    def _gone(self) -> set[str]:
        """People whom the ledger has, in a department or in none, and nobody lists any more."""
        there = (self._reading.memberships or {}).keys() | self._reading.members.keys()
        return {one.id for one in self._people() if one.id.casefold() not in there}

    def _visible_roots(self) -> list[int]:
        return [d for d in self._reading.departments if self._parents[d] not in self._parents]

    def departments(self) -> tuple[DepartmentRecord, ...]:
        """All departments but the organization itself; a nameless one is refused alone later."""
        return tuple(
            mapping.department(one, self._parent(one), self.leaders(one))
            for one in self._reading.departments.values()
            if one.id != ROOT
        )

    def _parent(self, department: wire.Department) -> str | None:
        """The nearest department above that has a record, or that the ledger has."""
        above, passed = department.parentid, {department.id}
        while above > ROOT and above not in passed:
            if above in self._reading.departments or str(above) in self._known:
                return str(above)
            passed.add(above)
            above = self._parents.get(above, 0)
        return None

    def leaders(self, department: wire.Department) -> tuple[str, ...] | UnsetType:
        """Who leads a department."""
        reading = self._reading
        keys = reading.listed.get(department.id)
        users = None
        if keys is not None:
            users = [reading.members[key] for key in keys if key in reading.members]
        return mapping.leaders(department, users, reading.spelled)

    def members(self) -> tuple[MemberRecord, ...]:
        """Everybody whom the details show; gives the raw rows back while the records grow."""
        reading, records = self._reading, []
        spelling = {key: user.userid for key, user in reading.members.items()}

        def spelled(userid: str) -> str:
            return spelling.get(userid.casefold()) or reading.spelled(userid)

        whole = reading.whole
        while reading.members:
            key, user = reading.members.popitem()
            places = [*(user.department or ()), *(reading.memberships or {}).get(key, ())]
            records.append(mapping.member(user, reading.fields, places, spelled, whole=whole))
        records.reverse()
        return tuple(records)

    def roles(self) -> tuple[RoleRecord, ...]:
        """All tags, with the people that have them, also by way of a department."""
        return tuple(mapping.role(tag, self._holding(tag)) for tag in self._reading.tags.values())

    def _holding(self, tag: wire.Tag) -> tuple[str, ...] | UnsetType:
        reading = self._reading
        held = reading.holders.get(tag.tagid)
        if held is None or reading.holders_hidden:
            return UNSET
        people = dict.fromkeys(reading.spelled(one.userid) for one in held.userlist)
        if held.partylist:
            if "members" in reading.incomplete or not self._parents.keys() >= {*held.partylist}:
                return UNSET
            people |= dict.fromkeys(map(reading.spelled, self._in_or_below(held.partylist)))
        return tuple(people)

    def _in_or_below(self, departments: Iterable[int]) -> Iterable[str]:
        """The keys of people in these departments and all below them."""
        inside = mapping.branches(self._parents, departments)
        reading = self._reading
        if reading.memberships is not None:
            places = reading.memberships.items()
            return [key for key, found in places if not inside.isdisjoint(found)]
        users = reading.members.items()
        return [key for key, user in users if not inside.isdisjoint(user.department or ())]
