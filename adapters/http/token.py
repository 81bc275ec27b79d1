"""Access tokens: fetched once at a time, renewed early, dropped when they are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from adapters.http.budget import Clock

EARLY = 600.0
"""Seconds before its end at which a token is renewed (at most a quarter of its life)."""

Fetched = tuple[str, float]
"""A token, and the seconds for which it is good."""


class AccessToken:
    """One token of one app. ``fetch`` asks for a new one; what it raises is raised here."""

    def __init__(self, fetch: Callable[[], Awaitable[Fetched]], clock: Clock) -> None:
        self._fetch, self._clock = fetch, clock
        self._token, self._renew_at = "", 0.0
        self._fetching = asyncio.Lock()

    async def get(self) -> str:
        """The token; many may ask at a time, and one of them fetches it."""
        if self._clock() < self._renew_at:
            return self._token
        async with self._fetching:
            if self._clock() >= self._renew_at:
                self._token, lifetime = await self._fetch()
                self._renew_at = self._clock() + lifetime - min(EARLY, lifetime / 4)
            return self._token

    def drop(self, token: str) -> None:
        """Fetch a new one next time, unless that has happened since ``token`` was handed out."""
        if token == self._token:
            self._renew_at = 0.0
