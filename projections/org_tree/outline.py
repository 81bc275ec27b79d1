"""The tree as an outline: departments with their children and people in the order to show them."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from domain.directory import Department, Directory, Member


class Branch(msgspec.Struct, frozen=True):
    """A department, the people in it (leaders first, then by name), and what is below it.

    ``people`` counts everybody in the department and below it once.
    """

    department: Department
    members: tuple[Member, ...]
    children: tuple[Branch, ...]
    people: int


class Outline(msgspec.Struct, frozen=True):
    """An organization from the top. ``members`` belong to no department."""

    members: tuple[Member, ...]
    branches: tuple[Branch, ...]
    people: int


def outline(directory: Directory) -> Outline:
    """The present organization of ``directory`` as an outline."""
    children: dict[str | None, list[Department]] = defaultdict(list)
    for department in directory.present_departments():
        children[department.parent].append(department)
    for siblings in children.values():
        siblings.sort(key=lambda d: (d.order is None, d.order or 0, d.name, d.uid))
    people: dict[str, list[Member]] = defaultdict(list)
    homeless: list[Member] = []
    for member in directory.present_members():
        for department_uid in member.departments:
            people[department_uid].append(member)
        if not member.departments:
            homeless.append(member)

    def build(department: Department) -> tuple[Branch, set[str]]:
        below = [build(child) for child in children.get(department.uid, ())]
        leaders = set(department.leaders)
        direct = sorted(
            people.get(department.uid, ()), key=lambda m: (m.uid not in leaders, m.name, m.uid)
        )
        everybody = {member.uid for member in direct}.union(*(uids for _, uids in below))
        branches = tuple(branch for branch, _ in below)
        return Branch(department, tuple(direct), branches, len(everybody)), everybody

    roots = [build(department)[0] for department in children.get(None, ())]
    return Outline(
        tuple(sorted(homeless, key=lambda m: (m.name, m.uid))),
        tuple(roots),
        sum(1 for _ in directory.present_members()),
    )
