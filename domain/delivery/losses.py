"""Losses: what was taken away at a target of late, step by step, and has not come back. Pure.

Who delivers change by change never has many steps in one plan; so the guard also counts what was
done within the last day (:func:`domain.delivery.guard.guard`, ``recent``). Folded from the log
alone: a restart, or another replica, comes to the same judgement.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from domain.delivery.operation import Action, Operation
from domain.events import ChangeApplied


class _Loss(NamedTuple):
    action: Action
    kind: str
    uid: str
    member: str = ""


class Losses:
    """Of one target. Facts are to be folded in the order of the log."""

    def __init__(self) -> None:
        self._lost: dict[_Loss, tuple[datetime, bool]] = {}
        self._plan, self._gained = 0, set[str]()

    def fold(self, fact: ChangeApplied, at: datetime) -> None:
        """Take in what a target acknowledged."""
        if fact.at != self._plan:
            self._plan, self._gained = fact.at, set()
        match fact.action:
            case Action.DELETE | Action.DEACTIVATE:
                self._lose(_Loss(Action(fact.action), fact.kind, fact.uid), at, fact.leaver)
            case Action.CREATE | Action.ADOPT | Action.REACTIVATE:
                for action in (Action.DELETE, Action.DEACTIVATE):
                    self._lost.pop(_Loss(action, fact.kind, fact.uid), None)
            case Action.REMOVE:
                for member in fact.members:
                    if fact.kind != "department" or member not in self._gained:
                        loss = _Loss(Action.REMOVE, fact.kind, fact.uid, member)
                        self._lose(loss, at, fact.leaver)
                    self._gained.discard(member)
            case Action.ADD:
                for member in fact.members:
                    self._got(fact, member)

    def _got(self, fact: ChangeApplied, member: str) -> None:
        """Another department makes up for one that is lost in the same plan; whatever was lost
        before comes back as itself."""
        before = self._lost.pop(_Loss(Action.REMOVE, fact.kind, fact.uid, member), None)
        if before is None and fact.kind == "department":
            self._gained.add(member)

    def _lose(self, loss: _Loss, at: datetime, leaver: bool) -> None:
        self._lost.pop(loss, None)  # in the order of time
        self._lost[loss] = (at, leaver)

    def approved(self) -> None:
        """A person saw it, and let it go on: from here on it is counted anew."""
        self._lost.clear()

    def since(self, moment: datetime) -> tuple[Operation, ...]:
        """What was lost since then; what was before is forgotten."""
        for loss in [loss for loss, (at, _) in self._lost.items() if at < moment]:
            del self._lost[loss]
        return tuple(
            Operation(
                kind=loss.kind,
                uid=loss.uid,
                action=loss.action,
                key=loss.uid,
                members=(loss.member,) if loss.member else (),
                leaver=leaver,
            )
            for loss, (_, leaver) in self._lost.items()
        )
