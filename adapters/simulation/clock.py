"""The clock of a simulated provider: real time plus whatever was skipped."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Runs with the wall clock; ``advance`` skips ahead, so that tokens expire without waiting."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self.listeners: list[Callable[[], None]] = []
        """Called whenever time was skipped."""

    def now(self) -> float:
        """Seconds since 1970, as the provider sees it."""
        return time.time() + self._skipped

    def now_ms(self) -> int:
        """Milliseconds since 1970, as the provider sees it."""
        return int(self.now() * 1000)

    def advance(self, seconds: float) -> None:
        """Skip ``seconds`` ahead."""
        self._skipped += seconds
        for listener in self.listeners:
            listener()
