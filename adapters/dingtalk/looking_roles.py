"""The roles that hints name, with all that are listed beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from msgspec import UNSET

from adapters.dingtalk import mapping, wire
from adapters.dingtalk.client import DingTalkClient
from adapters.dingtalk.reading import SYSTEM_GROUP, WORKERS, role_groups
from adapters.http import Attempts, Lane
from domain.ports import Known
from domain.records import RoleRecord


class Roles:
    """One listing shows all; the holders of those that are named are read.

    ``person`` has somebody looked at who has lost a role: only who is in sight can have lost it.
    """

    def __init__(
        self,
        client: DingTalkClient,
        known: Known,
        attempts: Attempts,
        person: Callable[[str], None],
        *,
        system_roles: bool,
    ) -> None:
        self._client, self._known, self._attempts = client, known, attempts
        self._person, self._system_roles = person, system_roles
        self._asked: set[int] = set()
        self._found: dict[int, tuple[wire.RoleGroup, wire.Role]] | None = None
        self._holders: dict[int, tuple[str, ...]] = {}

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Work in ``group`` from now on."""
        self._lists = Lane(group, self._list, size=1)
        self._held = Lane(group, self._hold, size=WORKERS)

    def ask(self, role_id: int) -> None:
        """Read this role; a role group has no holders, and is seen in the listing."""
        if not self._asked:
            self._lists.put("")
        if role_id not in self._asked:
            self._asked.add(role_id)
            if self._found is not None and role_id in self._found:
                self._held.put(role_id)

    def compare(self, user: wire.User) -> None:
        """Read the roles that somebody has, and that the ledger does not know them to have."""
        for row in wire.several(user.role_list):
            role = self._known.role(str(row.id))
            skipped = row.group_name == SYSTEM_GROUP and not self._system_roles
            if not skipped and (role is None or user.userid not in role.members):
                self.ask(row.id)

    @property
    def complete(self) -> bool:
        """Whether all roles were listed."""
        return self._found is not None

    def records(self) -> tuple[RoleRecord, ...]:
        """All that are listed, with the holders of those that were asked for."""
        return tuple(
            mapping.role(group, role, self._holders.get(role.id, UNSET))
            for group, role in (self._found or {}).values()
        )

    async def _list(self, _: str) -> None:
        await self._attempts.make("role/list", "roles", "", self._list_all, "roles")

    async def _list_all(self) -> None:
        found: dict[int, tuple[wire.RoleGroup, wire.Role]] = {}
        async for group in role_groups(self._client, system_roles=self._system_roles):
            for role in mapping.roles_of(group):
                found.setdefault(role.id, (group, role))
        self._found = found
        for role_id in self._asked & found.keys():
            self._held.put(role_id)

    async def _hold(self, role_id: int) -> None:
        ask = partial(self._hold_one, role_id)
        await self._attempts.make("role/simplelist", "holders of role", role_id, ask)

    async def _hold_one(self, role_id: int) -> None:
        holders = tuple(await self._client.role_holders(role_id))
        self._holders[role_id] = holders
        role = self._known.role(str(role_id))
        for userid in role.members.difference(holders) if role is not None else ():
            self._person(userid)
