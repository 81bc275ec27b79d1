"""One reading of a corporation: ids with the contact-sync secret, details with the app's.

``user/list_id`` and ``department/simplelist`` say who and what is there; ``department/list`` and
one ``user/list`` for each visible department that has somebody say what they are called. People
who are visible alone (``agent/get``) are asked for one by one. Tags are read beside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.http import HostThrottled, Lane
from adapters.http.gaps import Gaps
from adapters.wecom import errors, wire
from adapters.wecom.client import WeComClient, user_row
from adapters.wecom.errors import Caller
from adapters.wecom.mapping import LEFT, ROOT, Fields
from adapters.wecom.settings import WeComSettings
from domain.errors import CredentialFault, PermissionFault, SystemFault, TransientFault
from domain.ports import Progress

T = TypeVar("T")

WORKERS = 16
"""Calls of one interface under way at once: enough for 100 calls/s at 0.15 s each."""

HOPELESS = 30
"""So many failures in a row, of calls that were each tried several times: leave the rest."""


class Reading:
    """Collects what the lanes bring; ``mapping`` and ``source`` make records of it.

    People are kept by ``key``, the userid without its case. ``places`` and ``memberships`` are
    what the contact-sync secret lists; None where they could not be read, or there is none.
    """

    def __init__(self, client: WeComClient, settings: WeComSettings, progress: Progress) -> None:
        self._client, self._settings, self._progress = client, settings, progress
        self._ids = "contact" in client.callers
        self._detail: Caller = "app" if "app" in client.callers else "contact"
        self._tagging: Caller = "contact" if self._ids else "app"
        self.fields, self.gaps = Fields(), Gaps()
        self.incomplete: set[str] = set()
        self.places: dict[int, wire.Place] | None = None
        self.memberships: dict[str, list[int]] | None = None
        self.departments: dict[int, wire.Department] = {}
        self.listed: dict[int, list[str]] = {}
        """The keys of the people whom each department's own list showed."""
        self.members: dict[str, wire.User] = {}
        self.left: set[str] = set()
        self.tags: dict[int, wire.Tag] = {}
        self.holders: dict[int, wire.Holders] = {}
        self._spelled: dict[str, str] = {}
        self._agent: wire.Agent | None = None
        self._root_fault: SystemFault | None = None
        self._stopped: dict[str, SystemFault] = {}
        self._streak: dict[str, int] = {}
        self._done = {"lists": 0, "roles": 0}

    @property
    def whole(self) -> bool:
        """Whether the details are everybody's: the organization itself is in range."""
        return ROOT in self.departments

    @property
    def exact(self) -> bool:
        """Whether the ids of everybody and everything are known."""
        return self.places is not None and self.memberships is not None

    def spelled(self, userid: str) -> str:
        """The one spelling of a userid: that of the details, else that of the ids."""
        key = userid.casefold()
        user = self.members.get(key)
        return user.userid if user else self._spelled.get(key, userid)

    async def run(self) -> None:
        """Read all. Raises CredentialFault, or the fault for which nothing can be read."""
        await self._together(self._begin)
        if self._root_fault is not None and not self.departments:
            raise self._root_fault
        await self._together(self._list_departments)
        await self._together(self._ask_for_people)
        self._compare()
        for what, found in (("departments", self.departments), ("members", self.members)):
            self._progress(what, len(found), len(found))

    async def _together(self, start: Callable[[asyncio.TaskGroup], None]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._gets = Lane(group, self._get, size=WORKERS)
                self._lists = Lane(group, self._list, size=WORKERS)
                self._people = Lane(group, self._person, size=WORKERS)
                self._tag_lane = Lane(group, self._hold, size=WORKERS)
                start(group)
        except* CredentialFault as several:
            raise _first(several) from None

    def _begin(self, group: asyncio.TaskGroup) -> None:
        group.create_task(self._name())
        group.create_task(self._list_tags())
        if self._ids:
            group.create_task(self._list_places())
            group.create_task(self._list_ids())

    def _list_departments(self, group: asyncio.TaskGroup) -> None:
        """Ask for the people of each visible department; of empty ones only if we can't tell."""
        if self._settings.agent_id and self._detail == "app" and not self.whole:
            group.create_task(self._range())
        wanted = set(self.departments)
        if self.memberships is not None:
            wanted &= {dept_id for places in self.memberships.values() for dept_id in places}
        for dept_id in self.departments:
            if dept_id in wanted:
                self._lists.put(dept_id)

    def _ask_for_people(self, group: asyncio.TaskGroup) -> None:
        """People who are in range by themselves or by a tag, and were in no list."""
        agent = self._agent
        if agent is None:
            return
        alone = [one.userid for one in (agent.allow_userinfos or wire.AllowedUsers()).user]
        for tag_id in (agent.allow_tags or wire.AllowedTags()).tagid:
            held = self.holders.get(tag_id)
            alone += [one.userid for one in held.userlist] if held else []
        for userid in dict.fromkeys(alone):
            if userid.casefold() not in self.members:
                self._people.put(userid)

    async def _try(
        self, api: str, kind: str, work: Callable[[T], Awaitable[None]], item: T
    ) -> SystemFault | None:
        """Do ``work``; a failure becomes a gap. An interface that cannot get on is left."""
        fault = self._stopped.get(api)
        if fault is None:
            try:
                await work(item)
            except CredentialFault:
                raise
            except SystemFault as failed:
                fault = failed
                self._note(api, failed)
            else:
                self._streak[api] = 0
                return None
        self.gaps.add(kind, item, fault)
        return fault

    def _note(self, api: str, fault: SystemFault) -> None:
        if isinstance(fault, TransientFault):
            self._streak[api] = self._streak.get(api, 0) + 1
        hopeless = isinstance(fault, HostThrottled) or self._streak.get(api, 0) >= HOPELESS
        if hopeless or isinstance(fault, PermissionFault):
            self._stopped[api] = fault

    async def _list_places(self) -> None:
        async def ask(_: str) -> None:
            found = await self._client.places("contact")
            self.places = {place.id: place for place in found}

        if await self._try("department/simplelist", "ids of departments", ask, ""):
            self.incomplete.add("departments")

    async def _list_ids(self) -> None:
        if await self._try("user/list_id", "ids of members", self._list_all_ids, ""):
            self.incomplete.add("members")

    async def _list_all_ids(self, _: str) -> None:
        found: dict[str, list[int]] = {}
        async for rows in self._client.membership_pages():
            for row in rows:
                key = row.userid.casefold()
                self._spelled.setdefault(key, row.userid)
                known = found.setdefault(key, [])
                if row.department not in known:
                    known.append(row.department)
        self.memberships = found

    async def _range(self) -> None:
        async def ask(agent_id: int) -> None:
            self._agent = await self._client.agent(agent_id)

        await self._try("agent/get", "the visible range of app", ask, self._settings.agent_id)

    async def _name(self) -> None:
        """All departments with their names at once; one by one where that is too large."""
        try:
            found = await self._client.departments(self._detail)
        except CredentialFault:
            raise
        except SystemFault as fault:
            if fault.code != errors.TOO_LARGE:
                self._unnamed(fault)
                return
        else:
            self.departments = {one.id: one for one in found}
            return
        try:
            places = await self._client.places(self._detail)
        except CredentialFault:
            raise
        except SystemFault as fault:
            self._unnamed(fault)
            return
        for place in places:
            self._gets.put(place.id)

    def _unnamed(self, fault: SystemFault) -> None:
        self._root_fault = fault
        self.gaps.add("names of departments", "", fault)
        self.incomplete |= {"departments", "members"}

    async def _get(self, dept_id: int) -> None:
        if await self._try("department/get", "details of department", self._get_one, dept_id):
            self.incomplete |= {"departments", "members"}
        self._progress("departments", len(self.departments), None)

    async def _get_one(self, dept_id: int) -> None:
        self.departments[dept_id] = await self._client.department(self._detail, dept_id)

    async def _list(self, dept_id: int) -> None:
        if await self._try("user/list", "members of department", self._list_one, dept_id):
            self.incomplete.add("members")
        self._done["lists"] += 1
        total = None if self.memberships is None else len(self.memberships)
        self._progress("members", len(self.members), total)

    async def _list_one(self, dept_id: int) -> None:
        try:
            rows = await self._client.users(self._detail, dept_id)
        except SystemFault as fault:
            if fault.code != errors.TOO_LARGE or self.memberships is None:
                raise
            for key, places in self.memberships.items():  # too many for one answer
                if dept_id in places:
                    self._people.put(self._spelled[key])
            return
        keys = []
        for raw in rows:
            try:
                user = user_row(raw)
            except SystemFault as fault:
                self.gaps.add("a member of department", dept_id, fault)
                self.incomplete.add("members")
                continue
            keys.append(self._meet(user))
        self.listed[dept_id] = keys

    def _meet(self, user: wire.User) -> str:
        key = user.userid.casefold()
        if user.status == LEFT:
            self.left.add(user.userid)
        elif key not in self.members:
            self.fields.notice(user)
            self.members[key] = user
        return key

    async def _person(self, userid: str) -> None:
        if await self._try("user/get", "member", self._person_one, userid):
            self.incomplete.add("members")

    async def _person_one(self, userid: str) -> None:
        self._meet(await self._client.user(self._detail, userid))

    async def _list_tags(self) -> None:
        if await self._try("tag/list", "roles", self._list_all_tags, ""):
            self.incomplete.add("roles")

    async def _list_all_tags(self, _: str) -> None:
        try:
            found = await self._client.tags(self._tagging)
        except PermissionFault:
            if self._tagging == self._detail:
                raise
            self._tagging = self._detail
            found = await self._client.tags(self._tagging)
        for tag in found:
            if tag.tagid not in self.tags:
                self.tags[tag.tagid] = tag
                self._tag_lane.put(tag.tagid)

    async def _hold(self, tag_id: int) -> None:
        await self._try("tag/get", "holders of role", self._hold_one, tag_id)
        self._done["roles"] += 1
        self._progress("roles", self._done["roles"], len(self.tags))

    async def _hold_one(self, tag_id: int) -> None:
        self.holders[tag_id] = await self._client.holders(self._tagging, tag_id)

    @property
    def unseen_departments(self) -> list[int]:
        """Departments that the contact-sync secret lists and the details leave out."""
        return [d for d in self.places or () if d not in self.departments]

    @property
    def unseen_members(self) -> list[str]:
        """People (userids) whom the contact-sync secret lists and the details leave out."""
        left = {userid.casefold() for userid in self.left}
        seen = self.members.keys() | left
        return [self._spelled[key] for key in self.memberships or () if key not in seen]

    def _compare(self) -> None:
        """What only one of the two secrets sees is told; a failed part has told it already."""
        why = f"contact_secret lists it, app_secret may not see it. {errors.RANGE}"
        if self.whole:
            why = "contact_secret lists it, the details left it out; the next reading may not"
        only = "app_secret sees it, contact_secret does not list it; the next reading may"
        if "departments" not in self.incomplete and self.places is not None:
            for dept_id in self.unseen_departments:
                self.gaps.add("department", dept_id, why)
            for dept_id in self.departments.keys() - self.places.keys():
                self.gaps.add("department", dept_id, only)
        if "members" not in self.incomplete and self.memberships is not None:
            for userid in self.unseen_members:
                self.gaps.add("member", userid, why)
            for key in self.members.keys() - self.memberships.keys():
                self.gaps.add("member", self.members[key].userid, only)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
