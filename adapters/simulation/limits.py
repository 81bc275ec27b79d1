"""Rate limits: so many calls in each second, per API and over all APIs."""

from __future__ import annotations


class RateLimit:
    """Counts calls in windows of one second, which start with the first call after the last one."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}

    def admit(self, key: str, now: float, limit: float | None) -> bool:
        """Say whether one more call under ``key`` fits, and count it if it does.

        ``limit`` is in calls per second; None admits everything.
        """
        if limit is None:
            return True
        start, count = self._windows.get(key, (now, 0))
        if now - start >= 1 or now < start:
            start, count = now, 0
        if count >= limit:
            return False
        self._windows[key] = (start, count + 1)
        return True
