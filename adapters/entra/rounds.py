"""Delta queries: a link to begin from, and the round that it leads to (Graph v1.0, delta query)."""

from __future__ import annotations

import re

import httpx
import msgspec

from adapters.entra import errors, mapping
from adapters.entra.client import MINIMAL, EntraClient
from adapters.entra.cursor import kinds
from adapters.entra.entries import Entry, fold
from adapters.entra.reading import CREATED, GROUPS, UNITS
from adapters.entra.settings import EntraSettings
from domain.errors import (
    CredentialFault,
    PermissionFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)

FILTERED = (
    "securityEnabled", "mailEnabled", "groupTypes", "membershipRule", "onPremisesSyncEnabled",
    "resourceProvisioningOptions", "isAssignableToRole",
)  # fmt: skip
"""Properties of groups by which a filter may choose, beside those that are read anyway."""


class Round(msgspec.Struct, frozen=True):
    """All that changed, and the link for the next time."""

    entries: dict[str, Entry]
    link: str


class Rounds:
    """The delta queries that one tree needs."""

    def __init__(self, client: EntraClient, settings: EntraSettings) -> None:
        self._client, self._settings = client, settings

    async def begin(self) -> dict[str, str]:
        """Links by kind that lead to what changes from now on; none where one cannot be had."""
        links: dict[str, str] = {}
        for kind in kinds(self._settings):
            try:
                links[kind] = await self._latest(kind)
            except CredentialFault:
                raise
            except SystemFault:
                return {}  # the next reading reads everything again
        return links

    async def _latest(self, kind: str) -> str:
        """One link. Where a cloud does not know everything that is asked for, less is.

        One that cannot begin with now begins with everything, which is read and left.
        """
        choices = self._choices(kind)
        *attempts, last = [
            self._client.url(path, select=",".join(names), deltaToken=token)
            for token in ("latest", "")
            for path, *names in choices
        ]
        for url in attempts:
            try:
                return await self._ended(kind, url)
            except PermissionFault:
                raise
            except TerminalFault:
                continue
        return await self._ended(kind, last)

    async def _ended(self, kind: str, url: httpx.URL) -> str:
        name = f"{kind}/delta"
        found = await self._client.listing(name, url, msgspec.Raw)
        if not found.delta:
            raise found.fault or TerminalFault(f"Entra {name} came to no end", code="endless")
        return found.delta

    def _choices(self, kind: str) -> list[tuple[str, ...]]:
        """A path and what to select, the best first."""
        settings = self._settings
        if kind == "users":
            levels = settings.attributes if settings.tree == "attribute" else ()
            manager = ["manager"] if settings.managers else []
            names = [mapping.select(levels, wide=wide) for wide in (True, False)]
            return [("users/delta", name, CREATED, *manager) for name in names]
        if kind == "units":
            paths = ("directory/administrativeUnits/delta", "administrativeUnits/delta")
            return [(path, UNITS, "members") for path in paths]
        words = re.findall(r"\w+", f"{settings.groups_filter} {settings.roles_filter}")
        more = [name for name in FILTERED if name in words]
        owners = ["owners"] if settings.tree == "groups" and settings.owners else []
        least = ("groups/delta", GROUPS, "members")
        return [(*least, *owners, *more), least]

    async def run(self, kind: str, link: str) -> Round:
        """The round that ``link`` leads to. One whose pages expire is begun anew.

        Raises SyncLost where only reading everything helps, and a TransientFault where even that
        would be too many calls.
        """
        name = f"{kind}/delta"
        headers = MINIMAL if kind == "groups" else ()
        try:
            url = self._client.link(name, link)
            found = await self._client.listing(name, url, msgspec.Raw, headers=headers)
            if found.fault is not None:
                raise found.fault
        except CredentialFault:
            raise
        except SystemFault as fault:
            if isinstance(fault, TransientFault) and fault.throttled:
                raise
            raise errors.SyncLost(fault.what, why=fault.why, code=fault.code) from None
        entries, bad = fold(found.rows)
        if bad + found.bad or not found.delta:
            why = f"{bad + found.bad} rows have an unknown shape" if found.delta else "no end"
            raise errors.SyncLost(f"Entra {name} does not tell enough", why=why)
        return Round(entries, found.delta)
