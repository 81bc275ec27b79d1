"""Access tokens: fetched once at a time, renewed early, dropped when they are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.http.budget import Clock
from adapters.http.faults import TokenRefused
from domain.errors import CredentialFault, TransientFault

T = TypeVar("T")

EARLY = 600.0
"""Seconds before its end at which a token is renewed (at most a quarter of its life)."""

MOST_FAILURES = 3
"""Fetches that fail one after the other while somebody waits: then it fails for them as well."""

Fetched = tuple[str, float]
"""A token, and the seconds for which it is good."""


class AccessToken:
    """One token of one app. ``fetch`` asks for a new one; what it raises is raised here."""

    def __init__(self, fetch: Callable[[], Awaitable[Fetched]], clock: Clock) -> None:
        self._fetch, self._clock = fetch, clock
        self._token, self._renew_at = "", 0.0
        self._fetching = asyncio.Lock()
        self._refusals, self._refusal = 0, CredentialFault("no token was asked for")
        self._failures, self._failure = 0, TransientFault("no token was asked for")

    async def get(self) -> str:
        """The token; many may ask at a time, and one of them fetches it.

        Where its credentials are refused, so are those of all who waited: a wrong secret that is
        shown again and again blocks this address (WeCom gettoken). A failure is each one's own
        as long as it is short: a hundred who wait in turn for an end that hangs wait for ever.
        """
        if self._clock() < self._renew_at:
            return self._token
        refused, failed = self._refusals, self._failures
        async with self._fetching:
            if self._clock() >= self._renew_at:
                if self._refusals != refused:
                    raise self._refusal
                if self._failures - failed >= MOST_FAILURES:
                    raise _again(self._failure)
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        try:
            self._token, lifetime = await self._fetch()
        except CredentialFault as refusal:
            self._refusals, self._refusal = self._refusals + 1, refusal
            raise
        except TransientFault as failure:
            self._failures, self._failure = self._failures + 1, failure
            raise
        self._renew_at = self._clock() + lifetime - min(EARLY, lifetime / 4)

    async def used(self, call: Callable[[str], Awaitable[T]]) -> T:
        """What ``call`` gives with the token. A refused one is fetched anew, once."""
        try:
            return await self._used(call)
        except TokenRefused:
            return await self._used(call)

    async def _used(self, call: Callable[[str], Awaitable[T]]) -> T:
        token = await self.get()
        try:
            return await call(token)
        except TokenRefused:
            self.drop(token)
            raise

    def drop(self, token: str) -> None:
        """Fetch a new one next time, unless that has happened since ``token`` was handed out."""
        if token == self._token:
            self._renew_at = 0.0


def _again(fault: TransientFault) -> TransientFault:
    """The same for somebody else, who may add to it what they were about."""
    return TransientFault(
        fault.what,
        why=fault.why,
        fix=fault.fix,
        code=fault.code,
        retry_after=fault.retry_after,
        throttled=fault.throttled,
    )
