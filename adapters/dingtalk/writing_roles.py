"""Bringing roles and role groups to DingTalk (dingtalk.md, section 4.3).

DingTalk keeps no key of ours on them: they are known by their id from the log, and before that
by their names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import UNSET

from adapters.dingtalk import mapping, wire
from adapters.dingtalk.errors import NO_SUCH_USER
from adapters.dingtalk.writer import Writer
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import TerminalFault

NO_ROLE = "33011"


class RoleGroups:
    """Creates role groups; nothing else can be done to them."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        if change.action is not Action.CREATE:
            raise TerminalFault(
                "A role group of DingTalk cannot be changed by an app",
                why="only its creation is documented",
                fix="Rename or delete it in DingTalk's console (通讯录 → 角色).",
                code="unsupported",
            )
        name = str(change.fields["name"])
        return Acknowledged(remote=await self.create(name, again=change.again))

    async def create(self, name: str, *, again: bool) -> str:
        """The id of the group, created once."""
        return await self._writer.once(
            lambda: self._writer.create_role_group(name), lambda: self.find(name), again=again
        )

    async def find(self, name: str) -> str | None:
        """The id of the group of this name."""
        return await _search(
            self._writer, lambda group: str(group.groupId) if group.name == name else None
        )


class Roles:
    """Carries out changes of roles; those of no group are put into the group ``ungrouped``."""

    def __init__(self, writer: Writer, groups: RoleGroups, ungrouped: str) -> None:
        self._writer, self._groups, self._ungrouped = writer, groups, ungrouped
        self._opening = asyncio.Lock()
        self._group_of_rest: int | None = None

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        if change.action is Action.CREATE:
            return Acknowledged(remote=await self._create(change))
        role_id = int(str(change.remote))
        match change.action:
            case Action.ADD:
                await self._grant(role_id, change.members)
            case Action.REMOVE:
                await self._revoke(role_id, change.members)
            case Action.DELETE:
                await self._delete(role_id)
            case _:
                await self._update(role_id, change)
        return Acknowledged(remote=str(change.remote))

    async def _create(self, change: Change) -> str:
        name, group = str(change.fields["name"]), change.relations.group
        group_id = await self._rest() if group is UNSET or group is None else int(group)
        return await self._writer.once(
            lambda: self._writer.create_role(name, group_id),
            lambda: self._find(name, group_id),
            again=change.again,
        )

    async def _rest(self) -> int:
        """The group of roles that have none, made when the first one comes."""
        async with self._opening:
            if self._group_of_rest is None:
                self._group_of_rest = int(await self._groups.create(self._ungrouped, again=True))
            return self._group_of_rest

    async def _find(self, name: str, group_id: int) -> str | None:
        def match(group: wire.RoleGroup) -> str | None:
            if group.groupId != group_id:
                return None
            return next((str(r.id) for r in mapping.roles_of(group) if r.name == name), None)

        return await _search(self._writer, match)

    async def _update(self, role_id: int, change: Change) -> None:
        if change.fields.get("name"):
            await self._writer.rename_role(role_id, change.fields["name"])
        if change.relations.group is not UNSET:
            raise TerminalFault(
                "A role of DingTalk cannot be moved to another group by an app",
                why="there is no call for it",
                fix="Move it in DingTalk's console (通讯录 → 角色).",
                code="unsupported",
            )

    async def _grant(self, role_id: int, userids: tuple[str, ...]) -> None:
        """Give the role to all who are there. DingTalk refuses a whole call for one who is gone."""
        try:
            await self._writer.grant(role_id, userids)
        except TerminalFault as fault:
            if fault.code not in NO_SUCH_USER:
                raise
            half = len(userids) // 2
            for some in (userids[:half], userids[half:]) if half else ():
                try:
                    await self._grant(role_id, some)
                except TerminalFault as again:
                    if again.code not in NO_SUCH_USER:
                        raise
            raise

    async def _revoke(self, role_id: int, userids: tuple[str, ...]) -> None:
        """Take the role from people; who is gone does not hold it any more."""
        try:
            await self._writer.revoke(role_id, userids)
        except TerminalFault as fault:
            if fault.code not in NO_SUCH_USER:
                raise
            holders = set(await self._writer.client.role_holders(role_id))
            still = [userid for userid in userids if userid in holders]
            await self._writer.revoke(role_id, still)

    async def _delete(self, role_id: int) -> None:
        """Delete the role; DingTalk refuses while anybody holds it."""
        try:
            holders = await self._writer.client.role_holders(role_id)
            await self._writer.revoke(role_id, holders)
            await self._writer.delete_role(role_id)
        except TerminalFault as fault:
            if fault.code != NO_ROLE:
                raise


async def _search(writer: Writer, match: Callable[[wire.RoleGroup], str | None]) -> str | None:
    async for groups in writer.client.role_group_pages():
        for group in groups:
            found = match(group)
            if found is not None:
                return found
    return None
