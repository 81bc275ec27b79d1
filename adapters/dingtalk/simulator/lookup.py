"""Finding what a console change means, by the roster's own ids or by DingTalk's."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.dingtalk.simulator.ids import is_number
from adapters.dingtalk.simulator.model import ROOT, Department, Role
from adapters.dingtalk.simulator.world import World
from adapters.simulation.numbers import IdBook
from domain.errors import InputError


def department_named(world: World, given: str) -> Department:
    """The department with this own id, source_identifier or DingTalk id."""
    departments = world.directory.tree.departments
    known = world.directory.dept_ids.known(given)
    if known in departments:
        return departments[known]
    if given.isascii() and given.isdecimal() and int(given) in departments:
        return departments[int(given)]
    for department in departments.values():
        if department.source_identifier == given:
            return department
    raise InputError(f"There is no department {given}")


def place(world: World, given: str | None) -> int:
    """The DingTalk id of a department; none is the organization itself."""
    return ROOT if given is None else department_named(world, given).dept_id


def role_named(world: World, given: str) -> Role:
    """The role with this own id or DingTalk id."""
    roles = world.directory.roles.roles
    known = world.directory.role_ids.known(given)
    if known in roles:
        return roles[known]
    if given.isascii() and given.isdecimal() and int(given) in roles:
        return roles[int(given)]
    raise InputError(f"There is no role {given}")


def known_people(world: World, userids: Sequence[str]) -> list[str]:
    """The userids, all of which must be somebody's."""
    unknown = [userid for userid in userids if userid not in world.directory.people.users]
    if unknown:
        raise InputError("The change names people who are not there", tuple(unknown))
    return list(userids)


def new_number(book: IdBook, own: str | None) -> tuple[int, str]:
    """A number for something new, and the source_identifier that keeps its own id."""
    if own is None:
        return book.fresh(), ""
    return book.number(own), "" if is_number(own) else own
