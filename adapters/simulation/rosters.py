"""What keeps a roster from being an organization of any provider; all problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domain.errors import InputError
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster, name_problem

SHOWN = 50
"""Problems that are listed; the rest is counted."""


def refuse(problems: Sequence[str], provider: str) -> None:
    """Raise InputError if there are problems."""
    if problems:
        rest = len(problems) - SHOWN
        listed = (*problems[:SHOWN], *([f"and {rest} more"] if rest > 0 else []))
        raise InputError(f"The roster cannot be a {provider} organization", listed)


def named(
    kind: str, records: Iterable[DepartmentRecord | MemberRecord | RoleRecord]
) -> Iterator[str]:
    """Ids that are empty or appear twice, and names that cannot be."""
    seen: set[str] = set()
    for record in records:
        if not record.id:
            yield f"a {kind} has an empty id"
        if record.id in seen:
            yield f"{kind} {record.id} appears twice"
        seen.add(record.id)
        problem = name_problem(record.name)
        if problem:
            yield f"{kind} {record.id}: {problem}"


def tree(roster: Roster, root: str, *, namesakes: bool = False) -> Iterator[str]:
    """Departments that do not make a tree; ``root`` is the provider's id of the organization.

    ``namesakes`` lets siblings have the same name.
    """
    parents = {d.id: top_is_none(d.parent_id, root) for d in roster.departments}
    if root in parents:
        yield f"department {root} is the organization itself and cannot be listed"
    people = {member.id for member in roster.members}
    names: set[tuple[str | None, str]] = set()
    for department in roster.departments:
        parent = parents[department.id]
        if parent is not None and parent not in parents:
            yield f"department {department.id}: its parent {parent} is not in the roster"
        if not namesakes and (parent, department.name) in names:
            yield f"department {department.id}: a sibling has the same name"
        names.add((parent, department.name))
        for leader in department.leaders or ():
            if leader not in people:
                yield f"department {department.id}: its leader {leader} is not in the roster"
    yield from _cycles(parents)


def top_is_none(parent: str | None, root: str) -> str | None:
    """The parent's id; None for the organization, which may also be written as ``root``."""
    return None if parent == root else parent


def _cycles(parents: dict[str, str | None]) -> Iterator[str]:
    sound: set[str] = set()
    for start in parents:
        walked: dict[str, None] = {}
        current: str | None = start
        while current is not None and current not in sound and current not in walked:
            walked[current] = None
            current = parents.get(current)
        if current is not None and current in walked:
            yield f"department {current} is below itself"
        sound.update(walked)


def places(roster: Roster, root: str) -> Iterator[str]:
    """Members in departments and under managers that are not in the roster."""
    departments = {department.id for department in roster.departments} | {root}
    people = {member.id for member in roster.members}
    for member in roster.members:
        for department in member.departments:
            if department not in departments:
                yield f"member {member.id}: department {department} is not in the roster"
        if member.manager and member.manager not in people:
            yield f"member {member.id}: the manager {member.manager} is not in the roster"


def holders(roster: Roster) -> Iterator[str]:
    """Roles whose members are not in the roster."""
    people = {member.id for member in roster.members}
    for role in roster.roles:
        for userid in role.members or ():
            if userid not in people:
                yield f"role {role.id}: {userid} is not in the roster"


def flat_roles(roster: Roster, longest: int) -> Iterator[str]:
    """Roles where there are no groups of them: ids, holders, and names that only one may have."""
    yield from named("role", roster.roles)
    yield from holders(roster)
    names: set[str] = set()
    for role in roster.roles:
        if role.name in names:
            yield f"role {role.id}: another role has the same name"
        if len(role.name) > longest:
            yield f"role {role.id}: a name has at most {longest} characters"
        names.add(role.name)


class Unique:
    """Values that only one member may have."""

    def __init__(self, *fields: str) -> None:
        self._seen: dict[str, set[object]] = {field: set() for field in fields}

    def problems(self, member_id: str, values: dict[str, object]) -> Iterator[str]:
        """Values that somebody before had."""
        for field, seen in self._seen.items():
            value = values.get(field)
            if value and value in seen:
                yield f"member {member_id}: somebody else has the same {field}"
            if value:
                seen.add(value)
