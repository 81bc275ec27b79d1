"""The organization in the roster format, as a client that reads everything would write it.

Ids are WeCom's numbers and userids; who is disabled is not active; the organization itself
(department 1) is nobody's department. A tag's departments are not in the roster.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET

from adapters.wecom.order import place_of
from adapters.wecom.simulator.directory import Directory
from adapters.wecom.simulator.model import ROOT, Department, Tag, User
from adapters.wecom.simulator.roster_fields import ROSTER_FIELDS
from adapters.wecom.simulator.world import World
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster

Name = Callable[[int], str]


def write_roster(world: World, *, own_ids: bool = False) -> Roster:
    """The whole organization, whatever the secrets may see.

    ``own_ids`` writes the ids of the roster that it came from where WeCom could not have them.
    """
    directory = world.directory
    dept_id = directory.dept_ids.name if own_ids else str
    tag_id = directory.tag_ids.name if own_ids else str
    departments = [d for d in directory.tree.below(ROOT) if d.dept_id != ROOT]
    return Roster(
        departments=tuple(_department(directory, d, dept_id) for d in departments),
        members=tuple(_member(directory, u, dept_id) for u in directory.people.users.values()),
        roles=tuple(_role(directory, tag, tag_id) for tag in directory.tags.tags.values()),
    )


def _department(directory: Directory, department: Department, name: Name) -> DepartmentRecord:
    leaders = tuple(user.userid for user in directory.people.leaders(department.dept_id))
    parent = department.parent
    return DepartmentRecord(
        id=name(department.dept_id),
        name=department.name,
        parent_id=None if parent is None or parent == ROOT else name(parent),
        leaders=leaders or UNSET,
        order=place_of(department.order),
    )


def _member(directory: Directory, user: User, name: Name) -> MemberRecord:
    users = directory.people.users
    departments = tuple(name(place) for place in user.places if place != ROOT)
    return MemberRecord(
        id=user.userid,
        name=user.name,
        departments=departments,
        main_department=UNSET if user.main == ROOT else name(user.main),
        active=user.enabled,
        manager=users[user.leader].userid if user.leader else UNSET,
        **{field: user.fields.get(ours, UNSET) for field, ours in ROSTER_FIELDS.items()},
    )


def _role(directory: Directory, tag: Tag, name: Name) -> RoleRecord:
    users = directory.people.users
    return RoleRecord(
        id=name(tag.tag_id),
        name=tag.name,
        members=tuple(users[key].userid for key in tag.users),
    )
