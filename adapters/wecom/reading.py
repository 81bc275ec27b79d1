"""One reading of a corporation: ids with the contact-sync secret, details with the app's.

``user/list_id`` and ``department/simplelist`` say who and what is there; ``department/list`` and
one ``user/list`` for each visible department that has somebody say what they are called. People
who are visible alone (``agent/get``) are asked for one by one. Tags are read beside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from adapters.http import Attempts, Lane, together
from adapters.wecom import errors, listing, wire
from adapters.wecom.client import WeComClient, user_row
from adapters.wecom.errors import Caller
from adapters.wecom.mapping import LEFT, ROOT, Fields
from adapters.wecom.settings import WeComSettings
from domain.errors import CredentialFault, PermissionFault, SystemFault
from domain.ports import Progress

WORKERS = 16
"""Calls of one interface under way at once: enough for 100 calls/s at 0.15 s each."""

NAMES = "names of departments"
"""The gap of a reading without details."""


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
        self.fields, self._attempts = Fields(), Attempts()
        self.gaps, self.incomplete = self._attempts.gaps, self._attempts.incomplete
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
        self._done = {"lists": 0, "roles": 0}

    @property
    def whole(self) -> bool:
        """Whether the details are everybody's: the organization itself is in range."""
        return ROOT in self.departments

    @property
    def exact(self) -> bool:
        """Whether the ids of everybody and everything are known."""
        return self.places is not None and self.memberships is not None

    @property
    def holders_hidden(self) -> bool:
        """Whether tags were read with the app in place of the other secret, within its range."""
        return self._ids and self._tagging == "app" and not self.whole

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
        async with together() as group:
            self._gets = Lane(group, self._get, size=WORKERS)
            self._lists = Lane(group, self._list, size=WORKERS)
            self._people = Lane(group, self._person, size=WORKERS)
            self._tag_lane = Lane(group, self._hold, size=WORKERS)
            start(group)

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

    async def _list_places(self) -> None:
        async def ask() -> None:
            self.places = await listing.places(self._client, "contact")

        api = "department/simplelist"
        await self._attempts.make(api, "ids of departments", "", ask, "departments")

    async def _list_ids(self) -> None:
        ask = self._list_all_ids
        await self._attempts.make("user/list_id", "ids of members", "", ask, "members")

    async def _list_all_ids(self) -> None:
        found = await listing.memberships(self._client)
        self.memberships, self._spelled = found

    async def _range(self) -> None:
        agent_id = self._settings.agent_id

        async def ask() -> None:
            self._agent = await self._client.agent(agent_id)

        await self._attempts.make("agent/get", "the visible range of app", agent_id, ask)

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
        self._attempts.miss(NAMES, "", fault, "departments", "members")

    async def _get(self, dept_id: int) -> None:
        what, kinds = "details of department", ("departments", "members")
        ask = partial(self._get_one, dept_id)
        await self._attempts.make("department/get", what, dept_id, ask, *kinds)
        self._progress("departments", len(self.departments), None)

    async def _get_one(self, dept_id: int) -> None:
        self.departments[dept_id] = await self._client.department(self._detail, dept_id)

    async def _list(self, dept_id: int) -> None:
        what, ask = "members of department", partial(self._list_one, dept_id)
        await self._attempts.make("user/list", what, dept_id, ask, "members")
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
                self._attempts.miss("a member of department", dept_id, fault, "members")
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
        ask = partial(self._person_one, userid)
        await self._attempts.make("user/get", "member", userid, ask, "members")

    async def _person_one(self, userid: str) -> None:
        self._meet(await self._client.user(self._detail, userid))

    async def _list_tags(self) -> None:
        await self._attempts.make("tag/list", "roles", "", self._list_all_tags, "roles")

    async def _list_all_tags(self) -> None:
        try:
            found = await self._client.tags(self._tagging)
        except PermissionFault:
            if self._tagging == self._detail:
                raise
            self._tagging = self._detail
            self.incomplete.add("roles")  # the app may see fewer tags
            found = await self._client.tags(self._tagging)
        for tag in found:
            if tag.tagid not in self.tags:
                self.tags[tag.tagid] = tag
                self._tag_lane.put(tag.tagid)

    async def _hold(self, tag_id: int) -> None:
        ask = partial(self._hold_one, tag_id)
        await self._attempts.make("tag/get", "holders of role", tag_id, ask)
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
