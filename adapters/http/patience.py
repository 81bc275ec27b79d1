"""Patience: how often and for how long a call is tried again."""

from __future__ import annotations

import random

import msgspec


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of trying again.

    ``tries`` counts attempts that failed otherwise than by throttling, the first included.
    ``total`` limits the seconds spent on one call because of failures, ``throttled`` those
    because of throttling, ``silence`` those in which no call whatever got an answer in time.
    ``first_wait`` is the wait after the first failure, doubled each time.
    ``connect`` and ``read`` are time-outs in seconds.
    """

    tries: int = 4
    total: float = 60.0
    throttled: float = 600.0
    silence: float = 30.0
    first_wait: float = 0.5
    longest_wait: float = 60.0
    connect: float = 5.0
    read: float = 20.0

    def backoff(self, failures: int, first: float | None = None) -> float:
        """Seconds to wait after the given number of failures (1 or more), with jitter."""
        wait = (self.first_wait if first is None else first) * 2.0 ** (failures - 1)
        return min(wait, self.longest_wait) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


CHECKING = Patience(tries=2, throttled=15.0, total=15.0)
"""A check answers soon or says what is wrong."""
