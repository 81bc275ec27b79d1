"""What Graph is asked in one reading: people in one listing, the tree and the roles beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from adapters.entra import errors, mapping, wire
from adapters.entra.client import ADVANCED, BATCH, LARGEST_PAGE, EntraClient, Listing
from adapters.entra.settings import EntraSettings
from adapters.http import Lane, decoded, decoder
from adapters.http.gaps import Gaps
from domain.errors import CredentialFault, PermissionFault, SystemFault, TerminalFault
from domain.ports import Progress

T = TypeVar("T")

WORKERS = 8
"""Batches under way at once."""

USER, GROUP = "#microsoft.graph.user", "#microsoft.graph.group"
CREATED = "createdDateTime"
GROUPS = f"id,displayName,description,mail,mailNickname,visibility,{CREATED}"
UNITS = "id,displayName,description,visibility"
HIDDEN = "hiddenmembership"
TOP = str(LARGEST_PAGE)


class Inside(msgspec.Struct):
    """Who is directly in one group or unit. None: could not be read."""

    users: tuple[str, ...] | None = None
    groups: tuple[str, ...] = ()
    owners: tuple[str, ...] | None = None


class Reading:
    """Collects what is there; ``source`` makes records of it."""

    def __init__(self, client: EntraClient, settings: EntraSettings, progress: Progress) -> None:
        self._client, self._settings, self._progress = client, settings, progress
        self.gaps = Gaps()
        self.users: dict[str, wire.User] = {}
        self.unasked: frozenset[str] = frozenset()
        """Properties of people that this cloud does not know."""
        self.groups: dict[str, wire.Group] = {}
        """Groups or units that are the tree."""
        self.roles: dict[str, wire.Group] = {}
        self.inside: dict[str, Inside] = {}
        self.incomplete: set[str] = set()
        self._faults: dict[str, SystemFault] = {}
        self._asked = 0

    async def run(self) -> None:
        """Read all. Raises the fault of a listing that cannot be read at all."""
        tree = {"groups": self._read_groups, "units": self._read_units}.get(self._settings.tree)
        await _together(self._read_users(), self._read_inside(tree))
        self._progress("members", len(self.users), len(self.users))

    async def again(
        self, units: Mapping[str, wire.Group], known: Collection[str], *, listing: bool
    ) -> None:
        """Look into ``units``, and into groups that are not ``known`` where ``listing`` them anew.

        All that is listed is in ``groups`` and ``roles`` afterwards. Raises as ``run`` does.
        """
        self.groups = dict(units)
        if listing:
            tree = [self._read_groups()] if self._settings.tree == "groups" else []
            await _together(*tree, self._read_roles())
        self._part()
        new = [found for found in (*self.groups, *self.roles) if found not in known]
        await _together(self._look_inside(new))

    async def _read_users(self) -> None:
        found = await self._list_users(wide=True)
        skip = self._settings.guests == "skip"
        for user in found.rows:
            if not (skip and mapping.is_guest(user)):
                self.users.setdefault(user.id, user)
        self._judge("members", "people", found)

    async def _list_users(self, *, wide: bool) -> Listing[wire.User]:
        settings = self._settings
        levels = settings.attributes if settings.tree == "attribute" else ()
        url = self._client.url(
            "users",
            select=mapping.select(levels, wide=wide),
            expand="manager($select=id)" if settings.managers else "",
            top=TOP,
        )

        def note(rows: int) -> None:
            self._progress("members", rows, None)

        try:
            return await self._client.listing("users", url, wire.User, note=note)
        except TerminalFault as fault:
            if not wide or fault.code.lower() not in errors.UNKNOWN_PROPERTY:
                raise
        self.unasked = frozenset(mapping.WIDE)
        return await self._list_users(wide=False)

    async def _read_inside(self, tree: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
        async with asyncio.TaskGroup() as group:
            if tree is not None:
                group.create_task(tree())
            group.create_task(self._read_roles())
        self._part()
        await self._look_inside([*self.groups, *self.roles])

    def _part(self) -> None:
        """A group that is a role is no department."""
        for role in self.roles:
            self.groups.pop(role, None)

    async def _read_groups(self) -> None:
        condition = self._settings.groups_filter
        found = await self._list_groups(condition)
        self.groups = {group.id: group for group in found.rows}
        self._judge("departments", "groups", found)

    async def _read_roles(self) -> None:
        if not self._settings.roles_filter:
            return
        try:
            found = await self._list_groups(self._settings.roles_filter)
        except CredentialFault:
            raise
        except SystemFault as fault:
            if self._settings.tree == "groups":
                raise  # which groups are departments cannot be told without it
            self.gaps.add("roles", "", fault)
            self.incomplete.add("roles")
            return
        self.roles = {group.id: group for group in found.rows}
        self._judge("roles", "roles", found)

    async def _list_groups(self, condition: str) -> Listing[wire.Group]:
        """Groups by a filter, as an advanced query: without it some filters' page links expire."""
        count = "true" if condition else ""
        url = self._client.url("groups", select=GROUPS, filter=condition, count=count, top=TOP)
        headers = ADVANCED if condition else ()
        return await self._client.listing("groups", url, wire.Group, headers=headers)

    async def _read_units(self) -> None:
        url = self._client.url("directory/administrativeUnits", select=UNITS, top=TOP)
        found = await self._client.listing("units", url, wire.Group)
        self.groups = {unit.id: unit for unit in found.rows}
        self._judge("departments", "administrative units", found)

    def _judge(self, kind: str, what: str, found: Listing[T]) -> None:
        """Note that a listing came short."""
        if found.fault is not None:
            self._faults[kind] = found.fault
            self.gaps.add(f"further {what}", "", found.fault)
        if found.bad:
            self.gaps.add(what, "", f"{found.bad} rows have an unknown shape")
        if found.fault is not None or found.bad:
            self.incomplete.add(kind)

    def cut_short(self, kind: str) -> SystemFault | None:
        """The fault that ended the listing of ``kind``, if one did."""
        return self._faults.get(kind)

    async def _look_inside(self, chosen: Sequence[str]) -> None:
        """Members of the ``chosen`` groups, and owners where they lead, in batches."""
        kind = "units" if self._settings.tree == "units" else "groups"
        place = "directory/administrativeUnits" if kind == "units" else "groups"
        departments = [found for found in chosen if found in self.groups]
        asked = [(f"{kind}/members", f"{place}/{g}/members", g) for g in departments]
        if kind == "groups" and self._settings.owners:
            asked += [("groups/owners", f"groups/{g}/owners", g) for g in departments]
        roles = [found for found in chosen if found in self.roles]
        asked += [("groups/members", f"groups/{g}/members", g) for g in roles]
        self.inside = {g: Inside() for g in chosen}
        self._asked = len(asked)
        async with asyncio.TaskGroup() as group:
            lane = Lane(group, self._look, size=WORKERS)
            for start in range(0, len(asked), BATCH):
                lane.put(asked[start : start + BATCH])

    async def _look(self, asked: list[tuple[str, str, str]]) -> None:
        paths = [f"{path}?$select=id&$top={TOP}" for _, path, _ in asked]
        parts = await self._client.batch([name for name, _, _ in asked], paths, wire.Page)
        for (name, path, group), answer in zip(asked, parts.answers, strict=True):
            await self._keep(name, path, group, answer)
        self._asked -= len(asked)
        total = len(self.inside)
        self._progress("departments", max(total - self._asked, 0), total)

    async def _keep(
        self, name: str, path: str, group: str, answer: wire.Page | SystemFault
    ) -> None:
        """One group's members or owners: the first page, and the pages that follow."""
        try:
            if isinstance(answer, SystemFault):
                raise answer
            holders = await self._holders(name, path, answer)
        except CredentialFault:
            raise
        except SystemFault as fault:
            if fault.code.lower() in errors.GONE:
                self.groups.pop(group, None)
                self.roles.pop(group, None)
                return
            self._miss(name, group, fault)
            return
        inside = self.inside[group]
        users = tuple(dict.fromkeys(h.id for h in holders if h.kind.lower() == USER))
        if name.endswith("owners"):
            inside.owners = users
            return
        found = self.groups.get(group) or self.roles.get(group)
        if found is not None and not holders and (found.visibility or "").lower() == HIDDEN:
            self._miss(name, group, "its membership is hidden; Member.Read.Hidden shows it")
            return
        inside.users = users
        inside.groups = tuple(dict.fromkeys(h.id for h in holders if h.kind.lower() == GROUP))

    def _miss(self, name: str, group: str, why: SystemFault | str) -> None:
        what = "owners of" if name.endswith("owners") else "members of"
        self.gaps.add(what, group, why)

    async def _holders(self, name: str, path: str, page: wire.Page) -> list[wire.Holder]:
        row = decoder(wire.Holder)
        try:
            holders = [decoded(row, raw) for raw in page.value or ()]
        except msgspec.ValidationError as error:
            raise _shape(name, str(error)) from None
        if not page.following:
            return holders
        url = self._client.link(name, page.following)
        first = self._client.url(path, select="id", top=TOP)
        rest = await self._client.listing(name, url, wire.Holder, first=first)
        if rest.fault is not None:
            raise rest.fault
        if rest.bad:
            raise _shape(name, f"{rest.bad} rows")
        return rest.rows if rest.anew else holders + rest.rows


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """All at once; of several faults the one to tell."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except* SystemFault as several:
        raise _worst(several) from None


def _shape(name: str, why: str) -> TerminalFault:
    return TerminalFault(f"Entra {name} answered in an unknown shape", why=why, code="shape")


def _worst(several: BaseExceptionGroup[SystemFault]) -> SystemFault:
    """The fault to tell of several: what stops everything, then what a person has to mend."""
    faults: list[SystemFault] = []
    waiting: list[BaseException] = [several]
    while waiting:
        found = waiting.pop()
        if isinstance(found, BaseExceptionGroup):
            waiting.extend(found.exceptions)
        elif isinstance(found, SystemFault):
            faults.append(found)
    order = (CredentialFault, PermissionFault, SystemFault)
    return min(faults, key=lambda f: next(n for n, kind in enumerate(order) if isinstance(f, kind)))
