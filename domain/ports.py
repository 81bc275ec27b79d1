"""What the engine asks of an outside system; an adapter fulfils it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from domain.observe import Observation
from domain.records import MemberRecord

Progress = Callable[[str, int, int | None], None]
"""``progress(what, done, total)``: total is None while it is not known. Called often, cheaply."""


class SourceCapabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What reading from this kind of system can give. The engine branches on this record only."""

    departments: bool = True
    leaders: bool = True
    order: bool = True
    managers: bool = True
    roles: bool = True
    notes: tuple[str, ...] = ()
    """What it cannot give, each with the reason."""


class Known(Protocol):
    """What the ledger already knows, for sources that must save calls."""

    @property
    def turn(self) -> int:
        """How many readings of this system have finished; to take turns over many sittings."""

    def changed(self, record: MemberRecord) -> bool:
        """Whether ``record`` is new, or tells anything that the ledger does not know yet."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a check. ``level`` is ``ok``, ``warning`` or ``error``; ``fix`` the next step."""

    level: str
    subject: str
    text: str
    fix: str = ""


class Source(Protocol):
    """The reading side of a system."""

    @property
    def capabilities(self) -> SourceCapabilities: ...

    async def check(self) -> list[Finding]:
        """Say whether we can get in, what is permitted, what is visible and what is hidden.

        Wrong credentials and missing permissions are findings, not exceptions.
        """

    async def read(self, known: Known, progress: Progress) -> Observation:
        """Read everything that is visible.

        A part that fails for good is a gap of the observation, not an exception.
        Raises CredentialFault, or another SystemFault when nothing at all can be read.
        """

    async def close(self) -> None:
        """Give connections back."""
