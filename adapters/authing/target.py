"""Authing as a target: bringing an organization there through the port ``Target``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx

from adapters.authing.capabilities import capabilities
from adapters.authing.check import check
from adapters.authing.client import AuthingClient
from adapters.authing.departments import Departments
from adapters.authing.mapping import Form
from adapters.authing.people import People, named
from adapters.authing.reading import read
from adapters.authing.roles import Roles
from adapters.authing.settings import AuthingSettings
from adapters.http import CHECKING, Patience
from adapters.http.budget import Clock, Sleep
from domain.delivery.operation import Acknowledged, Change, Fitted, Inventory
from domain.errors import CredentialFault, SystemFault
from domain.ports import Finding, Progress


class _Room(Protocol):
    async def apply(self, change: Change) -> Acknowledged: ...


class AuthingTarget:
    """Writes to one user pool. ``name`` is how errors call the system.

    ``transport`` replaces the network, for a simulator in process.
    """

    def __init__(
        self,
        name: str,
        settings: AuthingSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.capabilities = capabilities(settings)
        self._settings, self._form = settings, Form(settings)

        def client(patience: Patience | None) -> AuthingClient:
            return AuthingClient(
                name, settings, transport=transport, patience=patience, clock=clock, sleep=sleep
            )

        self._client, self._checker = client(patience), client(CHECKING)
        self._people = People(
            self._client, self._form, places=settings.departments, resign=settings.resign
        )
        self._rooms: dict[str, _Room] = {
            "department": Departments(self._client, self._form),
            "role": Roles(self._client),
        }

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """Values in Authing's form; see ``mapping`` for the rules."""
        return self._form.fit(kind, fields)

    async def check(self) -> list[Finding]:
        """Say whether we can get in, and what of ours the pool does not take."""
        return await check(self._checker, self._settings)

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        """Everything in the pool; see the port for what is raised."""
        departments = self._settings.departments
        return await read(self._client, self._form, progress, departments=departments)

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        """Carry out the changes, people in batches; see the port."""
        results: dict[int, Acknowledged | SystemFault] = {}
        people = [at for at, change in enumerate(changes) if change.kind == "member"]
        for at, change in enumerate(changes):
            if change.kind != "member":
                results[at] = await self._apply(change)
        if people:
            found = await self._people.apply([changes[at] for at in people])
            results.update(zip(people, found, strict=True))
        return [results[at] for at in range(len(changes))]

    async def _apply(self, change: Change) -> Acknowledged | SystemFault:
        try:
            return await self._rooms[change.kind].apply(change)
        except CredentialFault:
            raise
        except SystemFault as fault:
            return named(fault, change)

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
        await self._checker.close()
