"""How fast: an even schedule of calls that learns its own ceiling.

Pure bookkeeping over times that are passed in; waiting is the budget's business.
"""

from __future__ import annotations

import math
from collections import deque

HEADROOM = 0.95
"""Part of a known limit that is used: an early call in one window is not one too many."""

WINDOW = 1.0
"""Seconds in which providers count (20 calls per second), and in which we look back."""

PROBE = 0.25
"""Seconds of full use after which more is tried, once the documented limit is disproved."""

DISPROVED = 1.7
"""So many times the documented rate accepted in one second, evenly sent: it is not the limit."""

SLACK = 0.01
"""Seconds by which late wake-ups may be made good; less than a call's distance at 20/s."""

MEMORY = 5.0
"""Seconds for which send times are kept, for answers that come late."""

FULL_USE = 0.85
"""Part of the allowed calls that must have been made before a higher rate is tried."""

BACK = 0.97
"""After a refusal while trying out: back to the last good rate, and a little below."""

CUT = 0.95
"""After a refusal at a rate that used to be good."""

FLOOR = 0.5
"""Slowest rate, in calls per second."""

FIRST_HOLD, LONGEST_HOLD = 10.0, 60.0
"""Seconds for which a learned ceiling is not tried again; doubled each time it proves true."""

FIRST_STEP = 0.02
"""Part by which a rate grows each second after a hold."""


class Pace:
    """One schedule: so many calls per second, evenly spread.

    ``rate`` is the documented limit in calls per second (infinite: none), ``most`` a hard cap.
    It begins just below the documented rate, doubles after a second of full use, and after each
    quarter of one when that was accepted too, until the first refusal. Then it remembers that
    ceiling and comes near it again in small steps. ``good`` is what a whole second has proved.
    """

    def __init__(self, rate: float, now: float, *, most: float = math.inf) -> None:
        self.most = most
        self.rate = self.good = self._documented = min(rate * HEADROOM, most)
        self.ceiling = math.inf
        self._next = now
        self._sent: deque[float] = deque()
        self._epoch, self._count = now, 0
        self._slowed = -math.inf
        self._hold, self._hold_until, self._step = 0.0, -math.inf, 0.0

    @property
    def learned(self) -> bool:
        """Whether a refusal has shown where the ceiling is."""
        return self.ceiling < math.inf

    def delay(self, now: float) -> float:
        """Seconds until the next call may go; zero or less: now."""
        return self._next - now

    def take(self, now: float) -> None:
        """Note that a call goes now."""
        self._next = max(self._next, now - SLACK) + 1 / self.rate
        self._sent.append(now)
        while self._sent[0] < now - MEMORY:
            self._sent.popleft()
        self._count += 1
        elapsed = now - self._epoch
        trying = not self.learned and self.rate > self._documented
        if elapsed >= (PROBE if trying else WINDOW):
            if self._count >= FULL_USE * self.rate * elapsed:
                self._held(now)
            self._epoch, self._count = now, 0

    def _held(self, now: float) -> None:
        """A span of full use went by without a refusal: think better of the rate."""
        if not self.learned:
            proved = self._proved(now)
            if proved or self.rate <= self._documented:
                self.good = max(self.good, min(self.rate, proved))
                self._set(self.rate * 2, now)
            return
        if self._slowed > self._epoch - WINDOW:
            return
        self.good = self.rate
        if now >= self._hold_until:
            self._set(self.rate * (1 + self._step), now)
            if self.rate > self.ceiling:
                self._step = min(1.0, self._step * 2)

    def _set(self, rate: float, now: float) -> None:
        self.rate = max(FLOOR, min(rate, self.most))
        self._next = min(self._next, now + 1 / self.rate)

    def raise_to(self, rate: float, now: float) -> None:
        """Go on at ``rate``, which another schedule of the same app has proved."""
        if not self.learned and rate > self.rate:
            self._set(rate, now)

    def forget(self, sent: float) -> None:
        """Take back the call sent then: it was refused."""
        try:
            self._sent.remove(sent)
        except ValueError:
            pass  # older than the memory

    def accepted(self, until: float) -> int:
        """How many calls, sent in the second up to ``until``, were not refused (so far)."""
        count = 0
        for sent in reversed(self._sent):
            if sent <= until - WINDOW:
                break
            count += sent <= until
        return count

    def _proved(self, until: float) -> float:
        """Calls per second accepted last, where they disprove the documented limit; else 0."""
        rate = self.accepted(until) / WINDOW
        return rate if rate >= DISPROVED * self._documented else 0.0

    def most_accepted(self, until: float) -> int:
        """The most calls that were accepted in any one second up to ``until``, as remembered."""
        sent = [at for at in self._sent if at <= until]
        best, first = 0, 0
        for last, at in enumerate(sent):
            while sent[first] <= at - WINDOW:
                first += 1
            best = max(best, last - first + 1)
        return best

    def slow(self, sent: float, now: float, *, to: float | None = None) -> bool:
        """Slow down since the call sent then was refused; False if that refusal is old news.

        ``to`` is a limit measured otherwise, in calls per second.
        """
        if sent < self._slowed + (WINDOW if self._hold else 0.0):
            return False
        self.ceiling = self.rate
        if to is not None:
            rate = to * HEADROOM
        elif self.rate > self.good:
            rate = max(self.good * BACK, self._proved(sent) * HEADROOM)
        else:
            rate = max(self.rate / 2, min(self.rate * CUT, self.accepted(sent) * HEADROOM))
        self._set(min(rate, self.rate), now)
        excess = self.accepted(now) + 1 - self.rate * WINDOW
        self._next = now + max(1.0, min(excess, self.rate * WINDOW)) / self.rate
        self.good = self.rate
        self._slowed = now
        self._hold = min(max(self._hold * 2, FIRST_HOLD), LONGEST_HOLD)
        self._hold_until, self._step = now + self._hold, FIRST_STEP
        self._epoch, self._count = now, 0
        return True
