"""Placed: who is in which department and has which role, in the words of the system being read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.directory import Directory, Links, Member, Role
from domain.ports import KnownDepartment, KnownMember, KnownPlace, KnownRole


def known_departments(directory: Directory, system: str) -> Iterator[KnownDepartment]:
    """The present departments that ``system`` told of, with their members, by its own ids."""
    departments, people = _ids(directory, system, "department"), _ids(directory, system, "member")
    inside: dict[str, list[str]] = {}
    for member in directory.present_members():
        if member.uid in people:
            for department in member.departments:
                inside.setdefault(department, []).append(people[member.uid])
    for found in directory.present_departments():
        if found.uid in departments:
            yield KnownDepartment(
                departments[found.uid],
                found.name,
                None if found.parent is None else departments.get(found.parent),
                frozenset(inside.get(found.uid, ())),
                _named(found.leaders, people),
                found.details,
            )


def known_department(directory: Directory, system: str, record_id: str) -> KnownPlace | None:
    """The present department that ``system`` calls so, without its people."""
    found = directory.departments.get(_uid(directory, system, "department", record_id))
    if found is None or not found.present:
        return None
    departments, people = _ids(directory, system, "department"), _ids(directory, system, "member")
    parent = None if found.parent is None else departments.get(found.parent)
    return KnownPlace(record_id, found.name, parent, _named(found.leaders, people), found.details)


def known_members(directory: Directory, system: str) -> Iterator[KnownMember]:
    """The present people that ``system`` told of, by its own ids."""
    departments, people = _ids(directory, system, "department"), _ids(directory, system, "member")
    for member in directory.present_members():
        if member.uid in people:
            yield _member(member, departments, people)


def known_member(directory: Directory, system: str, record_id: str) -> KnownMember | None:
    """The present person whom ``system`` calls so."""
    found = directory.members.get(_uid(directory, system, "member", record_id))
    if found is None or not found.present:
        return None
    departments, people = _ids(directory, system, "department"), _ids(directory, system, "member")
    return _member(found, departments, people)


def known_roles(directory: Directory, system: str) -> Iterator[KnownRole]:
    """The present roles that ``system`` told of, with their holders, by its own ids."""
    roles, people = _ids(directory, system, "role"), _ids(directory, system, "member")
    for role in directory.present_roles():
        if role.uid in roles:
            yield _role(directory, role, roles, people)


def known_role(directory: Directory, system: str, record_id: str) -> KnownRole | None:
    """The present role that ``system`` calls so, with its holders."""
    found = directory.roles.get(_uid(directory, system, "role", record_id))
    if found is None or not found.present:
        return None
    roles, people = _ids(directory, system, "role"), _ids(directory, system, "member")
    return _role(directory, found, roles, people)


def _member(member: Member, departments: dict[str, str], people: dict[str, str]) -> KnownMember:
    return KnownMember(
        people[member.uid],
        member.name,
        _named(member.departments, departments),
        None if member.manager is None else people.get(member.manager),
    )


def _role(
    directory: Directory, role: Role, roles: dict[str, str], people: dict[str, str]
) -> KnownRole:
    holders = directory.grants.get(role.uid, ())
    return KnownRole(roles[role.uid], role.name, frozenset(_named(holders, people)))


def _uid(directory: Directory, system: str, kind: str, record_id: str) -> str:
    """Our id of a record, empty for one that was never told of."""
    links = directory.links.get(f"{system}/{kind}")
    return links.uids.get(record_id, "") if links is not None else ""


def _ids(directory: Directory, system: str, kind: str) -> dict[str, str]:
    """The system's ids by ours."""
    return (directory.links.get(f"{system}/{kind}") or Links()).ids


def _named(uids: Iterable[str], ids: dict[str, str]) -> tuple[str, ...]:
    return tuple(ids[uid] for uid in uids if uid in ids)
