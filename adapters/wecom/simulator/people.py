"""The people of the corporation with their indexes: unique fields, departments, reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.model import User
from adapters.wecom.simulator.tree import Tree

TAKEN = {"mobile": 60104, "email": 60106, "biz_mail": 60145}
"""Fields that only one person of a corporation can have, and the refusal of the second."""

Places = dict[int, tuple[int, bool]]


class People:
    """Persons by key; ``User.key`` says how userids compare."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.users: dict[str, User] = {}
        self._holder: dict[str, dict[str, str]] = {name: {} for name in TAKEN}
        self._reports: dict[str, dict[str, None]] = {}

    def find(self, userid: str) -> User | None:
        """The person with this userid, whatever its case."""
        return self.users.get(userid.casefold())

    def get(self, userid: str, code: int = 60111) -> User:
        """The person, or the refusal ``code``."""
        found = self.find(userid)
        if found is None:
            raise ApiError(code)
        return found

    def holder(self, field: str, value: str) -> User | None:
        """Who has ``value`` in one of the unique fields."""
        return self.users.get(self._holder[field].get(value, ""))

    def check_unique(self, fields: Mapping[str, Any], key: str = "") -> None:
        """Refuse values that somebody other than ``key`` has; the refusal names the holder."""
        for name, code in TAKEN.items():
            other = self.holder(name, fields.get(name) or "")
            if other is not None and other.key != key:
                raise ApiError(code, f":{other.userid}")

    def add(self, user: User) -> None:
        """Take in somebody whose departments exist and whose unique fields are free."""
        self.users[user.key] = user
        self._hold(user)
        self._report(user)
        self._enter(user)

    def remove(self, user: User) -> None:
        """Take somebody out; who reported to them reports to nobody."""
        self._leave(user)
        self._release(user)
        self.set_leader(user, None)
        for report in self._reports.pop(user.key, {}):
            self.users[report].leader = None
        del self.users[user.key]

    def rename(self, user: User, userid: str) -> None:
        """Give somebody another userid, which must be free."""
        reports = list(self._reports.get(user.key, {}))
        leader = user.leader
        self.remove(user)
        user.userid, user.leader = userid, leader
        self.add(user)
        for report in reports:
            self.set_leader(self.users[report], user.key)

    def set_fields(self, user: User, fields: dict[str, Any]) -> None:
        """Replace the plain fields; unique ones must have been checked."""
        self._release(user)
        user.fields = fields
        self._hold(user)

    def set_leader(self, user: User, leader: str | None) -> None:
        """Set or clear the direct leader (a key)."""
        if user.leader:
            self._reports.get(user.leader, {}).pop(user.key, None)
        user.leader = leader
        self._report(user)

    def place(self, user: User, places: Places, main: int) -> None:
        """Put somebody into exactly these departments."""
        self._leave(user)
        user.places, user.main = places, main
        self._enter(user)

    def lead(self, dept_id: int, leaders: set[str]) -> list[User]:
        """Let exactly these of a department's members lead it; returns whom that changes."""
        changed = []
        for key in self._tree.departments[dept_id].members:
            user = self.users[key]
            order, leads = user.places[dept_id]
            if leads != (key in leaders):
                user.places[dept_id] = order, not leads
                changed.append(user)
        return changed

    def leaders(self, dept_id: int) -> list[User]:
        """Who leads a department, the largest order first."""
        return [user for user in self.listing(dept_id) if user.places[dept_id][1]]

    def listing(self, dept_id: int) -> list[User]:
        """The direct members, the largest order first."""
        members = (self.users[key] for key in self._tree.departments[dept_id].members)
        return sorted(members, key=lambda user: -user.places[dept_id][0])

    def _report(self, user: User) -> None:
        if user.leader:
            self._reports.setdefault(user.leader, {})[user.key] = None

    def _enter(self, user: User) -> None:
        for dept_id in user.places:
            self._tree.departments[dept_id].members[user.key] = None

    def _leave(self, user: User) -> None:
        for dept_id in user.places:
            self._tree.departments[dept_id].members.pop(user.key, None)

    def _hold(self, user: User) -> None:
        for name, holders in self._holder.items():
            if user.fields.get(name):
                holders[user.fields[name]] = user.key

    def _release(self, user: User) -> None:
        for name, holders in self._holder.items():
            if holders.get(user.fields.get(name, "")) == user.key:
                del holders[user.fields[name]]
