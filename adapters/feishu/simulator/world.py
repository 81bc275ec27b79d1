"""What a call works on: the tenant, the settings, and what the app may see.

Ranges: Feishu contact v3, scope_authority (feishu.md, section 8).
"""

from __future__ import annotations

from adapters.feishu.simulator.auth import Tokens
from adapters.feishu.simulator.directory import Directory
from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.journal import Journal
from adapters.feishu.simulator.model import ROOT, Department, Group, User
from adapters.feishu.simulator.once import Once
from adapters.feishu.simulator.settings import FeishuSettings
from adapters.feishu.simulator.sight import AppSight
from adapters.simulation.clock import Clock
from adapters.simulation.limits import RateLimit


class World:
    """One tenant, one app."""

    def __init__(self, settings: FeishuSettings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.tokens = Tokens(self.clock)
        self.limits = RateLimit()
        self.once = Once()
        journal = Journal(self.clock, settings.app_id, settings.tenant_key, AppSight(self))
        self.directory = Directory(self.clock, journal, settings.org_name)
        self.directory.tree.tenant_wide = settings.unique_names == "tenant"

    @property
    def all_staff(self) -> bool:
        """Say whether the app's range is everybody."""
        return ROOT in self.settings.visible_departments

    def sees_department(self, key: str) -> bool:
        """Say whether a department is in the app's range: granted, or below one that is."""
        granted = self.settings.visible_departments
        if ROOT in granted:
            return True
        departments = self.directory.tree.departments
        return any(
            above in granted or departments[above].custom_id in granted
            for above in self.directory.tree.path(key)
        )

    def sees_user(self, user: User) -> bool:
        """Say whether somebody is in the app's range."""
        granted = self.settings.visible_users
        if self.all_staff or user.key in granted or user.user_id in granted:
            return True
        groups = self.directory.groups.groups
        if any(user.key in groups[g].members for g in self.settings.visible_groups if g in groups):
            return True
        tree = self.directory.tree.departments
        return any(self.sees_department(key) for key in user.departments if key in tree)

    def sees_group(self, group: Group) -> bool:
        """Say whether a group is in the app's range."""
        return self.all_staff or group.group_id in self.settings.visible_groups

    def need_department(self, department: Department, code: int = 40004) -> Department:
        """The department, if it is in the app's range."""
        if not self.sees_department(department.key):
            raise ApiError(code)
        return department

    def need_user(self, user: User) -> User:
        """The person, if they are in the app's range."""
        if not self.sees_user(user):
            raise ApiError(41050)
        return user

    def manages_tenant(self, user: User) -> bool:
        """Say whether somebody administers the tenant."""
        managers = self.settings.tenant_managers
        return user.user_id in managers or user.user_id == self.settings.founder

    def employee_type_problem(self, number: int) -> int | None:
        """The code that refuses an employee type, built in (1 to 5) or the tenant's own."""
        if number not in range(1, 6) and number not in self.settings.employee_types:
            return 41059
        return 41060 if number in self.settings.inactive_employee_types else None
