"""The department tree with its rules (WeCom department/create, update, delete)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.model import ROOT, Department

LEVELS, DEPARTMENTS, NODES = 15, 30_000, 30_000
NAME_LIMIT = 64

_REFUSED = re.compile(r"[\\:*?\"<>|｜]")


def check_name(name: str) -> str:
    """A name that a department can have: 60001, 60009."""
    if not 1 <= len(name) <= NAME_LIMIT or not name.strip():
        raise ApiError(60001)
    if _REFUSED.search(name):
        raise ApiError(60009)
    return name


class Tree:
    """Departments by id; every rule about their shape and names holds after every call."""

    def __init__(self, org_name: str) -> None:
        self.departments: dict[int, Department] = {ROOT: Department(ROOT, org_name, None)}
        self._by_name: dict[tuple[int, str], int] = {}

    def get(self, dept_id: int, code: int = 60003) -> Department:
        """The department, or the refusal ``code``."""
        found = self.departments.get(dept_id)
        if found is None:
            raise ApiError(code)
        return found

    def check(self, parent: int, name: str, moved: Department | None = None) -> None:
        """Refuse a place or a name that a new or a ``moved`` department cannot have."""
        own = moved.dept_id if moved else None
        if self._by_name.get((parent, name), own) != own:
            raise ApiError(60008)
        above = self.path(parent)
        if own in above:
            raise ApiError(60010)
        if moved is not None and moved.parent == parent:
            return
        if moved is None and len(self.departments) >= DEPARTMENTS:
            raise ApiError(81001)
        self.check_room(parent)
        if len(above) + (self._height(moved) if moved else 1) > LEVELS:
            raise ApiError(81002)

    def check_room(self, dept_id: int) -> None:
        """Refuse one more department or member directly in a department (81001)."""
        department = self.departments[dept_id]
        if len(department.children) + len(department.members) >= NODES:
            raise ApiError(81001)

    def add(self, department: Department) -> None:
        """Hang a new department, which was checked, under its parent."""
        self.departments[department.dept_id] = department
        self._hang(department)

    def place(self, department: Department, parent: int, name: str, order: int) -> None:
        """Rename, reorder or move a department; it was checked. The root keeps its place."""
        if department.parent is None:
            department.name = name
            return
        self._unhang(department)
        department.parent, department.name, department.order = parent, name, order
        self._hang(department)

    def remove(self, department: Department) -> None:
        """Take out a department: not the root (60007), nobody (60005), nothing in it (60006)."""
        if department.parent is None:
            raise ApiError(60007)
        if department.members:
            raise ApiError(60005)
        if department.children:
            raise ApiError(60006)
        self._unhang(department)
        del self.departments[department.dept_id]

    def path(self, dept_id: int) -> list[int]:
        """The department, its parent, … up to the root."""
        path = [dept_id]
        while (parent := self.departments[path[-1]].parent) is not None:
            path.append(parent)
        return path

    def below(self, dept_id: int) -> Iterator[Department]:
        """The department and all below it, parents first, larger orders first."""
        waiting = [self.departments[dept_id]]
        while waiting:
            department = waiting.pop()
            yield department
            children = [self.departments[child] for child in department.children]
            waiting.extend(sorted(children, key=lambda d: d.order))

    def last_order(self, parent: int, default: int) -> int:
        """An order behind all children of ``parent``, as the console gives it."""
        orders = [self.departments[child].order for child in self.departments[parent].children]
        return max(min(orders, default=default) - 1, 0)

    def _height(self, department: Department) -> int:
        level, height = [department], 0
        while level:
            level = [self.departments[child] for above in level for child in above.children]
            height += 1
        return height

    def _hang(self, department: Department) -> None:
        parent = department.parent or ROOT
        self.departments[parent].children[department.dept_id] = None
        self._by_name[parent, department.name] = department.dept_id

    def _unhang(self, department: Department) -> None:
        parent = department.parent or ROOT
        del self.departments[parent].children[department.dept_id]
        del self._by_name[parent, department.name]
