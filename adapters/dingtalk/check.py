"""Check: can we get in, what is permitted, what is visible, what is hidden.

Nothing is written and nobody's data is kept; the permission to write is not probed, because the
only way to probe it is to write.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from typing import Any

from adapters.dingtalk import errors, wire
from adapters.dingtalk.client import DingTalkClient, user_row
from adapters.dingtalk.mapping import ROOT, Fields
from domain.errors import CredentialFault, PermissionFault, SystemFault, TerminalFault
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
MOST_SKEW = 60.0
"""Seconds by which clocks may differ before we say so; signatures carry times."""


async def check(client: DingTalkClient) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    try:
        scopes = await client.scopes()
    except SystemFault as fault:
        return [_trouble("credentials", fault)]
    findings = [_ok("credentials", "DingTalk accepts the app's key and secret.")]
    findings += _clock(client.http.date)
    probe = _Probe(client, scopes)
    findings += await probe.run()
    return findings


class _Probe:
    """Asks each interface once or twice, at the first visible department and just below it."""

    def __init__(self, client: DingTalkClient, scopes: wire.Scopes) -> None:
        self._client, self._scopes = client, scopes
        self._departments = scopes.auth_org_scopes.authed_dept
        self._people = scopes.auth_org_scopes.authed_user
        self._fields = Fields(scopes.auth_user_field)
        self._below: list[int] = []

    async def run(self) -> list[Finding]:
        root = ROOT if ROOT in self._departments else next(iter(self._departments), None)
        findings = []
        if root is not None:
            findings += [
                await self._ask(DEPARTMENT_LIST, "departments", lambda: self._walk(root)),
                await self._ask(DEPARTMENT_MEMBER, "members", lambda: self._look(root)),
            ]
        findings.append(await self._ask(MEMBER, "direct managers", self._somebody))
        findings.append(await self._ask(DEPARTMENT_LIST, "roles", self._first_roles))
        return [*findings, await self._scope(), *self._hidden()]

    async def _ask(self, permission: str, what: str, call: Callable[[], Awaitable[Any]]) -> Finding:
        try:
            await call()
        except SystemFault as fault:
            return _trouble(f"permission {permission}", fault)
        return _ok(f"permission {permission}", f"The app may read {what}.")

    async def _walk(self, dept_id: int) -> None:
        found = await self._client.sub_departments(dept_id)
        self._below = [row.dept_id for row in found if row.dept_id > ROOT]

    async def _look(self, dept_id: int) -> None:
        """Look at one page of people, below the department if it has none of its own."""
        for place in [dept_id, *self._below[:MOST_PLACES]]:
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
            if fault.code not in errors.NO_SUCH_USER | errors.OUT_OF_SCOPE:
                raise

    async def _first_roles(self) -> None:
        async for _ in self._client.role_group_pages():
            return

    async def _scope(self) -> Finding:
        if ROOT in self._departments:
            return _ok("scope", "The app sees the whole organization.")
        fix = "For more, widen the contact scope (通讯录权限范围) in the developer console."
        if not self._departments and not self._people:
            return Finding(
                level="error", subject="scope", text="The app sees nobody at all.", fix=fix
            )
        names = [await self._name(d) for d in self._departments[:SHOWN_ROOTS]]
        more = len(self._departments) - len(names)
        text = f"The app sees {len(self._departments)} departments with what is below them: "
        text += ", ".join(names) + (f" and {more} more" if more > 0 else "")
        text += f"; and {len(self._people)} people by themselves." if self._people else "."
        return Finding(level="warning", subject="scope", text=text, fix=fix)

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
                findings.append(_ok("fields", f"The app may see {', '.join(fields)}."))
                continue
            findings.append(
                Finding(
                    level="warning",
                    subject="fields",
                    text=f"Not permitted: {', '.join(hidden)}. They stay unknown, not empty.",
                    fix=f'If you need them, grant the field permission "{permission}"'
                    " in the developer console.",
                )
            )
        return findings


def _ok(subject: str, text: str) -> Finding:
    return Finding(level="ok", subject=subject, text=text)


def _trouble(subject: str, fault: SystemFault) -> Finding:
    if isinstance(fault, PermissionFault):
        subject = f"permission {fault.permission}"
    if isinstance(fault, CredentialFault) and fault.code in errors.NOT_FROM_HERE:
        subject = "server address"
    text = fault.what if not fault.why else f"{fault.what}: {fault.why}."
    return Finding(level="error", subject=subject, text=text, fix=fault.fix)


def _clock(date: str) -> list[Finding]:
    if not date:
        return []
    try:
        skew = time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return []
    if abs(skew) <= MOST_SKEW:
        return []
    way = "ahead of" if skew > 0 else "behind"
    return [
        Finding(
            level="warning",
            subject="clock",
            text=f"This machine's clock is {abs(skew):.0f} s {way} DingTalk's.",
            fix="Set the clock, best by NTP: signatures of callbacks carry the time.",
        )
    ]
