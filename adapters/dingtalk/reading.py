"""One reading of an organization: every interface in a lane of its own, all at the same time.

Departments are walked from the app's visible roots down (listsub shows one level); each one found
is asked for its order and managers (get) and its direct members (user/list). People found are
asked for their manager (user/get) where it is their turn. Roles are read beside.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from adapters.dingtalk import errors, mapping, wire
from adapters.dingtalk.client import DingTalkClient, user_row
from adapters.dingtalk.mapping import ROOT, Fields
from adapters.dingtalk.turns import Turns
from adapters.http import Attempts, Lane, together
from domain.errors import PermissionFault, SystemFault, TerminalFault
from domain.ports import Progress
from domain.records import MemberRecord

WORKERS = 48
"""Calls of one interface under way at once: enough for 400 calls/s at 0.1 s each."""

LISTSUB, GET, LIST = "listsub", "get", "user/list"
PARTS = {
    LISTSUB: ("departments below department", "departments", "members"),
    GET: ("details of department", "departments"),
    LIST: ("members of department", "members"),
}
"""What each interface shows of a department, and the kinds that are not complete without it."""

SYSTEM_GROUP = "默认"
"""The role group that DingTalk itself fills; the API cannot change it (docs, role/list)."""


async def role_groups(
    client: DingTalkClient, *, system_roles: bool
) -> AsyncIterator[wire.RoleGroup]:
    """Role groups as they are listed, DingTalk's own among them only if asked for."""
    async for groups in client.role_group_pages():
        for group in groups:
            if group.name != SYSTEM_GROUP or system_roles:
                yield group


class Reading:
    """Collects what the lanes bring; ``mapping`` and ``source`` make records of it."""

    def __init__(
        self,
        client: DingTalkClient,
        scopes: wire.Scopes,
        turns: Turns,
        progress: Progress,
        *,
        system_roles: bool = False,
    ) -> None:
        self._system_roles = system_roles
        self._client, self._turns, self._progress = client, turns, progress
        authed = scopes.auth_org_scopes
        self.whole = ROOT in authed.departments
        visible = [d for d in dict.fromkeys(authed.departments) if d >= ROOT]
        self.roots = [ROOT] if self.whole else visible
        self.persons = () if self.whole else tuple(dict.fromkeys(authed.people))
        self.fields = Fields(scopes.auth_user_field)
        self._attempts = Attempts()
        self.gaps, self.incomplete = self._attempts.gaps, self._attempts.incomplete
        self.names: dict[int, str] = {}
        self.parents: dict[int, int | None] = dict.fromkeys(self.roots)
        self.departments: dict[int, wire.Department] = {}
        self.members: dict[str, wire.User] = {}
        self.found_in: dict[str, int] = {}
        self.drafts: dict[str, MemberRecord] = {}
        """Records of people as far as their list shows them, made with ``fields`` as it is now."""
        self.managers: dict[str, str | None] = {}
        self.managers_permitted = True
        self.groups: dict[int, wire.RoleGroup] = {}
        self.roles: dict[int, tuple[wire.RoleGroup, wire.Role]] = {}
        self.holders: dict[int, tuple[str, ...]] = {}
        self._counts: dict[int, int] = {}
        self._asked: set[str] = set()
        self._waiting: list[str] = []
        self._walked: set[int] = set()
        self._root_faults: dict[int, SystemFault] = {}
        self._unknown: dict[int, dict[str, SystemFault]] = {}
        self._done = {"departments": 0, "details": 0, "roles": 0}

    async def run(self) -> None:
        """Read all. Raises CredentialFault, or the root's fault when no root can be read."""
        await self._together(self._begin)
        self._forget_the_gone()
        if self.roots and len(self._root_faults) == len(self.roots) and not self.persons:
            raise next(iter(self._root_faults.values()))
        self._turns.settle(len(self.members))
        await self._together(self._finish)

    async def _together(self, start: Callable[[], None]) -> None:
        async with together() as group:
            self._subs = Lane(group, self._walk, size=WORKERS)
            self._gets = Lane(group, self._get, size=WORKERS)
            self._lists = Lane(group, self._list, size=WORKERS)
            self._details = Lane(group, self._detail, size=WORKERS)
            self._persons = Lane(group, self._person, size=WORKERS)
            self._role_lists = Lane(group, self._list_roles, size=1)
            self._roles = Lane(group, self._hold, size=WORKERS)
            self._checks = Lane(group, self._compare, size=WORKERS)
            start()

    def _begin(self) -> None:
        for root in self.roots:
            self._enter(root)
        for userid in self.persons:
            self._persons.put(userid)
        self._role_lists.put("")

    def _finish(self) -> None:
        """What could only be seen at the end: the last turns, and lists that came too short."""
        for what, done in (
            ("departments", self._done["departments"]),
            ("members", len(self.members)),
        ):
            self._progress(what, done, done)
        self._waiting = [
            userid
            for userid in self.members
            if userid not in self._asked and (self._turns.everyone or userid not in self.drafts)
        ]
        self._ask_waiting()
        for dept_id, found in self._counts.items():
            detail = self.departments.get(dept_id)
            if self.members and detail and found < (detail.owning_member_count or 0):
                self._checks.put(dept_id)

    def _enter(self, dept_id: int) -> None:
        if dept_id in self._walked:
            return
        self._walked.add(dept_id)
        self._subs.put(dept_id)
        self._gets.put(dept_id)
        self._lists.put(dept_id)

    async def _ask_of(
        self, api: str, dept_id: int, work: Callable[[int], Awaitable[None]]
    ) -> SystemFault | None:
        """Do ``work``, whose failure is a gap in what ``api`` shows of a department.

        That there is no such department is an answer as well, except of a root.
        """

        async def ask() -> None:
            try:
                await work(dept_id)
            except TerminalFault as fault:
                if fault.code != errors.NO_SUCH_DEPARTMENT or dept_id in self.roots:
                    raise
                self._unknown.setdefault(dept_id, {})[api] = fault

        return await self._attempts.make(api, PARTS[api][0], dept_id, ask, *PARTS[api][1:])

    def _forget_the_gone(self) -> None:
        """Departments that were deleted since they were listed; half a denial is a gap."""
        for dept_id, denials in self._unknown.items():
            if denials.keys() >= {LISTSUB, GET}:
                del self.parents[dept_id]
                continue
            for api, fault in denials.items():
                self._attempts.miss(PARTS[api][0], dept_id, fault, *PARTS[api][1:])

    async def _walk(self, dept_id: int) -> None:
        fault = await self._ask_of(LISTSUB, dept_id, self._walk_one)
        if fault is not None and dept_id in self.roots:
            self._root_faults[dept_id] = fault
        self._done["departments"] += 1
        self._progress("departments", self._done["departments"], None)

    async def _walk_one(self, dept_id: int) -> None:
        for row in await self._client.sub_departments(dept_id):
            if row.dept_id <= ROOT:
                continue  # home-school directories have ids such as -1
            self.names[row.dept_id] = row.name
            if self.parents.get(row.dept_id) is None:
                self.parents[row.dept_id] = dept_id
            self._enter(row.dept_id)

    async def _get(self, dept_id: int) -> None:
        await self._ask_of(GET, dept_id, self._get_one)

    async def _get_one(self, dept_id: int) -> None:
        self.departments[dept_id] = await self._client.department(dept_id)
        if all(root in self.departments for root in self.roots) and not self._turns.decided:
            people = sum(self.departments[root].member_count or 0 for root in self.roots)
            if people:
                self._turns.expect(people)
                self._ask_waiting()

    async def _list(self, dept_id: int) -> None:
        await self._ask_of(LIST, dept_id, self._list_one)
        self._progress("members", len(self.members), None)

    async def _list_one(self, dept_id: int) -> None:
        found: set[str] = set()
        async for rows in self._client.user_pages(dept_id):
            for raw in rows:
                try:
                    user = user_row(raw)
                except SystemFault as fault:
                    self._attempts.miss("a member of department", dept_id, fault, "members")
                    continue
                found.add(user.userid)
                self._meet(user, dept_id)
        self._counts[dept_id] = len(found)

    def _meet(self, user: wire.User, dept_id: int | None) -> None:
        if user.userid in self.members:
            return
        if self.fields.notice(user):
            self.drafts.clear()
        self.members[user.userid] = user
        if user.dept_id_list is None and dept_id is not None:
            self.found_in[user.userid] = dept_id
        if self._turns.decided:
            self._ask(user.userid)
        else:
            self._waiting.append(user.userid)

    def _ask_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for userid in waiting:
            self._ask(userid)

    def _ask(self, userid: str) -> None:
        """Queue somebody whose turn it is, by what their record says so far."""
        if userid not in self._asked and self._is_turn_of(userid):
            self._asked.add(userid)
            self._details.put(userid)

    def _is_turn_of(self, userid: str) -> bool:
        if self._turns.everyone is not None:
            return self._turns.everyone
        user, found_in = self.members[userid], self.found_in.get(userid)
        draft = self.drafts[userid] = mapping.member(user, self.fields, found_in=found_in)
        return self._turns.ask(draft)

    async def _detail(self, userid: str) -> None:
        what = "manager of member"
        if await self._attempts.make("user/get", what, userid, partial(self._detail_one, userid)):
            stopped = self._attempts.stopped("user/get")
            self.managers_permitted = not isinstance(stopped, PermissionFault)
        self._done["details"] += 1
        self._progress("details", self._done["details"], len(self._asked))

    async def _detail_one(self, userid: str) -> None:
        self.managers[userid] = (await self._client.user(userid)).manager_userid or None

    async def _person(self, userid: str) -> None:
        await self._attempts.make("user/get", "member", userid, partial(self._person_one, userid))

    async def _person_one(self, userid: str) -> None:
        """Somebody who is visible alone, without a department."""
        user = await self._client.user(userid)
        self._asked.add(userid)
        self.managers[userid] = user.manager_userid or None
        self._meet(user, None)

    async def _compare(self, dept_id: int) -> None:
        what = "members of department"
        await self._attempts.make(
            "listid", what, dept_id, partial(self._compare_one, dept_id), "members"
        )

    async def _compare_one(self, dept_id: int) -> None:
        """The list was shorter than the department's count: who is missing from it?"""
        missing = set(await self._client.user_ids(dept_id)).difference(self.members)
        if missing:
            why = f"{len(missing)} of its people did not come in its list; the next reading may"
            self._attempts.miss("members of department", dept_id, why, "members")

    async def _list_roles(self, _: str) -> None:
        await self._attempts.make("role/list", "roles", "", self._list_roles_all, "roles")

    async def _list_roles_all(self) -> None:
        async for group in role_groups(self._client, system_roles=self._system_roles):
            self.groups[group.groupId] = group
            for role in mapping.roles_of(group):
                if role.id not in self.roles:
                    self.roles[role.id] = (group, role)
                    self._roles.put(role.id)

    async def _hold(self, role_id: int) -> None:
        what = "holders of role"
        await self._attempts.make(
            "role/simplelist", what, role_id, partial(self._hold_one, role_id)
        )
        self._done["roles"] += 1
        self._progress("roles", self._done["roles"], len(self.roles))

    async def _hold_one(self, role_id: int) -> None:
        self.holders[role_id] = tuple(await self._client.role_holders(role_id))
