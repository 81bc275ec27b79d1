"""Doubtful: what may be at a target though nothing recorded says so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from domain.delivery.desired import Desired
from domain.delivery.operation import Action, slot
from domain.delivery.state import CANDIDATE, Result, TargetState
from domain.envelope import directory_scope
from orgledger.engine.runs import Run, Status
from orgledger.ledger import SKEW, Ledger

_ORDERLY = (Status.FINISHED, Status.PARTIAL, Status.HELD, Status.APPROVED)


def orderly(run: Run) -> bool:
    """Whether the log has everything that a run did."""
    return run.status in _ORDERLY


def unanswered(state: TargetState, desired: Desired) -> frozenset[str]:
    """Uids of what nobody wants any more, and whose creation was tried and not acknowledged."""
    create = slot(Action.CREATE, ())
    return frozenset(
        uid
        for kind, entities in state.placed.items()
        for uid, placed in entities.items()
        if placed.gone
        and (stuck := placed.stuck.get(create)) is not None
        and stuck.result is not Result.REFUSED
        and stuck.code != CANDIDATE
        and uid not in desired.of(kind)
        and desired.seen(uid)
    )


def touched(ledger: Ledger, org: str, before: Sequence[Run]) -> frozenset[str]:
    """Uids of what changed since the runs began that were cut off; ``before``: the newest first.

    What they made for somebody who left before it was recorded is wanted by nobody now, and would
    be there for good.
    """
    cut_off = list(takewhile(lambda run: not orderly(run), before))
    if not cut_off:
        return frozenset()
    begun = cut_off[-1].started - SKEW
    return frozenset(
        entry.fact.uid
        for batch in ledger.read(max(run.at for run in before), scope=directory_scope(org))
        for entry in batch
        if entry.envelope.at >= begun
    )
