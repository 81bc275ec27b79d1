"""Finding what a console change means, by the roster's own ids or WeCom's."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.wecom.simulator.model import ROOT, Department, Tag, User
from adapters.wecom.simulator.world import World, numbers
from domain.errors import InputError


def department_named(world: World, given: str) -> Department:
    """The department with this id."""
    found = numbers((given,), world.directory.dept_ids.known)
    department = world.directory.tree.departments.get(found[0]) if found else None
    if department is None:
        raise InputError(f"There is no department {given}")
    return department


def place(world: World, given: str | None) -> int:
    """A department's number; none is the organization itself."""
    return ROOT if given is None else department_named(world, given).dept_id


def person(world: World, given: str) -> User:
    """The person with this userid."""
    found = world.directory.people.find(given)
    if found is None:
        raise InputError(f"There is no member {given}")
    return found


def known_people(world: World, given: Sequence[str]) -> list[str]:
    """The keys of people, all of whom must be here."""
    return [person(world, one).key for one in dict.fromkeys(given)]


def tag_named(world: World, given: str) -> Tag:
    """The tag with this id."""
    found = numbers((given,), world.directory.tag_ids.known)
    tag = world.directory.tags.tags.get(found[0]) if found else None
    if tag is None:
        raise InputError(f"There is no role {given}")
    return tag
