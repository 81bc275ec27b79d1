"""Around: what a look has to read beside what its hints name. Pure.

A hint names one record; the ledger may be behind in what that one hangs on (ports.Looking).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from domain.ports import Known, KnownDepartment
from domain.records import DepartmentRecord


def above(known: Known, record_id: str) -> Iterator[str]:
    """A known department and those above it, from the bottom up; nothing for an unknown one."""
    passed: set[str] = set()
    step: str | None = record_id
    while step is not None and step not in passed:
        place = known.department(step)
        if place is None:
            return
        yield step
        passed.add(step)
        step = place.parent_id


def between(known: Known, record_id: str, parent_id: str) -> tuple[str, ...]:
    """The departments from ``parent_id`` up to ``record_id``, where the ledger has it below.

    A department cannot lie below itself: one of these has moved as well.
    """
    path: list[str] = []
    for step in above(known, parent_id):
        if step == record_id:
            return tuple(path)
        path.append(step)
    return ()


def placeable(
    records: Iterable[DepartmentRecord], known: Known, gone: Collection[str]
) -> tuple[tuple[DepartmentRecord, ...], tuple[DepartmentRecord, ...]]:
    """``records`` below what is known or among them, and those whose parent is nowhere."""
    placed: dict[str, DepartmentRecord] = {}
    waiting = list(records)
    read = {record.id for record in waiting}
    while waiting:
        rest = []
        for record in waiting:
            above_it = record.parent_id
            there = above_it is None or above_it in placed
            if not there and above_it not in read and above_it not in gone:
                there = known.department(above_it or "") is not None
            if there:
                placed[record.id] = record
            else:
                rest.append(record)
        if len(rest) == len(waiting):
            break
        waiting = rest
    return tuple(placed.values()), tuple(waiting)


class Inside:
    """Who and what the ledger has in departments; walks over it once, when it is first asked."""

    def __init__(self, known: Known) -> None:
        self._known = known

    @cached_property
    def _departments(self) -> dict[str, KnownDepartment]:
        return {one.id: one for one in self._known.departments()}

    def members(self, record_id: str) -> frozenset[str]:
        """The people directly in a department."""
        found = self._departments.get(record_id)
        return frozenset() if found is None else found.members

    def children(self, record_id: str) -> tuple[str, ...]:
        """The departments directly below a department."""
        below = (one for one in self._departments.values() if one.parent_id == record_id)
        return tuple(one.id for one in below)
