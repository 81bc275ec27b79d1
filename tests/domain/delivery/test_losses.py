"""Losses: what counts as taken away when a target is brought up change by change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.delivery.guard import GuardLimits, guard
from domain.delivery.losses import Losses
from domain.delivery.operation import Operation
from domain.events import ChangeApplied
from domain.plausible import Limit
from domain.records import Roster
from tests.delivery.people import COMPANY, add, after, duty, leave, member, person
from tests.domain.delivery.planning import IN_DEPARTMENTS, Bench

CROWD = tuple(person(n, "be") for n in range(100, 140))
IDS = tuple(m.id for m in CROWD)
BIG = after(COMPANY, add(*CROWD), duty("r2", members=(*IDS, "u4")))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Steps:
    """A target that is brought up change by change, with the guard that looks at each."""

    def __init__(self) -> None:
        self.bench, self.losses, self.now = Bench(IN_DEPARTMENTS).filled(BIG), Losses(), NOW

    def take(self, roster: Roster) -> str:
        """Why the guard holds the next step; else it is done."""
        self.bench.tell(roster)
        operations = self.bench.plan().operations
        recent = self.losses.since(self.now - timedelta(days=1))
        found = guard(operations, self.bench.state, GuardLimits(), recent=recent)
        if found.held:
            return found.reason
        self.bench.apply(operations)
        for operation in operations:
            self.losses.fold(self._fact(operation), self.now)
        return ""

    def _fact(self, o: Operation) -> ChangeApplied:
        return ChangeApplied(
            uid=o.uid, target="there", kind=o.kind, action=o.action, members=o.members,
            leaver=o.leaver, at=self.bench.directory.position,
        )  # fmt: skip


def test_people_who_change_their_department_one_by_one_are_no_loss() -> None:
    """After forty transfers in a company of fifty, one more place may go that nothing replaces."""
    steps, roster = Steps(), BIG
    for one in IDS:
        roster = after(roster, member(one, departments=("fe",)))
        assert steps.take(roster) == ""
    for places in (("fe", "be"), ("fe",)):
        roster = after(roster, member(IDS[0], departments=places))
        assert steps.take(roster) == ""


def test_whoever_comes_back_is_no_loss() -> None:
    """Thirty people leave and are there again, or lose a role and have it again; one goes."""
    steps = Steps()
    for one in IDS[:30]:
        rest = tuple(i for i in (*IDS, "u4") if i != one)
        for roster in (after(BIG, leave(one)), BIG, after(BIG, duty("r2", members=rest)), BIG):
            assert steps.take(roster) == ""
    assert steps.take(after(BIG, leave(IDS[0]))) == ""


@pytest.mark.parametrize("days", [0, 1])
def test_leavers_one_by_one_are_held_as_if_they_left_at_once(days: int) -> None:
    """The guard sees the day, and not only the step; the day before does not count."""
    steps, roster, held = Steps(), BIG, ""
    for number, one in enumerate(IDS[:16]):
        if number == 8:
            steps.now += timedelta(days=days, seconds=1)
        roster = after(roster, leave(one))
        held = held or steps.take(roster)
    assert ("accounts would be closed" in held) is (days == 0)


def test_an_approval_begins_anew() -> None:
    """What a person saw and let go does not hold the next one."""
    steps, roster = Steps(), BIG
    for one in IDS[:8]:
        roster = after(roster, leave(one))
        assert steps.take(roster) == ""
    limits = GuardLimits(deactivate=Limit(count=5, percent=17))
    steps.bench.tell(after(roster, leave(IDS[8])))
    operations, state = steps.bench.plan().operations, steps.bench.state
    before = NOW - timedelta(days=1)
    assert guard(operations, state, limits, recent=steps.losses.since(before)).held
    steps.losses.approved()
    assert not guard(operations, state, limits, recent=steps.losses.since(before)).held
