"""Replacing the whole organization by a roster, as an administrator's import would.

What a roster cannot say (an alias, an order among colleagues) stays with those who stay; every
difference becomes an event.
"""

from __future__ import annotations

from adapters.simulation.rosters import top_is_none
from adapters.wecom.order import TOP, order_of
from adapters.wecom.simulator.directory import Directory
from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.model import ROOT, Department, Tag, User
from adapters.wecom.simulator.people import People, Places
from adapters.wecom.simulator.roster_check import ORGANIZATION, check
from adapters.wecom.simulator.roster_diff import tell_difference
from adapters.wecom.simulator.roster_fields import (
    GENERATED,
    ROSTER_FIELDS,
    STATE,
    STATES,
    given_fields,
    tidy,
)
from adapters.wecom.simulator.tags import Tags
from adapters.wecom.simulator.tree import Tree
from adapters.wecom.simulator.world import World
from domain.errors import InputError
from domain.records import DepartmentRecord, MemberRecord, Roster

_EMPTIED = dict.fromkeys(ROSTER_FIELDS.values())
"""A roster replaces: what it does not say of a field that it has, is not there."""


def read_roster(world: World, roster: Roster) -> None:
    """Make ``roster`` the organization; raises InputError and changes nothing if it cannot be."""
    check(roster)
    directory = world.directory
    tree = Tree(world.settings.org_name)
    people, tags = People(tree), Tags()
    numbers = {ORGANIZATION: ROOT}
    numbers |= directory.dept_ids.numbers(record.id for record in roster.departments)
    try:
        _add_departments(directory, tree, roster, numbers)
        _add_members(directory, people, roster, numbers)
        _add_tags(directory, people, tags, roster)
    except ApiError as error:
        problem = f"{error.code} {error.message}"
        raise InputError("The roster cannot be a WeCom organization", (problem,)) from None
    for record in roster.departments:
        leaders = {userid.casefold() for userid in record.leaders or ()}
        people.lead(numbers[record.id], leaders)
    before = directory.tree, directory.people, directory.tags
    directory.adopt(tree, tags, people)
    tell_difference(directory, *before)


def _add_departments(
    directory: Directory, tree: Tree, roster: Roster, numbers: dict[str, int]
) -> None:
    children: dict[str, list[DepartmentRecord]] = {}
    for record in roster.departments:
        above = top_is_none(record.parent_id, ORGANIZATION) or ORGANIZATION
        children.setdefault(above, []).append(record)
    waiting = [ORGANIZATION]
    while waiting:
        own = waiting.pop()
        for record in children.get(own, []):
            parent, dept_id = numbers[own], numbers[record.id]
            tree.check(parent, record.name)
            order = tree.last_order(parent, TOP)
            if isinstance(record.order, int):
                order = order_of(record.order)
            before = directory.tree.departments.get(dept_id)
            name_en = before.name_en if before else ""
            tree.add(Department(dept_id, record.name, parent, order, name_en))
            waiting.append(record.id)


def _add_members(
    directory: Directory, people: People, roster: Roster, numbers: dict[str, int]
) -> None:
    for record in roster.members:
        people.add(_user(directory, record, numbers))
    for record in roster.members:
        if record.manager:
            people.set_leader(people.get(record.id), people.get(record.manager).key)


def _user(directory: Directory, record: MemberRecord, numbers: dict[str, int]) -> User:
    before, details = directory.people.find(record.id), record.details or {}
    known: Places = before.places if before else {}
    found = dict.fromkeys(numbers[own] for own in record.departments) or {ROOT: None}
    places = {place: (known.get(place, (0, False))[0], False) for place in found}
    main = numbers.get(record.main_department or "", ROOT)
    kept = before.fields if before else {}
    state = before.state if before else 1
    return User(
        record.id,
        record.name,
        places,
        main=main if main in places else next(iter(places)),
        fields=tidy({**kept, **_EMPTIED, **given_fields(record, details)}),
        enabled=record.active is not False,
        state=details[STATE] if details.get(STATE) in STATES else state,
        renames=before.renames if before else int(bool(details.get(GENERATED))),
        mail_fixed=before.mail_fixed if before else False,
    )


def _add_tags(directory: Directory, people: People, tags: Tags, roster: Roster) -> None:
    numbers = directory.tag_ids.numbers(record.id for record in roster.roles)
    for record in roster.roles:
        number = numbers[record.id]
        before = directory.tags.tags.get(number)
        tag = Tag(number, tags.check_name(record.name), before.owner if before else "admin")
        tags.add(tag)
        tags.hold(tag, [people.get(userid).key for userid in record.members or ()], [])
