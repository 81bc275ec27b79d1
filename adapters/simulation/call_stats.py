"""Counters of the calls that a simulated provider makes itself."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any, get_args

from adapters.simulation.faults import CallbackFault

KEPT = 100_000
"""Answers whose time is remembered."""


class CallStats:
    """What was sent and what became of it.

    ``sent`` counts tries, ``acknowledged`` those that were taken and ``failed`` the others;
    ``given_up`` counts letters. What the dials did is counted by event, and ``forged_taken`` is
    how often somebody without the secrets was believed.
    """

    def __init__(self) -> None:
        self.struck: Counter[str] = Counter()
        self._seconds: deque[float] = deque(maxlen=KEPT)
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        self.sent = self.acknowledged = self.failed = self.retried = self.given_up = 0
        self.forged_taken = 0
        self.struck.clear()
        self._seconds.clear()

    def acknowledge(self, seconds: float) -> None:
        """Count a call that was taken, and how long the answer took."""
        self.acknowledged += 1
        self._seconds.append(seconds)

    def report(self) -> dict[str, Any]:
        """The counters by name; ``latency_ms`` is of the answers that took a call."""
        took = sorted(self._seconds)
        return {
            "sent": self.sent,
            "acknowledged": self.acknowledged,
            "failed": self.failed,
            "retried": self.retried,
            "given_up": self.given_up,
            **{kind: self.struck[kind] for kind in get_args(CallbackFault)},
            "forged_taken": self.forged_taken,
            "latency_ms": {
                name: round(took[int(share * (len(took) - 1))] * 1000, 2) if took else None
                for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
            },
        }
