"""The whole user pool with its one organization, and the time there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.errors import RefusedError, bad, no_department, no_role
from adapters.authing.simulator.model import Department, Role, User
from adapters.authing.simulator.people import People
from adapters.authing.simulator.settings import AuthingSettings
from adapters.authing.simulator.tokens import Tokens
from adapters.simulation.clock import Clock

ROOT = "root"
"""What stands for the organization itself in place of a department's id."""

ID_TYPES = ("department_id", "open_department_id", "code")
"""departmentIdType; sync relations and custom fields are not simulated."""


class World:
    """One user pool."""

    def __init__(self, settings: AuthingSettings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.tokens = Tokens(self.clock)
        self._made = 0
        self.people = People()
        self.departments: dict[str, Department] = {}
        self.roles: dict[tuple[str, str], Role] = {}
        self.root = self._root()

    def clear(self) -> None:
        """An empty organization."""
        self.people.clear()
        self.departments.clear()
        self.roles.clear()
        self.root = self._root()

    def _root(self) -> Department:
        now = self.now()
        root = Department(
            id=self.new_id(), name=self.settings.org_name, parent=None, created=now, updated=now
        )
        self.departments[root.id] = root
        return root

    def now(self) -> str:
        """The time as Authing writes it."""
        moment = datetime.fromtimestamp(self.clock.now(), UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def new_id(self) -> str:
        """An id that nothing else has: 24 hexadecimal digits."""
        self._made += 1
        return f"65{self._made:022x}"

    def organization(self, ask: Ask) -> None:
        """Refuse codes of other organizations (authing-node-sdk, test/department)."""
        code = ask.maybe("organizationCode") or ""
        if len(code) > 64:
            raise bad("organizationCode")
        if code != self.settings.organization_code:
            raise RefusedError(404, f"organization not found for code: {code}")

    def department(self, ask: Ask, name: str = "departmentId") -> Department:
        """The department that a call names, by the kind of id that it says."""
        kind = ask.maybe("departmentIdType") or ID_TYPES[0]
        if kind not in ID_TYPES:
            raise bad("departmentIdType")
        return self.department_by(kind, ask.text(name))

    def department_by(self, kind: str, value: str) -> Department:
        """One department; raises RefusedError."""
        found: Department | None = None
        if value == ROOT:
            found = self.root
        elif kind == ID_TYPES[0]:
            found = self.departments.get(value)
        else:
            field = "open_id" if kind == ID_TYPES[1] else "code"
            found = next((d for d in self.departments.values() if getattr(d, field) == value), None)
        if found is None:
            raise no_department()
        return found

    def below(self, department: Department) -> Iterator[Department]:
        """Everything below a department, parents first."""
        children: dict[str | None, list[Department]] = {}
        for each in self.departments.values():
            children.setdefault(each.parent, []).append(each)
        waiting = list(children.get(department.id, ()))
        while waiting:
            current = waiting.pop(0)
            yield current
            waiting += children.get(current.id, ())

    def role(self, ask: Ask, name: str = "code") -> Role:
        """The role that a call names; raises RefusedError."""
        found = self.roles.get((self.namespace(ask), ask.code(name)))
        if found is None:
            raise no_role()
        return found

    def namespace(self, ask: Ask) -> str:
        """The namespace that a call names; without one it is the first."""
        code = ask.maybe("namespace") or self.settings.namespaces[0]
        if code not in self.settings.namespaces:
            raise RefusedError(404, "权限组不存在")
        return code

    def place(self, user: User, departments: list[str], main: str | None) -> None:
        """Somebody is in these departments now; they lead none that they have left."""
        for department_id in set(user.departments) - set(departments):
            self._leads_no_more(user, self.departments[department_id])
        if main not in departments:
            main = departments[0] if departments else None
        self.people.put(replace(user, departments=departments, main=main))

    def leave(self, user: User, department_id: str) -> None:
        """Take somebody out of a department."""
        self.place(user, [d for d in user.departments if d != department_id], user.main)

    def forget(self, user: User) -> None:
        """Take somebody out of every department and role."""
        self.place(user, [], None)
        for department in self.departments.values():
            self._leads_no_more(user, department)
        for role in self.roles.values():
            role.members.pop(user.id, None)

    def _leads_no_more(self, user: User, department: Department) -> None:
        if user.id in department.leaders:
            department.leaders = [leader for leader in department.leaders if leader != user.id]
