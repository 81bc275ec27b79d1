"""What keeps a roster from being a DingTalk organization; all problems are found at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adapters.dingtalk.simulator.model import DEFAULT_GROUP
from adapters.dingtalk.simulator.roles import SYSTEM_ROLES
from adapters.dingtalk.simulator.roster_fields import group_of, member_fields
from domain.errors import InputError
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster, name_problem

SHOWN = 50
"""Problems that are listed; the rest is counted."""

USERID_LIMIT = 64


def check(roster: Roster) -> None:
    """Raise InputError for a roster that cannot exist in DingTalk."""
    problems = [*_departments(roster), *_members(roster), *_roles(roster)]
    if problems:
        rest = len(problems) - SHOWN
        listed = (*problems[:SHOWN], *([f"and {rest} more"] if rest > 0 else []))
        raise InputError("The roster cannot be a DingTalk organization", listed)


def _named(
    kind: str, records: Iterable[DepartmentRecord | MemberRecord | RoleRecord]
) -> Iterator[str]:
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


def _departments(roster: Roster) -> Iterator[str]:
    yield from _named("department", roster.departments)
    parents = {d.id: top_is_none(d.parent_id) for d in roster.departments}
    if "1" in parents:
        yield "department 1 is the organization itself and cannot be listed"
    people = {member.id for member in roster.members}
    names: set[tuple[str | None, str]] = set()
    for department in roster.departments:
        parent = top_is_none(department.parent_id)
        if parent is not None and parent not in parents:
            yield f"department {department.id}: its parent {parent} is not in the roster"
        if (parent, department.name) in names:
            yield f"department {department.id}: a sibling has the same name"
        names.add((parent, department.name))
        for leader in department.leaders or ():
            if leader not in people:
                yield f"department {department.id}: its leader {leader} is not in the roster"
    yield from _cycles(parents)


def top_is_none(parent: str | None) -> str | None:
    """The parent's id; None for the organization, which may also be written as its number 1."""
    return None if parent == "1" else parent


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


def _members(roster: Roster) -> Iterator[str]:
    yield from _named("member", roster.members)
    departments = {department.id for department in roster.departments} | {"1"}
    people = {member.id for member in roster.members}
    held: dict[str, set[object]] = {"mobile": set(), "email": set(), "telephone": set()}
    unionids: set[str] = set()
    for member in roster.members:
        if len(member.id) > USERID_LIMIT:
            yield f"member {member.id}: a userid has at most {USERID_LIMIT} characters"
        for department in member.departments:
            if department not in departments:
                yield f"member {member.id}: department {department} is not in the roster"
        if member.manager and member.manager not in people:
            yield f"member {member.id}: the manager {member.manager} is not in the roster"
        fields = member_fields(member)
        for name, values in held.items():
            value = fields.get(name)
            if value in values:
                yield f"member {member.id}: somebody else has the same {name}"
            if value:
                values.add(value)
        unionid = (member.keys or {}).get("unionid")
        if unionid in unionids:
            yield f"member {member.id}: somebody else has the same unionid"
        if unionid:
            unionids.add(unionid)


def _roles(roster: Roster) -> Iterator[str]:
    yield from _named("role", roster.roles)
    people = {member.id for member in roster.members}
    names: set[tuple[str, str]] = set()
    groups: dict[str, str] = {}
    named: dict[str, str] = {}
    for role in roster.roles:
        group = group_of(role)
        if group == DEFAULT_GROUP and role.name not in SYSTEM_ROLES:
            yield f"role {role.id}: group {DEFAULT_GROUP} takes no roles"
        key = role.group_id or f"name {group}"
        if groups.setdefault(group, key) != key or named.setdefault(key, group) != group:
            yield f"role {role.id}: its group has another id or name elsewhere"
        if (group, role.name) in names:
            yield f"role {role.id}: its group has another role of that name"
        names.add((group, role.name))
        for userid in role.members or ():
            if userid not in people:
                yield f"role {role.id}: {userid} is not in the roster"
