"""Trying again: what every piece of work with a directory may cost in failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from adapters.http import Patience
from adapters.ldap.client import LdapClient
from domain.errors import TransientFault

T = TypeVar("T")


class Tries:
    """The tries of one piece of work."""

    def __init__(self, limits: Patience) -> None:
        self._limits, self._failures, self._began = limits, 0, time.monotonic()

    def was_last(self) -> bool:
        """Count a failure; whether another try is one too many."""
        self._failures += 1
        limits = self._limits
        return self._failures >= limits.tries or time.monotonic() - self._began >= limits.silence

    async def wait(self) -> None:
        """Wait, longer after each failure."""
        await asyncio.sleep(self._limits.backoff(self._failures))


async def patiently(client: LdapClient, limits: Patience, call: Callable[[], T]) -> T:
    """Read, and read again from the start when the connection is lost."""
    tries = Tries(limits)
    while True:
        try:
            return await client.run(call)
        except TransientFault:
            if tries.was_last():
                raise
        await tries.wait()
