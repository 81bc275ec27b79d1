"""Counters of what a simulator was asked and what it answered."""

from __future__ import annotations

from collections import Counter
from typing import Any


class Stats:
    """Calls per API, write calls, error codes, throttled calls, and the most calls at one time."""

    def __init__(self) -> None:
        self._running = 0
        self.reset()

    def reset(self) -> None:
        """Forget what was counted; calls under way still count as running."""
        self.calls: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.writes = 0
        self.throttled = 0
        self.max_concurrency = 0

    def begin(self, api: str, *, write: bool) -> None:
        """Count the start of a call."""
        self.calls[api] += 1
        self.writes += write
        self._running += 1
        self.max_concurrency = max(self.max_concurrency, self._running)

    def end(self, code: str | None) -> None:
        """Count the end of a call and its error ``code``, if any."""
        self._running -= 1
        if code is not None:
            self.errors[code] += 1

    def report(self) -> dict[str, Any]:
        """The body of ``GET /_sim/stats``."""
        return {
            "calls": dict(sorted(self.calls.items())),
            "total": self.calls.total(),
            "writes": self.writes,
            "errors": dict(sorted(self.errors.items())),
            "throttled": self.throttled,
            "max_concurrency": self.max_concurrency,
        }
