"""Entra as a source: reading the tenant through the port ``Source``.

Everything is read at every sync. A delta query would need its token to be kept between two syncs,
and the log is all that is; it also passes over changes of managers and the memberships of deleted
people (entra.md, section 5), and its token is good for seven days only.
"""

from __future__ import annotations

import asyncio
import time

import httpx

from adapters.entra import capabilities, mapping, trees
from adapters.entra.check import check
from adapters.entra.client import EntraClient
from adapters.entra.reading import Reading
from adapters.entra.settings import EntraSettings
from adapters.http import Patience
from adapters.http.budget import Clock, Sleep
from domain.observe import Coverage, Observation
from domain.ports import Finding, Known, Progress, SourceCapabilities
from domain.records import MemberRecord, RoleRecord

CHECKING = Patience(tries=2, throttled=15.0, total=15.0)
"""A check answers soon or says what is wrong."""


class EntraSource:
    """Reads one tenant. ``system`` is its name in the configuration.

    ``transport`` replaces the network, for a simulator in process.
    """

    def __init__(
        self,
        system: str,
        settings: EntraSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._system, self._settings = system, settings
        self._client = EntraClient(
            settings, transport=transport, patience=patience, clock=clock, sleep=sleep
        )
        self._checker = EntraClient(
            settings, transport=transport, patience=CHECKING, clock=clock, sleep=sleep
        )

    @property
    def capabilities(self) -> SourceCapabilities:
        """What reading this tenant can give."""
        return capabilities.capabilities(self._settings)

    async def check(self) -> list[Finding]:
        """Credentials, permissions, clock, what is visible and what is not, as findings."""
        return await check(self._checker, self._settings)

    async def read(self, known: Known, progress: Progress) -> Observation:
        """Read everything that is visible; see the port for what is raised."""
        before = self._client.calls
        reading = Reading(self._client, self._settings, progress)
        await reading.run()
        tree = trees.of(reading, self._settings, known)
        coverage = _coverage(reading)
        return Observation(
            system=self._system,
            coverage=coverage,
            departments=tree.departments,
            members=self._members(reading, tree),
            roles=_roles(reading),
            gaps=reading.gaps.told(),
            calls=self._client.calls - before,
        )

    def _members(self, reading: Reading, tree: trees.Tree) -> tuple[MemberRecord, ...]:
        levels = self._settings.attributes if self._settings.tree == "attribute" else ()
        records = []
        while reading.users:  # gives the rows back while the records grow
            person, user = reading.users.popitem()
            if person in tree.unplaced:
                continue
            places = tree.places.get(person, ())
            records.append(
                mapping.member(
                    user,
                    places,
                    managers=self._settings.managers,
                    hidden=reading.unasked,
                    tree=levels,
                )
            )
        records.reverse()
        return tuple(records)

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()
        await self._checker.close()


def _coverage(reading: Reading) -> Coverage:
    hidden = set(reading.unasked)
    if reading.users and not any(map(mapping.is_whole, reading.users.values())):
        hidden.update(mapping.GATED)
    return Coverage(
        departments="departments" not in reading.incomplete,
        members="members" not in reading.incomplete,
        roles="roles" not in reading.incomplete,
        hidden={"member": tuple(sorted(hidden))} if hidden else {},
    )


def _roles(reading: Reading) -> tuple[RoleRecord, ...]:
    return tuple(
        mapping.role(group, reading.inside[role].users) for role, group in reading.roles.items()
    )
