"""The sync state of one target: what we know to be there, folded from what happened there."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec.structs import replace

from domain.delivery.operation import NONE, Action, Operation, Relations, slot
from domain.events import (
    ChangeApplied,
    ChangeDeferred,
    ChangeParked,
    ChangeRefused,
    DriftDetected,
    Fact,
)

CANDIDATE = "candidate"
"""Code of an account that may be the person's own, and waits for somebody to say so."""

EXISTS = "exists"
"""Code of a creation that met something of the same name; the next run reads the target."""


class Result(StrEnum):
    """``deferred`` is tried again by itself; ``refused`` and ``parked`` wait for a person."""

    REFUSED = "refused"
    DEFERRED = "deferred"
    PARKED = "parked"


class Stuck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An operation that did not come through. ``digest`` tells whether it is still the same."""

    result: Result
    digest: str
    why: str
    since: datetime
    code: str = ""
    fix: str = ""
    run: str | None = None
    tries: int = 1


STANDS = 3
"""A value that was found instead of ours so often is the target's own form, or somebody insists."""


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a field, or as a relation, where we had written something else."""

    wrote: Any
    found: Any
    times: int = 1


class Placed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One entity at the target. Relations and ``members`` are uids.

    ``gone`` ones were deleted, or have not come to be; ``left`` is when a leaver's account was
    closed. ``stuck`` has what did not come through, by the operation's slot.
    """

    remote: str = ""
    fields: dict[str, Any] = {}
    relations: Relations = NONE
    members: frozenset[str] = frozenset()
    position: int = 0
    """The position of the directory that the entity was last brought to."""
    gone: bool = False
    left: datetime | None = None
    stuck: dict[str, Stuck] = {}
    again: dict[str, Again] = {}
    """What was found instead of what we had written last, by the name of the field or relation."""
    version: int = 0
    """How many facts about this entity at this target there are."""

    def stands(self, name: str, found: Any) -> bool:
        """Whether ``found`` was put right often enough, and comes back whenever we write ours."""
        before = self.again.get(name)
        if before is None or before.times < STANDS:
            return False
        known = self.fields.get(name, self.relations.given().get(name))
        return (before.wrote, before.found) == (_plain(known), _plain(found))


class TargetState(msgspec.Struct, kw_only=True):
    """One target of one organization. It is folded in place, for the reason of ADR 0005."""

    org: str
    target: str
    placed: dict[str, dict[str, Placed]] = {}
    """Kind, then uid."""

    def of(self, kind: str) -> dict[str, Placed]:
        """Everything of a kind, by uid."""
        return self.placed.setdefault(kind, {})

    def there(self, kind: str, uid: str) -> Placed | None:
        """The entity if it is at the target."""
        found = self.of(kind).get(uid)
        return None if found is None or found.gone else found

    def living(self, focus: Container[str] | None = None) -> dict[str, dict[str, Placed]]:
        """What is there, by kind and uid, without ties to what is not there any more.

        Of people outside of ``focus`` no more is asked than whether they are there.
        """
        gone = {kind: {u for u, p in of.items() if p.gone} for kind, of in self.placed.items()}
        lost = gone.get("member", set()) | gone.get("department", set())
        return {
            kind: {
                uid: placed
                if not lost or (focus is not None and kind == "member" and uid not in focus)
                else _untied(placed, lost)
                for uid, placed in entities.items()
                if not placed.gone
            }
            for kind, entities in self.placed.items()
        }

    def remotes(self, kind: str) -> dict[str, str]:
        """The target's ids of what is there, to uids."""
        return {p.remote: uid for uid, p in self.of(kind).items() if not p.gone}

    def version(self, kind: str, uid: str) -> int:
        """How many facts about the entity there are."""
        found = self.of(kind).get(uid)
        return 0 if found is None else found.version

    def failed(self, operation: Operation) -> Stuck | None:
        """How the very same operation failed before."""
        placed = self.of(operation.kind).get(operation.uid)
        found = placed.stuck.get(operation.slot) if placed else None
        return found if found and found.digest == operation.digest else None

    def stuck_since(self, run: str) -> frozenset[str]:
        """The uids of what did not come through in a run, and has not since."""
        return frozenset(
            uid
            for entities in self.placed.values()
            for uid, placed in entities.items()
            if any((stuck.run or "") <= run for stuck in placed.stuck.values())
        )

    @property
    def empty(self) -> bool:
        """Whether nothing was ever brought there."""
        return not any(self.placed.values())


def _untied(placed: Placed, lost: set[str]) -> Placed:
    """``placed`` without ties to ``lost`` entities: the target dropped those with them."""
    had = placed.relations.given()
    kept: dict[str, Any] = {}
    for name, value in had.items():
        if isinstance(value, tuple):
            kept[name] = tuple(uid for uid in value if uid not in lost)
        else:
            kept[name] = None if value in lost else value
    members = placed.members - lost if placed.members else placed.members
    if kept == had and members == placed.members:
        return placed
    return replace(placed, relations=Relations(**kept), members=members)


def fold(state: TargetState, fact: Fact, at: datetime, run: str | None) -> None:
    """Fold one fact about the target, recorded ``at``, in place."""
    match fact:
        case ChangeApplied():
            _applied(state, fact, at)
        case ChangeRefused() | ChangeDeferred() | ChangeParked():
            _stuck(state, fact, at, run)
        case DriftDetected():
            _drifted(state, fact)
        case _:
            pass


def _placed(state: TargetState, kind: str, uid: str) -> Placed:
    found = state.of(kind).get(uid)
    return (
        Placed(gone=True, version=1) if found is None else replace(found, version=found.version + 1)
    )


def _applied(state: TargetState, fact: ChangeApplied, at: datetime) -> None:
    old = _placed(state, fact.kind, fact.uid)
    action = Action(fact.action)
    done = {str(action), *(slot(action, (member,)) for member in fact.members)}
    stuck = {name: s for name, s in old.stuck.items() if name not in done}
    changes: dict[str, Any] = {"stuck": stuck, "position": max(old.position, fact.at)}
    relations = msgspec.convert(fact.relations, Relations)
    match action:
        case Action.CREATE | Action.ADOPT:
            changes |= {
                "remote": fact.remote or old.remote,
                "fields": fact.fields,
                "relations": relations,
                "members": frozenset(fact.members),
                "gone": False,
                "left": None,
                "stuck": {},
            }
        case Action.ADD:
            changes["members"] = old.members | set(fact.members)
        case Action.REMOVE:
            changes["members"] = old.members - set(fact.members)
        case Action.DELETE:
            changes |= {"gone": True, "members": frozenset(), "left": None, "stuck": {}}
        case _:
            changes |= {
                "remote": fact.remote or old.remote,
                "fields": {**old.fields, **fact.fields},
                "relations": old.relations.merged(relations),
            }
            if action not in (Action.RELATE, Action.RENAME):
                changes["left"] = at if fact.leaver else None
    state.of(fact.kind)[fact.uid] = replace(old, **changes)


def _stuck(
    state: TargetState,
    fact: ChangeRefused | ChangeDeferred | ChangeParked,
    at: datetime,
    run: str | None,
) -> None:
    old = _placed(state, fact.kind, fact.uid)
    result = {
        ChangeRefused: Result.REFUSED,
        ChangeDeferred: Result.DEFERRED,
        ChangeParked: Result.PARKED,
    }[type(fact)]
    name = slot(fact.action, fact.members)
    before = old.stuck.get(name)
    same = before is not None and before.digest == fact.digest
    stuck = Stuck(
        result=result,
        digest=fact.digest,
        why=fact.why,
        since=before.since if same and before else at,
        code=fact.code,
        fix=fact.fix,
        run=run,
        tries=before.tries + 1 if same and before else 1,
    )
    state.of(fact.kind)[fact.uid] = replace(old, stuck={**old.stuck, name: stuck})


def _drifted(state: TargetState, fact: DriftDetected) -> None:
    old = _placed(state, fact.kind, fact.uid)
    if fact.missed:
        changed = old  # it says nothing about what we had brought there
    elif fact.missing:
        changed = replace(old, gone=True, members=frozenset(), left=None, stuck={})
    else:
        relations = msgspec.convert(fact.relations, Relations)
        changed = replace(
            old,
            fields={**old.fields, **fact.fields},
            relations=old.relations.merged(relations),
            again=_again(old, {**relations.given(), **fact.fields}),
            members=(old.members | set(fact.gained)) - set(fact.lost),
        )
    state.of(fact.kind)[fact.uid] = changed


def _again(old: Placed, found: dict[str, Any]) -> dict[str, Again]:
    """Count how often the same was found in the place of the same."""
    known = {**old.relations.given(), **old.fields}
    again = dict(old.again)
    for name, value in found.items():
        now = Again(wrote=_plain(known.get(name)), found=_plain(value))
        before = again.get(name)
        same = before is not None and (before.wrote, before.found) == (now.wrote, now.found)
        again[name] = replace(now, times=before.times + 1) if same and before else now
    return again


def _plain(value: Any) -> Any:
    """A value as it comes back from a snapshot."""
    return list(value) if isinstance(value, tuple) else value
