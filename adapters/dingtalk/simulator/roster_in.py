"""Replacing the whole organization by a roster, as an administrator's import would.

What a roster cannot say (an order among colleagues, a code set through the API) stays with
those who stay; who is missing has left; every difference becomes an event.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.dingtalk.simulator.directory import Directory
from adapters.dingtalk.simulator.ids import is_number
from adapters.dingtalk.simulator.model import (
    DEFAULT_GROUP,
    ROOT,
    Department,
    Role,
    RoleGroup,
    User,
)
from adapters.dingtalk.simulator.people import People
from adapters.dingtalk.simulator.roles import Roles
from adapters.dingtalk.simulator.roster_check import check, top_is_none
from adapters.dingtalk.simulator.roster_diff import tell_difference
from adapters.dingtalk.simulator.roster_fields import (
    DETAIL_FIELDS,
    FLAGS,
    group_of,
    member_fields,
    tidy,
)
from adapters.dingtalk.simulator.tree import Tree
from adapters.dingtalk.simulator.world import World
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster


def read_roster(world: World, roster: Roster) -> None:
    """Make ``roster`` the organization; raises InputError and changes nothing if it cannot be."""
    check(roster)
    directory = world.directory
    numbers = directory.dept_ids.numbers(d.id for d in roster.departments)
    role_numbers = directory.role_ids.numbers(role.id for role in roster.roles)
    tree, people, roles = directory.tree, directory.people, directory.roles
    directory.reset(world.settings.org_name)
    _add_departments(directory, roster, numbers, tree)
    _add_members(directory, roster, numbers, people)
    _add_roles(directory, roster, role_numbers, roles)
    tell_difference(directory, tree, people, roles)


def _add_departments(
    directory: Directory, roster: Roster, numbers: dict[str, int], old: Tree
) -> None:
    children: dict[str | None, list[DepartmentRecord]] = {}
    for record in roster.departments:
        children.setdefault(top_is_none(record.parent_id), []).append(record)
    root, old_root = directory.tree.departments[ROOT], old.departments[ROOT]
    root.attributes = old_root.attributes
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        record = waiting.pop()
        directory.tree.add(_department(record, numbers, old))
        waiting += reversed(children.get(record.id, []))


def _department(record: DepartmentRecord, numbers: dict[str, int], old: Tree) -> Department:
    dept_id, parent = numbers[record.id], top_is_none(record.parent_id)
    before = old.departments.get(dept_id)
    source = "" if is_number(record.id) else record.id
    return Department(
        dept_id,
        record.name,
        ROOT if parent is None else numbers[parent],
        source_identifier=source if before is None else before.source_identifier,
        order=None if record.order is UNSET else record.order,
        attributes={} if before is None else before.attributes,
    )


def _add_members(
    directory: Directory, roster: Roster, numbers: dict[str, int], old: People
) -> None:
    places = {**numbers, "1": ROOT}
    given = {(member.keys or {}).get("unionid") for member in roster.members}
    for record in roster.members:
        departments = dict.fromkeys(places[d] for d in record.departments)
        before = old.users.get(record.id)
        user = _user(directory, record, tuple(departments) or (ROOT,), before, given)
        directory.people.add(user)
    for department in roster.departments:
        if department.leaders:
            found = directory.tree.departments[numbers[department.id]]
            directory.people.lead(found, department.leaders)


def _user(
    directory: Directory,
    record: MemberRecord,
    departments: tuple[int, ...],
    before: User | None,
    given: set[str | None],
) -> User:
    fields = member_fields(record)
    unionid = (record.keys or {}).get("unionid")
    if unionid is None:
        unionid = before.unionid if before else directory.unionid(record.id, fields.get("mobile"))
        while unionid in given or directory.people.by_unionid(unionid):
            unionid = directory.unionid(unionid, None)
    details = record.details or {}
    user = User(
        record.id,
        record.name,
        unionid,
        departments,
        active=record.active is not False,
        fields=fields,
        manager=record.manager or None,
        modified=directory.clock.now_ms(),
    )
    if before is not None:
        _carry_over(before, user, record)
    for flag in FLAGS:
        if flag in details:
            setattr(user, flag, bool(details[flag]))
    return user


def _carry_over(before: User, user: User, record: MemberRecord) -> None:
    details: dict[str, Any] = record.details or {}
    kept = {k: v for k, v in before.fields.items() if k in DETAIL_FIELDS and k not in details}
    kept.pop("telephone", None)  # unique: it may be somebody else's by now
    user.fields = tidy({**kept, **user.fields})
    user.orders = {d: o for d, o in before.orders.items() if d in user.departments}
    user.titles = {d: t for d, t in before.titles.items() if d in user.departments}
    for flag in FLAGS:
        setattr(user, flag, getattr(before, flag))


def _add_roles(directory: Directory, roster: Roster, numbers: dict[str, int], old: Roles) -> None:
    roles = directory.roles
    wanted = [record for record in roster.roles if group_of(record) != DEFAULT_GROUP]
    group_of_role = {record.id: _group(directory, record, old) for record in wanted}
    names = {group_of_role[record.id]: group_of(record) for record in wanted}
    for group in old.groups.values():
        if group.name != DEFAULT_GROUP and group.name not in names.values():
            names.setdefault(group.group_id, group.name)
    for number, name in names.items():
        roles.add_group(RoleGroup(number, name))
    for record in wanted:
        role = Role(numbers[record.id], record.name, group_of_role[record.id])
        roles.add(role)
        for userid in record.members or ():
            roles.grant(role, userid)


def _group(directory: Directory, record: RoleRecord, old: Roles) -> int:
    if record.group_id:
        return directory.group_ids.number(record.group_id)
    known = old.group_named(group_of(record))
    return directory.group_ids.number(group_of(record)) if known is None else known.group_id
