"""Gaps: what could not be read, told once and not ten thousand times."""

from __future__ import annotations

from domain.errors import SystemFault
from domain.observe import Gap

NAMED = 5
"""So many ids are named where one cause struck several times; the others are a number."""


class Gaps:
    """Collects failures by kind (``members of department``) and cause."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}

    def add(self, kind: str, which: object, fault: SystemFault | str) -> None:
        """Note that ``kind`` of ``which`` could not be read."""
        self._found.setdefault((kind, str(fault)), []).append(str(which))

    def told(self) -> tuple[Gap, ...]:
        """All gaps, one for each kind and cause: ``members of department 5, 7 and 80 more``."""
        return tuple(
            Gap(f"{kind} {_named(which)}".rstrip(), why)
            for (kind, why), which in self._found.items()
        )


def _named(which: list[str]) -> str:
    named = ", ".join(which[:NAMED])
    return f"{named} and {len(which) - NAMED} more" if len(which) > NAMED else named
