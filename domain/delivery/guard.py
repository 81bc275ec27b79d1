"""The guard: how much one run may take away from a target without being asked. Pure.

What exceeds a limit is held, and with it only what depends on it; everything else goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import UNSET

from domain.delivery.operation import Action, Operation
from domain.delivery.state import TargetState
from domain.plausible import Limit


class GuardLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[systems.x.guard]`` of a target: held above ``count`` and ``percent``, or above ``most``.

    ``delete`` counts each kind for itself, ``deactivate`` accounts, ``memberships`` places in
    departments that people lose without getting another, ``grants`` roles that they lose.
    """

    delete: Limit = Limit(count=5, percent=10)
    deactivate: Limit = Limit(count=5, percent=20)
    memberships: Limit = Limit(count=20, percent=30)
    grants: Limit = Limit(count=20, percent=50)


class Guarded(msgspec.Struct, frozen=True, kw_only=True):
    """What may go on, what is held, and why; an empty reason when nothing is."""

    going: tuple[Operation, ...]
    held: tuple[Operation, ...] = ()
    reason: str = ""


Approved = dict[str, frozenset[str]]
"""Action to the uids for which a person allowed it, or was asked."""

TAKING = (Action.DELETE, Action.DEACTIVATE, Action.REMOVE)
"""Actions that take something away."""

_WAITS = "what was held before waits for an approval"


def guard(
    operations: Sequence[Operation],
    state: TargetState,
    limits: GuardLimits,
    approved: Approved | None = None,
    holding: Approved | None = None,
    recent: Sequence[Operation] = (),
) -> Guarded:
    """Hold what exceeds a limit; of that, what a person ``approved`` may go.

    It counts all the same: who approves three of forty has not approved the others. ``holding`` is
    what was held before: it waits until it is approved, or until nobody wants it any more.
    ``recent`` was done not long ago, one by one, and counts as if it were of the same run.
    """
    allowed, before = approved or {}, holding or {}
    held: set[int] = set()
    reasons: list[str] = []
    waited = [
        o
        for o in operations
        # a list is not somebody: its people are held, or not, each for themselves
        if o.action is not Action.REMOVE and o.uid in before.get(o.action, ())
    ]
    if not waited and not any(map(_takes, operations)):
        return Guarded(going=tuple(operations))
    done = {id(o) for o in recent}
    for reason, found in (*_excesses((*recent, *operations), state, limits), (_WAITS, waited)):
        asking = {id(o) for o in found if o.uid not in allowed.get(o.action, ())} - done
        if not asking <= held:
            reasons.append(reason)
            held |= asking
    if not held:
        return Guarded(going=tuple(operations))
    return _parted(operations, state, held, "; ".join(reasons))


def _takes(o: Operation) -> bool:
    """Whether an operation can be one of those that are counted."""
    return o.action in TAKING or o.relations.departments is not UNSET


def _parted(
    operations: Sequence[Operation], state: TargetState, held: set[int], reason: str
) -> Guarded:
    """What goes and what is held, with what depends on it."""
    staying = {o.uid for o in operations if id(o) in held and o.kind == "member"}
    kept = _kept(operations, state, held, staying)
    going: list[Operation] = []
    waiting: list[Operation] = []
    for o in operations:
        if id(o) in held or (o.action is Action.DELETE and o.uid in kept):
            waiting.append(o)
        elif o.action is Action.REMOVE and not staying.isdisjoint(o.members):
            stay = tuple(uid for uid in o.members if uid in staying)
            leave = tuple(uid for uid in o.members if uid not in staying)
            waiting.append(msgspec.structs.replace(o, members=stay))
            if leave:
                going.append(msgspec.structs.replace(o, members=leave))
        else:
            going.append(o)
    return Guarded(going=tuple(going), held=tuple(waiting), reason=reason)


def _excesses(
    operations: Sequence[Operation], state: TargetState, limits: GuardLimits
) -> Iterable[tuple[str, list[Operation]]]:
    for kind, what in (("member", "accounts"), ("department", "departments"), ("role", "roles")):
        found = [o for o in operations if o.kind == kind and o.action is Action.DELETE]
        there = sum(1 for p in state.of(kind).values() if not p.gone)
        if limits.delete.exceeded(len(found), there):
            yield _sentence(len(found), there, f"{what} would be deleted"), found
    accounts = [p for p in state.of("member").values() if not p.gone]
    closing = [o for o in operations if o.action is Action.DEACTIVATE]
    if limits.deactivate.exceeded(len(closing), len(accounts)):
        yield _sentence(len(closing), len(accounts), "accounts would be closed"), closing
    leavers = {o.uid for o in operations if o.leaver or o.action is Action.DELETE}
    lost, places = _memberships(operations, state, leavers)
    if limits.memberships.exceeded(sum(n for _, n in lost), places):
        said = _sentence(sum(n for _, n in lost), places, "memberships would be taken away")
        yield said, [o for o, _ in lost]
    revoked = [
        o for o in operations if o.kind == "role" and o.action is Action.REMOVE and o.members
    ]
    taken = sum(sum(m not in leavers for m in o.members) for o in revoked)
    grants = sum(len(p.members) for p in state.of("role").values())
    if limits.grants.exceeded(taken, grants):
        yield _sentence(taken, grants, "roles would be taken away from people"), revoked


def _memberships(
    operations: Sequence[Operation], state: TargetState, leavers: set[str]
) -> tuple[list[tuple[Operation, int]], int]:
    """Operations by which people lose more places than they get, and how many places there are."""
    gained = Counter(
        member
        for o in operations
        if o.kind == "department" and o.action is Action.ADD
        for member in o.members
    )
    lost: list[tuple[Operation, int]] = []
    for o in operations:
        if o.kind == "department" and o.action is Action.REMOVE:
            losing = 0
            for member in o.members:
                if gained[member] > 0:
                    gained[member] -= 1
                elif member not in leavers:
                    losing += 1
            if losing:
                lost.append((o, losing))
        elif o.kind == "member" and o.relations.departments is not UNSET and not o.leaver:
            had = () if o.had.departments is UNSET else o.had.departments
            fewer = len(had) - len(o.relations.departments)
            if fewer > 0 and o.action is not Action.CREATE:
                lost.append((o, fewer))
    places = sum(len(p.members) for p in state.of("department").values())
    for placed in state.of("member").values():
        if not placed.gone and placed.relations.departments is not UNSET:
            places += len(placed.relations.departments)
    return lost, places


def _kept(
    operations: Sequence[Operation], state: TargetState, held: set[int], staying: set[str]
) -> set[str]:
    """What must not be deleted: it still holds somebody or something that stays for now."""
    lasting = (Action.REMOVE, Action.DELETE)
    kept = {o.uid for o in operations if id(o) in held and o.action in lasting}
    for uid in staying:
        placed = state.there("member", uid)
        if placed is not None and placed.relations.departments is not UNSET:
            kept |= set(placed.relations.departments)
    for kind in ("department", "role"):
        for uid, placed in state.of(kind).items():
            if placed.members & staying:
                kept.add(uid)
    for uid in list(kept):  # what is kept keeps what it stands in
        above = state.there("department", uid)
        while above is not None and above.relations.parent:
            kept.add(above.relations.parent)
            above = state.there("department", above.relations.parent)
        role = state.there("role", uid)
        if role is not None and role.relations.group:
            kept.add(role.relations.group)
    return kept


def _sentence(going: int, there: int, what: str) -> str:
    return f"{going} of {there} {what} ({going * 100 / max(there, 1):.0f} %)"
