"""The people of the tenant with their indexes: ids, unique fields, departments, reports."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.model import ROOT, Department, User
from adapters.feishu.simulator.tree import Tree

TAKEN = {"mobile": 41001, "email": 41002, "employee_no": 44051, "enterprise_email": 44024}
"""Fields that only one person of a tenant can have, and the refusal of the second."""


class People:
    """Persons by open id, leavers too; counts of departments follow every change."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.users: dict[str, User] = {}
        self.leavers: dict[str, User] = {}
        self._by_user_id: dict[str, str] = {}
        self._by_union_id: dict[str, str] = {}
        self._holder: dict[str, dict[str, str]] = {name: {} for name in TAKEN}
        self._former: dict[str, dict[str, str]] = {"mobile": {}, "email": {}}
        self._reports: dict[str, dict[str, None]] = {}
        self._tied: dict[str, dict[str, None]] = {}
        self._listings: dict[str, list[str]] = {}

    def get(self, key: str) -> User | None:
        """The person, here or gone."""
        return self.users.get(key) or self.leavers.get(key)

    def by_user_id(self, user_id: str) -> User | None:
        """The person with this user_id; a leaver as long as nobody else has it."""
        return self.get(self._by_user_id.get(user_id, ""))

    def by_union_id(self, union_id: str) -> User | None:
        """The person with this union_id."""
        return self.get(self._by_union_id.get(union_id, ""))

    @property
    def user_ids(self) -> Container[str]:
        """The user_ids that anybody has or had."""
        return self._by_user_id

    def user_id_taken(self, user_id: str) -> bool:
        """Say whether somebody who is here has this user_id."""
        return self._by_user_id.get(user_id, "") in self.users

    def holder(self, field: str, value: str, *, former: bool = False) -> User | None:
        """Who has a mobile or an email; with ``former`` also who had it and left."""
        found = self._holder[field].get(value)
        if found is None and former:
            found = self._former[field].get(value)
        return None if found is None else self.get(found)

    def check_unique(
        self, fields: Mapping[str, Any], key: str = "", codes: Mapping[str, int] = TAKEN
    ) -> None:
        """Refuse values that somebody other than ``key`` has."""
        for name, code in codes.items():
            value = fields.get(name)
            if value and self._holder[name].get(value, key) != key:
                raise ApiError(code)

    def add(self, user: User) -> None:
        """Take in somebody whose departments exist and whose unique fields are free."""
        self.users[user.key] = user
        self.leavers.pop(user.key, None)
        self._by_user_id[user.user_id] = user.key
        self._by_union_id[user.union_id] = user.key
        self._hold(user)
        if user.leader:
            self._reports.setdefault(user.leader, {})[user.key] = None
        self._enter(user)
        self._recount(set(), self._tree.closure(user.departments))

    def resign(self, user: User, when: float) -> None:
        """Let somebody go at ``when`` (seconds since 1970); who they were stays on record."""
        self._recount(self._tree.closure(user.departments), set())
        self._leave(user)
        self._release(user)
        self.set_leader(user, None)
        for report in self._reports.pop(user.key, {}):
            self.users[report].leader = None
        del self.users[user.key]
        self.record_leaver(user, when)

    def record_leaver(self, user: User, when: float) -> None:
        """Keep somebody who is not here as one who left at ``when``."""
        user.resigned = when
        self.leavers[user.key] = user
        self._by_user_id.setdefault(user.user_id, user.key)
        self._by_union_id[user.union_id] = user.key
        for name, former in self._former.items():
            if user.fields.get(name):
                former[user.fields[name]] = user.key

    def rename_id(self, user: User, user_id: str) -> None:
        """Give somebody another user_id, which must be free."""
        del self._by_user_id[user.user_id]
        user.user_id = user_id
        self._by_user_id[user_id] = user.key

    def set_fields(self, user: User, fields: dict[str, Any]) -> None:
        """Replace the plain fields; unique ones must have been checked."""
        self._release(user)
        user.fields = fields
        self._hold(user)

    def set_leader(self, user: User, leader: str | None) -> None:
        """Set or clear the direct leader."""
        if user.leader:
            self._reports.get(user.leader, {}).pop(user.key, None)
        if leader:
            self._reports.setdefault(leader, {})[user.key] = None
        user.leader = leader

    def place(
        self,
        user: User,
        departments: tuple[str, ...],
        orders: dict[str, tuple[int, int]],
        primary: str,
    ) -> None:
        """Put somebody into exactly these departments."""
        old, new = self._tree.closure(user.departments), self._tree.closure(departments)
        self._leave(user)
        user.departments, user.orders, user.primary = departments, orders, primary
        self._enter(user)
        self._recount(old, new)

    def around(self, department: Department, move: Callable[[], None]) -> None:
        """Do ``move``, which hangs ``department`` elsewhere, and keep the counts right."""
        here = [department, *self._tree.descend(department.key)]
        everybody = {member for below in here for member in below.members}
        old = {key: self._tree.closure(self.users[key].departments) for key in everybody}
        move()
        for key in everybody:
            self._recount(old[key], self._tree.closure(self.users[key].departments))

    def tie(
        self,
        department: Department,
        leaders: tuple[tuple[int, str], ...],
        hrbps: tuple[str, ...],
    ) -> None:
        """Set who leads and who advises a department."""
        for key in (*(leader for _, leader in department.leaders), *department.hrbps):
            self._tied.get(key, {}).pop(department.key, None)
        department.leaders, department.hrbps = leaders, hrbps
        for key in (*(leader for _, leader in leaders), *hrbps):
            self._tied.setdefault(key, {})[department.key] = None

    def tied(self, user: User) -> list[str]:
        """The departments that somebody leads or advises."""
        return list(self._tied.get(user.key, {}))

    def listing(self, department: Department) -> list[str]:
        """The direct members, the largest user_order first."""
        found = self._listings.get(department.key)
        if found is None:
            found = sorted(
                department.members,
                key=lambda key: -self.users[key].orders.get(department.key, (0, 0))[0],
            )
            self._listings[department.key] = found
        return found

    def _enter(self, user: User) -> None:
        for key in user.departments:
            self._tree.departments[key].members[user.key] = None
            self._listings.pop(key, None)
        self._tree.departments[user.primary].primary_members[user.key] = None

    def _leave(self, user: User) -> None:
        for key in user.departments:
            self._tree.departments[key].members.pop(user.key, None)
            self._listings.pop(key, None)
        self._tree.departments[user.primary].primary_members.pop(user.key, None)

    def _recount(self, old: Iterable[str], new: Iterable[str]) -> None:
        before, after = set(old), set(new)
        for key in before - after:
            self._tree.departments[key].member_count -= 1
        for key in after - before:
            self._tree.departments[key].member_count += 1

    def _hold(self, user: User) -> None:
        for name, holders in self._holder.items():
            if user.fields.get(name):
                holders[user.fields[name]] = user.key

    def _release(self, user: User) -> None:
        for name, holders in self._holder.items():
            if holders.get(user.fields.get(name, "")) == user.key:
                del holders[user.fields[name]]


def primary_of(departments: tuple[str, ...], orders: dict[str, tuple[int, int]]) -> str:
    """The main department: the one with the largest department_order, else the first."""
    if not departments:
        return ROOT
    return max(departments, key=lambda key: orders.get(key, (0, 0))[1])


def in_order(
    departments: tuple[str, ...], former: dict[str, tuple[int, int]], main: str | None = None
) -> tuple[tuple[str, ...], dict[str, tuple[int, int]], str]:
    """A place without given orders: the first department, or ``main``, is the primary one."""
    places = departments or (ROOT,)
    primary = main if main in places else places[0]
    ranked = [primary, *(key for key in places if key != primary)]
    orders = {
        key: (former.get(key, (0, 0))[0], len(ranked) - rank) for rank, key in enumerate(ranked)
    }
    return places, orders, primary
