"""Placed: who is in which department, in the words of the system that is being read."""

from __future__ import annotations

from collections.abc import Iterator

from domain.directory import Directory, Links
from domain.ports import KnownDepartment


def known_departments(directory: Directory, system: str) -> Iterator[KnownDepartment]:
    """The present departments that ``system`` told of, with their members, by its own ids."""
    departments = (directory.links.get(f"{system}/department") or Links()).ids
    people = (directory.links.get(f"{system}/member") or Links()).ids
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
            )
