"""What a call works on: the directory, the settings, and who may see what.

Scope: DingTalk docs, 获取通讯录权限范围. Departments and people outside are refused with
50004 and 50002; listsubid, listid and listparent* ignore the scope (dingtalk.md, section 3).
"""

from __future__ import annotations

from adapters.dingtalk.simulator.auth import Tokens
from adapters.dingtalk.simulator.directory import Directory
from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.model import ROOT, Department, Role, User
from adapters.dingtalk.simulator.settings import DingTalkSettings
from adapters.simulation.clock import Clock


class World:
    """One organization, one app."""

    def __init__(self, settings: DingTalkSettings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.tokens = Tokens(self.clock)
        self.directory = Directory(self.clock, settings.org_name, settings.corp_id)
        self.directory.newcomer_events = settings.newcomer_events

    def sees_department(self, dept_id: int) -> bool:
        """Say whether the department is in the app's contact scope."""
        authed = self.settings.authed_dept
        if ROOT in authed:
            return True
        return any(above in authed for above in self.directory.tree.path(dept_id))

    def sees_user(self, user: User) -> bool:
        """Say whether the person is in the app's contact scope."""
        return user.userid in self.settings.authed_user or any(
            self.sees_department(dept_id) for dept_id in user.departments
        )

    def department(self, dept_id: int) -> Department:
        """A department that exists (60003) and is in scope (50004)."""
        department = self.directory.tree.get(dept_id)
        if not self.sees_department(dept_id):
            raise ApiError(50004)
        return department

    def user(self, userid: str, *, missing: int = 33012) -> User:
        """A person who exists (``missing``) and is in scope (50002)."""
        user = self.directory.people.get(userid, missing)
        if not self.sees_user(user):
            raise ApiError(50002)
        return user

    def is_admin(self, userid: str) -> bool:
        """Say whether the person is a main or sub administrator."""
        return userid in self.settings.main_admins or userid in self.settings.sub_admins

    def holders(self, role: Role) -> list[str]:
        """Who holds a role; those of the system roles follow from other facts."""
        if not role.system:
            return list(role.members)
        users = self.directory.people.users
        if role.name == "主管":
            return list(self.directory.people.leading)
        if role.name == "负责人":
            return [userid for userid, user in users.items() if user.boss]
        settings = self.settings
        admins = settings.main_admins if role.name == "主管理员" else settings.sub_admins
        return [userid for userid in admins if userid in users]

    def roles_of(self, user: User) -> list[Role]:
        """The roles of a person, system roles first."""
        roles, userid = self.directory.roles, user.userid
        facts = {
            "负责人": user.boss,
            "主管": userid in self.directory.people.leading,
            "主管理员": userid in self.settings.main_admins,
            "子管理员": userid in self.settings.sub_admins,
        }
        found = [roles.system[name] for name, true in facts.items() if true]
        return found + [roles.roles[role_id] for role_id in roles.held.get(userid, {})]
