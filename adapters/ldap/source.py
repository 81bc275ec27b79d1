"""LDAP as a source. Everything that touches the network runs in worker threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from adapters.http import Patience
from adapters.ldap import errors
from adapters.ldap.check import trouble
from adapters.ldap.client import LdapClient
from adapters.ldap.containers import no_base
from adapters.ldap.settings import LdapSettings
from adapters.ldap.source_capabilities import capabilities
from adapters.ldap.source_check import check
from adapters.ldap.source_found import as_found
from adapters.ldap.source_listing import Lister, Listing, Step
from adapters.ldap.source_mapping import Person, Reader, Unit
from adapters.ldap.source_profiles import profile_of, reads_roles
from adapters.ldap.source_reading import Parts, assemble
from adapters.ldap.trying import patiently
from domain.errors import CredentialFault, SystemFault
from domain.observe import Observation
from domain.ports import Finding, Known, Progress, SourceCapabilities

T = TypeVar("T")
K = TypeVar("K", Person, Unit)

PATIENCE = Patience()

STEP = 100
"""Entries between two words about the progress."""

Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def _none() -> None:
    return None


def _nothing() -> Listing[Unit]:
    return Listing()


class LdapSource:
    """Fulfils ``domain.ports.Source``. ``name`` is the system's id in the configuration.

    Ids are entryUUIDs (RFC 4530), or objectGUIDs in Active Directory: they stay when an entry is
    renamed or moved. ``clock`` tells which accounts have expired.
    """

    def __init__(
        self,
        name: str,
        settings: LdapSettings,
        *,
        patience: Patience = PATIENCE,
        clock: Clock = _utc_now,
    ) -> None:
        self._given, self._patience, self._clock = settings, patience, clock
        self._client = LdapClient(name, settings)
        self._take(settings)

    def _take(self, settings: LdapSettings) -> None:
        self._client.settings = self._settings = settings
        self._profile = profile_of(settings)
        self._reads_roles = reads_roles(settings)

    def _sign_in(self) -> None:
        """Once, before several threads do, as accounts get locked; and see who is there."""
        self._client.sign_in()
        self._take(as_found(self._client))

    @property
    def capabilities(self) -> SourceCapabilities:
        """What this directory can give, by its profile."""
        return capabilities(self._settings, self._profile)

    async def check(self) -> list[Finding]:
        """See ``domain.ports.Source.check``."""
        return await self._client.run(self._check)

    def _check(self) -> list[Finding]:
        try:
            self._sign_in()
        except SystemFault as fault:
            return [trouble("credentials", fault)]
        guessed = not self._given.profile
        return check(self._client, self._profile, self._lister(), guessed=guessed)

    async def read(self, known: Known, progress: Progress) -> Observation:
        """Read everything that is visible; see the port for what is raised."""
        before = self._client.calls
        await self._patiently(self._sign_in)
        lister = self._lister()
        loop = asyncio.get_running_loop()

        def telling(what: str) -> Step:
            def tell(count: int) -> None:
                if count % STEP == 0:
                    loop.call_soon_threadsafe(progress, what, count, None)

            return tell

        people, departments, groups, roles = await asyncio.gather(
            self._list(lambda: lister.people(telling("members"))),
            self._list(lambda: lister.departments(telling("departments"))),
            self._list(lister.groups if self._profile.inside == "apart" else _nothing),
            self._list(lambda: lister.roles(telling("roles"))) if self._reads_roles else _none(),
        )
        parts = Parts(
            people=people,
            departments=departments,
            groups=groups if self._profile.inside == "apart" else departments,
            roles=roles if roles is None or self._is_expected(roles) else None,
        )
        for what, listing in (("departments", parts.departments), ("members", parts.people)):
            progress(what, len(listing.found), len(listing.found))
        if departments.fault and not departments.found and people.fault and not people.found:
            await self._patiently(self._look_at_base)
            raise departments.fault
        return await self._patiently(
            lambda: assemble(self._client, self._profile, lister, parts, before)
        )

    async def _list(self, call: Callable[[], Listing[K]]) -> Listing[K]:
        """One kind; what fails again and again is a fault of the listing."""
        try:
            return await self._patiently(call)
        except CredentialFault:
            raise
        except SystemFault as fault:
            return Listing(fault=fault)

    def _is_expected(self, roles: Listing[Unit]) -> bool:
        """Nobody has to have roles: it is no gap that their usual place is not there."""
        fault = roles.fault
        return bool(self._settings.roles) or fault is None or fault.code != errors.ABSENT

    def _lister(self) -> Lister:
        reader = Reader(self._settings, self._profile, self._clock())
        return Lister(self._client, self._profile, reader)

    def _look_at_base(self) -> None:
        what, base = "LDAP search, base_dn", self._settings.base_dn
        if self._client.get(what, base, ()) is None:
            raise no_base(what, base)

    async def _patiently(self, call: Callable[[], T]) -> T:
        return await patiently(self._client, self._patience, call)

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
