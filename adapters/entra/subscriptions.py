"""Subscriptions: what makes Graph call us when people or groups change, and keeps it at it.

A subscription lasts less than 29 days, and Graph says nothing when one ends (Graph v1.0, resource
subscription; entra.md, section 9). Ours are found by their address, because their clientState is
never told; a mark of it is in the address, whose query Graph keeps, so that after another
``callback_token`` they are made anew. Renewing one also answers ``reauthorizationRequired``: both
at once is what Graph asks for, and not one shortly after the other (lifecycle notifications).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Container
from datetime import UTC, datetime, timedelta

import httpx

from adapters.entra import wire
from adapters.entra.callbacks import MARK, EntraCallbacks
from adapters.entra.client import EntraClient
from adapters.entra.cursor import kinds
from adapters.entra.errors import GONE, GRANT
from adapters.entra.settings import EntraSettings
from adapters.http import Patience
from adapters.http.budget import Clock, Sleep
from domain.errors import CredentialFault, PermissionFault, SystemFault, TerminalFault
from domain.hints import Asked

LASTING = timedelta(minutes=41_760 - 10)
"""As long as Graph lets one of a directory object last, less what two clocks may differ."""

LOOKED_AFTER = timedelta(hours=1)
"""So often it is looked whether they are still there: nothing tells that one was removed."""

CHANGES = "updated,deleted"
"""A creation comes as an update, and so does a deletion that can be undone."""

REAUTHORIZE = "reauthorizationRequired"


class EntraSubscriptions:
    """The subscriptions of one app; fulfils :class:`domain.hints.Subscribing`.

    ``transport`` replaces the network, for a simulator in process.
    """

    def __init__(
        self,
        settings: EntraSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        wall: Clock = time.time,
    ) -> None:
        """Raises ConfigError without a ``callback_token``."""
        self._callbacks = EntraCallbacks(settings, settings.callback_token)
        self._state = settings.callback_token
        self._wanted = tuple(kind for kind in kinds(settings) if kind != "units")
        self._anew = False
        self._client = EntraClient(
            settings, transport=transport, patience=patience, clock=clock, sleep=sleep, wall=wall
        )

    async def keep(self, url: str) -> Asked:
        """See :class:`domain.hints.Subscribing`."""
        return await self._keep(url, ())

    async def heed(self, url: str, stored: bytes) -> Asked | None:
        """See :class:`domain.hints.Subscribing`."""
        notices = self._callbacks.notices(stored)
        if not notices:
            return None
        due = {notice.subscription_id for notice in notices if notice.event == REAUTHORIZE}
        return await self._keep(url, due)

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()

    async def _keep(self, url: str, due: Container[str]) -> Asked:
        """One for each kind, lasting; those that are ``due`` are renewed in any case."""
        there = await self._ours(url)
        now = datetime.fromtimestamp(self._client.now, UTC)
        again, fault = now + LOOKED_AFTER, None
        for kind in self._wanted:
            try:
                until = await self._last(kind, self._marked(url), there, now, due)
                again = min(again, until - LASTING / 2)
            except CredentialFault:
                raise
            except SystemFault as failed:
                fault = fault or failed
        if fault is not None:
            raise fault
        for old in there.values():
            await self._end(old)
        anew, self._anew = self._anew, False
        return Asked(max(again, now), anew)

    async def _ours(self, url: str) -> dict[str, wire.Subscription]:
        """Those that call ``url``, whatever its query, by their ids."""
        listed = await self._client.listing(
            "subscriptions", self._client.url("subscriptions"), wire.Subscription
        )
        if listed.fault is not None:
            raise listed.fault
        address = httpx.URL(url).copy_with(query=None)
        return {one.id: one for one in listed.rows if _without_query(one) == address}

    async def _last(
        self,
        kind: str,
        url: str,
        there: dict[str, wire.Subscription],
        now: datetime,
        due: Container[str],
    ) -> datetime:
        """Renew or make the one of ``kind``; takes it out of ``there``. Until when it lasts."""
        for one in [one for one in there.values() if _fits(one, kind, url)]:
            del there[one.id]
            until = one.until
            if until - now > LASTING / 2 and one.id not in due:
                return until
            if await self._renew(one, now + LASTING):
                return now + LASTING
        await self._make(kind, url, now + LASTING)
        return now + LASTING

    async def _renew(self, one: wire.Subscription, until: datetime) -> bool:
        """Whether it was there to be renewed."""
        body = {"expirationDateTime": _text(until)}
        try:
            await self._client.write(
                "PATCH", "subscriptions/renew", f"subscriptions/{one.id}", body
            )
        except TerminalFault as fault:
            if fault.code.lower() not in {*GONE, "http_404"}:
                raise
            return False
        return True

    async def _make(self, kind: str, url: str, until: datetime) -> None:
        body = {
            "changeType": CHANGES,
            "notificationUrl": url,
            "lifecycleNotificationUrl": url,
            "resource": f"/{kind}",
            "expirationDateTime": _text(until),
            "clientState": self._state,
        }
        what = f"Entra does not call us when {kind} change"
        self._anew = True  # also when the answer is lost: the next time it is there already
        try:
            await self._client.write("POST", f"subscriptions/{kind}", "subscriptions", body)
        except PermissionFault as fault:
            why = f"{fault.why}, or has as many subscriptions as it may (100)"
            raise PermissionFault(
                what, permission=fault.permission, why=why, fix=GRANT, code=fault.code
            ) from None
        except TerminalFault as fault:
            fix = (
                "Graph calls the address before it takes it: set public_url to one with https that"
                " can be reached from the internet, and see that orgledger serve runs behind it."
            )
            raise TerminalFault(what, why=fault.why, fix=fix, code=fault.code) from None

    async def _end(self, one: wire.Subscription) -> None:
        """Remove one that is not wanted any more; if that fails it ends by itself."""
        try:
            await self._client.write("DELETE", "subscriptions/delete", f"subscriptions/{one.id}")
        except CredentialFault:
            raise
        except SystemFault:
            return

    def _marked(self, url: str) -> str:
        """The address with what tells one clientState from another, and not what it is."""
        mark = hashlib.blake2b(self._state.encode(), digest_size=4).hexdigest()
        return str(httpx.URL(url).copy_set_param(MARK, mark))


def _fits(one: wire.Subscription, kind: str, url: str) -> bool:
    """Whether it is as we would make it; lifecycle events cannot be sent elsewhere afterwards."""
    asked = {word.strip().lower() for word in (one.changeType or "").split(",")}
    return (
        (one.resource or "").strip("/").lower() == kind
        and one.notificationUrl == url
        and one.lifecycleNotificationUrl in (url, None)
        and asked == set(CHANGES.split(","))
    )


def _without_query(one: wire.Subscription) -> httpx.URL | None:
    try:
        return httpx.URL(one.notificationUrl or "").copy_with(query=None)
    except httpx.InvalidURL:
        return None


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
