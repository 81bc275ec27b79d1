"""Gaps: what could not be read, told once and not ten thousand times."""

from __future__ import annotations

from domain.errors import SystemFault
from domain.observe import Gap

SINGLY = 20
"""So many failures of one kind are told one by one, the others as a number."""


class Gaps:
    """Collects failures by kind (``members of department``) and cause."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}

    def add(self, kind: str, which: object, fault: SystemFault | str) -> None:
        """Note that ``kind`` of ``which`` could not be read."""
        self._found.setdefault((kind, str(fault)), []).append(str(which))

    def told(self) -> tuple[Gap, ...]:
        """All gaps, as sentences."""
        gaps = []
        for (kind, why), which in self._found.items():
            gaps += [Gap(f"{kind} {one}".rstrip(), why) for one in which[:SINGLY]]
            if len(which) > SINGLY:
                gaps.append(Gap(f"{kind}, {len(which) - SINGLY} more", why))
        return tuple(gaps)
