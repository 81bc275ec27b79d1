"""Resource units: what each request costs, and how many a tenant has in ten seconds.

Source: Graph v1.0, throttling limits of identity and access (entra.md, section 7).
"""

from __future__ import annotations

import math

from adapters.entra.simulator.query import Query
from adapters.simulation.clock import Clock

WINDOW = 10.0
NOTABLE = 0.8
"""The share from which on answers tell it."""
COSTS = {"users": 2, "groups/members": 3, "units/members": 3}
SIZES = ((50, 3500), (500, 5000), (math.inf, 8000))


def cost(api: str, query: Query) -> int:
    """Resource units of one request."""
    units = COSTS.get(api, 1) - bool(query.select) + bool(query.expand)
    return max(1, units - (query.top is not None and query.top < 20))


class UnitMeter:
    """Counts units in windows of ten seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began, self._spent = 0.0, 0
        self.share = 0.0
        """How much of the window's units is spent, 1 when all are."""

    def take(self, units: int, people: int) -> int:
        """Spend ``units``; returns 0, or the seconds to wait where there are none left."""
        now = self._clock.now()
        if now - self._began >= WINDOW or now < self._began:
            self._began, self._spent = now, 0
        most = next(limit for size, limit in SIZES if people <= size)
        self.share = (self._spent + units) / most
        if self._spent + units > most:
            return max(1, math.ceil(self._began + WINDOW - now))
        self._spent += units
        return 0
