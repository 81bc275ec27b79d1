"""Every id that a row names is listed, and no department lies below itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import UNSET

from adapters.roster.problems import Problems
from adapters.roster.rows import Listed
from domain.records import DepartmentRecord, MemberRecord, RoleRecord

_CODE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class _References:
    def __init__(self, members: Listed[MemberRecord], problems: Problems) -> None:
        self._members, self._problems = members, problems
        self._personal: set[str] | None = None

    def check(
        self,
        where: str,
        field: str,
        ids: Iterable[str],
        listed: Listed[DepartmentRecord] | Listed[MemberRecord],
        what: str,
    ) -> None:
        """Note those of ``ids`` that are not ``listed``."""
        for record_id in ids:
            if record_id not in listed and record_id not in listed.spoiled:
                self._problems.add(
                    f"{where}, {field}",
                    f"there is no {what} {self._shown(record_id)}",
                    f"Add the {what}, or write the id of one that is listed (ids, not names)",
                )

    def _shown(self, record_id: str) -> str:
        """An id for a message, unless it may be a name, a mobile number or an e-mail address."""
        if self._personal is None:
            self._personal = {
                value
                for member in self._members.values()
                for value in (member.name, member.email, member.mobile)
                if isinstance(value, str)
            }
        if record_id in self._personal or not _CODE.fullmatch(record_id):
            return "of the id that is written there"
        return repr(record_id)


def check_references(
    departments: Listed[DepartmentRecord],
    members: Listed[MemberRecord],
    roles: Listed[RoleRecord],
    problems: Problems,
) -> None:
    """Note unknown parents, departments, leaders, managers and holders of roles; and cycles."""
    references = _References(members, problems)
    for record_id, department in departments.items():
        where = departments.where[record_id]
        if department.parent_id is not None:
            references.check(where, "parent_id", [department.parent_id], departments, "department")
        references.check(where, "leaders", department.leaders or (), members, "member")
    _check_cycles(departments, problems)
    for record_id, member in members.items():
        where = members.where[record_id]
        references.check(where, "departments", member.departments, departments, "department")
        if member.manager:
            references.check(where, "manager", [member.manager], members, "member")
        main = member.main_department
        if main is not UNSET and main is not None and main not in member.departments:
            what = "the main department is none of the person's departments"
            problems.add(f"{where}, main_department", what, "Add it to the departments")
    for record_id, role in roles.items():
        references.check(roles.where[record_id], "members", role.members or (), members, "member")


def _check_cycles(departments: Listed[DepartmentRecord], problems: Problems) -> None:
    """Note each cycle once, with its path."""
    done: set[str] = set()
    for start in departments:
        path: dict[str, None] = {}
        step: str | None = start
        while step is not None and step in departments and step not in done and step not in path:
            path[step] = None
            step = departments[step].parent_id
        if step in path:
            ids = list(path)
            circle = [*ids[ids.index(step) :], step]
            shown = circle if len(circle) <= 20 else [*circle[:10], "…", *circle[-5:]]
            problems.add(
                f"{departments.where[step]}, parent_id",
                f"the department lies below itself ({' → '.join(shown)})",
                "Give one of them a parent outside of the circle, or none",
            )
        done.update(path)
