"""Budget: who may call when, per interface and over all interfaces of one host.

Two limits are told apart by what refusals look like: a lane refused near its own known-good rate
has met its own limit; several lanes refused far below theirs share one limit.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

from adapters.http.pace import HEADROOM, WINDOW, Pace

GRAIN = 0.001
"""Seconds below which waiting is not worth a sleep."""

OWN_LIMIT = 0.7
"""A lane refused at this part of its known-good rate, or above, has met its own limit."""

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[object]]


Window = tuple[int, float]
"""So many calls in so many seconds."""


class _Room:
    """Room in a long window: calls go at once until it is full, and then as those before age."""

    def __init__(self, window: Window) -> None:
        calls, self._seconds = window
        self._sent: deque[float] = deque(maxlen=max(1, int(calls * HEADROOM)))

    def delay(self, now: float) -> float:
        """Seconds until the next call may go; zero or less: now."""
        full = len(self._sent) == self._sent.maxlen
        return self._sent[0] + self._seconds - now if full else 0.0

    def take(self, now: float) -> None:
        """Note that a call goes now."""
        self._sent.append(now)


class _Lane:
    def __init__(self, pace: Pace, window: Window | None) -> None:
        self.pace = pace
        self.room = _Room(window) if window else None
        self.turn = asyncio.Lock()
        self.suspected = -math.inf
        self.suspected_first = math.inf


class Budget:
    """Call permits for one app at one host.

    ``rate`` is the documented limit per interface, ``max_rate`` the cap over all interfaces,
    both in calls per second; ``max_rate`` 0 means no cap. ``steady`` keeps each interface to
    ``rate``, however well more of it goes: the limit counts by the minute, and a rate that holds
    for a second says nothing about that. ``windows`` are narrower limits of some interfaces, by
    the first part of their names.
    """

    def __init__(
        self,
        rate: float,
        *,
        max_rate: float = 0,
        steady: bool = False,
        windows: Mapping[str, Window] | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._rate, self._clock, self._sleep = rate, clock, sleep
        self._windows = windows or {}
        cap = max_rate or math.inf
        self._most = min(cap, rate * HEADROOM) if steady else cap
        self._lanes: dict[str, _Lane] = {}
        self._overall = Pace(math.inf, clock(), most=cap)
        self._turn = asyncio.Lock()
        self._began = math.inf
        self._paused_until = -math.inf

    async def take(self, api: str) -> float:
        """Wait until a call of ``api`` may go; returns the time at which it went."""
        lane = self._lanes.get(api) or self._open(api)
        async with lane.turn:
            if lane.room is not None:
                await self._wait(lane.room)
            await self._wait(lane.pace)
            async with self._turn:
                await self._wait(self._overall)
                now = self._clock()
                lane.pace.take(now)
                if lane.room is not None:
                    lane.room.take(now)
                self._overall.take(now)
        self._began = min(self._began, now)
        return now

    def throttled(self, api: str, sent: float) -> None:
        """Learn from the refusal of a call of ``api`` that went at ``sent``."""
        lane, now = self._lanes[api], self._clock()
        lane.pace.forget(sent)
        self._overall.forget(sent)
        own = lane.pace.accepted(sent)
        if own >= OWN_LIMIT * lane.pace.good:
            lane.pace.slow(sent, now)
            return
        if sent - lane.suspected > WINDOW:
            lane.suspected_first = sent
        lane.suspected = sent
        others = any(
            abs(sent - other.suspected) <= WINDOW
            for other in self._lanes.values()
            if other is not lane
        )
        if sent - self._began < WINDOW:
            if others:  # calls of a process before us may count: rest, and look again
                self._paused_until = max(self._paused_until, self._began + WINDOW)
        elif self._overall.learned:
            self._overall.slow(sent, now)
        elif others:
            self._overall.slow(sent, now, to=max(1, self._overall.most_accepted(sent)))
        elif sent - lane.suspected_first >= WINDOW:
            lane.pace.slow(sent, now, to=max(1, lane.pace.most_accepted(sent)))

    def pause(self, seconds: float) -> None:
        """Let nothing go for ``seconds``: the host refuses this address."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    @property
    def paused_for(self) -> float:
        """Seconds for which nothing may go; zero or less: not paused."""
        return self._paused_until - self._clock()

    def rates(self) -> dict[str, float]:
        """Calls per second allowed now, per interface; ``*`` is over all of them."""
        rates = {api: lane.pace.rate for api, lane in self._lanes.items()}
        return {"*": self._overall.rate, **rates}

    def _open(self, api: str) -> _Lane:
        now = self._clock()
        window = self._windows.get(api.partition("/")[0])
        lane = _Lane(Pace(self._rate, now, most=self._most), window)
        unlearned = [other.pace for other in self._lanes.values() if not other.pace.learned]
        if len(unlearned) == len(self._lanes):
            lane.pace.raise_to(max((pace.good for pace in unlearned), default=0.0), now)
        self._lanes[api] = lane
        return lane

    async def _wait(self, pace: Pace | _Room) -> None:
        while True:
            now = self._clock()
            delay = max(pace.delay(now), self._paused_until - now)
            if delay <= GRAIN:
                return
            await self._sleep(delay)
