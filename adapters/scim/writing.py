"""Bringing one resource to wanted values, by PATCH or by PUT, together with other writes or alone.

A PATCH is written from what we know to be there. Where that proves to be wrong (412, noTarget),
the resource is read again and the PATCH written anew, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.scim import wire
from adapters.scim.bulk import Bulk
from adapters.scim.client import ScimClient
from adapters.scim.discovery import Service
from adapters.scim.errors import Mismatch, Stale, contended
from adapters.scim.mapping import ACTIVE, is_active, place, put, value
from adapters.scim.patch import operations
from domain.errors import ExistsFault


class Writer:
    """Writes to one service, as it can."""

    def __init__(self, client: ScimClient, service: Service, *, bulk: bool) -> None:
        self.client, self.service = client, service
        self.send = client.write
        if bulk and service.bulk_operations:
            limits = {"operations": service.bulk_operations, "size": service.bulk_bytes}
            self.send = Bulk(client, **limits).write

    def taken(
        self, wanted: Mapping[str, Any], schema: str = wire.USER
    ) -> tuple[dict[str, Any], str]:
        """What of ``wanted`` the service has a place for, and a warning about the rest."""
        kept = {name: v for name, v in wanted.items() if self.service.takes(place(name), schema)}
        lost = sorted(set(wanted) - set(kept))
        if not lost:
            return kept, ""
        return kept, f"the service has no place for {', '.join(lost)}; left out"

    async def create(
        self, endpoint: str, schema: str, key: str, wanted: Mapping[str, Any], *, again: bool
    ) -> wire.Done:
        """A resource with ``key`` as externalId; one that is there with it is brought in line.

        Looked for only when an earlier try may have made it, or when something is in the way.
        Raises ExistsFault for what is not ours.
        """
        if again and (found := await self._ours(endpoint, key)) is not None:
            return await self._towards(wire.path_of(endpoint, found["id"]), found, wanted)
        resource: wire.Resource = {"schemas": [schema], "externalId": key}
        for name, new in wanted.items():
            if new is not None:
                put(resource, name, new)
        try:
            return await self.send(wire.Call("POST", endpoint, resource))
        except ExistsFault:
            found = await self._ours(endpoint, key)
            if found is None:
                raise
            return await self._towards(wire.path_of(endpoint, found["id"]), found, wanted)

    async def _ours(self, endpoint: str, key: str) -> wire.Resource | None:
        can = self.service
        return await self.client.find(
            endpoint, "externalId", key, size=can.page, filters=can.filter
        )

    async def bring(
        self, path: str, wanted: Mapping[str, Any], known: Mapping[str, Any], version: str = ""
    ) -> wire.Done:
        """Write ``wanted``; ``known`` is what was there, ``version`` its etag if we have it.

        Raises AbsentFault when it is gone, or another SystemFault.
        """
        if self.service.patch:
            steps = operations(wanted, known)
            if steps == []:
                return wire.Done(wire.id_in(path), version)
            if steps is not None:
                try:
                    return await self.send(wire.Call("PATCH", path, wire.patch(steps), version))
                except (Stale, Mismatch):
                    pass  # what we knew is no longer so
        return await self._towards(path, await self.client.resource(path), wanted)

    async def _towards(
        self, path: str, resource: wire.Resource, wanted: Mapping[str, Any]
    ) -> wire.Done:
        """Write what of ``wanted`` the resource, just read, does not have."""
        try:
            return await self._step(path, resource, wanted)
        except Stale:
            resource = await self.client.resource(path)
        try:
            return await self._step(path, resource, wanted)
        except Stale as stale:
            raise contended(stale) from None

    async def _step(
        self, path: str, resource: wire.Resource, wanted: Mapping[str, Any]
    ) -> wire.Done:
        actual = {name: _actual(resource, name) for name in wanted}
        changed = {name: new for name, new in wanted.items() if actual[name] != new}
        version = self.version(resource)
        if not changed:
            return wire.Done(resource["id"], version)
        if self.service.patch:
            steps = operations(changed, actual) or []
            return await self.send(wire.Call("PATCH", path, wire.patch(steps), version))
        for name, new in changed.items():
            put(resource, name, new)
        return await self.replace(path, resource, version)

    async def replace(self, path: str, resource: wire.Resource, version: str) -> wire.Done:
        """Write a whole resource, on the condition that it is still of that version."""
        content = {name: v for name, v in resource.items() if name != "meta"}
        return await self.send(wire.Call("PUT", path, content, version))

    def version(self, resource: wire.Resource) -> str:
        """The etag to give with a write to a resource that was just read."""
        return wire.version_of(resource) if self.service.etag else ""


def _actual(resource: wire.Resource, name: str) -> Any:
    return is_active(resource) if name == ACTIVE else value(resource, name)
