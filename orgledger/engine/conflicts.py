"""Conflicts: where a target had something else than what was brought there, and how it went on.

Both sides' history is in the log: what we recorded of the field, what was found there, and what
was written over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import msgspec

from domain import events as e
from domain.delivery.desired import Desired
from domain.delivery.state import TargetState, fold
from domain.directory import Directory
from domain.envelope import Entry, delivery_scope, directory_scope
from domain.events import ChangeApplied, DriftDetected
from domain.ownership import GROUPS
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.views import Views
from orgledger.ledger import Ledger

MISSING = "missing"
"""Stands for a field where the whole entity was not there any more."""

_TIES = {group.relation: frozenset(group.fields) for group in GROUPS.values() if group.relation}
_HERE = (
    e.DepartmentCreated, e.DepartmentRestored, e.MemberCreated, e.MemberRehired,
    e.RoleCreated, e.RoleGroupCreated,
)  # fmt: skip
_GONE = (
    e.DepartmentDeleted, e.DepartmentMerged, e.MemberResigned, e.RoleDeleted, e.RoleGroupDeleted,
)  # fmt: skip
"""Our side of what is missing there: that it is here, and that it is no more."""

_OURS = 10
"""So many of our newest facts about a field are told."""


class State(StrEnum):
    """``open`` is put right by the next delivery; ``repaired`` was.

    ``stands``: it was put right several times, and came back; it is left until one side changes.
    ``agreed``: the directory came to say the same.
    """

    OPEN = "open"
    STANDS = "stands"
    REPAIRED = "repaired"
    AGREED = "agreed"


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history: ``ours`` recorded, ``there`` found, ``written`` by a delivery."""

    side: Literal["ours", "there", "written"]
    position: int
    time: datetime
    actor: str
    source: str | None
    run: str | None
    value: Any


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one entity at one target; ``id`` is the entity's in its source."""

    system: str
    kind: str
    uid: str
    id: str
    field: str
    state: State
    history: tuple[Moment, ...]


def conflicts(ledger: Ledger, views: Views, destination: Destination) -> list[Conflict]:
    """Every conflict that there was at a target, the one that was found last at the end."""
    org, system = destination.org, destination.system
    state = TargetState(org=org, target=system)
    found: dict[tuple[str, str, str], list[Moment]] = {}
    for batch in ledger.read(scope=delivery_scope(org, system)):
        for entry in batch:
            _take(found, entry)
            fold(state, entry.fact, entry.envelope.at, entry.envelope.run)
    if not found:
        return []
    directory = views.directory(org)
    desired = destination.desired(directory, frozenset(uid for _, uid, _ in found))
    ours = _ours(ledger, directory, destination, found)
    listed = [
        Conflict(
            system=system,
            kind=kind,
            uid=uid,
            id=desired.key(kind, uid),
            field=field,
            state=how,
            history=tuple(sorted((*ours[kind, uid, field], *moments), key=lambda m: m.position)),
        )
        for (kind, uid, field), moments in found.items()
        if not (field == MISSING and system == destination.ownership.source)  # it is the one to say
        and (how := _state(state, desired, kind, uid, field, moments)) is not None
    ]
    return sorted(listed, key=lambda c: max(m.position for m in c.history if m.side == "there"))


def _moment(entry: Entry, side: Literal["ours", "there", "written"], value: Any) -> Moment:
    envelope = entry.envelope
    return Moment(
        side=side,
        position=entry.position,
        time=envelope.at,
        actor=envelope.actor,
        source=envelope.source,
        run=envelope.run,
        value=value,
    )


def _take(found: dict[tuple[str, str, str], list[Moment]], entry: Entry) -> None:
    fact = entry.fact
    if isinstance(fact, DriftDetected) and not fact.missed:
        values = {**fact.relations, **fact.fields, **({MISSING: True} if fact.missing else {})}
        for name, value in values.items():
            moments = found.setdefault((fact.kind, fact.uid, name), [])
            moments.append(_moment(entry, "there", value))
    elif isinstance(fact, ChangeApplied) and fact.action != "adopt":
        values = {**fact.relations, **fact.fields}
        if fact.action == "create":
            values[MISSING] = False
        for name, value in values.items():
            known = found.get((fact.kind, fact.uid, name))
            if known is not None:
                known.append(_moment(entry, "written", value))


def _ours(
    ledger: Ledger,
    directory: Directory,
    destination: Destination,
    found: Iterable[tuple[str, str, str]],
) -> dict[tuple[str, str, str], list[Moment]]:
    """What we recorded of each field, the newest only."""
    named = {
        (kind, field.name): expression.names
        for kind, fields in destination.mapping.items()
        for field, expression in fields.fields
    }
    asked: dict[str, list[tuple[tuple[str, str, str], frozenset[str]]]] = {}
    for key in found:
        kind, uid, field = key
        names = named.get((kind, field), _TIES.get(field, frozenset({field})))
        asked.setdefault(uid, []).append((key, names))
    ours: dict[tuple[str, str, str], list[Moment]] = {key: [] for key in found}
    for batch in ledger.read(scope=directory_scope(directory.org)):
        for entry in batch:
            for key, names in asked.get(entry.fact.uid, ()):
                said = {n: v for n, v in _said(entry) if n in names}
                if said:
                    value = next(iter(said.values())) if len(said) == 1 else said
                    ours[key] = [*ours[key], _moment(entry, "ours", value)][-_OURS:]
    return ours


def _said(entry: Entry) -> Iterator[tuple[str, Any]]:
    if isinstance(entry.fact, _HERE + _GONE):
        yield MISSING, isinstance(entry.fact, _GONE)
    payload: dict[str, Any] = msgspec.to_builtins(entry.fact)
    yield from ((name, value) for name, value in payload.items() if name != "uid")


def _state(
    state: TargetState,
    desired: Desired,
    kind: str,
    uid: str,
    field: str,
    moments: list[Moment],
) -> State | None:
    """How it is now; None where it is no conflict, because the value is the system's own."""
    wanted, placed = desired.of(kind).get(uid), state.of(kind)[uid]
    if wanted is None:
        return State.AGREED
    if field == MISSING:
        return State.OPEN if placed.gone else State.REPAIRED
    kept = wanted.kept()
    should = {**kept.relations.given(), **kept.fields}
    if field not in should:
        return None
    known = {**placed.relations.given(), **placed.fields}.get(field)
    before = placed.again.get(field)
    if known != should[field]:
        return State.OPEN
    if before is not None and placed.stands(field, before.found):
        return State.STANDS
    return State.REPAIRED if moments[-1].side == "written" else State.AGREED
