"""Changes of roles and role groups, which events call labels (dingtalk.md, section 6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.journal import Journal
from adapters.dingtalk.simulator.model import Role, RoleGroup
from adapters.dingtalk.simulator.roles import Roles


class Labels:
    """Changes roles and records what happened."""

    def __init__(self, roles: Roles, journal: Journal) -> None:
        self._roles, self._journal = roles, journal

    def create_group(self, group: RoleGroup) -> None:
        """Add a role group."""
        self._roles.add_group(group)
        self._journal.record("label_conf_add", {"labelIdList": [group.group_id], "scope": "1"})

    def create_role(self, role: Role) -> None:
        """Add a role; the default group takes none (23004)."""
        if any(role.group_id == system.group_id for system in self._roles.system.values()):
            raise ApiError(23004)
        self._roles.add(role)
        self._journal.record("label_conf_add", {"labelIdList": [role.role_id], "scope": "1"})

    def rename_role(self, role: Role, name: str) -> None:
        """Give a role another name."""
        self.changeable(role)
        self._roles.check_name(self._roles.groups[role.group_id], name, role.role_id)
        before = replace(role)
        role.name = name
        self.tell_rename(before, role)

    def tell_rename(self, before: Role | RoleGroup, after: Role | RoleGroup) -> None:
        """Record that a role or a group has another name."""
        data = {
            "labelIdList": [_number(after)],
            "scope": "1",
            "preLabelList": [_label(before)],
            "postLabelList": [_label(after)],
        }
        self._journal.record("label_conf_modify", data)

    def delete_role(self, role: Role) -> None:
        """Delete a role, whoever holds it."""
        self.changeable(role)
        self._roles.remove(role)
        self._journal.record("label_conf_del", {"labelIdList": [role.role_id]})

    def assign(self, roles: Sequence[Role], userids: Sequence[str], *, grant: bool) -> None:
        """Give the roles to the people, or take them away."""
        for role in roles:
            self.changeable(role)
        for role in roles:
            for userid in userids:
                (self._roles.grant if grant else self._roles.revoke)(role, userid)
        self.tell_assignment(roles, userids, "add" if grant else "remove")

    def tell_assignment(self, roles: Sequence[Role], userids: Sequence[str], action: str) -> None:
        """Record that people got roles (``add``) or lost them (``remove``)."""
        data = {
            "userIdList": list(userids),
            "labelIdList": [role.role_id for role in roles],
            "action": action,
        }
        self._journal.record("label_user_change", data)

    def changeable(self, role: Role) -> None:
        """Refuse a system role (23004)."""
        if role.system:
            raise ApiError(23004)


def _number(label: Role | RoleGroup) -> int:
    return label.role_id if isinstance(label, Role) else label.group_id


def _label(label: Role | RoleGroup) -> str:
    is_role = isinstance(label, Role)
    return msgspec.json.encode(
        {
            "id": _number(label),
            "name": label.name,
            "parentId": label.group_id if is_role else 0,
            "level": 2 if is_role else 1,
            "scope": 1,
            "hidden": False,
            "deleted": False,
            "color": 0,
            "extraInfo": "",
        }
    ).decode()
