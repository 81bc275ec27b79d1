"""Bringing departments to Authing; our id is the openDepartmentId, which is given once."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.authing import wire
from adapters.authing.client import AuthingClient
from adapters.authing.errors import NotFound
from adapters.authing.mapping import ROOT, Form
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import AbsentFault, ExistsFault

OURS, THEIRS = "open_department_id", "department_id"


class Departments:
    """Carries out changes of departments, which Authing's own id names.

    set-user-departments and a person's departmentIds know no other id (authing-node-sdk,
    models/SetUserDepartmentsOptionsDto, UserDto).
    """

    def __init__(self, client: AuthingClient, form: Form) -> None:
        self._client, self._form = client, form
        self._root = ""

    async def root(self) -> str:
        """The id of the organization's root department, looked up once. Raises SystemFault."""
        if not self._root:
            self._root = (await self._client.organization()).departmentId
        return self._root

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        if change.action is Action.CREATE:
            return Acknowledged(remote=await self._create(change))
        remote = str(change.remote)
        if change.action is Action.DELETE:
            await self._delete(remote)
        else:
            await self._update(remote, change)
        return Acknowledged(remote=remote)

    async def _create(self, change: Change) -> str:
        """A new department, or the one that an earlier try has made."""
        if change.again and (found := await self._client.department(change.key, OURS)):
            return await self._made(found, change)
        columns = _columns(change)
        columns.setdefault("parentDepartmentId", ROOT)
        body = self._client.in_organization(
            openDepartmentId=change.key, metadata={}, departmentIdType=THEIRS, **columns
        )
        made = await self._client.make("create-department", body, wire.Department)
        return made.departmentId

    async def _made(self, found: wire.Department, change: Change) -> str:
        """What has our id counts as made by us only if it is as we would make it."""
        there = self._form.department(found, await self.root())
        wanted = change.relations.parent
        same = there.relations.parent == (None if wanted is UNSET else wanted)
        if same and all(there.fields.get(n) == value for n, value in change.fields.items()):
            return found.departmentId
        raise ExistsFault(
            f"{self._client.name} create-department was not sent",
            why="a department with this openDepartmentId is there already, and is another",
            fix="The next run reads Authing and looks whether it is ours.",
            code="open_department_id",
        )

    async def _update(self, remote: str, change: Change) -> None:
        body = self._client.in_organization(
            departmentId=remote, departmentIdType=THEIRS, **_columns(change)
        )
        try:
            await self._client.act("update-department", body)
        except NotFound:
            if await self._client.department(remote, THEIRS) is not None:
                raise  # its new parent or a leader is what is not there
            raise AbsentFault(
                f"{self._client.name} update-department found nothing",
                why="there is no such department (any more)",
                code="department",
            ) from None

    async def _delete(self, remote: str) -> None:
        body = self._client.in_organization(departmentId=remote, departmentIdType=THEIRS)
        try:
            await self._client.act("delete-department", body)
        except NotFound:
            if await self._client.department(remote, THEIRS) is not None:
                raise


def _columns(change: Change) -> dict[str, Any]:
    columns = {name: value or "" for name, value in change.fields.items()}
    if change.action is Action.CREATE or columns.get("code") == "":
        columns = {name: value or None for name, value in columns.items()}
    relations = change.relations
    if relations.parent is not UNSET:
        columns["parentDepartmentId"] = relations.parent or ROOT
    if relations.leaders is not UNSET:
        columns["leaderUserIds"] = list(relations.leaders)
    return columns
