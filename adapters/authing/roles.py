"""Bringing roles to Authing: the code is made of our id, people are named by their user ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.authing import wire
from adapters.authing.client import AuthingClient
from adapters.authing.codes import role_code
from adapters.authing.errors import NotFound
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import AbsentFault, ExistsFault


class Roles:
    """Carries out changes of roles and of who has them."""

    def __init__(self, client: AuthingClient) -> None:
        self._client = client

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        if change.action is Action.CREATE:
            return Acknowledged(remote=await self._create(change))
        code = str(change.remote)
        match change.action:
            case Action.DELETE:
                await self._delete(code)
            case Action.ADD:
                await self._members("assign-role", code, change.members)
            case Action.REMOVE:
                await self._revoke(code, change.members)
            case _:
                await self._update(code, change)
        return Acknowledged(remote=code)

    async def _create(self, change: Change) -> str:
        """A new role, or the one that an earlier try has made."""
        code = role_code(change.key)
        if change.again and (found := await self._client.role(code)):
            if found.name == change.fields.get("name"):
                return code
            raise ExistsFault(
                f"{self._client.name} create-role was not sent",
                why="a role with this code is there already, and has another name",
                fix="The next run reads Authing and looks whether it is ours.",
                code="role",
            )
        given = {name: value for name, value in change.fields.items() if value}
        body = self._client.in_namespace(code=code, **given)
        await self._client.make("create-role", body, wire.Nothing)
        return code

    async def _update(self, code: str, change: Change) -> None:
        """update-role wants the name and the code, be they new or not (models/UpdateRoleDto)."""
        fields: dict[str, Any] = {"name": change.known.get("name"), **change.fields}
        fields = {name: value or "" for name, value in fields.items()}
        body = self._client.in_namespace(code=code, newCode=code, **fields)
        try:
            await self._client.act("update-role", body)
        except NotFound:
            raise self._absent() from None

    async def _delete(self, code: str) -> None:
        try:
            await self._client.act("delete-roles-batch", self._client.in_namespace(codeList=[code]))
        except NotFound:
            if await self._client.role(code) is not None:
                raise

    async def _members(self, api: str, code: str, people: Sequence[str]) -> None:
        targets = [{"targetType": "USER", "targetIdentifier": user_id} for user_id in people]
        try:
            await self._client.act(api, self._client.in_namespace(code=code, targets=targets))
        except NotFound:
            if await self._client.role(code) is None:
                raise self._absent() from None
            raise  # one of the people

    async def _revoke(self, code: str, people: Sequence[str]) -> None:
        """Take the role from people; somebody who is not there has it no more."""
        try:
            await self._members("revoke-role", code, people)
        except NotFound:
            if len(people) == 1:
                return
            for user_id in people:
                await self._revoke(code, [user_id])

    def _absent(self) -> AbsentFault:
        return AbsentFault(
            f"{self._client.name} found no role",
            why="there is no such role (any more)",
            code="role",
        )
