"""Gathering: a burst becomes one piece of work.

A provider tells of one new person three times within a second, and one sync appends a thousand
events. They are taken together once it has been quiet for a moment.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathering(Generic[T]):
    """Things in the order in which they came; each sequence number once at a time."""

    def __init__(self, *, idle: float, most: float) -> None:
        """A burst ends when nothing came for ``idle`` seconds, or ``most`` after its first."""
        self._idle, self._most = idle, most
        self._waiting: dict[int, T] = {}
        self._first = self._newest = 0.0
        self._came = asyncio.Event()

    def put(self, sequence: int, thing: T) -> None:
        """Take one in. A redelivery of one that still waits takes its place."""
        now = monotonic()
        if not self._waiting:
            self._first = now
        self._newest = now
        self._waiting[sequence] = thing
        self._came.set()

    def drop(self, sequence: int) -> None:
        """It is done: a redelivery that came meanwhile is nothing to do."""
        self._waiting.pop(sequence, None)

    async def next(self, patience: float) -> dict[int, T]:
        """The next burst by sequence number; empty when none began within ``patience`` seconds."""
        try:
            async with asyncio.timeout(patience):
                await self._came.wait()
        except TimeoutError:
            return {}
        while True:
            now = monotonic()
            left = min(self._newest + self._idle, self._first + self._most) - now
            if left <= 0:
                break
            await asyncio.sleep(left)
        found, self._waiting = self._waiting, {}
        self._came.clear()
        return found
