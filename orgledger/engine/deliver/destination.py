"""A target as configured: what goes there, how it is mapped, and what one run may take away."""

from __future__ import annotations

import msgspec

from domain.delivery.desired import Desired, desired
from domain.delivery.guard import GuardLimits
from domain.delivery.mapping import Mapping
from domain.delivery.plan import Leavers
from domain.delivery.reconcile import Adoption
from domain.delivery.scope import Scope
from domain.directory import Directory
from domain.ownership import Ownership, Writable
from domain.ports import Target


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One target of one organization. ``system`` is its id in the configuration."""

    system: str
    org: str
    target: Target
    mapping: Mapping
    scope: Scope = Scope()
    limits: GuardLimits = GuardLimits()
    leavers: Leavers = Leavers()
    adoption: Adoption = Adoption()
    ownership: Ownership = Ownership()

    def desired(self, directory: Directory, focus: frozenset[str] | None = None) -> Desired:
        """What the target should hold of ``directory``; of these uids only, if given."""
        target, writable = self.target, Writable(ownership=self.ownership, system=self.system)
        return desired(
            directory,
            target.capabilities,
            self.mapping,
            target.fit,
            self.scope,
            focus,
            writable if self.ownership.shared else Writable(),
        )
