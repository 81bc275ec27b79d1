"""Plan: the operations that lead from what a target holds to what it should hold. Pure.

Order: role groups; departments from the top down; members; their managers and leaders; roles and
memberships; then leavers; then what is deleted, departments from the bottom up.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET

from domain.delivery import order
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.desired import Desired, Wanted
from domain.delivery.names import Names, Siblings
from domain.delivery.operation import NONE, Action, Operation, Relations
from domain.delivery.state import CANDIDATE, Placed, Result, Stuck, TargetState
from domain.delivery.ties import action, changed, first, parent, same, second


class Leavers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[systems.x.leavers]``: the account is closed at once and deleted after ``grace`` days.

    ``delete = false`` keeps closed accounts for good. A target that can't close an account
    deletes it at once, or keeps it as it is.
    """

    grace: float = 30
    delete: bool = True


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What would be done, in order, and what would not, each with the reason.

    ``stuck`` were refused or parked before and are the same still. ``unfit`` can't be sent.
    ``resting`` counts closed accounts within their grace time.
    """

    position: int
    operations: tuple[Operation, ...]
    stuck: tuple[tuple[Operation, Stuck], ...] = ()
    unfit: tuple[tuple[Operation, str], ...] = ()
    resting: int = 0


def plan(
    desired: Desired,
    state: TargetState,
    capabilities: TargetCapabilities,
    leavers: Leavers,
    *,
    now: datetime,
    adopted: Container[str] = frozenset(),
    names: Names | None = None,
    retry: Container[str] = frozenset(),
    candidates: Container[str] | None = None,
) -> Plan:
    """The plan.

    ``adopted`` are uids linked in this very run, whose login and mail are left alone for now.
    ``names`` knows what the target already holds beyond ours. ``retry`` are uids whose stuck
    operations are tried again. ``candidates`` are uids for which the target was just found to hold
    an account that may be theirs; None: it was not looked at, what was found before still counts.
    """
    planner = _Planner(desired, state, capabilities, leavers, now, adopted, names or Names())
    operations, unfit = planner.operations()
    going: list[Operation] = []
    stuck: list[tuple[Operation, Stuck]] = []
    for operation in operations:
        found = _stuck(state, operation, candidates)
        if found is None or (operation.uid in retry and found.code != CANDIDATE):
            going.append(operation)
        else:
            stuck.append((operation, found))
    return Plan(
        position=desired.position,
        operations=tuple(sorted(going, key=lambda o: o.stage)),
        stuck=tuple(stuck),
        unfit=tuple(unfit),
        resting=planner.resting,
    )


def _stuck(
    state: TargetState, operation: Operation, candidates: Container[str] | None
) -> Stuck | None:
    """Why an operation is not tried: what it did not come through for is the same still."""
    placed = state.of(operation.kind).get(operation.uid)
    found = placed.stuck.get(operation.slot) if placed else None
    if found is None or found.result is Result.DEFERRED:
        return None
    if found.code == CANDIDATE:
        return found if candidates is None or operation.uid in candidates else None
    return found if found.digest == operation.digest else None


class _Planner:
    def __init__(
        self,
        desired: Desired,
        state: TargetState,
        capabilities: TargetCapabilities,
        leavers: Leavers,
        now: datetime,
        adopted: Container[str],
        names: Names,
    ) -> None:
        self.desired, self.state, self.can = desired, state, capabilities
        self._living = state.living()
        self.leavers, self.now, self.adopted, self.names = leavers, now, adopted, names
        self.resting = 0
        self._yielded: dict[str, str] = {}
        self._found: list[Operation] = []
        self._unfit: list[tuple[Operation, str]] = []
        self._fixed = {
            kind: frozenset(f.name for f in fields if f.fixed)
            for kind, fields in capabilities.fields.items()
        }
        self._identity = {
            kind: frozenset(f.name for f in fields if f.identity)
            for kind, fields in capabilities.fields.items()
        }

    def operations(self) -> tuple[list[Operation], list[tuple[Operation, str]]]:
        kinds = self.can.fields
        for kind in kinds:
            self.names.placed(kind, self.can.fields[kind], self.state)
        if "role_group" in kinds:
            self._records("role_group", order.ROLE_GROUPS)
        if "department" in kinds:
            self._departments()
        if "member" in kinds:
            self._records("member", order.MEMBERS)
            self._related()
        if "role" in kinds:
            self._records("role", order.ROLES)
        self._lists()
        if "member" in kinds:
            self._leavers()
        self._deletions()
        return self._found, self._unfit

    def _there(self, kind: str) -> dict[str, Placed]:
        return self._living.get(kind, {})

    # What is there, or should be

    def _records(self, kind: str, stage: int) -> None:
        for wanted in self.desired.of(kind).values():
            self._record(kind, wanted, stage)

    def _departments(self) -> None:
        wanted = self.desired.of("department")
        parents = {uid: parent(w.relations) for uid, w in wanted.items()}
        depth = order.depths(parents)
        if self.can.sibling_names:
            siblings = Siblings(self.can.sibling_names, wanted, self._there("department"))
            self._found += siblings.give_way()
            self._yielded = siblings.yielded
        for uid, department in wanted.items():
            self._record("department", department, order.DEPARTMENTS + depth[uid])

    def _record(self, kind: str, wanted: Wanted, stage: int) -> None:
        placed = self._there(kind).get(wanted.uid)
        if placed is None:
            found = [self._creation(kind, wanted, stage)]
        else:
            found = self._difference(kind, wanted, placed, stage)
        if wanted.problems:
            self._unfit += [(operation, "; ".join(wanted.problems)) for operation in found]
        else:
            self._found += found

    def _creation(self, kind: str, wanted: Wanted, stage: int) -> Operation:
        before = self.state.of(kind).get(wanted.uid)
        fields = self.names.free(kind, self.can.fields[kind], wanted)
        return Operation(
            kind=kind,
            uid=wanted.uid,
            action=Action.CREATE,
            key=wanted.key,
            remote=before.remote or None if before else None,
            fields={name: value for name, value in fields.items() if value is not None},
            relations=first(wanted.relations),
            stage=stage,
        )

    def _difference(self, kind: str, wanted: Wanted, placed: Placed, stage: int) -> list[Operation]:
        known = placed.fields
        if wanted.uid in self._yielded:
            known = {**known, self.can.sibling_names: self._yielded[wanted.uid]}
        frozen = self._fixed[kind]
        if wanted.uid in self.adopted:
            frozen = frozen | self._identity[kind]
        fields: dict[str, Any] = {}
        if kind in self.can.renames:
            fields = {
                name: value
                for name, value in wanted.fields.items()
                if known.get(name) != value and name not in frozen
            }
        relations = changed(first(wanted.relations), placed.relations)
        step = Operation(
            kind=kind,
            uid=wanted.uid,
            action=action(relations),
            key=wanted.key,
            remote=placed.remote,
            fields=fields,
            was={name: known.get(name) for name in fields},
            relations=relations,
            had=same(placed.relations, relations),
            stage=stage,
        )
        if relations.active is not False:
            return [step] if fields or relations != NONE else []
        closing = Relations(active=False)
        before = msgspec.structs.replace(relations, active=UNSET)
        found = [
            msgspec.structs.replace(
                step,
                action=Action.DEACTIVATE,
                fields={},
                was={},
                relations=closing,
                had=same(placed.relations, closing),
                stage=order.LEAVERS,
            )
        ]
        if fields or before != NONE:
            found.append(msgspec.structs.replace(step, action=action(before), relations=before))
        return found

    def _related(self) -> None:
        """Managers and leaders, once everybody is there."""
        for kind in ("department", "member"):
            for wanted in self.desired.of(kind).values():
                if wanted.problems:
                    continue
                placed = self._there(kind).get(wanted.uid)
                known = placed.relations if placed else NONE
                differing = changed(second(wanted.relations), known)
                if differing == NONE:
                    continue
                self._found.append(
                    Operation(
                        kind=kind,
                        uid=wanted.uid,
                        action=Action.RELATE,
                        key=wanted.key,
                        remote=placed.remote if placed else None,
                        relations=differing,
                        had=same(known, differing),
                        stage=order.RELATIONS,
                    )
                )

    def _lists(self) -> None:
        for kind in ("department", "role"):
            for wanted in self.desired.of(kind).values():
                if wanted.members is None or wanted.problems:
                    continue
                placed = self._there(kind).get(wanted.uid)
                known = placed.members if placed else frozenset()
                gained, lost = wanted.members - known, known - wanted.members
                remote = placed.remote if placed else None
                add = (kind, wanted.uid, wanted.key, remote, Action.ADD, order.ADDITIONS)
                self._chunks(*add, gained, placed)
                remove = (kind, wanted.uid, wanted.key, remote, Action.REMOVE, order.REMOVALS)
                self._chunks(*remove, lost, placed)

    def _chunks(
        self,
        kind: str,
        uid: str,
        key: str,
        remote: str | None,
        action: Action,
        stage: int,
        members: frozenset[str],
        placed: Placed | None,
    ) -> None:
        step = Operation(kind=kind, uid=uid, action=action, key=key, remote=remote, stage=stage)
        together: list[str] = []
        for member in sorted(members):
            alone = msgspec.structs.replace(step, members=(member,))
            if placed is not None and alone.slot in placed.stuck:
                self._found.append(alone)  # what is stuck does not hold up the others
            else:
                together.append(member)
        for start in range(0, len(together), self.can.chunk):
            chunk = tuple(together[start : start + self.can.chunk])
            self._found.append(msgspec.structs.replace(step, members=chunk))

    # What should not be there any more

    def _leavers(self) -> None:
        wanted = self.desired.of("member")
        grace = timedelta(days=self.leavers.grace)
        for uid, placed in self._there("member").items():
            if uid in wanted:
                continue
            if placed.left is None and self.can.deactivates:
                self._found.append(self._closing(uid, placed))
            elif placed.left is not None and self.now - placed.left < grace:
                self.resting += 1
            elif self.leavers.delete and "member" in self.can.deletes:
                self._found.append(self._deletion("member", uid, placed, order.DELETED_MEMBERS))

    def _closing(self, uid: str, placed: Placed) -> Operation:
        relations = Relations(active=False)
        if self.can.memberships == "member" and "department" in self.can.fields:
            relations = Relations(active=False, departments=())
        return Operation(
            kind="member",
            uid=uid,
            action=Action.DEACTIVATE,
            key=uid,
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

    def _deletions(self) -> None:
        for kind, stage in (
            ("role", order.DELETED_ROLES),
            ("role_group", order.DELETED_ROLE_GROUPS),
        ):
            if kind in self.can.fields:
                for uid, placed in self._superfluous(kind):
                    self._chunks(
                        kind, uid, uid, placed.remote, Action.REMOVE, order.REMOVALS,
                        placed.members, placed,
                    )  # fmt: skip
                    self._found.append(self._deletion(kind, uid, placed, stage))
        if "department" not in self.can.fields:
            return
        there = self._there("department")
        depth = order.depths({uid: parent(p.relations) for uid, p in there.items()})
        for uid, placed in self._superfluous("department"):
            self._chunks(
                "department", uid, uid, placed.remote, Action.REMOVE, order.REMOVALS,
                placed.members, placed,
            )  # fmt: skip
            stage = order.DELETED_DEPARTMENTS - depth[uid]
            self._found.append(self._deletion("department", uid, placed, stage))

    def _superfluous(self, kind: str) -> list[tuple[str, Placed]]:
        if kind not in self.can.deletes:
            return []
        wanted = self.desired.of(kind)
        return [(uid, placed) for uid, placed in self._there(kind).items() if uid not in wanted]

    def _deletion(self, kind: str, uid: str, placed: Placed, stage: int) -> Operation:
        return Operation(
            kind=kind,
            uid=uid,
            action=Action.DELETE,
            key=uid,
            remote=placed.remote,
            had=placed.relations,
            stage=stage,
            reason=self._why(uid),
        )
