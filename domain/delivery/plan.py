"""Plan: the operations that lead from what a target holds to what it should hold. Pure.

Order: role groups; departments from the top down; members; their managers and leaders; roles and
memberships; then leavers; then what is deleted, departments from the bottom up.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from domain.delivery import order
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.departures import Departures, Leavers, chunks
from domain.delivery.desired import Desired, Wanted
from domain.delivery.names import Names, Siblings, has
from domain.delivery.operation import NONE, Action, Operation, Relations
from domain.delivery.state import CANDIDATE, Placed, Result, Stuck, TargetState
from domain.delivery.ties import action, changed, first, manager, parent, ready, same, second


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What would be done, in order, and what would not, each with the reason.

    ``stuck`` were refused or parked before and are the same still. ``unfit`` can't be sent.
    ``dependent`` wait for something that is stuck or unfit and therefore not there.
    ``resting`` counts closed accounts within their grace time.
    """

    position: int
    operations: tuple[Operation, ...]
    stuck: tuple[tuple[Operation, Stuck], ...] = ()
    unfit: tuple[tuple[Operation, str], ...] = ()
    dependent: tuple[Operation, ...] = ()
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
    return _Planner(
        desired,
        state,
        capabilities,
        leavers,
        now=now,
        adopted=adopted,
        names=names.copy() if names else Names(),
        retry=retry,
        candidates=candidates,
    ).plan()


class _Planner:
    def __init__(
        self,
        desired: Desired,
        state: TargetState,
        capabilities: TargetCapabilities,
        leavers: Leavers,
        *,
        now: datetime,
        adopted: Container[str],
        names: Names,
        retry: Container[str],
        candidates: Container[str] | None,
    ) -> None:
        self.desired, self.state, self.can = desired, state, capabilities
        self.adopted, self.names, self.retry, self.candidates = adopted, names, retry, candidates
        self._living = state.living(desired.focus)
        self.departures = Departures(desired, self._living, capabilities, leavers, now)
        self._yielded: dict[str, str] = {}
        self._named: dict[str, str | None] = {}
        """People to the managers that their new accounts can name at once."""
        self._going: list[Operation] = []
        self._stuck: list[tuple[Operation, Stuck]] = []
        self._unfit: list[tuple[Operation, str]] = []
        self._dependent: list[Operation] = []
        self._waiting: set[str] = set()
        """The uids of what is not there, and will not come in this run."""
        self._fixed = {
            kind: frozenset(f.name for f in fields if f.fixed or f.remote)
            for kind, fields in capabilities.fields.items()
        }
        self._remote = {kind: capabilities.remote(kind) for kind in capabilities.fields}
        self._identity = {
            kind: frozenset(f.name for f in fields if f.identity)
            for kind, fields in capabilities.fields.items()
        }
        self._numbered = {
            kind: frozenset(f.name for f in fields if f.numbered)
            for kind, fields in capabilities.fields.items()
        }

    def plan(self) -> Plan:
        kinds = self.can.fields
        for kind in kinds:
            self.names.placed(kind, self.can.fields[kind], self.state)
        if "role_group" in kinds:
            self._records("role_group", order.ROLE_GROUPS)
        if "department" in kinds:
            self._departments()
        if "member" in kinds:
            self._members()
            self._related()
        if "role" in kinds:
            self._records("role", order.ROLES)
        self._lists()
        if "member" in kinds:
            for operation in self.departures.people():
                self._put(operation)
        for operation in self.departures.things():
            self._put(operation)
        return Plan(
            position=self.desired.position,
            operations=tuple(sorted(self._going, key=lambda o: o.stage)),
            stuck=tuple(self._stuck),
            unfit=tuple(self._unfit),
            dependent=tuple(self._dependent),
            resting=self.departures.resting,
        )

    def _put(self, operation: Operation) -> None:
        """Let an operation go, or tell why not; what can't be made, others wait for."""
        creates = operation.action is Action.CREATE
        if operation.uid in self._waiting and not creates:
            self._dependent.append(operation)
            return
        found = self._known_to_fail(operation)
        if found is None or (operation.uid in self.retry and found.code != CANDIDATE):
            self._going.append(operation)
            return
        self._stuck.append((operation, found))
        if creates:
            self._waiting.add(operation.uid)

    def _known_to_fail(self, operation: Operation) -> Stuck | None:
        """Why an operation is not tried: what it did not come through for is the same still."""
        placed = self.state.of(operation.kind).get(operation.uid)
        found = placed.stuck.get(operation.slot) if placed else None
        if found is None or found.result is Result.DEFERRED:
            return None
        if found.code == CANDIDATE:
            known = self.candidates is None or operation.uid in self.candidates
            return found if known else None
        return found if found.digest == operation.digest else None

    def _there(self, kind: str) -> dict[str, Placed]:
        return self._living.get(kind, {})

    # Records

    def _records(self, kind: str, stage: int) -> None:
        for wanted in self.desired.of(kind).values():
            self._record(kind, wanted, stage)

    def _departments(self) -> None:
        wanted = self.desired.of("department")
        parents = {uid: parent(w.relations) for uid, w in wanted.items()}
        depth = order.depths(parents)
        if self.can.sibling_names and not self.desired.source:
            siblings = Siblings(self.can.sibling_names, self.desired, self._there("department"))
            self._going += siblings.give_way()
            self._yielded = siblings.yielded
        for uid, department in wanted.items():
            self._record("department", department, order.DEPARTMENTS + depth[uid])

    def _members(self) -> None:
        """Everybody; where accounts can name their manager at once, managers come first."""
        wanted = self.desired.of("member")
        if not self.can.manager_with_record:
            self._records("member", order.MEMBERS)
            return
        depth = order.depths({uid: manager(w.relations) for uid, w in wanted.items()})
        for uid, member in sorted(wanted.items(), key=lambda item: depth[item[0]]):
            above = manager(member.relations)
            known = above in self._there("member") or depth.get(above or "", 0) < depth[uid]
            self._named[uid] = above if known and above not in self._waiting else None
            self._record("member", member, order.MEMBERS + min(depth[uid], order.DEEPEST))

    def _record(self, kind: str, wanted: Wanted, stage: int) -> None:
        placed = self._there(kind).get(wanted.uid)
        if placed is None and self.desired.source:
            self._waiting.add(wanted.uid)
            return
        wanted = wanted if placed is None else wanted.kept()
        relations = first(wanted.relations) if placed else self._at_creation(kind, wanted)
        ties, later = ready(relations, self._waiting)
        if placed is None:
            found = [self._creation(kind, wanted, ties, stage)]
        else:
            found = self._renaming(kind, wanted, placed)
            found += self._difference(kind, wanted, ties, placed, stage)
        if wanted.problems:
            self._unfit += [(operation, "; ".join(wanted.problems)) for operation in found]
            if placed is None:
                self._waiting.add(wanted.uid)
        elif placed is None and not later.given().keys() <= ties.given().keys():
            self._waiting.add(wanted.uid)
            self._dependent += found
        else:
            for operation in found:
                self._put(operation)
            if placed is not None:
                self._wait(kind, wanted, placed, later, stage)

    def _wait(
        self, kind: str, wanted: Wanted, placed: Placed | None, later: Relations, stage: int
    ) -> None:
        """Note what can't be written yet, because what it points to is not there."""
        known = placed.relations if placed else NONE
        differing = changed(later, known)
        if differing != NONE:
            step = Operation(
                kind=kind,
                uid=wanted.uid,
                action=Action.RELATE if stage == order.RELATIONS else action(differing),
                key=wanted.key,
                remote=placed.remote if placed else None,
                relations=differing,
                had=same(known, differing),
                stage=stage,
            )
            self._dependent.append(step)

    def _creation(self, kind: str, wanted: Wanted, ties: Relations, stage: int) -> Operation:
        before = self.state.of(kind).get(wanted.uid)
        fields = self.names.free(kind, self.can.fields[kind], wanted.fields)
        return Operation(
            kind=kind,
            uid=wanted.uid,
            action=Action.CREATE,
            key=wanted.key,
            remote=before.remote or None if before else None,
            fields={name: value for name, value in fields.items() if value is not None},
            relations=ties,
            stage=stage,
        )

    def _fields(self, kind: str, wanted: Wanted, known: dict[str, Any]) -> dict[str, Any]:
        """The fields that differ and may be rewritten."""
        if kind not in self.can.renames:
            return {}
        frozen, numbered = self._fixed[kind], self._numbered[kind]
        if wanted.uid in self.adopted:
            frozen = frozen | self._identity[kind]
        found = {
            name: value
            for name, value in wanted.fields.items()
            if known.get(name) != value
            and name not in frozen
            and not (name in numbered and has(known.get(name), value))
        }
        return self.names.free(kind, self.can.fields[kind], found) if found else found

    def _renaming(self, kind: str, wanted: Wanted, placed: Placed) -> list[Operation]:
        """The step to another id at the target, where that is a field."""
        field = self._remote[kind]
        new = wanted.fields.get(field) if field else None
        if not new or wanted.uid in self.adopted:
            return []
        if self.can.told_apart(new) == self.can.told_apart(placed.remote):
            return []
        return [
            Operation(
                kind=kind,
                uid=wanted.uid,
                action=Action.RENAME,
                key=wanted.key,
                remote=placed.remote,
                fields={field: new},
                was={field: placed.remote},
                stage=order.RENAMES,
            )
        ]

    def _at_creation(self, kind: str, wanted: Wanted) -> Relations:
        relations = first(wanted.relations)
        named = self._named.get(wanted.uid) if kind == "member" else None
        return msgspec.structs.replace(relations, manager=named) if named else relations

    def _difference(
        self, kind: str, wanted: Wanted, ties: Relations, placed: Placed, stage: int
    ) -> list[Operation]:
        known = placed.fields
        if wanted.uid in self._yielded:
            known = {**known, self.can.sibling_names: self._yielded[wanted.uid]}
        fields = self._fields(kind, wanted, known)
        relations = changed(ties, placed.relations)
        if placed.left is not None and not fields and relations == NONE:
            relations = Relations(active=ties.active)  # says that it is nobody's who left
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

    # Ties and lists

    def _related(self) -> None:
        """Managers and leaders, once everybody is there."""
        named = self._named.get
        for kind in ("department", "member"):
            for wanted in self.desired.of(kind).values():
                placed = self._there(kind).get(wanted.uid)
                if wanted.problems or (placed is None and self.desired.source):
                    continue
                known = placed.relations if placed else Relations(manager=named(wanted.uid))
                kept = wanted if placed is None else wanted.kept()
                ties, later = ready(second(kept.relations), self._waiting)
                differing = changed(ties, known)
                if differing == NONE:
                    self._wait(kind, wanted, placed, later, order.RELATIONS)
                    continue
                self._put(
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
                step = Operation(
                    kind=kind,
                    uid=wanted.uid,
                    action=Action.ADD,
                    key=wanted.key,
                    remote=placed.remote if placed else None,
                    stage=order.ADDITIONS,
                )
                gained = wanted.members - known
                later = gained & self._waiting
                if later:
                    self._dependent += chunks(step, later, None, self.can.chunk)
                for operation in chunks(step, gained - later, placed, self.can.chunk):
                    self._put(operation)
                removal = msgspec.structs.replace(step, action=Action.REMOVE, stage=order.REMOVALS)
                for operation in chunks(removal, known - wanted.members, placed, self.can.chunk):
                    self._put(operation)


__all__ = ["Leavers", "Plan", "plan"]
