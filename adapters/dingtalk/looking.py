"""One look at what hints name: each person, department and role once, all at the same time.

Source: which change is told how (dingtalk.md, section 5). ``user/get`` shows what a person leads
and which roles they have, so what others' records say of them is read again where it differs from
what the ledger has. Of roles one listing shows all, the holders of those that are named are read.

A person costs one call. More than ``detail_calls`` of them are a gap: a whole reading asks for no
more managers than that, and lists a hundred people with a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import UNSET

from adapters.dingtalk import errors, mapping, wire
from adapters.dingtalk.client import DingTalkClient
from adapters.dingtalk.looking_roles import Roles
from adapters.dingtalk.mapping import ROOT, Fields
from adapters.dingtalk.reading import WORKERS
from adapters.dingtalk.settings import DingTalkSettings
from adapters.http import Attempts, Lane, together
from domain.around import Inside, above, between, placeable
from domain.errors import TerminalFault
from domain.hints import Hint
from domain.observe import Coverage, Observation
from domain.ports import Known, Progress
from domain.records import DepartmentRecord, MemberRecord

UNSEEN = "is out of sight now and was not before; the whole reading tells where it is"


class Look:
    """Collects what the lanes bring; :meth:`seen` makes records of it."""

    def __init__(
        self,
        client: DingTalkClient,
        settings: DingTalkSettings,
        scopes: wire.Scopes,
        known: Known,
        progress: Progress,
    ) -> None:
        self._client, self._settings, self._known = client, settings, known
        self._progress = progress
        self._roots = set(scopes.auth_org_scopes.departments)
        self._whole = ROOT in self._roots
        self._alone = set(scopes.auth_org_scopes.people)
        self._fields = Fields(scopes.auth_user_field)
        self._attempts, self._inside = Attempts(), Inside(known)
        self._users: dict[str, wire.User] = {}
        self._departments: dict[int, wire.Department] = {}
        self._roles = Roles(
            client, known, self._attempts, self._person, system_roles=settings.system_roles
        )
        self._gone_members: set[str] = set()
        self._gone_departments: set[str] = set()
        self._asked_people: set[str] = set()
        self._asked_departments: set[int] = set()
        self._above_roots: set[int] = set()
        self._unseen: set[int] = set()

    async def run(self, hints: Sequence[Hint]) -> None:
        """Look at all. Raises CredentialFault."""
        people = {hint.id or str(hint.keys) for hint in hints if hint.kind == "member"}
        if len(people) > self._settings.detail_calls:
            self._too_many()
            return
        async with together() as group:
            self._keys = Lane(group, self._find, size=WORKERS)
            self._people = Lane(group, self._user, size=WORKERS)
            self._gets = Lane(group, self._get, size=WORKERS)
            self._roles.begin(group)
            for hint in hints:
                self._follow(hint)

    def _follow(self, hint: Hint) -> None:
        if hint.kind == "organization":
            self._department(ROOT)
        elif hint.kind == "member" and hint.id:
            self._person(hint.id)
        elif hint.kind == "member" and "unionid" in hint.keys:
            self._keys.put(hint.keys["unionid"])
        elif not hint.id:
            self._attempts.miss(f"a {hint.kind} of which", hint.event, "no id was told")
        elif hint.id.isdecimal() and hint.kind == "department":
            self._department(int(hint.id))
        elif hint.id.isdecimal() and hint.kind == "role":
            self._roles.ask(int(hint.id))

    def _too_many(self) -> None:
        limit = self._settings.detail_calls
        why = f"they are more than {limit} (the setting detail_calls)"
        self._attempts.miss("people one by one", "", why, "members")

    def _person(self, userid: str) -> None:
        if userid in self._asked_people:
            return
        if len(self._asked_people) == self._settings.detail_calls:
            if "members" not in self._attempts.incomplete:
                self._too_many()
            return
        self._asked_people.add(userid)
        self._people.put(userid)

    def _department(self, dept_id: int) -> None:
        if dept_id in self._asked_departments or dept_id < ROOT:
            return  # home-school directories have ids such as -1
        if dept_id == ROOT and not self._whole:
            return
        self._asked_departments.add(dept_id)
        self._gets.put(dept_id)

    async def _find(self, unionid: str) -> None:
        await self._attempts.make(
            "getbyunionid", "a member by unionid", "", partial(self._find_one, unionid), "members"
        )

    async def _find_one(self, unionid: str) -> None:
        try:
            userid = await self._client.userid_of(unionid)
        except TerminalFault as fault:
            if fault.code not in errors.NO_SUCH_USER:
                raise
        else:
            if userid:
                self._person(userid)

    async def _user(self, userid: str) -> None:
        ask = partial(self._user_one, userid)
        await self._attempts.make("user/get", "member", userid, ask, "members")
        self._progress("members", len(self._users), len(self._asked_people))

    async def _user_one(self, userid: str) -> None:
        try:
            user = await self._client.user(userid)
        except TerminalFault as fault:
            if fault.code in errors.NO_SUCH_USER:
                self._gone_members.add(userid)
            elif fault.code in errors.OUT_OF_SCOPE:
                self._out_of_sight(userid)
            else:
                raise
            return
        if user.dept_id_list is None and userid not in self._alone:
            self._attempts.miss("departments of member", userid, "user/get left them out")
            return
        self._users[user.userid] = user
        self._fields.notice(user)
        self._around(user)

    def _out_of_sight(self, userid: str) -> None:
        """Of people out of scope DingTalk tells as well; who was in sight, was moved out of it."""
        member = self._known.member(userid)
        if member is not None and any(map(self._is_in_sight, member.departments)):
            self._attempts.miss("member", userid, UNSEEN, "members")

    def _is_in_sight(self, department: str) -> bool:
        return self._whole or any(int(one) in self._roots for one in above(self._known, department))

    def _around(self, user: wire.User) -> None:
        """What hangs together with a person, where the ledger has it otherwise or not at all."""
        before = self._known.member(user.userid)
        leading = {one.dept_id for one in wire.several(user.leader_in_dept) if one.leader}
        places = {*(user.dept_id_list or ()), *map(int, before.departments if before else ())}
        for dept_id in places - {ROOT}:
            found = self._known.department(str(dept_id))
            if found is None or (user.userid in found.leaders) != (dept_id in leading):
                self._department(dept_id)
        if ROOT in leading:
            self._department(ROOT)
        if user.manager_userid and self._known.member(user.manager_userid) is None:
            self._person(user.manager_userid)  # a newcomer, whose own event may come later
        self._roles.compare(user)

    async def _get(self, dept_id: int) -> None:
        ask = partial(self._get_one, dept_id)
        await self._attempts.make("get", "department", dept_id, ask, "departments")
        self._progress("departments", len(self._departments), len(self._asked_departments))

    async def _get_one(self, dept_id: int) -> None:
        try:
            detail = await self._client.department(dept_id)
        except TerminalFault as fault:
            if fault.code == errors.NO_SUCH_DEPARTMENT and dept_id not in self._roots:
                await self._deny(dept_id)
            elif fault.code in errors.OUT_OF_SCOPE:
                self._unseen.add(dept_id)
                if dept_id not in self._above_roots and self._was_in_sight(dept_id):
                    self._attempts.miss("department", dept_id, UNSEEN, "departments")
            else:
                raise
            return
        self._departments[dept_id] = detail
        if dept_id != ROOT and detail.parent_id is not None:
            self._below(dept_id, detail.parent_id)

    def _was_in_sight(self, dept_id: int) -> bool:
        """Whether the ledger has it below what is in sight."""
        place = self._known.department(str(dept_id))
        return place is not None and self._is_in_sight(place.parent_id or "")

    async def _deny(self, dept_id: int) -> None:
        """It is gone when a second interface says so, too; then its people are elsewhere."""
        try:
            await self._client.sub_departments(dept_id)
        except TerminalFault as fault:
            if fault.code != errors.NO_SUCH_DEPARTMENT:
                raise
        else:
            why = "department/get says that it is gone, department/listsub that it is there"
            self._attempts.miss("department", dept_id, why, "departments")
            return
        self._gone_departments.add(str(dept_id))
        for userid in self._inside.members(str(dept_id)):
            self._person(userid)
        for below in self._inside.children(str(dept_id)):
            self._department(int(below))

    def _below(self, dept_id: int, parent: int) -> None:
        """Read what a department lies below, if the ledger does not know it or has it otherwise."""
        if parent <= ROOT:
            return
        if dept_id in self._roots and not self._whole:
            self._above_roots.add(parent)
            self._department(parent)
        elif self._known.department(str(parent)) is None:
            self._department(parent)
        for moved in between(self._known, str(dept_id), str(parent)):
            self._department(int(moved))

    def seen(self, system: str, calls: int) -> Observation:
        """What was seen; nothing is concluded from the absence of a person or a department."""
        departments, misplaced = placeable(
            self._department_records(), self._known, self._gone_departments
        )
        for record in misplaced:
            self._attempts.miss("department", record.id, "what it lies below was not read")
        root = self._departments.get(ROOT)
        return Observation(
            system=system,
            coverage=Coverage(
                roles=self._roles.complete,
                gone_departments=frozenset(self._gone_departments),
                gone_members=frozenset(self._gone_members),
                changes=True,
            ),
            departments=departments,
            members=tuple(map(self._member, self._users.values())),
            roles=self._roles.records(),
            organization=(root.name or UNSET) if root else UNSET,
            leaders=mapping.leaders(root) if root else UNSET,
            gaps=self._attempts.gaps.told(),
            calls=calls,
        )

    def _department_records(self) -> list[DepartmentRecord]:
        found = []
        for dept_id, detail in self._departments.items():
            parent = detail.parent_id
            if dept_id == ROOT:
                continue
            if parent is None:
                self._attempts.miss("parent of department", dept_id, "department/get left it out")
                continue
            if parent in self._unseen:
                parent = None  # the top of what is visible
            found.append(mapping.department(dept_id, detail.name, parent, detail))
        return found

    def _member(self, user: wire.User) -> MemberRecord:
        asked = self._settings.managers != "none"
        manager = (user.manager_userid or None) if asked else UNSET
        return mapping.member(user, self._fields, manager=manager)
