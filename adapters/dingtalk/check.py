"""Check: can we get in, what is permitted, what is visible, what is hidden.

Nothing is written and nobody's data is kept; the permission to write is not probed, because the
only way to probe it is to write.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from adapters.dingtalk import errors, wire
from adapters.dingtalk.client import DingTalkClient, user_row
from adapters.dingtalk.mapping import ROOT, Fields
from adapters.http.findings import clock, error, ok, trouble, warning
from domain.errors import SystemFault, TerminalFault
from domain.ports import Finding

DEPARTMENT_LIST = "qyapi_get_department_list"
DEPARTMENT_MEMBER = "qyapi_get_department_member"
MEMBER = "qyapi_get_member"

FIELD_PERMISSIONS = {
    "企业员工手机号信息": ("mobile", "state_code"),
    "邮箱等个人信息": ("email", "org_email", "work_place", "remark", "extension"),
}
"""Field permissions by their names in the console, and the fields that each shows."""

NOBODY = "orgledger-check"
"""A userid to ask for that nobody has."""

SHOWN_ROOTS = 5
MOST_PLACES = 5


async def check(client: DingTalkClient) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    try:
        scopes = await client.scopes()
    except SystemFault as fault:
        return [trouble("credentials", fault)]
    findings = [ok("credentials", "DingTalk accepts the app's key and secret.")]
    findings += clock(client.http.date, "DingTalk", "signatures of callbacks")
    probe = _Probe(client, scopes)
    findings += await probe.run()
    return findings


class _Probe:
    """Asks each interface once or twice, at the first visible department and just below it."""

    def __init__(self, client: DingTalkClient, scopes: wire.Scopes) -> None:
        self._client, self._scopes = client, scopes
        self._departments = scopes.auth_org_scopes.departments
        self._people = scopes.auth_org_scopes.people
        seen = ROOT in self._departments or not self._departments
        self._root = ROOT if seen else self._departments[0]
        self._fields = Fields(scopes.auth_user_field)
        self._below: list[int] = []

    async def run(self) -> list[Finding]:
        findings = [
            await self._ask(DEPARTMENT_LIST, "departments", self._walk),
            await self._ask(DEPARTMENT_MEMBER, "members", self._look),
            await self._ask(MEMBER, "direct managers", self._somebody),
            await self._ask(DEPARTMENT_LIST, "roles", self._first_roles),
        ]
        return [*findings, await self._scope(), *self._hidden()]

    async def _ask(self, permission: str, what: str, call: Callable[[], Awaitable[Any]]) -> Finding:
        """That something is out of scope is an answer too: it takes the permission to get it."""
        try:
            await call()
        except SystemFault as fault:
            if fault.code not in errors.OUT_OF_SCOPE:
                return trouble(f"permission {permission}", fault)
        return ok(f"permission {permission}", f"The app may read {what}.")

    async def _walk(self) -> None:
        found = await self._client.sub_departments(self._root)
        self._below = [row.dept_id for row in found if row.dept_id > ROOT]

    async def _look(self) -> None:
        """Look at one page of people, below the department if it has none of its own."""
        for place in [self._root, *self._below[:MOST_PLACES]]:
            async for rows in self._client.user_pages(place):
                for raw in rows:
                    self._fields.notice(user_row(raw))
                if rows:
                    return
                break

    async def _somebody(self) -> None:
        """Ask for a person; that nobody has this id is also an answer that needs the permission."""
        try:
            await self._client.user(next(iter(self._people), NOBODY))
        except TerminalFault as fault:
            if fault.code not in errors.NO_SUCH_USER:
                raise

    async def _first_roles(self) -> None:
        async for _ in self._client.role_group_pages():
            return

    async def _scope(self) -> Finding:
        if ROOT in self._departments:
            return ok("scope", "The app sees the whole organization.")
        fix = "For more, widen the contact scope (通讯录权限范围) in the developer console."
        if not self._departments and not self._people:
            return error("scope", "The app sees nobody at all.", fix)
        names = [await self._name(d) for d in self._departments[:SHOWN_ROOTS]]
        more = len(self._departments) - len(names)
        text = f"The app sees {len(self._departments)} departments with what is below them: "
        text += ", ".join(names) + (f" and {more} more" if more > 0 else "")
        text += f"; and {len(self._people)} people by themselves." if self._people else "."
        return warning("scope", text, fix)

    async def _name(self, dept_id: int) -> str:
        try:
            return f"{(await self._client.department(dept_id)).name} ({dept_id})"
        except SystemFault:
            return str(dept_id)

    def _hidden(self) -> list[Finding]:
        findings = []
        for permission, fields in FIELD_PERMISSIONS.items():
            hidden = [name for name in fields if not self._fields.permitted(name)]
            if not hidden:
                findings.append(ok("fields", f"The app may see {', '.join(fields)}."))
                continue
            text = f"Not permitted: {', '.join(hidden)}. They stay unknown, not empty."
            fix = f'If you need them, grant the field permission "{permission}"'
            findings.append(warning("fields", text, f"{fix} in the developer console."))
        return findings
