"""Casdoor as a target: bringing an organization there through the port ``Target``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from adapters.casdoor.capabilities import capabilities
from adapters.casdoor.check import check
from adapters.casdoor.client import CasdoorClient
from adapters.casdoor.groups import Groups
from adapters.casdoor.mapping import Form
from adapters.casdoor.people import People
from adapters.casdoor.reading import read
from adapters.casdoor.roles import Roles
from adapters.casdoor.settings import CasdoorSettings
from adapters.http import Patience
from adapters.http.budget import Clock, Sleep
from domain.delivery.operation import Acknowledged, Change, Fitted, Inventory
from domain.errors import CredentialFault, SystemFault
from domain.ports import Finding, Progress

Hands = dict[str, Groups | People | Roles]


class CasdoorTarget:
    """Writes to one organization. ``name`` is how errors call the system.

    ``transport`` replaces the network, for a simulator in process.
    """

    def __init__(
        self,
        name: str,
        settings: CasdoorSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.capabilities = capabilities(settings)
        self._settings, self._form = settings, Form(settings)
        self._client = CasdoorClient(
            name, settings, transport=transport, patience=patience, clock=clock, sleep=sleep
        )
        self._asking = asyncio.Lock()
        self._hands: Hands | None = None

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """Values in Casdoor's form; see ``mapping`` for the rules."""
        return self._form.fit(kind, fields)

    async def check(self) -> list[Finding]:
        """Say whether we can get in, and what of ours the organization does not take."""
        return await check(self._client, self._settings)

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        """Everything in the organization; see the port for what is raised."""
        await self._admitted()
        return await read(self._client, self._form, progress)

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        """Carry out the changes, one after the other; see the port."""
        try:
            hands = await self._admitted()
        except CredentialFault:
            raise
        except SystemFault as fault:
            return [fault] * len(changes)
        return [await _applied(hands, change) for change in changes]

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()

    async def _admitted(self) -> Hands:
        """Those who write, after a look whether the organization is there and lets us in."""
        async with self._asking:
            if self._hands is None:
                organization = await self._client.own_organization()
                application = self._settings.application or organization.defaultApplication
                roles = Roles(self._client)
                self._hands = {
                    "department": Groups(self._client),
                    "member": People(self._client, self._form, roles, application),
                    "role": roles,
                }
            return self._hands


async def _applied(hands: Hands, change: Change) -> Acknowledged | SystemFault:
    try:
        return await hands[change.kind].apply(change)
    except CredentialFault:
        raise
    except SystemFault as fault:
        fault.what = f"{fault.what} for {change.kind} {change.key}"
        return fault
