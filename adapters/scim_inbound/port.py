"""What the SCIM side asks of the engine that takes its changes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from domain.decide import Refusal
from domain.directory import Directory
from domain.observe import Observation


class Intake(Protocol):
    """The way into the log for one system. Everything is called from one thread at a time."""

    @property
    def system(self) -> str: ...

    @property
    def directory(self) -> Directory:
        """The organization as far as it was folded; only to be read."""

    def follow(self) -> None:
        """Fold what others appended, unless that was done a moment ago."""

    def accept(self, observe: Callable[[], Observation]) -> tuple[Refusal, ...]:
        """Decide on what a call said and append it; what was refused, and then nothing was.

        ``observe`` tells it in view of :attr:`directory`, and is asked again after somebody else
        has changed the organization; what it raises is raised here.
        Raises HeldError when too much would go away, ConflictError when others append again and
        again, LogError when the log is away.
        """

    def left_out(self, what: str) -> None:
        """Remember a call that was refused, with ids and codes only."""
