"""Rate limits: so many calls in each window of time, per API and over all APIs."""

from __future__ import annotations


class RateLimit:
    """Counts calls in windows, each of which starts with the first call after the last one."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}

    def admit(self, key: str, now: float, limit: float | None, *, window: float = 1) -> bool:
        """Say whether one more call under ``key`` fits, and count it if it does.

        ``limit`` is in calls per ``window`` seconds; None admits everything.
        """
        if limit is None:
            return True
        start, count = self._windows.get(key, (now, 0))
        if now - start >= window or now < start:
            start, count = now, 0
        if count >= limit:
            return False
        self._windows[key] = (start, count + 1)
        return True

    def wait(self, key: str, now: float, *, window: float = 1) -> float:
        """Seconds until the window of ``key`` is over."""
        start, _ = self._windows.get(key, (now, 0))
        return max(0.0, start + window - now)
