"""Finding what a console change means, by the roster's own ids, custom ids or open ids."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.feishu.simulator.model import ROOT, Department, Role, User
from adapters.feishu.simulator.world import World
from domain.errors import InputError


def department_named(world: World, given: str) -> Department:
    """The department with this id."""
    tree = world.directory.tree
    known = world.directory.department_ids.known(given) or given
    found = tree.by_custom(known) or tree.departments.get(given)
    if found is None:
        raise InputError(f"There is no department {given}")
    return found


def place(world: World, given: str | None) -> str:
    """The open id of a department; none is the organization itself."""
    return ROOT if given is None else department_named(world, given).key


def person(world: World, given: str) -> User:
    """Somebody who is here, by user_id or open id."""
    people = world.directory.people
    found = people.by_user_id(given) or people.get(given)
    if found is None or found.resigned is not None:
        raise InputError(f"There is no member {given}")
    return found


def known_people(world: World, given: Sequence[str]) -> list[str]:
    """The open ids of people, all of whom must be here."""
    return [person(world, one).key for one in dict.fromkeys(given)]


def role_named(world: World, given: str) -> Role:
    """The role with this id."""
    known = world.directory.role_ids.known(given) or given
    found = world.directory.roles.roles.get(known)
    if found is None:
        raise InputError(f"There is no role {given}")
    return found
