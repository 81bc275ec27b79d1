"""Departures: the life of what should not be at a target any more. Pure.

A leaver's account is closed, rests for the grace time, and is deleted; roles and departments are
emptied and deleted, departments from the bottom up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from domain.delivery import order
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.desired import Desired
from domain.delivery.operation import NONE, Action, Operation, Relations
from domain.delivery.state import Placed
from domain.delivery.ties import changed, parent, same


class Leavers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[systems.x.leavers]``: the account is closed at once and deleted after ``grace`` days.

    ``delete = false`` keeps closed accounts for good. A target that can't close an account
    deletes it at once, or keeps it as it is.
    """

    grace: float = 30
    delete: bool = True


class Departures:
    """What goes, given what is there by kind and uid. ``resting`` counts accounts in grace time."""

    def __init__(
        self,
        desired: Desired,
        there: dict[str, dict[str, Placed]],
        capabilities: TargetCapabilities,
        leavers: Leavers,
        now: datetime,
    ) -> None:
        self.desired, self.can, self.leavers, self.now = desired, capabilities, leavers, now
        self._there = there
        self.resting = 0

    def people(self) -> Iterator[Operation]:
        """What becomes of the accounts of people who are not wanted."""
        if self.desired.source:
            return
        wanted = self.desired.of("member")
        grace = timedelta(days=self.leavers.grace)
        for uid, placed in self._there.get("member", {}).items():
            if uid in wanted or not self.desired.seen(uid):
                continue
            if self.can.deactivates and self._open(placed):
                yield self._closing(uid, placed)
            elif placed.left is not None and self.now - placed.left < grace:
                self.resting += 1
            elif self.leavers.delete and "member" in self.can.deletes:
                yield self._deletion("member", uid, placed, order.DELETED_MEMBERS)

    def _open(self, placed: Placed) -> bool:
        """Whether an account is to be closed: also one that somebody has opened again."""
        return placed.left is None or changed(self._closed(), placed.relations) != NONE

    def _closed(self) -> Relations:
        if self.can.memberships == "member" and "department" in self.can.fields:
            return Relations(active=False, departments=())
        return Relations(active=False)

    def _closing(self, uid: str, placed: Placed) -> Operation:
        relations = self._closed()
        return Operation(
            kind="member",
            uid=uid,
            action=Action.DEACTIVATE,
            key=self.desired.key("member", uid),
            remote=placed.remote,
            relations=relations,
            had=same(placed.relations, relations),
            leaver=True,
            stage=order.LEAVERS,
            reason=self._why(uid),
        )

    def _why(self, uid: str) -> str:
        outside = uid in self.desired.outside
        return "no longer in the scope" if outside else "no longer in the organization"

    def things(self) -> Iterator[Operation]:
        """Roles, role groups and departments that are not wanted, each emptied first."""
        if self.desired.source:
            return
        there = self._there.get("department", {})
        depth = order.depths({uid: parent(p.relations) for uid, p in there.items()})
        stages = {"role": order.DELETED_ROLES, "role_group": order.DELETED_ROLE_GROUPS}
        for kind in ("role", "role_group", "department"):
            if kind not in self.can.fields or kind not in self.can.deletes:
                continue
            wanted = self.desired.of(kind)
            for uid, placed in self._there.get(kind, {}).items():
                if uid in wanted or not self.desired.seen(uid):
                    continue
                yield from self._emptied(kind, uid, placed)
                stage = stages.get(kind) or order.DELETED_DEPARTMENTS - depth[uid]
                yield self._deletion(kind, uid, placed, stage)

    def _emptied(self, kind: str, uid: str, placed: Placed) -> Iterator[Operation]:
        removal = Operation(
            kind=kind,
            uid=uid,
            action=Action.REMOVE,
            key=self.desired.key(kind, uid),
            remote=placed.remote,
            stage=order.REMOVALS,
        )
        return chunks(removal, placed.members, placed, self.can.chunk)

    def _deletion(self, kind: str, uid: str, placed: Placed, stage: int) -> Operation:
        return Operation(
            kind=kind,
            uid=uid,
            action=Action.DELETE,
            key=self.desired.key(kind, uid),
            remote=placed.remote,
            had=placed.relations,
            stage=stage,
            reason=self._why(uid),
        )


def chunks(
    step: Operation, members: frozenset[str], placed: Placed | None, size: int
) -> Iterator[Operation]:
    """``step`` for ``members``, so many at a time."""
    together: list[str] = []
    for member in sorted(members):
        if placed is not None and placed.stuck:
            alone = msgspec.structs.replace(step, members=(member,))
            if alone.slot in placed.stuck:
                yield alone  # what is stuck does not hold up the others
                continue
        together.append(member)
    for start in range(0, len(together), size):
        yield msgspec.structs.replace(step, members=tuple(together[start : start + size]))
