"""What the engine asks of an outside system; an adapter fulfils it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec

from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.operation import Acknowledged, Change, Fitted, Inventory
from domain.errors import SystemFault
from domain.hints import Hint
from domain.observe import Observation
from domain.records import MemberRecord

Progress = Callable[[str, int, int | None], None]
"""``progress(what, done, total)``: total is None while it is not known. Called often, cheaply."""


class SourceCapabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What reading from this kind of system can give. The engine branches on this record only."""

    pulled: bool = True
    """Whether we read it; else it pushes to us, call by call."""
    departments: bool = True
    own_departments: bool = True
    """Whether departments are records of their own; else they are what people's records name."""
    leaders: bool = True
    order: bool = True
    managers: bool = True
    roles: bool = True
    role_groups: bool = True
    main_department: bool = True
    several_departments: bool = True
    """Whether one person can be in several departments."""
    states: bool = True
    """Whether somebody can be there and not active."""
    looks: bool = False
    """Whether one record can be read again on a hint; it is then a :class:`Looking`."""
    why: dict[str, str] = {}
    """By flag: the reason why it is off, or what limits it although it is on."""
    notes: tuple[str, ...] = ()
    """What no flag says."""

    @property
    def lacking(self) -> tuple[str, ...]:
        """The flags that are off; each has its reason in ``why``."""
        return tuple(flag for flag in self.flags if not getattr(self, flag))

    @property
    def flags(self) -> tuple[str, ...]:
        """All that can be on or off."""
        return tuple(f for f in self.__struct_fields__ if f not in ("why", "notes"))


class KnownDepartment(msgspec.Struct, frozen=True):
    """A department that the ledger has; all ids are the source's own."""

    id: str
    name: str
    parent_id: str | None
    members: frozenset[str]
    """Those directly in it."""
    leaders: tuple[str, ...] = ()
    details: Mapping[str, Any] = {}


class KnownPlace(msgspec.Struct, frozen=True):
    """A department that the ledger has, without its people; all ids are the source's own."""

    id: str
    name: str
    parent_id: str | None
    leaders: tuple[str, ...]
    details: Mapping[str, Any]


class KnownMember(msgspec.Struct, frozen=True, gc=False):
    """A person whom the ledger has; all ids are the source's own."""

    id: str
    name: str
    departments: tuple[str, ...]
    manager: str | None


class KnownRole(msgspec.Struct, frozen=True):
    """A role that the ledger has; all ids are the source's own."""

    id: str
    name: str
    members: frozenset[str]


class Known(Protocol):
    """What the ledger already knows, for sources that must save calls, or that give no ids."""

    @property
    def turn(self) -> int:
        """How many readings of this system have finished; to take turns over many sittings."""

    @property
    def cursor(self) -> str:
        """The cursor of the last whole reading of this system; empty: read everything."""

    def changed(self, record: MemberRecord) -> bool:
        """Whether ``record`` is new, or tells anything that the ledger does not know yet."""

    def departments(self) -> Iterable[KnownDepartment]:
        """The departments that are there, in any order."""

    def members(self) -> Iterable[KnownMember]:
        """The people who are there, in any order."""

    def roles(self) -> Iterable[KnownRole]:
        """The roles that are there, in any order."""

    def department(self, record_id: str) -> KnownPlace | None:
        """One department that is there, without a walk over the others."""

    def member(self, record_id: str) -> KnownMember | None:
        """One person who is there, without a walk over the others."""

    def role(self, record_id: str) -> KnownRole | None:
        """One role that is there, without a walk over the others."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a check. ``level`` is ``ok``, ``warning`` or ``error``; ``fix`` the next step.

    A fourth level, ``limit``, is for what a system cannot do as it is configured; adapters say that
    by their capabilities.
    """

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
        """Read everything that is visible, or what changed since ``known.cursor``.

        A part that fails for good is a gap of the observation, not an exception.
        Raises CredentialFault, or another SystemFault when nothing at all can be read.
        """

    async def close(self) -> None:
        """Give connections back."""


class Looking(Source, Protocol):
    """A source that can follow hints. ``capabilities.looks`` says that it is one."""

    async def look(self, hints: Sequence[Hint], known: Known, progress: Progress) -> Observation:
        """Read again what ``hints`` name, and the unknown departments that it hangs on.

        The coverage has ``changes`` and no complete listing of departments or people; roles may
        be listed as a whole. What the system itself says is no more is in ``gone_*``; what is not
        permitted or out of sight is not gone, and what could not be read is a gap.
        Hints come twice, late and in any order: what is true now counts.
        It is never asked about ``all``. Raises as :meth:`read` does.
        """


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """How old a cursor is, in seconds since 1970 by the system's clock.

    ``full``: everything was read last; ``at``: what changed was read last, and the cursor made;
    ``due``: from then on everything is read again.
    """

    full: float
    at: float
    due: float


@runtime_checkable
class Continuing(Protocol):
    """A source that leaves cursors (ADR 13), and can tell how old one is."""

    def reached(self, cursor: str) -> Reached | None:
        """How old ``cursor`` is; None: it is of no use, everything is read. Pure."""


class Target(Protocol):
    """The writing side of a system. One object serves one run."""

    @property
    def capabilities(self) -> TargetCapabilities: ...

    def fit(self, kind: str, fields: dict[str, Any]) -> Fitted:
        """Mapped values in the form in which the target takes and returns them. Pure.

        An absent field is unknown and stays absent, a None empties the field. Called once per
        entity and run, so it must be quick. ``problems`` refuse the record before a call is made.
        """

    async def check(self) -> list[Finding]:
        """Say whether we can get in, what is permitted and what is limited.

        Wrong credentials and missing permissions are findings, not exceptions.
        """

    async def read(self, known: Mapping[str, Sequence[str]], progress: Progress) -> Inventory:
        """Read back everything that is there, also what is not ours.

        ``known`` has the ids of what we have put there, per kind, for a target that does not list
        everything. A part that fails for good is a gap, and its kind is not complete.
        Raises CredentialFault, or another SystemFault when nothing at all can be read.
        """

    async def apply(self, changes: Sequence[Change]) -> Sequence[Acknowledged | SystemFault]:
        """Carry out changes that do not depend on each other; one result for each, in order.

        At most ``capabilities.batch`` of them. A result that is a fault concerns its change alone:
        TransientFault for what is worth another try later (the adapter itself has already been
        patient with it), ExistsFault and AbsentFault for what somebody else made or removed,
        another TerminalFault for what is refused. Raises CredentialFault when nothing more can
        be done.

        With ``again`` a change may have been carried out before: a creation looks for what it
        would create and acknowledges it, a deletion of what is gone is acknowledged.
        """

    async def close(self) -> None:
        """Give connections back."""
