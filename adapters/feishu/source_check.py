"""Check of a source: can we get in, what is permitted, what is in range, what is hidden.

Nothing is written and nobody's data is kept. Every permission is asked for by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from adapters.feishu import errors, wire
from adapters.feishu.check import DEPARTMENT_SCOPES, MOST_PLACES, USER_SCOPES, hidden_fields
from adapters.feishu.client import FeishuClient
from adapters.feishu.permissions import DEPARTMENT_BASE, EMPLOYEE_ID, ORGANIZE, USER_BASE
from adapters.feishu.reading import NORMAL
from adapters.feishu.refusals import CONSOLE
from adapters.feishu.settings import ROOT, FeishuSettings
from adapters.http.findings import clock, error, ok, trouble, warning
from domain.errors import CredentialFault, SystemFault
from domain.ports import Finding

READ, ROLES, GROUPS = (
    "contact:contact.base:readonly",
    "contact:functional_role:readonly",
    "contact:group:readonly",
)


async def check(client: FeishuClient, settings: FeishuSettings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    try:
        await client.token.get()
    except SystemFault as fault:
        return [trouble("credentials", fault)]
    findings = [ok("credentials", "Feishu accepts the app's id and secret.")]
    findings += clock(client.http.date, "Feishu", "signatures of events")
    return [*findings, *await _Probe(client, settings).run()]


class _Probe:
    """Asks each interface once or twice, at the organization or the first granted department."""

    def __init__(self, client: FeishuClient, settings: FeishuSettings) -> None:
        self._client, self._settings = client, settings
        self._departments: list[wire.Department] = []
        self._people: list[wire.User] = []
        self._granted: wire.Scopes | None = None

    async def run(self) -> list[Finding]:
        findings = [await self._ask(READ, "departments", self._walk)]
        if findings[0].level == "ok":
            findings.append(await self._ask(READ, "members", self._look))
            findings.append(self._range())
        findings += await self._roles()
        if self._settings.user_groups:
            findings.append(await self._ask(GROUPS, "user groups", self._first_group))
        if self._granted is not None and self._granted.groups:
            what = "who is in the user groups of its range"
            findings.append(await self._ask(GROUPS, what, self._first_in_group))
        needed = {DEPARTMENT_BASE, ORGANIZE, USER_BASE}
        users = dict(USER_SCOPES)
        departments: dict[str, tuple[str, ...]] = dict(DEPARTMENT_SCOPES)
        if self._settings.id_kind == "custom":
            needed.add(EMPLOYEE_ID)
        else:
            del users[EMPLOYEE_ID]
            departments[DEPARTMENT_BASE] = ("name",)
        return [
            *findings,
            *hidden_fields(departments, self._departments, needed),
            *hidden_fields(users, self._people, needed),
        ]

    async def _ask(self, permission: str, what: str, call: Callable[[], Awaitable[Any]]) -> Finding:
        try:
            await call()
        except SystemFault as fault:
            return trouble(f"permission {permission}", fault)
        return ok(f"permission {permission}", f"The app may read {what}.")

    async def _walk(self) -> None:
        """One page of departments; the range is a part where the organization is out of it."""
        try:
            async for rows in self._client.children(ROOT, all_below=False):
                self._departments = rows
                return
        except CredentialFault:
            raise
        except SystemFault as fault:
            if fault.code not in errors.OUT_OF_RANGE:
                raise
        self._granted = await self._client.granted()
        some = self._granted.departments[:MOST_PLACES]
        if some:
            self._departments = await self._client.several("departments", some, wire.Department)

    async def _look(self) -> None:
        """One page of people, of the first place that has any."""
        if self._granted is None:
            kind = self._settings.id_kind
            name = "department_id" if kind == "custom" else "open_department_id"
            below = [getattr(row, name) for row in self._departments[:MOST_PLACES]]
            places = [ROOT, *(one for one in below if isinstance(one, str))]
        else:
            places = self._granted.departments[:MOST_PLACES]
            if self._granted.users:
                some = self._granted.users[:MOST_PLACES]
                self._people = await self._client.several("users", some, wire.User)
        for place in places:
            if self._people:
                return
            async for rows in self._client.people(place):
                self._people = rows
                break

    def _range(self) -> Finding:
        if self._granted is None:
            return ok("range", "The app's contact range is all staff.")
        departments, people = len(self._granted.departments), len(self._granted.users)
        fix = f"For more, widen the contact range (通讯录权限范围) {CONSOLE}."
        groups = len(self._granted.groups)
        if not departments and not people and not groups:
            return error("range", "The app's contact range is empty: it sees nobody at all.", fix)
        text = f"The app sees {departments} departments with what is below them"
        text += f", and {people} people by themselves" if people else ""
        text += f", and who is in {groups} user groups" if groups else ""
        return warning("range", f"{text}.", fix)

    async def _roles(self) -> list[Finding]:
        """Each role that the settings name; Feishu lists none."""
        if not self._settings.role_ids:
            text = "No roles are read: Feishu lists none, and role_ids names none."
            return [ok("roles", text)]
        findings = []
        for name, role_id in self._settings.role_ids.items():
            found = await self._ask(ROLES, f"role {name}", lambda r=role_id: self._first_holder(r))  # type: ignore[misc]
            findings.append(found)
            if found.level != "ok":
                break
        return findings

    async def _first_holder(self, role_id: str) -> None:
        async for _ in self._client.holders(role_id):
            return

    async def _first_group(self) -> None:
        async for _ in self._client.groups(NORMAL):
            return

    async def _first_in_group(self) -> None:
        granted = self._granted or wire.Scopes()
        async for _ in self._client.group_members(granted.groups[0]):
            return
