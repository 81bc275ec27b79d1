"""The fold of what happened at targets, on rows; ``domain.delivery.state`` is the measure of it."""

from __future__ import annotations

from typing import Any

from domain.delivery.operation import Action
from domain.events import ChangeApplied, DriftDetected
from projections.audit.outcomes import OUTCOMES
from projections.audit.state import Batch, Organization, Place, Row, Step, replace
from projections.audit.tables import FAILURES, PLACEMENTS, When

_MADE = (Action.CREATE, Action.ADOPT)
_ANEW = (*_MADE, Action.DELETE)
_KEPT = (Action.RELATE, Action.RENAME, Action.ADD, Action.REMOVE)
"""Actions that leave it as it is whether an account is closed."""


def fold_delivery(o: Organization, batch: Batch, fact: Any, when: When) -> None:
    """Fold a fact about an entity at a target, which need not be in the directory any more."""
    place = (fact.target, fact.kind, fact.uid)
    if isinstance(fact, ChangeApplied):
        _applied(o, batch, place, fact, when)
    elif not isinstance(fact, DriftDetected):
        _failed(o, batch, place, fact, when)
    elif fact.missing:
        _mended(o, batch, place, None, when)
        _place(o, batch, place, None, when)


def _applied(o: Organization, batch: Batch, place: Place, fact: ChangeApplied, when: When) -> None:
    old, action = o.placed.get(place), fact.action
    done = [(action, member) for member in (None, *fact.members)]
    _mended(o, batch, place, None if action in _ANEW else done, when)
    if action in _MADE:
        _place(o, batch, place, (fact.remote or (old[0] if old else ""), False), when)
    elif action == Action.DELETE:
        _place(o, batch, place, None, when)
    elif old is not None:
        closed = old[1] if action in _KEPT else fact.leaver
        _place(o, batch, place, (fact.remote or old[0], closed), when)


def _place(o: Organization, batch: Batch, place: Place, new: Row | None, when: When) -> None:
    old = o.placed.get(place)
    if old == new:
        return
    if new is None:
        del o.placed[place]
    else:
        o.placed[place] = new
    replace(batch[PLACEMENTS.name], (o.directory.org, *place), old, new, when)


def _failed(o: Organization, batch: Batch, place: Place, fact: Any, when: When) -> None:
    step = (fact.action, fact.members[0] if len(fact.members) == 1 else None)
    steps = o.failed.setdefault(place, {})
    new = (OUTCOMES[type(fact)], fact.code or None, fact.why, fact.fix or None)
    replace(batch[FAILURES.name], (o.directory.org, *place, *step), steps.get(step), new, when)
    steps[step] = new


def _mended(
    o: Organization, batch: Batch, place: Place, done: list[Step] | None, when: When
) -> None:
    """What was ``done`` has not failed any more; None: nothing has, of what is made or gone."""
    steps = o.failed.get(place)
    if steps is None:
        return
    for step in list(steps) if done is None else done:
        if steps.pop(step, None) is not None:
            batch[FAILURES.name].end((o.directory.org, *place, *step), when)
    if not steps:
        del o.failed[place]
