"""Placed: who is in which department and has which role, in the words of the system being read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.directory import Directory, Links
from domain.ports import KnownDepartment, KnownMember, KnownRole


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


def known_members(directory: Directory, system: str) -> Iterator[KnownMember]:
    """The present people that ``system`` told of, by its own ids."""
    departments, people = _ids(directory, system, "department"), _ids(directory, system, "member")
    for member in directory.present_members():
        if member.uid in people:
            yield KnownMember(
                people[member.uid],
                member.name,
                _named(member.departments, departments),
                None if member.manager is None else people.get(member.manager),
            )


def known_roles(directory: Directory, system: str) -> Iterator[KnownRole]:
    """The present roles that ``system`` told of, with their holders, by its own ids."""
    roles, people = _ids(directory, system, "role"), _ids(directory, system, "member")
    for role in directory.present_roles():
        if role.uid in roles:
            holders = directory.grants.get(role.uid, ())
            yield KnownRole(roles[role.uid], role.name, frozenset(_named(holders, people)))


def _ids(directory: Directory, system: str, kind: str) -> dict[str, str]:
    """The system's ids by ours."""
    return (directory.links.get(f"{system}/{kind}") or Links()).ids


def _named(uids: Iterable[str], ids: dict[str, str]) -> tuple[str, ...]:
    return tuple(ids[uid] for uid in uids if uid in ids)
