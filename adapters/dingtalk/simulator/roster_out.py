"""The organization in the roster format, as a client that reads everything would write it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET, UnsetType

from adapters.dingtalk.simulator.model import OTHER_GROUP, ROOT, Department, Role, RoleGroup, User
from adapters.dingtalk.simulator.world import World
from adapters.simulation.numbers import IdBook
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

Name = Callable[[int], str]
GroupName = Callable[[RoleGroup], str | UnsetType]


def write_roster(world: World, *, own_ids: bool = False, system_roles: bool = False) -> Roster:
    """The whole organization, whatever the app's scope and permissions.

    ``own_ids`` writes the ids of the roster it came from (a department's source_identifier
    where it has one) instead of DingTalk's numbers; ``system_roles`` adds group 默认.
    """
    directory = world.directory
    department_id = _own_departments(world) if own_ids else str
    role_id = directory.role_ids.name if own_ids else str
    group_id = _own_group(directory.group_ids) if own_ids else _number
    departments = [d for d in directory.tree.below(ROOT) if d.parent_id is not None]
    roles = [r for r in directory.roles.roles.values() if system_roles or not r.system]
    return Roster(
        departments=tuple(_department(d, department_id) for d in departments),
        members=tuple(_member(u, department_id) for u in directory.people.users.values()),
        roles=tuple(_role(world, r, role_id, group_id) for r in roles),
    )


def _number(group: RoleGroup) -> str:
    return str(group.group_id)


def _own_departments(world: World) -> Name:
    names: dict[int, str] = {}
    taken: set[str] = set()
    for department in world.directory.tree.departments.values():
        book = world.directory.dept_ids
        own = department.source_identifier or book.own(department.dept_id)
        if own is None or own in taken:
            own = str(department.dept_id)
        taken.add(own)
        names[department.dept_id] = own
    return lambda number: names[number]


def _department(department: Department, name: Name) -> DepartmentRecord:
    parent = department.parent_id
    return DepartmentRecord(
        id=name(department.dept_id),
        name=department.name,
        parent_id=None if parent is None or parent == ROOT else name(parent),
        leaders=department.managers or UNSET,
        order=UNSET if department.order is None else department.order,
    )


def _member(user: User, name: Name) -> MemberRecord:
    get = user.fields.get
    return MemberRecord(
        id=user.userid,
        name=user.name,
        departments=tuple(name(d) for d in user.departments if d != ROOT),
        email=get("email", UNSET),
        mobile=get("mobile", UNSET),
        job_number=get("job_number", UNSET),
        title=get("title", UNSET),
        avatar=get("avatar", UNSET),
        active=user.active,
        manager=user.manager or UNSET,
        keys={"unionid": user.unionid},
    )


def _role(world: World, role: Role, name: Name, group_name: GroupName) -> RoleRecord:
    group = world.directory.roles.groups[role.group_id]
    other = group.name == OTHER_GROUP
    return RoleRecord(
        id=name(role.role_id),
        name=role.name,
        group=UNSET if other else group.name,
        group_id=UNSET if other else group_name(group),
        members=tuple(world.holders(role)),
    )


def _own_group(book: IdBook) -> GroupName:
    def given(group: RoleGroup) -> str | UnsetType:
        own = book.own(group.group_id)
        return UNSET if own is None or own == group.name else own

    return given
