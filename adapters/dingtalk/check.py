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
from domain.errors import CredentialFault, PermissionFault, SystemFault
from domain.ports import Finding

DEPARTMENT_LIST = "qyapi_get_department_list"
DEPARTMENT_MEMBER = "qyapi_get_department_member"
MEMBER = "qyapi_get_member"

FIELD_PERMISSIONS = {
    "企业员工手机号信息": ("mobile", "state_code"),
    "邮箱等个人信息": ("email", "org_email", "work_place", "remark", "extension"),
}
"""Field permissions by their names in the console, and the fields that each shows."""

SHOWN_ROOTS = 5
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
    """Asks each interface once, at the first visible department."""

    def __init__(self, client: DingTalkClient, scopes: wire.Scopes) -> None:
        self._client, self._scopes = client, scopes
        self._departments = scopes.auth_org_scopes.authed_dept
        self._people = scopes.auth_org_scopes.authed_user
        self._fields = Fields(scopes.auth_user_field)
        self._userid: str | None = next(iter(self._people), None)

    async def run(self) -> list[Finding]:
        root = ROOT if ROOT in self._departments else next(iter(self._departments), None)
        findings = []
        if root is not None:
            what = "departments and roles"
            findings += [
                await self._ask(DEPARTMENT_LIST, what, lambda: self._client.sub_departments(root)),
                await self._ask(DEPARTMENT_MEMBER, "members", lambda: self._first_people(root)),
            ]
        if self._userid is not None:
            userid = self._userid
            findings.append(await self._ask(MEMBER, "managers", lambda: self._client.user(userid)))
        findings.append(await self._ask(DEPARTMENT_LIST, "roles", self._first_roles))
        return [*findings, await self._scope(), *self._hidden()]

    async def _ask(self, permission: str, what: str, call: Callable[[], Awaitable[Any]]) -> Finding:
        try:
            await call()
        except SystemFault as fault:
            return _trouble(f"permission {permission}", fault)
        return _ok(f"permission {permission}", f"The app may read {what}.")

    async def _first_people(self, dept_id: int) -> None:
        async for rows in self._client.user_pages(dept_id):
            for user in map(user_row, rows):
                self._fields.notice(user)
                self._userid = self._userid or user.userid
            return

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
