"""Scope: which part of the organization goes to a target."""

from __future__ import annotations

import msgspec

from domain.delivery.document import Documents
from domain.delivery.mapping import Expression
from domain.directory import Department, Directory, Member, Role
from domain.errors import ConfigError


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[systems.x.scope]``. ``departments`` are ids: those and everything below them.

    ``member``, ``department`` and ``role`` are JMESPath expressions over the document; what they
    do not find true stays out. A department that stays out takes along what is below it.
    """

    departments: tuple[str, ...] = ()
    member: str = ""
    department: str = ""
    role: str = ""


class Chosen:
    """What a scope takes of one directory. Raises ConfigError for a department it doesn't know."""

    def __init__(self, scope: Scope, documents: Documents) -> None:
        self._scope, self._documents = scope, documents
        self._member = Expression(scope.member) if scope.member else None
        self._role = Expression(scope.role) if scope.role else None
        self.departments = self._chosen_departments(documents.directory)

    def _chosen_departments(self, directory: Directory) -> dict[str, Department]:
        """The departments in scope, by uid, parents before children."""
        roots = {self._uid(name) for name in self._scope.departments}
        expression = Expression(self._scope.department) if self._scope.department else None
        hidden = self._documents.hidden("department")
        children: dict[str | None, list[Department]] = {}
        for department in directory.present_departments():
            children.setdefault(department.parent, []).append(department)
        chosen: dict[str, Department] = {}
        waiting: list[tuple[Department, bool]] = [(d, not roots) for d in children.get(None, ())]
        for department, inside in waiting:
            inside = inside or department.uid in roots  # noqa: PLW2901 - true from here down
            if inside and expression is not None:
                document = self._documents.department(department)
                if not _true(expression, document, hidden):
                    continue
            if inside:
                chosen[department.uid] = department
            waiting += [(child, inside) for child in children.get(department.uid, ())]
        return chosen

    def _uid(self, name: str) -> str:
        uid = self._documents.rows.uid("department", name)
        if uid is None:
            raise ConfigError(
                f"the scope names a department {name!r} that the organization doesn't have",
                fix="'orgledger tree ORG --json' shows the ids of the departments.",
            )
        return uid

    def member(self, member: Member) -> bool:
        """Whether a member of the organization goes to the target."""
        if self._scope.departments and not any(d in self.departments for d in member.departments):
            return False
        if self._member is None:
            return True
        document = self._documents.member(member)
        return _true(self._member, document, self._documents.hidden("member"))

    def role(self, role: Role) -> bool:
        """Whether a role goes to the target."""
        if self._role is None:
            return True
        return _true(self._role, self._documents.role(role), self._documents.hidden("role"))


def _true(expression: Expression, document: dict[str, object], hidden: frozenset[str]) -> bool:
    found = expression.value(document, hidden)
    return bool(found) and found is not False
