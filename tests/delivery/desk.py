"""What the contract suite asks of every target's test desk: a server to write to, and to look at.

``tests/adapters/<system>/target_desk.py`` has one class per target that fulfils it.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

from domain.records import Roster

Trouble = Literal["lost_reply", "throttle", "http_500", "reset"]
"""``lost_reply``: the write is done, the answer never comes."""


class TargetDesk(Protocol):
    """A running target, real or simulated, with nothing in it; a context manager.

    ``type`` and ``settings`` go into the configuration (``settings`` has no ``org`` or ``type``).
    """

    type: str

    def __enter__(self) -> TargetDesk: ...

    def __exit__(self, *error: object) -> None: ...

    def settings(self) -> dict[str, Any]: ...

    def roster(self) -> Roster:
        """Everything that is there, read without our own adapter, under *our* ids.

        The id of a department, person or role is the key under which we put it there (its id in
        the source); things that are not ours have the target's id, with ``foreign:`` before it.
        ``active`` is whether the account is open. Fields that the target cannot hold are absent.
        """

    def writes(self) -> int:
        """Write calls (or write operations) that the server was asked for so far."""

    def remove_member(self, key: str) -> None:
        """Delete an account by hand, behind our back."""

    def rename_member(self, key: str, name: str) -> None:
        """Change the display name of an account by hand."""

    def put_member(self, *, name: str, email: str, mobile: str) -> str:
        """Make an account by hand that we know nothing of; returns the target's id."""

    def trouble(self, kind: Trouble, times: int) -> bool:
        """Let the next ``times`` writes go wrong; False where that cannot be arranged."""
