"""Fakes of a server's rate limit, and a crowd of callers that goes through a budget to it."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field

from adapters.http import Budget
from tests.adapters.http.virtual import now


class FixedWindows:
    """So many calls in each second, which begins with the first call after the last one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._windows: dict[str, tuple[float, int]] = {}

    def admit(self, key: str) -> bool:
        start, count = self._windows.get(key, (now(), 0))
        if now() - start >= 1:
            start, count = now(), 0
        if count >= self._limit:
            return False
        self._windows[key] = (start, count + 1)
        return True


class SlidingWindow:
    """So many calls in any one second."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def admit(self, key: str) -> bool:
        calls = self._calls[key]
        while calls and calls[0] <= now() - 1:
            calls.popleft()
        if len(calls) >= self._limit:
            return False
        calls.append(now())
        return True


@dataclass
class Outcome:
    """What a crowd met. ``sent`` are the times of all calls, refused ones included."""

    seconds: float = 0.0
    refused: int = 0
    sent: list[float] = field(default_factory=list)

    def most_in_a_second(self) -> int:
        times = sorted(self.sent)
        first = best = 0
        for last, at in enumerate(times):
            while times[first] <= at - 1:
                first += 1
            best = max(best, last - first + 1)
        return best


async def crowd(
    budget: Budget,
    calls: dict[str, int],
    *,
    per_api: FixedWindows | SlidingWindow | None = None,
    overall: FixedWindows | SlidingWindow | None = None,
    latency: float = 0.001,
    workers: int = 48,
) -> Outcome:
    """Make ``calls`` per interface, each again a second after a refusal."""
    outcome, chance, began = Outcome(), random.Random(1), now()

    async def one(api: str) -> bool:
        sent = await budget.take(api)
        outcome.sent.append(sent)
        way = chance.uniform(0.25, 0.75) * latency
        await asyncio.sleep(way)
        good = (overall is None or overall.admit("*")) and (per_api is None or per_api.admit(api))
        await asyncio.sleep(way)
        if not good:
            outcome.refused += 1
            budget.throttled(api, sent)
            await asyncio.sleep(1)
        return good

    async def work(api: str, left: list[None]) -> None:
        while left:
            left.pop()
            while not await one(api):
                pass

    async with asyncio.TaskGroup() as group:
        for api, number in calls.items():
            left = [None] * number
            for _ in range(min(workers, number)):
                group.create_task(work(api, left))
    outcome.seconds = now() - began
    return outcome
