"""Changes of people: users of the service."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from adapters.scim import wire
from adapters.scim.mapping import ACTIVE, EXTERNAL_ID, MANAGER
from adapters.scim.writing import Writer
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import AbsentFault


class People:
    """Writes people. ``versions`` are their etags, ``unkeyed`` those without an externalId."""

    def __init__(self, writer: Writer, versions: dict[str, str], unkeyed: set[str]) -> None:
        self._writer, self._versions, self._unkeyed = writer, versions, unkeyed
        self._endpoint = writer.service.users

    async def carry_out(self, change: Change) -> Acknowledged:
        """One change. Raises SystemFault."""
        if change.action is Action.DELETE:
            return await self._delete(_remote(change))
        wanted, warning = self._writer.taken(_wanted(change))
        if change.action is Action.CREATE:
            done = await self._writer.create(
                self._endpoint, wire.USER, change.key, wanted, again=change.again
            )
            self._note(done)
            return Acknowledged(remote=done.id, warning=warning)
        remote = _remote(change)
        if remote in self._unkeyed:
            wanted[EXTERNAL_ID] = change.key
        if wanted:
            path = wire.path_of(self._endpoint, remote)
            version = self._versions.pop(remote, "")
            done = await self._writer.bring(path, wanted, change.known, version)
            self._note(done)
            self._unkeyed.discard(remote)
        return Acknowledged(remote=remote, warning=warning)

    def _note(self, done: wire.Done) -> None:
        if done.version and self._writer.service.etag:
            self._versions[done.id] = done.version

    async def _delete(self, remote: str) -> Acknowledged:
        try:
            await self._writer.send(wire.Call("DELETE", wire.path_of(self._endpoint, remote)))
        except AbsentFault:
            pass  # what should not be there is not there
        self._versions.pop(remote, None)
        return Acknowledged(remote=remote)


def _wanted(change: Change) -> dict[str, Any]:
    wanted = dict(change.fields)
    if change.relations.active is not UNSET:
        wanted[ACTIVE] = change.relations.active
    if change.relations.manager is not UNSET:
        wanted[MANAGER] = change.relations.manager
    return wanted


def _remote(change: Change) -> str:
    assert change.remote is not None, "only what is created has no id there yet"
    return change.remote
