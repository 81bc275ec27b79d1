"""The plausibility guard: a reading that would take too much away is held, not believed.

An empty or far too small answer is far more often a lost permission, a narrowed scope or a broken
provider than an organization that lost everybody overnight.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from domain.directory import Directory
from domain.events import (
    DepartmentDeleted,
    Fact,
    MemberResigned,
    MemberTransferred,
    RoleDeleted,
    RoleRevoked,
)
from domain.observe import Observation


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Held when more than ``count`` and also more than ``percent`` of what is known would go.

    More than ``most`` are held in any case: a fifth of a large company is a great many people.
    """

    count: int = 5
    percent: float = 20.0
    most: int = 1000

    def exceeded(self, going: int, known: int) -> bool:
        """Whether that many of what is known are too many."""
        return going > self.most or (going > self.count and going * 100 > known * self.percent)


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one reading may take away without being asked."""

    members: Limit = Limit(count=5, percent=20)
    departments: Limit = Limit(count=5, percent=30)
    memberships: Limit = Limit(count=20, percent=30)
    """People who would be left in no department at all."""
    grants: Limit = Limit(count=20, percent=50)
    """Roles taken from people."""


class Held(msgspec.Struct, frozen=True):
    """Why a reading is held, and whom it would take away (uids)."""

    reason: str
    members: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Stands for exactly this set of members and departments."""
        going = "\n".join(sorted((*self.members, *self.departments)))
        return hashlib.blake2b(going.encode(), digest_size=16).hexdigest()


def implausible(
    directory: Directory, observation: Observation, facts: Sequence[Fact], limits: Limits
) -> Held | None:
    """Say why the reading should be held, or None if it is believable."""
    held = going(facts, "")
    reason = _nothing(directory, observation) or _too_much(
        directory, facts, limits, len(held.members), len(held.departments)
    )
    return msgspec.structs.replace(held, reason=reason) if reason else None


def going(facts: Sequence[Fact], reason: str) -> Held:
    """Whom and what these facts would take away."""
    return Held(
        reason,
        tuple(f.uid for f in facts if isinstance(f, MemberResigned)),
        tuple(f.uid for f in facts if isinstance(f, DepartmentDeleted)),
    )


def _nothing(directory: Directory, observation: Observation) -> str | None:
    known_members = sum(1 for _ in directory.present_members())
    known_departments = sum(1 for _ in directory.present_departments())
    coverage = observation.coverage
    told = coverage.changes or coverage.gone_members or coverage.gone_departments
    if not observation.members and not observation.departments and not told:
        return "the reading shows no department and no member at all"
    if coverage.members and not observation.members and known_members:
        return f"the reading shows no member at all, {known_members} are known"
    if coverage.departments and not observation.departments and known_departments > 1:
        return f"the reading shows no department at all, {known_departments} are known"
    return None


def _too_much(
    directory: Directory, facts: Sequence[Fact], limits: Limits, resigned: int, deleted: int
) -> str | None:
    known = sum(1 for _ in directory.present_members())
    if limits.members.exceeded(resigned, known):
        return _sentence(resigned, known, "members would leave")
    known_departments = sum(1 for _ in directory.present_departments())
    if limits.departments.exceeded(deleted, known_departments):
        return _sentence(deleted, known_departments, "departments would be deleted")
    homeless = sum(
        1
        for f in facts
        if isinstance(f, MemberTransferred)
        and not f.departments
        and directory.members[f.uid].departments
    )
    if limits.memberships.exceeded(homeless, known):
        return _sentence(homeless, known, "members would lose every department")
    revoked = sum(1 for f in facts if isinstance(f, RoleRevoked))
    revoked += sum(len(directory.grants[f.uid]) for f in facts if isinstance(f, RoleDeleted))
    grants = sum(len(holders) for holders in directory.grants.values())
    if limits.grants.exceeded(revoked, grants):
        return _sentence(revoked, grants, "roles would be taken away")
    return None


def _sentence(going: int, known: int, what: str) -> str:
    return f"{going} of {known} {what} ({going * 100 / known:.0f} %)"
