"""Check: can we get in, what is permitted, what is visible, and what this way of reading misses.

Nothing is written and nobody's data is kept: each interface is asked for one row.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime

from adapters.entra import errors, mapping, wire
from adapters.entra.client import EntraClient
from adapters.entra.settings import EntraSettings
from adapters.http import decoder
from domain.errors import CredentialFault, PermissionFault, SystemFault
from domain.ports import Finding

MOST_SKEW = 60.0
"""Seconds by which clocks may differ before we say so; tokens carry times."""


async def check(client: EntraClient, settings: EntraSettings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    try:
        await client.token.get()
    except SystemFault as fault:
        return [_trouble("credentials", fault)]
    findings = [_ok("credentials", "Entra accepts the app's id and secret."), *clock(client)]
    probe = _Probe(client, settings)
    return [*findings, *await probe.run(), *_notes(settings)]


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
            return _trouble(permission, fault)
        return _ok(permission, f"The app may read {what}.")

    async def _first(self, name: str, path: str, condition: str = "") -> wire.Page:
        count = "true" if condition else ""
        url = self._client.url(path, select="id", filter=condition, count=count, top="1")
        return await self._client.get(name, url, wire.Page, advanced=bool(condition))

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
            Finding(
                level="error",
                subject="permission User.Read.All",
                text="The app sees basic profiles only: no departments, numbers, managers, states.",
                fix=errors.GRANT,
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
                Finding(
                    level="warning",
                    subject=what,
                    text=f"There are no {what} to read.",
                    fix=f"Check the setting {key}." if kind == "groups" else "",
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
            return [_trouble("scope", fault)]
        skipped = "they are left out" if self._settings.guests == "skip" else "they are read too"
        text = f"The app sees {people} people, {guests} of them guests ({skipped})."
        if people:
            return [_ok("scope", text)]
        return [Finding(level="error", subject="scope", text="The app sees nobody at all.")]


def _notes(settings: EntraSettings) -> list[Finding]:
    found = [
        "Everything is read at every sync: a delta query would not tell of every change of a"
        " manager, nor of memberships of deleted people."
    ]
    if settings.tree == "attribute":
        found.append("Departments are texts: one without people does not exist.")
    return [_ok("reading", text) for text in found]


def _ok(subject: str, text: str) -> Finding:
    return Finding(level="ok", subject=subject, text=text)


def _trouble(subject: str, fault: SystemFault) -> Finding:
    if isinstance(fault, PermissionFault):
        subject = f"permission {fault.permission}"
    if isinstance(fault, CredentialFault):
        subject = "credentials"
    text = fault.what if not fault.why else f"{fault.what}: {fault.why}."
    return Finding(level="error", subject=subject, text=text, fix=fault.fix)


def clock(client: EntraClient) -> list[Finding]:
    """Whether this machine's clock agrees with the ``Date`` of the last answer."""
    try:
        skew = time.time() - parsedate_to_datetime(client.http.date).timestamp()
    except ValueError:
        return []
    if abs(skew) <= MOST_SKEW:
        return []
    way = "ahead of" if skew > 0 else "behind"
    return [
        Finding(
            level="warning",
            subject="clock",
            text=f"This machine's clock is {abs(skew):.0f} s {way} Microsoft's.",
            fix="Set the clock, best by NTP: tokens carry the time.",
        )
    ]
