"""The people of the organization with their indexes: departments, unique fields, reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.model import DEFAULT_ORDER, Department, User
from adapters.dingtalk.simulator.tree import Tree

TAKEN = {"mobile": 60104, "email": 60106, "telephone": 40100}
"""Fields that only one person of an organization can have, and the refusal of the second."""

ORDERS = ("custom", "entry_asc", "entry_desc", "modify_asc", "modify_desc")


class People:
    """Persons by userid. Counts and listings of departments follow every change."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.users: dict[str, User] = {}
        self.leading: dict[str, dict[int, None]] = {}
        self._holder: dict[str, dict[str, str]] = {name: {} for name in TAKEN}
        self._by_unionid: dict[str, str] = {}
        self._reports: dict[str, dict[str, None]] = {}

    def get(self, userid: str, code: int = 33012) -> User:
        """The person, or the refusal ``code``."""
        found = self.users.get(userid)
        if found is None:
            raise ApiError(code)
        return found

    def holder(self, field: str, value: str) -> str | None:
        """The userid that has ``value`` in one of the unique fields."""
        return self._holder[field].get(value)

    def by_unionid(self, unionid: str) -> str | None:
        """The userid of the person with ``unionid``."""
        return self._by_unionid.get(unionid)

    def check_unique(self, fields: Mapping[str, Any], userid: str | None = None) -> None:
        """Refuse values that somebody other than ``userid`` has."""
        for name, code in TAKEN.items():
            value = fields.get(name)
            if value and self._holder[name].get(value, userid) != userid:
                raise ApiError(code)

    def add(self, user: User) -> None:
        """Take in somebody whose departments exist and whose unique fields are free."""
        self.users[user.userid] = user
        self._by_unionid[user.unionid] = user.userid
        self._hold(user)
        if user.manager:
            self._reports.setdefault(user.manager, {})[user.userid] = None
        self._enter(user, user.departments)
        self._recount(set(), self._tree.closure(user.departments))

    def remove(self, user: User) -> None:
        """Take somebody out, from the departments' managers too."""
        self._recount(self._tree.closure(user.departments), set())
        self._leave(user, user.departments)
        self._release(user)
        self.set_manager(user, None)
        for report in self._reports.pop(user.userid, {}):
            self.users[report].manager = None
        del self._by_unionid[user.unionid]
        del self.users[user.userid]

    def set_fields(self, user: User, fields: dict[str, Any]) -> None:
        """Replace the optional fields; unique ones must have been checked."""
        self._release(user)
        user.fields = fields
        self._hold(user)

    def set_manager(self, user: User, manager: str | None) -> None:
        """Set or clear the direct manager."""
        if user.manager:
            self._reports.get(user.manager, {}).pop(user.userid, None)
        if manager:
            self._reports.setdefault(manager, {})[user.userid] = None
        user.manager = manager

    def place(self, user: User, departments: tuple[int, ...]) -> None:
        """Put somebody into exactly these departments."""
        before, after = user.departments, departments
        old, new = self._tree.closure(before), self._tree.closure(after)
        self._leave(user, [d for d in before if d not in after])
        user.departments = after
        self._enter(user, [d for d in after if d not in before])
        self._recount(old, new)

    def around(self, department: Department, move: Callable[[], None]) -> None:
        """Do ``move``, which hangs ``department`` elsewhere, and keep the counts right."""
        everybody = {u for below in self._tree.below(department.dept_id) for u in below.members}
        old = {u: self._tree.closure(self.users[u].departments) for u in everybody}
        move()
        for userid in everybody:
            self._recount(old[userid], self._tree.closure(self.users[userid].departments))

    def lead(self, department: Department, managers: Iterable[str]) -> None:
        """Set the managers of a department."""
        for userid in department.managers:
            self._stop_leading(userid, department.dept_id)
        department.managers = tuple(dict.fromkeys(managers))
        for userid in department.managers:
            self.leading.setdefault(userid, {})[department.dept_id] = None

    def touch(self, user: User, now: int) -> None:
        """Note a change for the listings, which may be ordered by it."""
        user.modified = now
        for dept_id in user.departments:
            self._tree.departments[dept_id].listings.clear()

    def listing(self, department: Department, order: str) -> list[str]:
        """The direct members in one of the orders of user/list, sorted once per change."""
        found = department.listings.get(order)
        if found is None:
            found = department.listings[order] = self._sorted(department, order)
        return found

    def _sorted(self, department: Department, order: str) -> list[str]:
        members = list(department.members)
        if order == "custom":
            users, dept_id = self.users, department.dept_id
            members.sort(key=lambda u: -users[u].orders.get(dept_id, DEFAULT_ORDER))
        elif order.startswith("modify"):
            members.sort(key=lambda u: self.users[u].modified)
        if order.endswith("desc"):
            members.reverse()
        return members

    def _enter(self, user: User, departments: Iterable[int]) -> None:
        for dept_id in departments:
            department = self._tree.departments[dept_id]
            department.members[user.userid] = None
            department.listings.clear()

    def _leave(self, user: User, departments: Iterable[int]) -> None:
        for dept_id in departments:
            department = self._tree.departments[dept_id]
            department.members.pop(user.userid, None)
            department.listings.clear()
            user.orders.pop(dept_id, None)
            user.titles.pop(dept_id, None)

    def _recount(self, old: set[int], new: set[int]) -> None:
        for dept_id in old - new:
            self._tree.departments[dept_id].member_count -= 1
        for dept_id in new - old:
            self._tree.departments[dept_id].member_count += 1

    def _hold(self, user: User) -> None:
        for name, holders in self._holder.items():
            value = user.fields.get(name)
            if value:
                holders[value] = user.userid

    def _release(self, user: User) -> None:
        for name, holders in self._holder.items():
            holders.pop(user.fields.get(name, ""), None)

    def _stop_leading(self, userid: str, dept_id: int) -> None:
        led = self.leading.get(userid, {})
        led.pop(dept_id, None)
        if not led:
            self.leading.pop(userid, None)
