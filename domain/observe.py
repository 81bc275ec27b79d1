"""Observations: what a system showed us, and which part of the organization it really showed.

Partial is not absent. Only what the coverage includes can be missing; everything else that an
observation does not mention is simply not known this time.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from domain.records import DepartmentRecord, MemberRecord, RoleRecord


class Gap(msgspec.Struct, frozen=True):
    """A part that could not be read: what (``members of department 7``) and why."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the organization was read.

    ``departments``, ``members``, ``roles`` say that the listing of that kind is complete, within
    the subtrees below ``roots`` (record ids; empty means the whole organization).
    ``gone_*`` are ids that the system itself said to be no more; they need no complete listing.
    ``hidden`` names the fields, per kind, that the system does not permit us to see.
    ``changes`` says that only what changed since the last reading was asked for, so that it may
    be nothing at all.
    """

    departments: bool = False
    members: bool = False
    roles: bool = False
    roots: tuple[str, ...] = ()
    gone_departments: frozenset[str] = frozenset()
    gone_members: frozenset[str] = frozenset()
    hidden: dict[str, tuple[str, ...]] = {}
    changes: bool = False


WHOLE = Coverage(departments=True, members=True, roles=True)
"""Everything was read."""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What ``system`` showed at one reading.

    ``organization`` and ``leaders`` are its own name and its leaders' record ids, where known.
    ``gaps`` say what could not be read; ``calls`` how many requests the reading took.
    ``cursor`` is what the next reading may start from (opaque; empty: there is nothing).
    ``renamed`` has the ids of people that the system says it changed: the new one to the former.
    """

    system: str
    coverage: Coverage
    departments: tuple[DepartmentRecord, ...] = ()
    members: tuple[MemberRecord, ...] = ()
    roles: tuple[RoleRecord, ...] = ()
    organization: str | UnsetType = UNSET
    leaders: tuple[str, ...] | UnsetType = UNSET
    gaps: tuple[Gap, ...] = ()
    calls: int = 0
    cursor: str = ""
    renamed: dict[str, str] = {}
