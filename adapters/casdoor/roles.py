"""Bringing roles to Casdoor. A role's list of people is written whole, so others stay in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from adapters.casdoor.client import CasdoorClient
from adapters.casdoor.rows import Rows
from adapters.casdoor.wire import Row
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import AbsentFault


class Roles:
    """Carries out changes of roles."""

    def __init__(self, client: CasdoorClient) -> None:
        self._client, self._rows = client, Rows(client, "role")

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        columns: Row = {n: value or "" for n, value in change.fields.items() if n != "name"}
        if change.action is Action.CREATE:
            return await self._rows.create(str(change.fields["name"]), columns, change)
        name = str(change.remote)
        match change.action:
            case Action.ADD:
                await self._rows.edit(name, self._listing(add=change.members))
            case Action.REMOVE:
                await self._rows.edit(name, self._listing(remove=change.members))
            case Action.DELETE:
                await self._rows.delete(name)
            case _:
                await self._rows.edit(name, lambda row: {**row, **columns})
        return Acknowledged(remote=name)

    async def leave(self, role: str, user: str) -> None:
        """Take somebody out of a role, whoever put them in. Raises SystemFault."""
        try:
            await self._rows.edit(role, self._listing(remove=(user,)))
        except AbsentFault:
            pass  # nobody holds a role that is gone

    def _listing(
        self, *, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Callable[[Row], Row]:
        new, gone = list(map(self._client.id, add)), set(map(self._client.id, remove))

        def edit(row: Row) -> Row:
            before = row.get("users") or []
            after = list(dict.fromkeys((*(u for u in before if u not in gone), *new)))
            return row if after == before else {**row, "users": after}

        return edit
