"""The tenant: every mutation goes through here and leaves its event in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.ids import IdBook, digest
from adapters.feishu.simulator.journal import Journal
from adapters.feishu.simulator.model import ROOT, Department, User
from adapters.feishu.simulator.naming import Naming
from adapters.feishu.simulator.people import People
from adapters.feishu.simulator.roles import Groups, Roles
from adapters.feishu.simulator.tree import Tree
from adapters.feishu.simulator.views import department_view, user_view
from adapters.simulation.clock import Clock


class Directory:
    """Departments, people, roles, groups and events of one tenant."""

    def __init__(self, clock: Clock, journal: Journal, org_name: str) -> None:
        self.clock, self.journal = clock, journal
        self.department_ids = IdBook("department")
        self.user_ids = IdBook("user")
        self.role_ids = IdBook("role")
        self.group_ids = IdBook("group")
        self._made = 0
        tree = Tree(org_name)
        self.adopt(tree, People(tree), Roles(), Groups())

    def adopt(self, tree: Tree, people: People, roles: Roles, groups: Groups) -> None:
        """Be this tenant from now on; ids that were given out stay taken."""
        self.tree, self.people, self.roles, self.groups = tree, people, roles, groups
        self.open = Naming(tree, people)

    def open_department_id(self) -> str:
        """A fresh open department id."""
        self._made += 1
        return f"od-{digest('department made', str(self._made))}"

    def open_id(self) -> str:
        """A fresh open id of a person."""
        self._made += 1
        return f"ou_{digest('user made', str(self._made))}"

    def create_department(self, department: Department) -> None:
        """Add a department that was checked."""
        self.tree.add(department)
        self.journal.created("department", department_view(department, self.open))

    @contextmanager
    def changing_department(self, department: Department) -> Iterator[None]:
        """Record what the block changes about a department."""
        before = department_view(department, self.open)
        yield
        self.journal.updated("department", before, department_view(department, self.open))

    def place_department(
        self, department: Department, parent: str, name: str, i18n: dict[str, str], order: int
    ) -> None:
        """Rename, reorder or move a department; the move was checked."""
        if parent == department.parent:
            self.tree.place(department, parent, name, i18n, order)
        else:
            self.people.around(
                department, lambda: self.tree.place(department, parent, name, i18n, order)
            )

    def delete_department(self, department: Department) -> None:
        """Delete a department without members (43011) and children (43012)."""
        if department.key == ROOT:
            raise ApiError(40002)
        if department.members:
            raise ApiError(43011)
        if department.children:
            raise ApiError(43012)
        shown = department_view(department, self.open)
        self.people.tie(department, (), ())
        self.tree.remove(department)
        old = {"status": {"is_deleted": False}, "open_department_id": department.key}
        self.journal.deleted("department", {**shown, "status": {"is_deleted": True}}, old)

    def create_user(self, user: User) -> None:
        """Take somebody in, who was checked."""
        self.people.add(user)
        self.journal.created("user", user_view(user, self.open))

    @contextmanager
    def changing_user(self, user: User) -> Iterator[None]:
        """Record what the block changes about somebody."""
        before = user_view(user, self.open)
        yield
        self.journal.updated("user", before, user_view(user, self.open))

    def resign(self, user: User) -> None:
        """Let somebody go, with everything they led or held."""
        shown = user_view(user, self.open)
        for key in self.people.tied(user):
            department = self.tree.departments[key]
            with self.changing_department(department):
                leaders = tuple(one for one in department.leaders if one[1] != user.key)
                hrbps = tuple(one for one in department.hrbps if one != user.key)
                self.people.tie(department, leaders, hrbps)
        self.roles.forget(user.key)
        self.groups.forget(user.key)
        self.people.resign(user, self.clock.now())
        self.tell_resigned(user, shown["department_ids"])

    def tell_resigned(self, user: User, departments: list[str]) -> None:
        """Record that somebody who was in ``departments`` (open ids) left."""
        old = {"department_ids": departments, "open_id": user.key}
        self.journal.deleted("user", user_view(user, self.open), old)
