"""Changes of departments and roles: groups of the service, told apart by their externalId.

A department's parent is the group that has it as a member. A move takes it out of the old one
first: if it is cut off in between, the next reading finds it at the top and puts it right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from adapters.scim import wire
from adapters.scim.errors import Mismatch, Stale, contended
from adapters.scim.mapping import ROLE, member_ids
from adapters.scim.patch import adding, removing
from adapters.scim.writing import Writer
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import AbsentFault, TerminalFault

TRIES = 4
"""How often a whole group is written when somebody else writes it at the same time."""

Rows = list[wire.Resource]


class Groups:
    """Writes groups. ``nested``: a department's parent is kept by membership."""

    def __init__(self, writer: Writer, *, nested: bool) -> None:
        self._writer, self._nested = writer, nested
        self._turn = asyncio.Lock()

    async def carry_out(self, change: Change) -> Acknowledged:
        """One change. Raises SystemFault."""
        if change.action is Action.CREATE:
            return await self._create(change)
        assert change.remote is not None, "only what is created has no id there yet"
        path = self._path(change.remote)
        match change.action:
            case Action.ADD:
                await self._add(path, change.members, "User")
            case Action.REMOVE:
                await self._remove(path, change.members)
            case Action.DELETE:
                await self._delete(change, path)
            case _:
                await self._change(change, path)
        return Acknowledged(remote=change.remote)

    def _path(self, remote: str) -> str:
        return wire.path_of(self._endpoint, remote)

    @property
    def _endpoint(self) -> str:
        endpoint = self._writer.service.groups
        if endpoint is None:
            raise TerminalFault(
                f"{self._writer.client.name} has no groups, so it holds no departments or roles",
                fix="Set departments = false and roles = false in the system's section.",
                code="groups",
            )
        return endpoint

    async def _create(self, change: Change) -> Acknowledged:
        key = ROLE + change.key if change.kind == "role" else change.key
        done = await self._writer.create(
            self._endpoint, wire.GROUP, key, change.fields, again=change.again
        )
        parent = change.relations.parent
        warning = ""
        if self._nested and isinstance(parent, str):
            try:
                await self._add(self._path(parent), [done.id], "Group")
            except TerminalFault as fault:
                warning = f"the group was made, but not below its parent: {fault}"
        return Acknowledged(remote=done.id, warning=warning)

    async def _change(self, change: Change, path: str) -> None:
        if change.fields:
            await self._writer.bring(path, change.fields, change.known)
        parent, old = change.relations.parent, change.had.parent
        if not self._nested or change.action is not Action.MOVE:
            return
        ids = [wire.id_in(path)]
        if isinstance(old, str) and old != parent:
            await self._leave(old, ids)
        if isinstance(parent, str):
            try:
                await self._add(self._path(parent), ids, "Group")
            except AbsentFault as fault:
                raise TerminalFault(
                    fault.what,
                    why="the parent department is not there any more",
                    fix="The next sync that reads the service back makes it again.",
                    code=fault.code,
                ) from None

    async def _leave(self, parent: str, ids: list[str]) -> None:
        try:
            await self._remove(self._path(parent), ids)
        except AbsentFault:
            pass  # nobody is a member of a group that is gone

    async def _delete(self, change: Change, path: str) -> None:
        if self._nested and isinstance(change.had.parent, str):
            await self._leave(change.had.parent, [wire.id_in(path)])
        try:
            await self._writer.send(wire.Call("DELETE", path))
        except AbsentFault:
            pass  # what should not be there is not there

    async def _add(self, path: str, ids: Iterable[str], kind: str) -> None:
        if self._writer.service.patch:
            await self._writer.send(wire.Call("PATCH", path, wire.patch(adding(ids, kind))))
            return
        new = [{"value": remote, "type": kind} for remote in ids]
        await self._rewrite(
            path,
            lambda group: [row for row in new if row["value"] not in set(member_ids(group))],
            gone=frozenset(),
        )

    async def _remove(self, path: str, ids: Iterable[str]) -> None:
        gone = frozenset(ids)
        if not self._writer.service.patch:
            await self._rewrite(path, lambda _: [], gone=gone)
            return
        try:
            await self._writer.send(wire.Call("PATCH", path, wire.patch(removing(ids))))
        except Mismatch:
            group = await self._writer.client.resource(path)
            left = [remote for remote in member_ids(group) if remote in gone]
            if left:
                await self._writer.send(wire.Call("PATCH", path, wire.patch(removing(left))))

    async def _rewrite(
        self, path: str, new: Callable[[wire.Resource], Rows], *, gone: frozenset[str]
    ) -> None:
        """Write a group as a whole with its members changed: all that a PUT can do."""
        async with self._turn:
            for attempt in range(TRIES):
                group = await self._writer.client.resource(path)
                rows: Rows = list(group.get("members") or ())
                kept = [row for row in rows if row.get("value") not in gone]
                kept += new(group)
                if kept == rows:
                    return
                version = self._writer.version(group)
                try:
                    await self._writer.replace(path, {**group, "members": kept}, version)
                except Stale as stale:
                    if attempt == TRIES - 1:
                        raise contended(stale) from None
                else:
                    return
