"""Entra as a source: reading the tenant through the port ``Source``.

Only what changed is read, where the last whole reading left a cursor that is still good: delta
links that the log keeps (ADR 13). Everything is read where there is none, where the settings are
others, where Graph has lost the state (410), and once in ``full_every`` hours: a delta query
promises less than a listing does (entra.md, section 5).
The links are fetched before everything is listed, so that no change falls in between.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import httpx
from msgspec import UNSET

from adapters.entra import capabilities, errors, looking, mapping, trees
from adapters.entra import cursor as cursors
from adapters.entra.changes import Changes
from adapters.entra.check import check
from adapters.entra.client import EntraClient
from adapters.entra.cursor import Cursor
from adapters.entra.reading import Reading
from adapters.entra.rounds import Rounds
from adapters.entra.settings import EntraSettings
from adapters.http import Patience
from adapters.http.budget import Clock, Sleep
from domain.hints import Hint
from domain.observe import Coverage, Observation
from domain.ports import Finding, Known, Progress, Reached, SourceCapabilities
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
        wall: Clock = time.time,
    ) -> None:
        self._system, self._settings, self._wall = system, settings, wall
        self._client = EntraClient(
            settings, transport=transport, patience=patience, clock=clock, sleep=sleep, wall=wall
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

    def reached(self, cursor: str) -> Reached | None:
        """When the links of a cursor were made, and until when they are followed."""
        found = cursors.read(cursor, self._settings)
        return None if found is None else cursors.reached(found, self._settings)

    async def read(self, known: Known, progress: Progress) -> Observation:
        """Read what changed, or everything that is visible; see the port for what is raised."""
        before = self._client.calls
        cursor = self._usable(known.cursor)
        if cursor is not None:
            try:
                changes = Changes(self._system, self._client, self._settings, cursor)
                return await changes.read(known, progress)
            except errors.SyncLost:
                pass  # everything is read instead
        links = await self._links()
        at = int(self._client.now)
        reading = Reading(self._client, self._settings, progress)
        await reading.run()
        tree = trees.of(reading, self._settings, known)
        coverage = _coverage(reading)
        limited = len(coverage.hidden.get("member", ())) > len(reading.unasked)
        fresh = Cursor(
            settings=cursors.fingerprint(self._settings),
            full=at,
            at=at,
            links=links,
            unasked=tuple(sorted(reading.unasked)),
        )
        return Observation(
            system=self._system,
            coverage=coverage,
            departments=tree.departments,
            members=self._members(reading, tree),
            roles=_roles(reading),
            gaps=reading.gaps.told(),
            calls=self._client.calls - before,
            cursor=fresh.write() if links and not limited else "",
        )

    async def look(self, hints: Sequence[Hint], known: Known, progress: Progress) -> Observation:
        """What changed since ``known.cursor``, of those whom ``hints`` name at least.

        The new cursor is good once this is appended. See the port ``Looking``.
        """
        before = self._client.calls
        cursor = self._usable(known.cursor)
        if cursor is None:
            return looking.doubtful(self._system, looking.NO_CURSOR)
        named = looking.Named(self._client, self._settings, hints, known, progress)
        changes = Changes(self._system, self._client, self._settings, cursor)
        try:
            return looking.partial(await changes.read(known, progress, named))
        except errors.SyncLost as lost:
            return looking.doubtful(self._system, str(lost), self._client.calls - before)

    def _usable(self, text: str) -> Cursor | None:
        """From where on changes can be read; None: everything has to be read."""
        cursor = cursors.read(text, self._settings)
        if cursor is None or self._wall() >= cursors.reached(cursor, self._settings).due:
            return None
        return cursor

    async def _links(self) -> dict[str, str]:
        """Where the next reading goes on, if it is to read changes only and can."""
        if not self._settings.full_every:
            return {}
        return await Rounds(self._client, self._settings).begin()

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
                    manager=mapping.manager(user) if self._settings.managers else UNSET,
                    whole=mapping.is_whole(user),
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
