"""Replacing the whole organization by a roster, as an administrator's import would.

What a roster cannot say (an English name, an order among colleagues) stays with those who
stay; who is missing has resigned; every difference becomes an event.
"""

from __future__ import annotations

import re

from msgspec import UNSET

from adapters.feishu.simulator.codes import status_and_text
from adapters.feishu.simulator.directory import Directory
from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.ids import IdBook, department_id_fits, digest
from adapters.feishu.simulator.model import DEPUTY, PRIMARY, ROOT, Department, Role, User
from adapters.feishu.simulator.people import People, in_order
from adapters.feishu.simulator.roles import Groups, Roles
from adapters.feishu.simulator.roster_check import check
from adapters.feishu.simulator.roster_diff import tell_difference
from adapters.feishu.simulator.roster_fields import FLAGS, ROSTER_FIELDS, given_fields, tidy
from adapters.feishu.simulator.tree import Tree
from adapters.feishu.simulator.world import World
from adapters.simulation.rosters import top_is_none
from domain.errors import InputError
from domain.records import DepartmentRecord, MemberRecord, Roster

_EMPTIED = dict.fromkeys(ROSTER_FIELDS.values())
"""A roster replaces: what it does not say of a field that it has, is not there."""

ROLE_ID = re.compile(r"[\w\-]{1,64}", re.ASCII)


def read_roster(world: World, roster: Roster) -> None:
    """Make ``roster`` the organization; raises InputError and changes nothing if it cannot be."""
    check(roster)
    directory = world.directory
    tree = Tree(world.settings.org_name, tenant_wide=world.settings.unique_names == "tenant")
    people, roles = People(tree), Roles()
    keys = {ROOT: ROOT}
    try:
        _add_departments(directory, tree, roster, keys)
        _add_members(directory, people, roster, keys)
        _add_leaders(tree, people, roster, keys)
        _add_roles(directory, people, roles, roster)
    except ApiError as error:
        problem = f"{error.code} {status_and_text(error.code, 'department')[1]}"
        raise InputError("The roster cannot be a Feishu organization", (problem,)) from None
    old_tree, old_people = directory.tree, directory.people
    groups = _keep_groups(directory.groups, people)
    directory.adopt(tree, people, roles, groups)
    tell_difference(directory, old_tree, old_people)


def _add_departments(
    directory: Directory, tree: Tree, roster: Roster, keys: dict[str, str]
) -> None:
    children: dict[str, list[DepartmentRecord]] = {}
    for record in roster.departments:
        children.setdefault(top_is_none(record.parent_id, ROOT) or ROOT, []).append(record)
    waiting = [ROOT]
    while waiting:
        own = waiting.pop()
        for record, order in _ordered(children.get(own, [])):
            department = _department(directory, record, keys[own], order)
            tree.check(keys[own], record.name, department.i18n_name, order)
            if department.key in tree.departments or department.custom_id in tree.custom_ids:
                raise ApiError(43007)
            tree.add(department)
            keys[record.id] = department.key
            waiting.append(record.id)


def _ordered(records: list[DepartmentRecord]) -> list[tuple[DepartmentRecord, int]]:
    """Siblings with an order each; Feishu has no two with the same one, nor negative ones."""
    last, found = -1, []
    for record in sorted(records, key=lambda r: (not isinstance(r.order, int), r.order or 0)):
        last = max(last + 1, record.order if isinstance(record.order, int) else 0)
        found.append((record, last))
    return found


def _department(
    directory: Directory, record: DepartmentRecord, parent: str, order: int
) -> Department:
    custom_id = provided(directory.department_ids, record.id)
    before = directory.tree.by_custom(custom_id)
    key = f"od-{digest('department', custom_id)}"
    if before is None:
        if key in directory.tree.departments:  # renamed meanwhile: the open id went with it
            key = directory.open_department_id()
        return Department(key, custom_id, record.name, parent, order=order)
    return Department(
        before.key,
        custom_id,
        record.name,
        parent,
        order=order,
        i18n_name=before.i18n_name,
        unit_ids=before.unit_ids,
        chat_id=before.chat_id,
        chat_types=before.chat_types,
        id_changes=before.id_changes,
    )


def provided(book: IdBook, own: str) -> str:
    """The custom department id for an id of the roster: the same if Feishu takes it."""
    return own if department_id_fits(own) else book.derive(own)


def _add_members(
    directory: Directory, people: People, roster: Roster, keys: dict[str, str]
) -> None:
    users = {record.id: _user(directory, record, keys) for record in roster.members}
    for record in roster.members:
        user = users[record.id]
        user.leader = users[record.manager].key if record.manager else None
        user.dotted = tuple(key for key in user.dotted if people.get(key))
        people.add(user)
    for leaver in directory.people.leavers.values():
        if leaver.key not in people.users:
            people.record_leaver(leaver, leaver.resigned or 0)


def _user(directory: Directory, record: MemberRecord, keys: dict[str, str]) -> User:
    before = directory.people.by_user_id(record.id)
    details, given_keys = record.details or {}, record.keys or {}
    key = before.key if before else f"ou_{digest('user', record.id)}"
    known = before.union_id if before else f"on_{digest('union', record.id)}"
    departments = tuple(dict.fromkeys(keys[own] for own in record.departments))
    main = keys.get(record.main_department or "")
    places, orders, primary = in_order(departments, before.orders if before else {}, main)
    kept = before.fields if before else {}
    user = User(
        key,
        record.id,
        given_keys.get("union_id", known),
        record.name,
        places,
        fields=tidy({**kept, **_EMPTIED, **given_fields(record, details)}),
        dotted=before.dotted if before else (),
        orders=orders,
        primary=primary,
        frozen=record.active is False,
        activated=before.activated if before else True,
        unjoined=before.unjoined if before else False,
    )
    for flag, attribute in FLAGS.items():
        if flag in details:
            setattr(user, attribute, bool(details[flag]))
    return user


def _add_leaders(tree: Tree, people: People, roster: Roster, keys: dict[str, str]) -> None:
    for record in roster.departments:
        leaders: list[tuple[int, str]] = []
        for userid in dict.fromkeys(record.leaders or ()):
            user = people.by_user_id(userid)
            if user is not None:
                leaders.append((DEPUTY if leaders else PRIMARY, user.key))
        people.tie(tree.departments[keys[record.id]], tuple(leaders), ())


def _add_roles(directory: Directory, people: People, roles: Roles, roster: Roster) -> None:
    for record in roster.roles:
        fits = ROLE_ID.fullmatch(record.id)
        role = Role(record.id if fits else directory.role_ids.derive(record.id), record.name)
        roles.add(role)
        for userid in () if record.members is UNSET else record.members:
            user = people.by_user_id(userid)
            if user is not None:
                roles.grant(role, user.key)


def _keep_groups(groups: Groups, people: People) -> Groups:
    for group in groups.groups.values():
        group.members = {key: None for key in group.members if key in people.users}
    return groups
