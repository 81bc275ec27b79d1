"""What changed between two organizations, told as the events that DingTalk would push."""

from __future__ import annotations

from typing import Any

from adapters.dingtalk.simulator.directory import Directory
from adapters.dingtalk.simulator.model import Department, User
from adapters.dingtalk.simulator.people import People
from adapters.dingtalk.simulator.roles import Roles
from adapters.dingtalk.simulator.tree import Tree

TOGETHER = 20
"""People in one event (inferred: events have lists, and nothing is said of their length)."""


def tell_difference(
    directory: Directory, old_tree: Tree, old_people: People, old_roles: Roles
) -> None:
    """Record the events and leave records between the old stores and the directory's."""
    _departments(directory, old_tree)
    _people(directory, old_people)
    _roles(directory, old_roles)


def _departments(directory: Directory, old: Tree) -> None:
    before, after, journal = old.departments, directory.tree.departments, directory.journal
    for dept_id, department in after.items():
        earlier = before.get(dept_id)
        if earlier is None:
            journal.departments("org_dept_create", [dept_id])
        elif _seen(earlier) != _seen(department):
            journal.departments("org_dept_modify", [dept_id])
    removed = [dept_id for dept_id in before if dept_id not in after]
    if removed:
        journal.departments("org_dept_remove", removed)


def _seen(department: Department) -> tuple[Any, ...]:
    return department.name, department.parent_id, department.order, department.managers


def _people(directory: Directory, old: People) -> None:
    after = directory.people.users
    gone = [userid for userid in old.users if userid not in after]
    for userid in gone:
        directory.remember_leaver(old.users[userid], "leave")
    _together(directory, "user_leave_org", gone)
    for userid, user in after.items():
        earlier = old.users.get(userid)
        if earlier is not None and _told(earlier) != _told(user):
            directory.tell_change(user, earlier)
    _together(directory, "user_add_org", [userid for userid in after if userid not in old.users])


def _together(directory: Directory, event: str, userids: list[str]) -> None:
    """Events about many people at once, as an import makes them."""
    for start in range(0, len(userids), TOGETHER):
        directory.journal.users(event, userids[start : start + TOGETHER])


def _told(user: User) -> tuple[Any, ...]:
    return user.name, user.departments, user.manager, user.active, user.fields


def _roles(directory: Directory, old: Roles) -> None:
    before, after, journal = old.roles, directory.roles.roles, directory.journal
    for kind, earlier_ids, later_ids in (
        ("group", old.groups, directory.roles.groups),
        ("role", before, after),
    ):
        gone = [number for number in earlier_ids if number not in later_ids]
        new = [number for number in later_ids if number not in earlier_ids]
        if gone and kind == "role":
            journal.record("label_conf_del", {"labelIdList": gone})
        if new:
            journal.record("label_conf_add", {"labelIdList": new, "scope": "1"})
    for group_id, group in directory.roles.groups.items():
        former = old.groups.get(group_id)
        if former is not None and former.name != group.name:
            directory.labels.tell_rename(former, group)
    for role_id, role in after.items():
        earlier = before.get(role_id)
        if earlier is not None and earlier.name != role.name:
            directory.labels.tell_rename(earlier, role)
        held = earlier.members if earlier is not None else {}
        for action, userids in (
            ("add", [u for u in role.members if u not in held]),
            ("remove", [u for u in held if u not in role.members]),
        ):
            if userids:
                directory.labels.tell_assignment([role], userids, action)
