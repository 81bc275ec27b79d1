"""Check: can we get in, what is permitted, what is visible, and what this way of reading misses.

Nothing is written and nobody's data is kept: each interface is asked for one row.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from adapters.entra import errors, mapping, wire
from adapters.entra.client import ADVANCED, EntraClient
from adapters.entra.settings import EntraSettings
from adapters.http import decoder
from adapters.http.findings import clock, error, ok, trouble, warning
from domain.errors import SystemFault
from domain.ports import Finding


async def check(client: EntraClient, settings: EntraSettings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    try:
        await client.token.get()
    except SystemFault as fault:
        return [trouble("credentials", fault)]
    findings = [ok("credentials", "Entra accepts the app's id and secret.")]
    findings += clock(client.http.date, "Microsoft", "tokens")
    findings += await _Probe(client, settings).run()
    return [*findings, *_quota(client.http.quota), *_notes(settings)]


class _Probe:
    """Asks each interface that this tree needs, once."""

    def __init__(self, client: EntraClient, settings: EntraSettings) -> None:
        self._client, self._settings = client, settings
        self._row: wire.User | None = None

    async def run(self) -> list[Finding]:
        settings = self._settings
        findings = [await self._ask("users", "people", self._somebody), *self._profile()]
        if settings.managers:
            findings.append(await self._ask("users", "direct managers", self._manager))
        if settings.tree == "groups":
            findings += await self._inside("groups", "groups", settings.groups_filter)
        if settings.tree == "units":
            findings += await self._inside("units", "directory/administrativeUnits", "")
        if settings.roles_filter:
            findings += await self._inside("groups", "groups", settings.roles_filter, role=True)
        return [*findings, *await self._scope()]

    async def _ask(self, name: str, what: str, call: Callable[[], Awaitable[object]]) -> Finding:
        permission = f"permission {errors.PERMISSIONS[name]}"
        try:
            await call()
        except SystemFault as fault:
            return trouble(permission, fault)
        return ok(permission, f"The app may read {what}.")

    async def _first(self, name: str, path: str, condition: str = "") -> wire.Page:
        count = "true" if condition else ""
        url = self._client.url(path, select="id", filter=condition, count=count, top="1")
        return await self._client.get(name, url, wire.Page, ADVANCED if condition else ())

    async def _somebody(self) -> None:
        select = "id,accountEnabled,userType"
        page = await self._client.get(
            "users", self._client.url("users", select=select, top="1"), wire.Page
        )
        for raw in page.value or ():
            self._row = decoder(wire.User).decode(raw)

    def _profile(self) -> list[Finding]:
        if self._row is None or mapping.is_whole(self._row):
            return []
        return [
            error(
                "permission User.Read.All",
                "The app sees basic profiles only: no departments, numbers, managers, states.",
                errors.GRANT,
            )
        ]

    async def _manager(self) -> None:
        url = self._client.url("users", select="id", expand="manager($select=id)", top="1")
        await self._client.get("users", url, wire.Page)

    async def _inside(
        self, kind: str, path: str, condition: str, *, role: bool = False
    ) -> list[Finding]:
        """The listing, and the members of what it shows first."""
        what = "roles" if role else "groups" if kind == "groups" else "administrative units"
        found: list[str] = []

        async def listing() -> None:
            page = await self._first(kind, path, condition)
            found.extend(decoder(wire.Group).decode(raw).id for raw in page.value or ())

        findings = [await self._ask(kind, what, listing)]
        if findings[0].level == "ok" and not found:
            key = "roles_filter" if role else "groups_filter"
            return [
                *findings,
                warning(
                    what,
                    f"There are no {what} to read.",
                    f"Check the setting {key}." if kind == "groups" else "",
                ),
            ]
        return [*findings, *[await self._members(kind, path, group, what) for group in found]]

    async def _members(self, kind: str, path: str, group: str, what: str) -> Finding:
        name = f"{kind}/members"
        return await self._ask(
            name, f"members of {what}", lambda: self._first(name, f"{path}/{group}/members")
        )

    async def _scope(self) -> list[Finding]:
        try:
            people = await self._client.count("users")
            guests = await self._client.count("users", "userType eq 'Guest'")
        except SystemFault as fault:
            if fault.code.lower() not in errors.UNKNOWN_PROPERTY:
                return [trouble("scope", fault)]
            people = guests = None
        if people is None or guests is None:
            return [ok("scope", "Graph does not count people here; a sync tells how many it read.")]
        skipped = "they are left out" if self._settings.guests == "skip" else "they are read too"
        text = f"The app sees {people} people, {guests} of them guests ({skipped})."
        if people:
            return [ok("scope", text)]
        return [error("scope", "The app sees nobody at all.")]


def _notes(settings: EntraSettings) -> list[Finding]:
    found = [
        f"Everything is read every {settings.full_every:g} hours, what changed in between."
        if settings.full_every
        else "Everything is read at every sync."
    ]
    if settings.tree == "attribute":
        found.append("Departments are texts: one without people does not exist.")
    return [ok("reading", text) for text in found]


def _quota(told: str) -> list[Finding]:
    """How much of the limit is used. Graph tells it from 80 % on (Graph v1.0, throttling)."""
    try:
        share = float(told)
    except ValueError:
        return []
    used = f"{share:.0%} of what Entra lets this app ask within 10 s is used."
    return [warning("quota", used, "Lower the setting rate, or what else uses this app's id.")]
