"""Role groups, roles and who holds them."""

from __future__ import annotations

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.model import DEFAULT_GROUP, Role, RoleGroup
from adapters.simulation.numbers import IdBook

SYSTEM_ROLES = ("负责人", "主管", "主管理员", "子管理员")
"""The roles of the default group (DingTalk docs, 角色管理)."""


class Roles:
    """Groups and roles by id, with the roles of each person."""

    def __init__(self, group_ids: IdBook, role_ids: IdBook) -> None:
        self.groups: dict[int, RoleGroup] = {}
        self.roles: dict[int, Role] = {}
        self.held: dict[str, dict[int, None]] = {}
        self.system: dict[str, Role] = {}
        self._group_by_name: dict[str, int] = {}
        default = RoleGroup(group_ids.number(DEFAULT_GROUP), DEFAULT_GROUP)
        self.add_group(default)
        for name in SYSTEM_ROLES:
            role_id = role_ids.number(f"{DEFAULT_GROUP}/{name}")
            self.system[name] = Role(role_id, name, default.group_id, system=True)
            self.add(self.system[name])

    def group_named(self, name: str) -> RoleGroup | None:
        """The group with this name."""
        found = self._group_by_name.get(name)
        return None if found is None else self.groups[found]

    def group(self, group_id: int, code: int = 34020) -> RoleGroup:
        """The group, or the refusal ``code``."""
        found = self.groups.get(group_id)
        if found is None:
            raise ApiError(code)
        return found

    def get(self, role_id: int, code: int = 33011) -> Role:
        """The role, or the refusal ``code``."""
        found = self.roles.get(role_id)
        if found is None:
            raise ApiError(code)
        return found

    def add_group(self, group: RoleGroup) -> None:
        """Add a group; a taken name is 34021."""
        if group.name in self._group_by_name:
            raise ApiError(34021)
        self.groups[group.group_id] = group
        self._group_by_name[group.name] = group.group_id

    def add(self, role: Role) -> None:
        """Add a role to its group; a name that the group has is 34021."""
        group = self.group(role.group_id)
        self.check_name(group, role.name)
        self.roles[role.role_id] = role
        group.roles[role.role_id] = None

    def check_name(self, group: RoleGroup, name: str, role_id: int | None = None) -> None:
        """Refuse a name that another role of the group has."""
        if any(self.roles[r].name == name and r != role_id for r in group.roles):
            raise ApiError(34021)

    def remove(self, role: Role) -> None:
        """Take a role out, and from everybody who holds it."""
        for userid in list(role.members):
            self.revoke(role, userid)
        del self.groups[role.group_id].roles[role.role_id]
        del self.roles[role.role_id]

    def grant(self, role: Role, userid: str) -> None:
        """Give a role to somebody."""
        role.members[userid] = None
        self.held.setdefault(userid, {})[role.role_id] = None

    def revoke(self, role: Role, userid: str) -> None:
        """Take a role from somebody."""
        role.members.pop(userid, None)
        role.scopes.pop(userid, None)
        held = self.held.get(userid, {})
        held.pop(role.role_id, None)
        if not held:
            self.held.pop(userid, None)

    def forget(self, userid: str) -> None:
        """Take all roles from somebody who leaves."""
        for role_id in list(self.held.get(userid, {})):
            self.revoke(self.roles[role_id], userid)
