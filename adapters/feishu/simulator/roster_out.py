"""The organization in the roster format, as a client that reads everything would write it.

Ids are custom department ids and user_ids; a frozen person is not active, a leaver absent.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET

from adapters.feishu.simulator.directory import Directory
from adapters.feishu.simulator.model import ROOT, Department, Role, User
from adapters.feishu.simulator.roster_fields import ROSTER_FIELDS
from adapters.feishu.simulator.world import World
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

Name = Callable[[str], str]


def write_roster(world: World, *, own_ids: bool = False) -> Roster:
    """The whole organization, whatever the app's range and scopes.

    ``own_ids`` writes the ids of the roster that it came from where Feishu could not have them.
    """
    directory = world.directory
    department_id = directory.department_ids.own if own_ids else str
    role_id = directory.role_ids.own if own_ids else str
    departments = directory.tree.departments

    def named(key: str) -> str:
        return department_id(departments[key].custom_id)

    return Roster(
        departments=tuple(
            _department(directory, department, named) for department in directory.tree.descend(ROOT)
        ),
        members=tuple(_member(directory, user, named) for user in directory.people.users.values()),
        roles=tuple(_role(directory, role, role_id) for role in directory.roles.roles.values()),
    )


def _department(directory: Directory, department: Department, name: Name) -> DepartmentRecord:
    parent = department.parent
    users = directory.people.users
    leaders = sorted(department.leaders, key=lambda one: one[0])
    return DepartmentRecord(
        id=name(department.key),
        name=department.name,
        parent_id=None if parent is None or parent == ROOT else name(parent),
        leaders=tuple(users[key].user_id for _, key in leaders) if leaders else UNSET,
        order=department.order,
    )


def _member(directory: Directory, user: User, name: Name) -> MemberRecord:
    users = directory.people.users
    fields = {field: user.fields.get(ours, UNSET) for field, ours in ROSTER_FIELDS.items()}
    departments = tuple(name(key) for key in user.departments if key != ROOT)
    main = None if user.primary == ROOT else name(user.primary)
    return MemberRecord(
        id=user.user_id,
        name=user.name,
        departments=departments,
        main_department=main if departments else UNSET,
        active=not user.frozen,
        manager=users[user.leader].user_id if user.leader else UNSET,
        keys={"union_id": user.union_id, "open_id": user.key},
        **fields,
    )


def _role(directory: Directory, role: Role, name: Name) -> RoleRecord:
    users = directory.people.users
    return RoleRecord(
        id=name(role.role_id),
        name=role.name,
        members=tuple(users[key].user_id for key in role.members),
    )
