"""A look at some people, departments and roles: what hints name, and what that hangs on.

The rows are asked for by their ids, several at once; of one that is left out of such an answer it
is asked why, because Feishu leaves out what is not there as it does what is out of the app's range
(feishu.md, 5.1 and 6.1). What the ledger does not know of departments, managers, leaders and
holders is read as well, up to what it knows. So is a department that somebody is in no more, or
that lies elsewhere: its deletion may have been told before it was empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec

from adapters.feishu import errors, source_mapping, wire
from adapters.feishu.client import BATCH, FeishuClient
from adapters.feishu.mapping import leaders_of, places, shown
from adapters.feishu.permissions import USER_DEPARTMENT
from adapters.feishu.reading import DYNAMIC, GROUP_ROLE, NORMAL, Reading
from adapters.feishu.settings import ROOT, FeishuSettings
from domain.errors import TerminalFault
from domain.hints import Hint
from domain.ports import Known, KnownDepartment, KnownMember, Progress

USERS, DEPARTMENTS = "users", "departments"
KINDS = {"member": USERS, "department": DEPARTMENTS}
WHAT = {USERS: "person", DEPARTMENTS: "department"}
ID_TYPE = {USERS: "user_id_type", DEPARTMENTS: "department_id_type"}
SHOWS = {USERS: source_mapping.MEMBER_SHOWS, DEPARTMENTS: source_mapping.DEPARTMENT_SHOWS}

Row = wire.User | wire.Department
Hidden = dict[str, frozenset[str]]
"""By kind the fields that nobody showed when many were looked at."""


class Looking:
    """One look. ``found`` has the rows, ``gone`` the ids of what Feishu says is no more."""

    def __init__(
        self, client: FeishuClient, settings: FeishuSettings, known: Known, progress: Progress
    ) -> None:
        self._client, self._settings, self._known = client, settings, known
        self._progress = progress
        self.found = Reading(client, settings, progress)
        self.gone: dict[str, set[str]] = {USERS: set(), DEPARTMENTS: set()}
        self.renamed: dict[str, str] = {}
        self._asked: dict[str, set[str]] = {USERS: set(), DEPARTMENTS: set()}
        self._waiting: dict[str, list[str]] = {USERS: [], DEPARTMENTS: []}
        self._unseen: set[str] = set()
        self._former: dict[str, dict[str, str]] = {USERS: {}, DEPARTMENTS: {}}

    async def run(self, hints: Sequence[Hint]) -> None:
        """Read all that ``hints`` lead to. Raises as ``Reading.run`` does."""
        for hint in hints:
            if hint.kind in KINDS:
                await self._begin(KINDS[hint.kind], hint)
        await self._roles(dict.fromkeys(hint.id for hint in hints if hint.kind == "role"))
        while any(self._waiting.values()):
            for kind, waiting in self._waiting.items():
                self._waiting[kind] = []
                for start in range(0, len(waiting), BATCH):
                    await self._read(kind, waiting[start : start + BATCH])
        self._place_tops()
        self._know_again()
        self.found.need_ids()
        self.found.need_parents()
        for what, rows in (
            ("departments", self.found.departments),
            ("members", self.found.members),
        ):
            self._progress(what, len(rows), len(rows))

    async def _begin(self, kind: str, hint: Hint) -> None:
        if not hint.id:
            await self._by_key(kind, hint.keys)
            return
        self._want(kind, hint.id)
        if hint.was:
            self._former[kind][hint.id] = hint.was
            self._want(kind, hint.was)

    async def _by_key(self, kind: str, keys: Mapping[str, str]) -> None:
        """Find out the id behind one of another kind, by which the record is then read."""

        async def ask() -> None:
            name, given = next(iter(keys.items()))
            raw = await self._client.single(kind, given, msgspec.Raw, **{ID_TYPE[kind]: name})
            if raw is None:
                why = "it is not there, and the ledger does not know this id"
                self.found.attempts.miss(WHAT[kind], f"{name} {given}", why)
                return
            shape: type[Row] = wire.User if kind == USERS else wire.Department
            row = self.found.decoded(raw, shape, kind, WHAT[kind], given)
            own = None if row is None else self.found.own_id(row)
            self._want(kind, own)

        if keys:
            await self.found.attempts.make(f"{kind}/get", WHAT[kind], "by another id", ask)

    def _want(self, kind: str, given: str | None) -> None:
        if given and given != ROOT and given not in self._asked[kind]:
            self._asked[kind].add(given)
            self._waiting[kind].append(given)

    def _want_people(self, people: Iterable[str]) -> None:
        """Those of whom the ledger does not know."""
        for one in people:
            if one and self._known.member(one) is None:
                self._want(USERS, one)

    def _want_department(self, given: str | None) -> None:
        """One that the ledger does not know."""
        if given and self._known.department(given) is None:
            self._want(DEPARTMENTS, given)

    async def _read(self, kind: str, asked: list[str]) -> None:
        left, attempts = asked, self.found.attempts
        if len(asked) > 1:

            async def ask() -> None:
                for raw in await self._client.several(kind, asked, msgspec.Raw):
                    self._keep(kind, raw, "")

            what = f"{len(asked)} {WHAT[kind]}s, from"
            if await attempts.make(f"{kind}/batch", what, asked[0], ask) is not None:
                return
            there = self.found.members if kind == USERS else self.found.departments
            left = [one for one in asked if one not in there and one not in self.gone[kind]]
        for one in left:
            await self._single(kind, one)

    async def _single(self, kind: str, one: str) -> None:
        async def ask() -> None:
            try:
                raw = await self._client.single(kind, one, msgspec.Raw)
            except TerminalFault as fault:
                if fault.code not in errors.OUT_OF_RANGE:
                    raise
                self._out_of_sight(kind, one)
                return
            if raw is None:
                self._lose(kind, one)
            else:
                self._keep(kind, raw, one)

        await self.found.attempts.make(f"{kind}/get", WHAT[kind], one, ask)

    def _keep(self, kind: str, raw: msgspec.Raw, asked: str) -> None:
        """One row, of what is there or no more; ``asked`` is its id if it was asked for alone."""
        if kind == USERS:
            person = self.found.decoded(raw, wire.User, "members", "a person", asked)
            if person is not None and person.resigned:
                self._lose(kind, asked or self.found.ids.user(person))
            elif person is not None and (key := self.found.meet(person)) is not None:
                self._hang_person(key, person)
            return
        row = self.found.decoded(raw, wire.Department, "departments", "a department", asked)
        if row is not None and row.deleted:
            self._lose(kind, asked or self.found.ids.department(row))
        elif row is not None and (key := self.found.place(row)) is not None:
            self._hang_department(key, row)

    def _hang_person(self, key: str, row: wire.User) -> None:
        listed, known = places(row), self._known.member(key)
        for one in listed:
            self._want_department(one)
        for one in known.departments if known is not None else ():
            if one not in listed:
                self._want(DEPARTMENTS, one)
        self._want_people([row.leader_user_id] if isinstance(row.leader_user_id, str) else [])

    def _hang_department(self, key: str, row: wire.Department) -> None:
        parent, known = self.found.parent(key), self._known.department(key)
        self._want_department(parent)
        if known is not None and known.parent_id != parent:
            self._want(DEPARTMENTS, known.parent_id)
        self._want_people(leaders_of(row) if isinstance(row.leaders, list) else ())

    def _lose(self, kind: str, given: str | None) -> None:
        """Feishu says that somebody has left, or that a department is no more."""
        if not given:
            return
        self.gone[kind].add(given)
        if kind == USERS:
            person = self._known.member(given)
            for one in person.departments if person is not None else ():
                self._want(DEPARTMENTS, one)
            return
        department = self._known.department(given)
        if department is not None:
            self._want(DEPARTMENTS, department.parent_id)

    def _out_of_sight(self, kind: str, given: str) -> None:
        """Outside the app's range: not gone, and of what the ledger knows a whole reading tells."""
        self._unseen.add(given)
        know = self._known.member if kind == USERS else self._known.department
        if know(given) is not None:
            self.found.attempts.miss(WHAT[kind], given, "it is outside the app's range now")

    async def _roles(self, asked: Iterable[str]) -> None:
        """Roles and user groups, and of their holders those who came and went."""
        found, groups = self.found, list[str]()
        for role in asked:
            if role.startswith(GROUP_ROLE) and self._settings.user_groups:
                groups.append(role.removeprefix(GROUP_ROLE))
            elif role in self._settings.role_ids.values():
                await found.role(role)
        if groups:
            await self._groups(groups)
        for role in asked:
            known, holders = self._known.role(role), found.holders.get(role)
            if holders is not None:
                self._want_people(holders)
                for one in known.members.difference(holders) if known is not None else ():
                    self._want(USERS, one)  # a role is only taken from people who were seen
            elif known is not None:
                found.attempts.miss("role", role, "it is not read any more, or is no more")

    async def _groups(self, wanted: Sequence[str]) -> None:
        async def ask() -> None:
            for kind in (NORMAL, DYNAMIC):
                async for rows in self._client.groups(kind):
                    self.found.groups |= {row.id: row for row in rows if row.id in wanted}

        await self.found.attempts.make("group/simplelist", "user groups", "", ask)
        for group in self.found.groups:
            await self.found.group(group)

    def _place_tops(self) -> None:
        """A department below one out of sight is a top; one below nothing that is known waits."""
        departments = self.found.departments
        for key in departments:
            parent = self.found.parent(key)
            if parent is None or parent in departments or self._known.department(parent):
                continue
            if parent in self._unseen:
                self.found.granted = (*self.found.granted, key)
            else:
                why = "the department above it is not told"
                self.found.attempts.miss("the place of department", key, why)

    def _know_again(self) -> None:
        """People under a new id, where the ledger has the former one and Feishu does not.

        Of whom the ledger has neither it may know under a third: they wait for a whole reading.
        So do the people of a department with another id.
        """
        for new, was in self._former[USERS].items():
            if new not in self.found.members or self._known.member(new) is not None:
                continue
            passed = {new}
            while self._known.member(was) is None and was not in passed:
                passed.add(was)
                was = self._former[USERS].get(was, "")  # noqa: PLW2901 - one step back
            if was in self.gone[USERS]:
                self.renamed[new] = was
                self.gone[USERS].discard(was)
            elif not was or was in passed:
                del self.found.members[new]
                self.found.attempts.miss("person", new, "whose id was changed, and which it was")
        for new, was in self._former[DEPARTMENTS].items():
            if was in self.gone[DEPARTMENTS] and self._known.department(was) is not None:
                self.found.attempts.miss("department", new, "its id was changed")

    async def permitted(self, kind: str, hidden: Hidden) -> frozenset[str]:
        """The fields of ``kind`` that the app may see.

        One row leaves out an empty field as it does one that is not permitted. So others are
        asked where one is left out, unless it is known to be ``hidden`` from us.
        """
        rows = (self.found.members if kind == USERS else self.found.departments).values()
        seen = shown(rows, SHOWS[kind])
        lacking = frozenset(SHOWS[kind]) - seen - hidden.get(kind, frozenset())
        if not rows or not lacking:
            return seen
        known: Iterable[KnownMember | KnownDepartment] = (
            self._known.members() if kind == USERS else self._known.departments()
        )
        shape: type[Row] = wire.User if kind == USERS else wire.Department
        others, told = [one.id for one in islice(known, BATCH)], list[Row]()

        async def ask() -> None:
            told.extend(await self._client.several(kind, others, shape))

        if (
            others
            and await self.found.attempts.make(f"{kind}/batch", "fields of", kind, ask) is None
        ):
            seen |= shown(told, lacking)
            hidden[kind] = frozenset(SHOWS[kind]) - seen
        return seen

    def need_places(self, permitted: frozenset[str]) -> None:
        """Only lists tell who is where, if people's rows do not."""
        if self.found.members and "department_ids" not in permitted:
            self.found.members.clear()
            why = f"where people are needs the permission {USER_DEPARTMENT}"
            self.found.attempts.miss("people", "", why)
