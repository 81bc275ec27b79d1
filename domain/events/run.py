"""Facts about a sync; their ``uid`` is the run's id."""

from __future__ import annotations

from typing import ClassVar

from domain.events.fact import Fact


class RunStarted(Fact, frozen=True, kw_only=True):
    """A sync of ``system`` began. ``mode`` is ``read``,
    ``push``, ``publish`` or ``deliver``.

    ``key`` is the sender's own, so that the same publication is taken once.
    """

    TOPIC: ClassVar[str] = "RunStarted"
    KIND: ClassVar[str] = "run"
    system: str
    mode: str = "read"
    key: str | None = None


class RunHeld(Fact, frozen=True, kw_only=True):
    """A guard stopped the run before anything was appended.

    ``members`` and ``departments`` are the uids that would go (the first 20,000 of each),
    ``digest`` stands for all of them, ``reason`` is the guard's sentence. ``operations`` are what
    a delivery holds: action to uids; everything else of that run was done. They are left out
    where the run before it held the very same (``digest``).
    """

    TOPIC: ClassVar[str] = "RunHeld"
    KIND: ClassVar[str] = "run"
    reason: str
    read: dict[str, int] = {}
    members: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    digest: str = ""
    operations: dict[str, tuple[str, ...]] = {}


class RunApproved(Fact, frozen=True, kw_only=True):
    """A person let a held run go on; ``continued_by`` is the run that then does the work."""

    TOPIC: ClassVar[str] = "RunApproved"
    KIND: ClassVar[str] = "run"
    continued_by: str


class RunFinished(Fact, frozen=True, kw_only=True):
    """The run did what it could.

    ``read`` counts the records per kind, ``kept`` those of them that the ledger took, ``appended``
    the events. ``refused`` lists records that were left out, each with its reason; ``gaps`` lists
    parts of the organization that could not be read. Both empty: the run is complete, and
    ``cursor`` is what the next reading of the system may start from (opaque to us; empty: nothing).

    Of a delivery, ``at`` is the position of the directory that was brought, ``planned`` counts its
    operations, ``acknowledged`` those that the target took, ``verified`` what was read back,
    ``stuck`` those that were not tried because they failed before and are the same still,
    ``foreign`` what is at the target and not ours. ``since`` says what the plan that a person had
    looked at did not show.
    """

    TOPIC: ClassVar[str] = "RunFinished"
    KIND: ClassVar[str] = "run"
    read: dict[str, int] = {}
    kept: dict[str, int] = {}
    appended: int = 0
    planned: int = 0
    acknowledged: int = 0
    verified: int = 0
    deferred: int = 0
    parked: int = 0
    calls: int = 0
    refused: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    at: int = 0
    stuck: int = 0
    foreign: dict[str, int] = {}
    since: tuple[str, ...] = ()
    cursor: str = ""


class RunFailed(Fact, frozen=True, kw_only=True):
    """The run stopped. ``reason`` is the whole sentence with the fix."""

    TOPIC: ClassVar[str] = "RunFailed"
    KIND: ClassVar[str] = "run"
    error: str
    reason: str
