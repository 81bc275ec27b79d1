"""Any SCIM 2.0 service as a target.

What the service says of itself is read before the first call (targets, part C4), and everything
after it follows from that: PATCH or PUT, bulk or one by one, filters, etags.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from adapters.http import Patience
from adapters.scim import check, mapping
from adapters.scim.capabilities import capabilities
from adapters.scim.client import ScimClient
from adapters.scim.discovery import Service, discover
from adapters.scim.groups import Groups
from adapters.scim.people import People
from adapters.scim.reading import Reading
from adapters.scim.settings import ScimSettings
from adapters.scim.writing import Writer
from domain.delivery.operation import Acknowledged, Change, Fitted, Inventory
from domain.errors import CredentialFault, SystemFault
from domain.ports import Finding, Progress


class ScimTarget:
    """Writes to one service; fulfils ``domain.ports.Target``. ``name`` is how errors call it."""

    def __init__(
        self,
        name: str,
        settings: ScimSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.capabilities = capabilities(settings)
        self._settings = settings
        self._client = ScimClient(name, settings, transport=transport, patience=patience)
        self._known = {
            kind: frozenset(field.name for field in fields)
            for kind, fields in self.capabilities.fields.items()
        }
        self._asking = asyncio.Lock()
        self._service: Service | None = None
        self._hands: tuple[People, Groups] | None = None
        self._versions: dict[str, str] = {}
        self._unkeyed: set[str] = set()

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """Mapped values in the form in which a service takes and returns them."""
        return mapping.fit(self._known[kind], fields)

    async def check(self) -> list[Finding]:
        """Say whether we can get in, and what has no place there."""
        return await check.check(self._client, self._settings, self.capabilities)

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        """Read back all users and groups. Raises SystemFault when nothing can be read."""
        service = await self._discovered()
        reading = Reading(self._client, service, self.capabilities, self._versions, self._unkeyed)
        return await reading.run(known, progress)

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        """Carry out changes at the same moment, so that they travel together where that is had."""
        try:
            people, groups = await self._writing()
        except CredentialFault:
            raise
        except SystemFault as fault:
            return [fault] * len(changes)
        results = await asyncio.gather(
            *(_result(people if c.kind == "member" else groups, c) for c in changes)
        )
        for result in results:
            if isinstance(result, CredentialFault):
                raise result
        return results

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()

    async def _discovered(self) -> Service:
        async with self._asking:
            if self._service is None:
                self._service = await discover(self._client)
            return self._service

    async def _writing(self) -> tuple[People, Groups]:
        if self._hands is None:
            service = await self._discovered()
            writer = Writer(self._client, service, bulk=self._settings.bulk)
            people = People(writer, self._versions, self._unkeyed)
            self._hands = (people, Groups(writer, nested=self.capabilities.nested))
        return self._hands


async def _result(hands: People | Groups, change: Change) -> Acknowledged | SystemFault:
    try:
        return await hands.carry_out(change)
    except SystemFault as fault:
        return fault
