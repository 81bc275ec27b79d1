"""One look at what hints name: each person, department and tag once, all at the same time.

Source: what the events tell and what not (wecom.md, 5.1). Where a person leads is read with them,
so the departments where the ledger has it otherwise are read again.

A person costs one call, and many of one department one call together. What still takes more than
``MOST`` single calls is a gap: a whole reading takes one call per department.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

from msgspec import UNSET

from adapters.http import Attempts, Lane, together
from adapters.wecom import errors, mapping, wire
from adapters.wecom.client import WeComClient, user_row
from adapters.wecom.looking_tags import Tags
from adapters.wecom.mapping import LEFT, ROOT, Fields
from adapters.wecom.names import Names
from adapters.wecom.reading import WORKERS
from adapters.wecom.sight import Sight
from domain.around import Inside, between, placeable
from domain.errors import TerminalFault
from domain.hints import Hint
from domain.observe import Coverage, Observation
from domain.ports import Known, Progress
from domain.records import DepartmentRecord, MemberRecord

MOST = 1000
"""People who are asked for one by one: ten seconds at 100 calls/s."""

TOGETHER = 20
"""So many people of one department are asked for together, with the others who are in it."""

UNSEEN = "is out of sight now and was not before; the whole reading tells where it is"


class Look:
    """Collects what the lanes bring; :meth:`seen` makes records of it.

    People are kept by ``key``, the userid without its case.
    """

    def __init__(self, client: WeComClient, known: Known, progress: Progress) -> None:
        self._client, self._known, self._progress = client, known, progress
        self._sight, self._inside = Sight(client, known), Inside(known)
        self._fields, self._attempts = Fields(), Attempts()
        self._users: dict[str, wire.User] = {}
        self._spots: dict[str, list[int]] = {}
        self._names = Names(known, self._users)
        self._departments: dict[int, wire.Department] = {}
        self._parents: dict[int, str | None] = {}
        self._leaders: dict[int, tuple[wire.User, ...]] = {}
        self._gone_departments: set[str] = set()
        self._tags = Tags(client, self._sight, known, self._attempts, self._person)
        self._asked_people: set[str] = set()
        self._asked_departments: set[int] = set()
        self._singles = 0

    async def run(self, hints: Sequence[Hint]) -> None:
        """Look at all. Raises CredentialFault."""
        people = self._named(hints)
        groups = _groups(self._known, people)
        alone = people - {userid for group in groups.values() for userid in group}
        if len(alone) > MOST:
            self._too_many()
            return
        find = self._sight.find_root
        await self._attempts.make("department/get", "the visible range", "", find)
        async with together() as group:
            self._people = Lane(group, self._user, size=WORKERS)
            self._lists = Lane(group, self._list, size=WORKERS)
            self._gets = Lane(group, self._get, size=WORKERS)
            self._tags.begin(group)
            for dept_id, userids in groups.items():
                self._asked_people |= {userid.casefold() for userid in userids}
                self._lists.put((dept_id, userids))
            for userid in alone:
                self._person(userid)
            for hint in hints:
                self._follow(hint)

    def _named(self, hints: Sequence[Hint]) -> set[str]:
        """The people that are hinted at; who they were is looked at as well."""
        people: set[str] = set()
        for hint in hints:
            if hint.kind == "member" and hint.id:
                people.add(hint.id)
                if hint.was:
                    people.add(hint.was)
                    self._names.rename(hint.id, hint.was)
        return people

    def _follow(self, hint: Hint) -> None:
        if hint.kind == "organization":
            return  # it was looked at already
        if not hint.id:
            self._attempts.miss(f"a {hint.kind} of which", hint.event, "no id was told")
        elif hint.kind == "department" and hint.id.isdecimal():
            self._department(int(hint.id))
        elif hint.kind == "role" and hint.id.isdecimal():
            self._tags.ask(int(hint.id))

    def _person(self, userid: str) -> None:
        if userid.casefold() not in self._asked_people:
            self._asked_people.add(userid.casefold())
            self._single(userid)

    def _single(self, userid: str) -> None:
        self._singles += 1
        if self._singles <= MOST:
            self._people.put(userid)
        elif self._singles == MOST + 1:
            self._too_many()

    def _too_many(self) -> None:
        why = f"they are more than {MOST}, and a whole reading takes fewer calls"
        self._attempts.miss("people one by one", "", why, "members")

    def _department(self, dept_id: int) -> None:
        if dept_id not in self._asked_departments and dept_id > ROOT:
            self._asked_departments.add(dept_id)
            self._gets.put(dept_id)

    async def _list(self, group: tuple[int, list[str]]) -> None:
        """Many people of one department; who is not in it any more is asked for alone."""
        dept_id, userids = group
        try:
            rows = map(user_row, await self._client.users(self._sight.detail, dept_id))
            found = {user.userid.casefold(): user for user in rows}
        except TerminalFault:
            found = {}  # each of them has an answer, or a failure, of its own
        for userid in userids:
            user = found.get(userid.casefold())
            if user is None:
                self._single(userid)
            else:
                await self._attempt(userid, user)

    async def _user(self, userid: str) -> None:
        await self._attempt(userid, None)

    async def _attempt(self, userid: str, user: wire.User | None) -> None:
        ask = partial(self._user_one, userid, user)
        await self._attempts.make("user/get", "member", userid, ask, "members")
        self._progress("members", len(self._users), len(self._asked_people))

    async def _user_one(self, userid: str, user: wire.User | None) -> None:
        if user is None:
            try:
                user = await self._client.user(self._sight.detail, userid)
            except TerminalFault as fault:
                await self._unseen(userid, fault)
                return
        key = user.userid.casefold()
        if user.status == LEFT:
            self._names.absent[key] = user.userid
            return
        self._spots[key] = await self._sight.spots_of(user)
        self._users[key] = user
        self._fields.notice(user)
        self._around(user, self._spots[key])

    async def _unseen(self, userid: str, fault: TerminalFault) -> None:
        """Not there, or not to be seen: where all ids are listed, the list says which it is."""
        out_of_range = errors.is_out_of_range(fault)
        if not out_of_range and fault.code not in errors.NO_SUCH_USER:
            raise fault
        if self._sight.root is None and self._sight.listed:
            if not await self._sight.lists_person(userid):
                self._names.absent[userid.casefold()] = userid
        elif not out_of_range:
            self._names.absent[userid.casefold()] = userid
        elif await self._was_in_sight(userid):
            self._attempts.miss("member", userid, UNSEEN, "members")

    async def _was_in_sight(self, userid: str) -> bool:
        member = self._known.member(userid)
        places = member.departments if member is not None else ()
        return any([await self._sight.has(place) for place in places])

    def _around(self, user: wire.User, spots: list[int]) -> None:
        """What hangs together with a person, where the ledger has it otherwise or not at all."""
        before = self._known.member(user.userid)
        leading = mapping.leads(user)
        for dept_id in {*spots, *map(int, before.departments if before else ())}:
            found = self._known.department(str(dept_id))
            if found is None or (user.userid in found.leaders) != (dept_id in leading):
                self._department(dept_id)
        for userid in user.direct_leader or ():
            if self._known.member(userid) is None:
                self._person(userid)  # a newcomer, whose own event may come later

    async def _get(self, dept_id: int) -> None:
        ask = partial(self._get_one, dept_id)
        await self._attempts.make("department/get", "department", dept_id, ask, "departments")
        self._progress("departments", len(self._departments), len(self._asked_departments))

    async def _get_one(self, dept_id: int) -> None:
        try:
            found = await self._client.department(self._sight.detail, dept_id)
        except TerminalFault as fault:
            await self._denied(dept_id, fault)
            return
        if found.department_leader is None:
            rows = await self._client.users(self._sight.detail, dept_id)
            self._leaders[dept_id] = tuple(map(user_row, rows))
        self._parents[dept_id] = await self._parent(found)
        self._departments[dept_id] = found

    async def _denied(self, dept_id: int, fault: TerminalFault) -> None:
        """It is gone when the list of all departments leaves it out, too."""
        out_of_range, sight = errors.is_out_of_range(fault), self._sight
        if not out_of_range and fault.code not in errors.NO_SUCH_DEPARTMENT:
            raise fault
        place = self._known.department(str(dept_id))
        if await sight.place(dept_id) is None and (sight.listed or not out_of_range):
            self._gone_departments.add(str(dept_id))
            for userid in self._inside.members(str(dept_id)):
                self._person(userid)
            for below in self._inside.children(str(dept_id)):
                self._department(int(below))
        elif not out_of_range:
            why = "department/get says that it is gone, department/simplelist that it is there"
            self._attempts.miss("department", dept_id, why, "departments")
        elif sight.root is not None or (
            not sight.listed and place is not None and await sight.has(place.parent_id or "")
        ):
            self._attempts.miss("department", dept_id, UNSEEN, "departments")

    async def _parent(self, found: wire.Department) -> str | None:
        """The nearest department above that is in sight, or that the ledger has."""
        step = found.parentid
        while step > ROOT and self._known.department(str(step)) is None:
            if await self._shows(step):
                self._department(step)
                break
            above = await self._sight.place(step)
            step = above.parentid if above is not None else 0
        if step <= ROOT:
            return None
        for moved in between(self._known, str(found.id), str(step)):
            self._department(int(moved))
        return str(step)

    async def _shows(self, dept_id: int) -> bool:
        """Whether a department that the ledger does not know is in sight."""
        if self._sight.root is None:
            try:
                await self._client.department(self._sight.detail, dept_id)
            except TerminalFault as fault:
                if errors.is_out_of_range(fault):
                    return False
                raise
        return True

    def seen(self, system: str, calls: int) -> Observation:
        """What was seen; nothing is concluded from the absence of a person or a department."""
        records = map(self._department_record, self._departments.values())
        departments, misplaced = placeable(records, self._known, self._gone_departments)
        for record in misplaced:
            self._attempts.miss("department", record.id, "what it lies below was not read")
        root, spelled = self._sight.root, self._names.spelled
        return Observation(
            system=system,
            coverage=Coverage(
                roles=self._tags.complete,
                gone_departments=frozenset(self._gone_departments),
                gone_members=frozenset(self._names.gone()),
                changes=True,
            ),
            departments=departments,
            members=tuple(map(self._member, self._users.values())),
            roles=self._tags.records(spelled),
            organization=(root.name or UNSET) if root else UNSET,
            leaders=mapping.leaders(root, None, spelled) if root else UNSET,
            gaps=self._attempts.gaps.told(),
            calls=calls,
            renamed=self._names.renamed(),
        )

    def _department_record(self, found: wire.Department) -> DepartmentRecord:
        leaders = mapping.leaders(found, self._leaders.get(found.id), self._names.spelled)
        return mapping.department(found, self._parents[found.id], leaders)

    def _member(self, user: wire.User) -> MemberRecord:
        spots = self._spots[user.userid.casefold()]
        whole = self._sight.root is not None
        return mapping.member(user, self._fields, spots, self._names.spelled, whole=whole)


def _groups(known: Known, people: Iterable[str]) -> dict[int, list[str]]:
    """Who of them is asked for by way of a department: by that where most of them are."""
    found = {one: member for one in people if (member := known.member(one)) is not None}
    count = Counter(place for member in found.values() for place in member.departments)
    groups: dict[int, list[str]] = {}
    for userid, member in found.items():
        if member.departments:
            best = max(member.departments, key=lambda place: count[place])
            groups.setdefault(int(best), []).append(userid)
    return {dept_id: group for dept_id, group in groups.items() if len(group) >= TOGETHER}
