"""Documents: one department, member or role, as the expressions of a mapping see it.

The row of the roster (:mod:`domain.rows`) and, for people, ``userid`` (the same as ``id``), the
further ids of the source by their names (``unionid``), ``department_names`` and
``department_paths`` (names from the top, joined by ``/``), ``state``. A department has ``path`` and
``level`` (1 at the top).
"""

from __future__ import annotations

from typing import Any

from domain.directory import Department, Directory, Member, Role, RoleGroup
from domain.rows import Rows

Document = dict[str, Any]


class Documents:
    """Writes the documents of one directory."""

    def __init__(self, directory: Directory) -> None:
        self.directory, self.rows = directory, Rows(directory)
        self._paths: dict[str, tuple[str, ...]] = {}

    def hidden(self, kind: str) -> frozenset[str]:
        """The fields that the source does not permit us to see: unknown, not empty."""
        return self.rows.not_permitted(kind)

    def path(self, uid: str) -> tuple[str, ...]:
        """The names from the top down to a department."""
        found = self._paths.get(uid)
        if found is None:
            department = self.directory.departments[uid]
            above = () if department.parent is None else self.path(department.parent)
            found = self._paths[uid] = (*above, department.name)
        return found

    def department(self, department: Department) -> Document:
        row = self.rows.department(department)
        path = self.path(department.uid)
        row["path"], row["level"] = "/".join(path), len(path)
        return row

    def member(self, member: Member) -> Document:
        row = self.rows.member(member)
        for name, value in row.get("keys", {}).items():
            row.setdefault(name, value)
        row["userid"] = row["id"]
        row["state"] = member.state.value
        paths = [self.path(uid) for uid in member.departments if uid in self.directory.departments]
        row["department_names"] = [path[-1] for path in paths]
        row["department_paths"] = ["/".join(path) for path in paths]
        return row

    def role(self, role: Role) -> Document:
        return self.rows.role(role)

    def role_group(self, group: RoleGroup) -> Document:
        return {"id": self.rows.id("role_group", group.uid), "uid": group.uid, "name": group.name}
