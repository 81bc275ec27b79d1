"""Folds entries and says which validity intervals end and begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from domain.envelope import Entry
from domain.errors import OrgledgerError
from projections.audit.deliveries import fold_delivery
from projections.audit.entities import fold_department, fold_role, fold_role_group
from projections.audit.organization import fold_organization
from projections.audit.people import fold_member
from projections.audit.state import Batch, Organization
from projections.audit.tables import When

_FOLDS: dict[str, Callable[[Organization, Batch, Any, When], None]] = {
    "organization": fold_organization,
    "department": fold_department,
    "member": fold_member,
    "role_group": fold_role_group,
    "role": fold_role,
    "delivery": fold_delivery,
}


class Projector:
    """What is in memory: organizations, as far as they were needed, and what is to be written."""

    def __init__(self) -> None:
        self.organizations: dict[str, Organization] = {}
        self.changes = Batch()

    def organization(self, org: str) -> Organization:
        organization = self.organizations.get(org)
        if organization is None:
            organization = self.organizations[org] = Organization(org)
        return organization

    def forget(self) -> None:
        """Drop everything, also changes that were not written."""
        self.organizations.clear()
        self.changes = Batch()

    def size(self) -> int:
        """How many entities are held in memory."""
        return sum(organization.size() for organization in self.organizations.values())

    def fold(self, entries: Sequence[Entry], times: Iterable[int]) -> None:
        """Fold ``entries`` and add what they change to ``changes``.

        Their positions ascend; their times (microseconds) come beside them.
        Raises OrgledgerError when a fact is about an entity that was never created.
        """
        changes, organizations = self.changes, self.organizations
        for entry, time in zip(entries, times, strict=True):
            fact = entry.envelope.fact
            fold = _FOLDS.get(fact.KIND)
            if fold is None:
                continue
            org = entry.org
            organization = organizations.get(org) or self.organization(org)
            try:
                fold(organization, changes, fact, (entry.position, time))
            except KeyError:
                raise OrgledgerError(
                    f"the event at position {entry.position} cannot be folded",
                    why=f"{fact.TOPIC} is about {fact.uid!r}, or something of it, "
                    "that no earlier event had created",
                    fix="Check the log with 'orgledger verify', then 'orgledger rebuild audit'.",
                ) from None
