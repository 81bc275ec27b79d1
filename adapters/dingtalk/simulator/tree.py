"""The department tree with its indexes: children, sibling names, ancestors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.model import ROOT, Department


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

    def add(self, department: Department) -> None:
        """Hang a new department under its parent."""
        if department.parent_id is None:
            raise ApiError(60004)
        parent = self.get(department.parent_id, 60004)
        self._claim_name(department.parent_id, department.name, department.dept_id)
        self.departments[department.dept_id] = department
        parent.children[department.dept_id] = None

    def place(self, department: Department, name: str, parent_id: int | None) -> None:
        """Give a department a name and a parent; nothing changes when either is refused.

        A parent below the department is 60010, a name that a sibling has 60021.
        """
        old_name, old_parent = department.name, department.parent_id
        if old_parent is None or parent_id is None:
            if old_parent is not parent_id:
                raise ApiError(60018)
            department.name = name
            return
        self.get(parent_id, 60004)
        if department.dept_id in self.path(parent_id):
            raise ApiError(60010)
        self._claim_name(parent_id, name, department.dept_id)
        if (old_parent, old_name) != (parent_id, name):
            del self._by_name[old_parent, old_name]
        if old_parent != parent_id:
            del self.departments[old_parent].children[department.dept_id]
            self.departments[parent_id].children[department.dept_id] = None
        department.name, department.parent_id = name, parent_id

    def remove(self, department: Department) -> None:
        """Take out a department that has no children any more."""
        if department.parent_id is None:
            raise ApiError(60007)
        del self._by_name[department.parent_id, department.name]
        del self.departments[department.parent_id].children[department.dept_id]
        del self.departments[department.dept_id]

    def path(self, dept_id: int) -> list[int]:
        """The department, its parent, … up to the root."""
        path, current = [dept_id], self.departments[dept_id].parent_id
        while current is not None:
            path.append(current)
            current = self.departments[current].parent_id
        return path

    def closure(self, dept_ids: Iterable[int]) -> set[int]:
        """The departments and all above them."""
        reached: set[int] = set()
        for dept_id in dept_ids:
            current: int | None = dept_id
            while current is not None and current not in reached:
                reached.add(current)
                current = self.departments[current].parent_id
        return reached

    def below(self, dept_id: int) -> Iterator[Department]:
        """The department and all below it, parents first."""
        waiting = [dept_id]
        while waiting:
            department = self.departments[waiting.pop()]
            yield department
            waiting.extend(reversed(department.children))

    def _claim_name(self, parent_id: int, name: str, dept_id: int) -> None:
        if self._by_name.get((parent_id, name), dept_id) != dept_id:
            raise ApiError(60021)
        self._by_name[parent_id, name] = dept_id
