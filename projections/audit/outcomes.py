"""One row per event about a target: what became of an operation, or what others did there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from domain.delivery.operation import Action
from domain.envelope import Entry
from domain.events import (
    ChangeApplied,
    ChangeDeferred,
    ChangeParked,
    ChangeRefused,
    DriftDetected,
    Fact,
)
from projections.audit.tables import arrow

COLUMNS = (
    "org", "target", "kind", "entity", "action", "run", "position", "time", "outcome", "code",
    "reason", "fix", "remote", "up_to", "members", "changed", "closed", "gone", "warning",
)  # fmt: skip

OUTCOMES: dict[type[Fact], str] = {
    ChangeApplied: "applied",
    ChangeRefused: "refused",
    ChangeDeferred: "deferred",
    ChangeParked: "parked",
    DriftDetected: "drift",
}


def rows(entries: Sequence[Entry], times: Iterable[int]) -> pa.Table | None:
    """The outcomes among ``entries``, whose times are microseconds; None if there are none.

    Values of fields are not in it, only the names of those that changed: what was written of a
    person stays in one place, the payload of the event.
    """
    told = [
        _row(entry, entry.envelope.fact, time)
        for entry, time in zip(entries, times, strict=True)
        if _at_target(entry.envelope.fact)
    ]
    return arrow(COLUMNS, told) if told else None


def _at_target(fact: Fact) -> bool:
    """Drift of a source, which ``missed`` to tell a change, is nothing that became of a target."""
    return fact.KIND == "delivery" and not (isinstance(fact, DriftDetected) and fact.missed)


def _row(entry: Entry, fact: Any, time: int) -> tuple[Any, ...]:
    outcome = OUTCOMES[type(fact)]
    head = (entry.org, fact.target, fact.kind, fact.uid)
    where = (entry.envelope.run, entry.position, time)
    if outcome == "applied":
        action = fact.action
        return (
            *head, action, *where, "adopted" if action == Action.ADOPT else outcome, None, None,
            None, fact.remote, fact.at, len(fact.members), [*fact.fields, *fact.relations],
            fact.leaver, action == Action.DELETE, fact.warning or None,
        )  # fmt: skip
    if outcome == "drift":
        return (
            *head, None, *where, outcome, None, None, None, None, None,
            len(fact.gained) + len(fact.lost), [*fact.fields, *fact.relations], False,
            fact.missing, None,
        )  # fmt: skip
    return (
        *head, fact.action, *where, outcome, fact.code or None, fact.why, fact.fix or None, None,
        fact.at, len(fact.members), [], False, False, None,
    )  # fmt: skip
