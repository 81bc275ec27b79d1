"""What the receiver counts. Bounded, whoever calls: names are those of the configuration."""

from __future__ import annotations

import re
from collections import Counter

_NAMES = 64
"""Names of events that are counted apart, for each system; providers have about twenty."""

_NAME = re.compile(r"[A-Za-z0-9_.:\- ]{1,64}", re.ASCII)  # Entra's are two words
OTHER = "other"


class Counts:
    """One system's callbacks since the process began."""

    def __init__(self) -> None:
        self.received = 0
        """Requests to its address: each is one of the following."""
        self.stored = 0
        self.duplicates = 0
        """Stored before under the same key; answered as if they were new."""
        self.handshakes = 0
        """Nothing had to be stored: the check of the address, mostly."""
        self.refused: Counter[str] = Counter()
        """By :data:`domain.hints.Reason`."""
        self.unavailable = 0
        """Not taken because the inbox did not answer in time, or too many came at once."""
        self.broken = 0
        """The caller hung up, or was too slow."""
        self.failed = 0
        """A mistake of ours."""
        self.events: Counter[str] = Counter()
        """By the provider's names, of what was stored for the first time."""

    def told(self, events: tuple[str, ...]) -> None:
        """Count what a callback tells."""
        for event in events:
            name = event if _NAME.fullmatch(event) else OTHER
            if name not in self.events and len(self.events) >= _NAMES:
                name = OTHER
            self.events[name] += 1


class Counters:
    """All systems' callbacks."""

    def __init__(self) -> None:
        self.systems: dict[str, Counts] = {}
        self.unknown = 0
        """Requests to an address that no system has."""
