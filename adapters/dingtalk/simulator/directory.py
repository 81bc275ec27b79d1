"""The organization: every mutation goes through here and leaves its event in the journal.

Rules that hold for the API and for the console alike live here; what only the API refuses
(lengths, characters, required fields) is checked by the calls themselves.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.ids import is_number
from adapters.dingtalk.simulator.journal import Journal
from adapters.dingtalk.simulator.labels import Labels
from adapters.dingtalk.simulator.model import ROOT, Department, LeaveRecord, User
from adapters.dingtalk.simulator.people import People
from adapters.dingtalk.simulator.roles import Roles
from adapters.dingtalk.simulator.tree import Tree
from adapters.simulation.clock import Clock
from adapters.simulation.numbers import IdBook

BEIJING = timezone(timedelta(hours=8))

DIFF_KEYS = {
    "email": "email",
    "telephone": "telephone",
    "job_number": "jobNumber",
    "work_place": "workPlace",
    "hired_date": "hiredDate",
    "remark": "remark",
}
"""Fields that user_modify_org tells the old and new value of."""


class Directory:
    """Departments, people, roles, leavers and events of one organization."""

    def __init__(self, clock: Clock, org_name: str, corp_id: str) -> None:
        self.clock = clock
        self.journal = Journal(clock, corp_id)
        self.newcomer_events = 1
        self.dept_ids = IdBook("department", is_number, (ROOT,))
        self.role_ids = IdBook("role", is_number)
        self.group_ids = IdBook("role group", is_number)
        self.user_ids = IdBook("user", is_number)
        self.leavers: list[LeaveRecord] = []
        self._unionid_of_mobile: dict[str, str] = {}
        self.reset(org_name)

    def reset(self, org_name: str) -> None:
        """Start with an empty organization; ids that were given out stay taken."""
        self.tree = Tree(org_name)
        self.people = People(self.tree)
        self.roles = Roles(self.group_ids, self.role_ids)
        self.labels = Labels(self.roles, self.journal)

    def unionid(self, userid: str, mobile: str | None) -> str:
        """The unionid of a person: by mobile number if that person was here before."""
        known = self._unionid_of_mobile.get(mobile or "")
        if known is not None and self.people.by_unionid(known) is None:
            return known
        digest = hashlib.sha256(f"unionid {userid}".encode()).digest()
        return urlsafe_b64encode(digest[:15]).decode().replace("-", "x") + "iE"

    def create_department(self, department: Department) -> None:
        """Add a department."""
        self.tree.add(department)
        self.journal.departments("org_dept_create", [department.dept_id])

    def update_department(
        self,
        department: Department,
        *,
        name: str | None = None,
        parent_id: int | None = None,
        managers: Sequence[str] | None = None,
    ) -> None:
        """Rename, move or lead a department; one event for all of it."""
        new_name = department.name if name is None else name
        if parent_id is None or parent_id == department.parent_id:
            self.tree.place(department, new_name, department.parent_id)
        else:
            self.people.around(department, lambda: self.tree.place(department, new_name, parent_id))
        if managers is not None:
            self.people.lead(department, managers)
        self.journal.departments("org_dept_modify", [department.dept_id])

    def delete_department(self, department: Department, *, refuse_cascade: bool = False) -> None:
        """Delete a department and its empty descendants, in one event."""
        if department.dept_id == ROOT:
            raise ApiError(60007)
        if refuse_cascade and department.children:
            raise ApiError(60006)
        doomed = list(self.tree.below(department.dept_id))
        if any(below.members for below in doomed):
            raise ApiError(60005)
        for below in reversed(doomed):
            self.people.lead(below, ())
            self.tree.remove(below)
        self.journal.departments("org_dept_remove", [below.dept_id for below in doomed])

    def create_user(self, user: User) -> None:
        """Take somebody in, whose departments must exist."""
        if user.userid in self.people.users:
            raise ApiError(60102)
        self.check_person(user.fields, user.departments, user.manager)
        user.modified = self.clock.now_ms()
        self.people.add(user)
        self.journal.users("user_add_org", [user.userid])
        for _ in range(self.newcomer_events - 1):
            self._tell_difference(user, {}, _told(user))

    def check_person(
        self,
        fields: dict[str, Any],
        departments: Sequence[int],
        manager: str | None,
        userid: str | None = None,
    ) -> None:
        """Refuse unknown departments and managers, and taken unique values."""
        for dept_id in departments:
            self.tree.get(dept_id)
        if manager is not None and (manager not in self.people.users or manager == userid):
            raise ApiError(60128)
        self.people.check_unique(fields, userid)

    def update_user(self, user: User, change: dict[str, Any]) -> None:
        """Change somebody: keys are attributes of User; ``fields`` is the complete new set."""
        fields = change.get("fields", user.fields)
        departments = change.get("departments", user.departments)
        manager = change.get("manager", user.manager)
        self.check_person(fields, departments, manager, user.userid)
        before = replace(user)
        for name in ("name", "active", "hide_mobile", "senior", "boss"):
            if name in change:
                setattr(user, name, change[name])
        self.people.set_fields(user, fields)
        self.people.set_manager(user, manager)
        left = [d for d in user.departments if d not in departments]
        self.people.place(user, tuple(departments))
        user.orders.update(change.get("orders", {}))
        user.titles.update(change.get("titles", {}))
        self.people.touch(user, self.clock.now_ms())
        self._stop_leading(user.userid, left)
        self.tell_change(user, before)

    def delete_user(self, user: User, reason: str) -> None:
        """Let somebody go; a leave record stays."""
        self.remember_leaver(user, reason)
        self.roles.forget(user.userid)
        self._stop_leading(user.userid, list(self.people.leading.get(user.userid, {})))
        self.people.remove(user)
        self.journal.users("user_leave_org", [user.userid])

    def remember_leaver(self, user: User, reason: str) -> None:
        """Keep the leave record and the person behind the mobile number."""
        mobile = user.fields.get("mobile", "")
        if mobile:
            self._unionid_of_mobile[mobile] = user.unionid
        self.leavers.append(
            LeaveRecord(
                user.userid,
                user.name,
                user.fields.get("state_code", ""),
                mobile,
                self.clock.now_ms(),
                reason,
            )
        )

    def _stop_leading(self, userid: str, departments: Sequence[int]) -> None:
        for dept_id in departments:
            department = self.tree.departments[dept_id]
            if userid in department.managers:
                remaining = [u for u in department.managers if u != userid]
                self.update_department(department, managers=remaining)

    def tell_change(self, user: User, before: User) -> None:
        """Record that somebody changed, and that an account became active."""
        self._tell_difference(user, _told(before), _told(user))
        if user.active and not before.active:
            self.journal.record("user_active_org", {"userId": [user.userid]})

    def _tell_difference(self, user: User, prev: dict[str, Any], curr: dict[str, Any]) -> None:
        changed = {key for key in prev.keys() | curr.keys() if prev.get(key) != curr.get(key)}
        difference = {
            "userid": user.userid,
            "prev": {key: value for key, value in prev.items() if key in changed},
            "curr": {key: value for key, value in curr.items() if key in changed},
        }
        self.journal.users("user_modify_org", [user.userid], diffInfo=difference)


def _told(user: User) -> dict[str, Any]:
    told: dict[str, Any] = {"name": user.name}
    told |= {DIFF_KEYS[key]: value for key, value in user.fields.items() if key in DIFF_KEYS}
    if "hiredDate" in told:
        told["hiredDate"] = (
            datetime.fromtimestamp(told["hiredDate"] / 1000, BEIJING).date().isoformat()
        )
    if user.manager:
        told["managerUserid"] = user.manager
    return told
