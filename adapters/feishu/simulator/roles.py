"""Functional roles and user groups, and who is in them."""

from __future__ import annotations

from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.model import Group, Role

ROLE_LIMIT, GROUP_LIMIT = 500, 500


class Roles:
    """Roles by id, with the roles of each person; names are unique (41201)."""

    def __init__(self) -> None:
        self.roles: dict[str, Role] = {}
        self.held: dict[str, dict[str, None]] = {}
        self._by_name: dict[str, str] = {}

    def get(self, role_id: str) -> Role:
        """The role, or 41202."""
        found = self.roles.get(role_id)
        if found is None:
            raise ApiError(41202)
        return found

    def add(self, role: Role) -> None:
        """Add a role."""
        self.check_name(role.name)
        if len(self.roles) >= ROLE_LIMIT:
            raise ApiError(41208)
        self.roles[role.role_id] = role
        self._by_name[role.name] = role.role_id

    def rename(self, role: Role, name: str) -> None:
        """Give a role another name."""
        self.check_name(name, role.role_id)
        del self._by_name[role.name]
        role.name = name
        self._by_name[name] = role.role_id

    def check_name(self, name: str, role_id: str = "") -> None:
        """Refuse a name that another role has."""
        if self._by_name.get(name, role_id) != role_id:
            raise ApiError(41201)

    def remove(self, role: Role) -> None:
        """Take a role out, and from everybody who holds it."""
        for key in list(role.members):
            self.revoke(role, key)
        del self._by_name[role.name]
        del self.roles[role.role_id]

    def grant(self, role: Role, key: str) -> None:
        """Give a role to somebody."""
        role.members[key] = None
        self.held.setdefault(key, {})[role.role_id] = None

    def revoke(self, role: Role, key: str) -> None:
        """Take a role from somebody."""
        role.members.pop(key, None)
        role.scopes.pop(key, None)
        self.held.get(key, {}).pop(role.role_id, None)

    def forget(self, key: str) -> None:
        """Take all roles from somebody who leaves."""
        for role_id in list(self.held.pop(key, {})):
            self.roles[role_id].members.pop(key, None)
            self.roles[role_id].scopes.pop(key, None)


class Groups:
    """User groups by id; names are unique (47009)."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        self._by_name: dict[str, str] = {}

    def get(self, group_id: str) -> Group:
        """The group, or 42002."""
        found = self.groups.get(group_id)
        if found is None:
            raise ApiError(42002)
        return found

    def add(self, group: Group) -> None:
        """Add a group."""
        self.check_name(group.name)
        if group.group_id in self.groups:
            raise ApiError(47005)
        if len(self.groups) >= GROUP_LIMIT:
            raise ApiError(42016)
        self.groups[group.group_id] = group
        self._by_name[group.name] = group.group_id

    def rename(self, group: Group, name: str) -> None:
        """Give a group another name."""
        self.check_name(name, group.group_id)
        del self._by_name[group.name]
        group.name = name
        self._by_name[name] = group.group_id

    def check_name(self, name: str, group_id: str = "") -> None:
        """Refuse a name that another group has."""
        if self._by_name.get(name, group_id) != group_id:
            raise ApiError(47009)

    def remove(self, group: Group) -> None:
        """Take a group out; one with members is 42017."""
        if group.members:
            raise ApiError(42017)
        del self._by_name[group.name]
        del self.groups[group.group_id]

    def forget(self, key: str) -> None:
        """Take somebody who leaves out of all groups."""
        for group in self.groups.values():
            group.members.pop(key, None)
