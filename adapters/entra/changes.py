"""What changed since the last reading: the rounds, what else must be looked at, the observation.

Groups and units are asked before people: somebody who was made in between is then new in the round
of people, and the next round of groups tells where they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict, replace

from adapters.entra import cursor as cursors
from adapters.entra import errors, merge, wire
from adapters.entra.client import EntraClient
from adapters.entra.cursor import Cursor
from adapters.entra.entries import Entry
from adapters.entra.looking import Named
from adapters.entra.people import People, older
from adapters.entra.reading import Reading
from adapters.entra.rounds import Rounds
from adapters.entra.settings import EntraSettings
from adapters.entra.trees import Tree
from domain.observe import Coverage, Observation
from domain.ports import Known, KnownDepartment, KnownRole, Progress
from domain.records import DepartmentRecord, MemberRecord

Told = Mapping[str, Mapping[str, Entry]]
"""Entries by kind and id."""


class Changes:
    """One reading of what changed since ``cursor``, for the system ``system``."""

    def __init__(
        self, system: str, client: EntraClient, settings: EntraSettings, cursor: Cursor
    ) -> None:
        self._system, self._client, self._settings = system, client, settings
        self._cursor, self._began = cursor, client.calls

    async def read(
        self, known: Known, progress: Progress, named: Named | None = None
    ) -> Observation:
        """What changed, and of those who are ``named`` what the round does not tell yet.

        Raises SyncLost where only reading everything can say what is there: what cannot be read
        of a part must not keep back the rest. A TransientFault where Graph wants fewer calls.
        """
        told: dict[str, Mapping[str, Entry]] = {"groups": {}, "units": {}}
        links: dict[str, str] = {}
        rounds = Rounds(self._client, self._settings)
        for kind in cursors.kinds(self._settings):
            found = await rounds.run(kind, self._cursor.links[kind])
            told[kind], links[kind] = found.entries, found.link
        if named is not None:
            late = await named.people(told["users"], self._cursor.unasked)
            told["users"] = {**told["users"], **late}
            told["groups"] = {**told["groups"], **await named.groups(told["groups"])}
        lasting = replace(self._cursor, at=int(self._client.now), links=links)
        nothing = self._nothing()
        if not any(told.values()):
            return replace(nothing, cursor=lasting.write())
        people = People(known.members(), told["users"], self._settings)
        if people.bad:
            raise _lost(f"{people.bad} people have an unknown shape")
        if people.unexplained(self._cursor.at):
            raise _lost("somebody is there who was not read and is not new, or is shown in part")
        progress("members", len(people.rows), len(people.rows))
        departments = {department.id: department for department in known.departments()}
        roles = {role.id: role for role in known.roles()}
        reading = Reading(self._client, self._settings, progress)
        listing = await self._look(reading, told, departments, roles)
        if reading.gaps.told():
            raise _lost("what is new cannot be looked into")
        tree = self._tree(people, told, departments, reading, listing=listing)
        duties = merge.roles(roles, told["groups"], reading, listing=listing)
        there = {department.id for department in tree.departments}
        return replace(
            nothing,
            coverage=replace(
                nothing.coverage,
                roles=duties.whole,
                gone_departments=frozenset(departments.keys() - there),
                gone_members=people.gone,
            ),
            departments=tuple(d for d in tree.departments if _differs(d, departments.get(d.id))),
            members=tuple(_members(people, tree, duties.lost)),
            roles=duties.records,
            calls=self._client.calls - self._began,
            cursor=lasting.write(),
        )

    async def _look(
        self,
        reading: Reading,
        told: Told,
        departments: Mapping[str, KnownDepartment],
        roles: Mapping[str, KnownRole],
    ) -> bool:
        """Look into what is new; whether groups had to be listed anew to know what that is.

        A delta query takes no filter but by ids, so that only a listing can tell which groups are
        departments or roles (Graph v1.0, group: delta).
        """
        known = departments.keys() | roles.keys()
        listing = any(
            not entry.removed and (entry.props or entry.id not in known)
            for entry in told["groups"].values()
        )
        units = {
            entry.id: _row(entry)
            for entry in told["units"].values()
            if not entry.removed and entry.id not in departments
        }
        if listing or units:
            await reading.again(units, known, listing=listing)
        for rows in (reading.groups, reading.roles) if listing else ():
            for found in rows.keys() & told["groups"].keys():  # a filter's index may lag behind
                rows[found] = _row(told["groups"][found], rows[found])
        switched = (reading.groups.keys() & roles) | (reading.roles.keys() & departments)
        if switched or any(
            older(group.createdDateTime, self._cursor.at)
            for group in reading.groups.values()
            if group.id not in departments
        ):
            raise _lost("a group became a department or a role, and what it is in was not told")
        return listing

    def _tree(
        self,
        people: People,
        told: Told,
        departments: Mapping[str, KnownDepartment],
        reading: Reading,
        *,
        listing: bool,
    ) -> Tree:
        settings = self._settings
        if settings.tree == "attribute":
            return merge.attribute(people, departments, settings)
        if settings.tree == "manager":
            return merge.manager(people)
        if settings.tree == "units":
            return merge.units(departments, told["units"], reading, settings)
        return merge.groups(departments, told["groups"], reading, listing=listing)

    def _nothing(self) -> Observation:
        """Nothing changed."""
        return Observation(
            system=self._system,
            coverage=Coverage(changes=True, hidden=self._hidden),
            calls=self._client.calls - self._began,
        )

    @property
    def _hidden(self) -> dict[str, tuple[str, ...]]:
        return {"member": self._cursor.unasked} if self._cursor.unasked else {}


def _lost(why: str) -> errors.SyncLost:
    return errors.SyncLost("The changes in Entra do not tell enough", why=why)


def _row(entry: Entry, listed: wire.Group | None = None) -> wire.Group:
    """A group or unit as it was told, and for the rest as it was ``listed``."""
    before = {} if listed is None else asdict(listed)
    try:
        return msgspec.convert({**before, **entry.props, "id": entry.id}, wire.Group, strict=False)
    except msgspec.ValidationError:
        raise _lost("a group or unit has an unknown shape") from None


def _members(people: People, tree: Tree, lost: frozenset[str]) -> Iterator[MemberRecord]:
    """Those that changed, and those whose departments changed.

    Who lost a role is among them, because a role is only taken from people who were seen.
    """
    for person in people.there:
        places = tree.places.get(person, ())
        known = people.known.get(person)
        same = known is not None and (
            known.departments == places or set(known.departments) == set(places)
        )
        if not same or person in people.rows or person in lost:
            yield people.record(person, places)


def _differs(record: DepartmentRecord, known: KnownDepartment | None) -> bool:
    """Whether a department is new, or has something that the ledger does not know."""
    if known is None or (record.name, record.parent_id) != (known.name, known.parent_id):
        return True
    if record.leaders is not UNSET and set(record.leaders) != set(known.leaders):
        return True
    details = {} if record.details is UNSET else record.details
    return any(known.details.get(name) != value for name, value in details.items())
