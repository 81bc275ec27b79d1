"""Check: can we get in, what is permitted, what is in range, what is hidden.

The rights to write are probed with changes of things that do not exist: nothing is changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from msgspec import UNSET

from adapters.feishu import errors, wire
from adapters.feishu.client import FeishuClient
from adapters.feishu.permissions import DEPARTMENT_BASE, EMPLOYEE_ID, ORGANIZE, USER_BASE
from adapters.feishu.refusals import CONSOLE
from adapters.feishu.settings import ROOT, FeishuSettings
from adapters.http.findings import error, ok, trouble, warning
from domain.errors import PermissionFault, SystemFault
from domain.ports import Finding

NOBODY = "orgledger-check"
"""An id that nothing and nobody has."""

WRITE, ROLES = "contact:contact", "contact:functional_role"
MOST_PLACES = 5

PERMITTED = errors.NO_SUCH_DEPARTMENT | errors.OUT_OF_RANGE | {errors.NO_SUCH_ROLE}
"""What only somebody hears who may write; the range has a finding of its own."""

USER_SCOPES = {
    EMPLOYEE_ID: ("user_id",),
    USER_BASE: ("name",),
    "contact:user.email:readonly": ("email",),
    "contact:user.phone:readonly": ("mobile",),
    "contact:user.department:readonly": ("department_ids", "leader_user_id"),
    "contact:user.employee:readonly": ("status", "employee_no", "job_title"),
}
DEPARTMENT_SCOPES = {
    DEPARTMENT_BASE: ("name", "department_id"),
    ORGANIZE: ("parent_department_id", "leaders"),
}
"""Field permissions, and the fields that each shows (departments/get, users/get)."""

NEEDED = frozenset({EMPLOYEE_ID, DEPARTMENT_BASE, ORGANIZE, "contact:user.department:readonly"})
"""Without these nothing can be told apart or moved."""


async def check(client: FeishuClient, settings: FeishuSettings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    try:
        await client.token.get()
    except SystemFault as fault:
        return [trouble("credentials", fault)]
    probe = _Probe(client, settings.root_department)
    return [ok("credentials", "Feishu accepts the app's id and secret."), *await probe.run()]


class _Probe:
    """Asks each interface once or twice, at the root department and just below it."""

    def __init__(self, client: FeishuClient, root: str) -> None:
        self._client, self._root = client, root
        self._departments: list[wire.Department] = []
        self._people: list[wire.User] = []

    async def run(self) -> list[Finding]:
        findings = [
            await self._write(WRITE, "departments and people", self._department, None),
            await self._write(ROLES, "roles", self._role, "Without it roles cannot be brought."),
            *await self._range(),
        ]
        return [
            *findings,
            *hidden_fields(DEPARTMENT_SCOPES, self._departments, NEEDED),
            *hidden_fields(USER_SCOPES, self._people, NEEDED),
        ]

    async def _write(
        self, scope: str, what: str, probe: Callable[[], Awaitable[Any]], without: str | None
    ) -> Finding:
        """Whether the app may write ``what``; ``without`` says what else is possible."""
        subject = f"permission {scope}"
        try:
            await probe()
        except PermissionFault as fault:
            text = f"The app may not write {what}. {without or ''}".rstrip()
            return (error if without is None else warning)(subject, text, fault.fix)
        except SystemFault as fault:
            if fault.code not in PERMITTED:
                return trouble(subject, fault)
        return ok(subject, f"The app may write {what}.")

    async def _department(self) -> None:
        path = f"departments/{NOBODY}"
        await self._client.call(
            "PATCH", "departments/patch", path, wire.Nothing, body={"name": NOBODY}
        )

    async def _role(self) -> None:
        path = f"functional_roles/{NOBODY}"
        await self._client.call(
            "PUT", "functional_roles/update", path, wire.Nothing, body={"role_name": NOBODY}
        )

    async def _range(self) -> list[Finding]:
        """Look at one page of departments and of people, at the root and just below it."""
        subject = "range" if self._root == ROOT else "root_department"
        try:
            async for rows in self._client.children(self._root, all_below=False):
                self._departments = rows
                break
            ids = [d.department_id for d in self._departments if isinstance(d.department_id, str)]
            for place in [self._root, *ids[:MOST_PLACES]]:
                async for found in self._client.people(place):
                    self._people = found
                    break
                if self._people:
                    break
        except SystemFault as fault:
            if fault.code in errors.OUT_OF_RANGE:
                return [self._narrow(subject)]
            return [trouble(subject, fault)]
        if self._root == ROOT:
            return [ok(subject, "The app's contact range is all staff.")]
        return [ok(subject, f"Ours are put below department {self._root}.")]

    def _narrow(self, subject: str) -> Finding:
        what = "all staff" if self._root == ROOT else f"department {self._root}"
        return error(
            subject,
            f"The app's contact range does not cover {what}: nothing can be written there.",
            f"Set the contact range (通讯录权限范围) to all staff {CONSOLE}, or set"
            " root_department to a department in range.",
        )


def hidden_fields(
    scopes: Mapping[str, tuple[str, ...]], rows: Collection[Any], needed: Collection[str]
) -> list[Finding]:
    """The field permissions that are missing, where there is anything to tell it by."""
    if not rows:
        return []
    findings = []
    for scope, fields in scopes.items():
        hidden = [f for f in fields if all(getattr(row, f) is UNSET for row in rows)]
        if not hidden:
            findings.append(ok("fields", f"The app may see {', '.join(fields)}."))
            continue
        text = f"Hidden from the app: {', '.join(hidden)}. What is there stays unknown, not empty."
        fix = f"Apply for {scope} {CONSOLE} (权限管理), and publish the app again."
        findings.append((error if scope in needed else warning)("fields", text, fix))
    return findings
