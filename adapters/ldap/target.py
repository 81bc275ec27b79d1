"""The LDAP target. Everything that touches the network runs in worker threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from adapters.http import Patience
from adapters.ldap import mapping
from adapters.ldap.accounts import Accounts
from adapters.ldap.capabilities import shape_of
from adapters.ldap.check import check
from adapters.ldap.client import LdapClient
from adapters.ldap.containers import no_base
from adapters.ldap.reading import People, Reader, Step
from adapters.ldap.settings import LdapSettings
from adapters.ldap.trying import Tries, patiently
from adapters.ldap.writer import Writer
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.operation import Acknowledged, Change, Fitted, Inventory, Present
from domain.errors import CredentialFault, SystemFault, TransientFault
from domain.ports import Finding, Progress

T = TypeVar("T")

PATIENCE = Patience()

PLACES = {"member": "people", "department": "departments", "role": "roles"}

STEP = 100
"""Entries between two words about the progress."""


class LdapTarget:
    """Fulfils ``domain.ports.Target``. ``name`` is the system's id in the configuration.

    The ids of this target are entryUUIDs: they stay when an entry is renamed or moved.
    """

    def __init__(self, name: str, settings: LdapSettings, *, patience: Patience = PATIENCE) -> None:
        self._settings, self._patience = settings, patience
        self._shape, accounts = shape_of(settings), Accounts(settings)
        self._client = LdapClient(name, settings)
        self._writer = Writer(self._client, self._shape, accounts)
        self._reader = Reader(self._client, self._shape, accounts, self._writer.seen)

    @property
    def capabilities(self) -> TargetCapabilities:
        return self._shape.capabilities

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """See ``domain.ports.Target.fit``."""
        return mapping.fit(self._shape.capabilities, kind, fields)

    async def check(self) -> list[Finding]:
        """See ``domain.ports.Target.check``."""
        return await self._client.run(check, self._client, self._shape)

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        """See ``domain.ports.Target.read``. Everything is listed.

        A place that is not to be seen is a gap where ``known`` says that something is in it: a
        server hides what we may not read in the same way as what is not there.
        """
        await self._patiently(self._look_at_base)
        present: dict[str, tuple[Present, ...]] = {}
        gaps: list[str] = []

        loop = asyncio.get_running_loop()

        async def attempt(kind: str, read: Callable[[Step], T]) -> T | None:
            def tell(count: int) -> None:
                loop.call_soon_threadsafe(progress, f"{kind}s", count, None)

            try:
                return await self._patiently(lambda: read(_every(STEP, tell)))
            except CredentialFault:
                raise
            except SystemFault as fault:
                gaps.append(f"{kind}s could not be read: {fault}")
                return None

        people: People | None = await attempt("member", self._reader.people)
        if people is not None:
            present["member"] = people.present
        departments = await attempt(
            "department", lambda step: self._reader.departments(people, step)
        )
        if departments is not None:
            present["department"] = departments
        roles = await attempt("role", lambda step: self._reader.roles(people, step))
        if roles is not None:
            present["role"] = roles
        for kind, name in PLACES.items():
            if present.get(kind) == () and known.get(kind):
                place = self._settings.place(name)
                if await self._patiently(lambda: self._is_hidden(place)):  # noqa: B023 - awaited
                    gaps.append(f"{kind}s could not be read: {place} is gone, or hidden from us")
                    del present[kind]
        return Inventory(present=present, complete=frozenset(present), gaps=tuple(gaps))

    def _look_at_base(self) -> None:
        what, base = "LDAP search, base_dn", self._settings.base_dn
        if self._client.get(what, base, ()) is None:
            raise no_base(what, base)

    def _is_hidden(self, place: str) -> bool:
        return self._client.get("LDAP search, place", place, ()) is None

    async def _patiently(self, call: Callable[[], T]) -> T:
        return await patiently(self._client, self._patience, call)

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        """See ``domain.ports.Target.apply``."""
        return [await self._apply(change) for change in changes]

    async def _apply(self, change: Change) -> Acknowledged | SystemFault:
        again, tries = change.again, Tries(self._patience)
        while True:
            try:
                return await self._client.run(self._writer.carry_out, change, again=again)
            except CredentialFault:
                raise
            except TransientFault as fault:
                again = True
                if tries.was_last():
                    return fault
            except SystemFault as fault:
                return fault
            await tries.wait()

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()


def _every(step: int, tell: Callable[[int], None]) -> Step:
    """Counts, and tells every so often."""
    count = 0

    def one() -> None:
        nonlocal count
        count += 1
        if count % step == 0:
            tell(count)

    return one
