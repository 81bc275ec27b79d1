"""What holds for every plan, looked for with random organizations and failures."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import assume, settings
from hypothesis import given as whatever
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.plan import Leavers
from domain.delivery.state import Result
from domain.records import Roster
from tests.delivery.memory import CAPABILITIES
from tests.delivery.people import COMPANY, after, leave
from tests.domain.delivery.planning import IN_DEPARTMENTS, PLAIN, Bench
from tests.domain.rosters import rosters

BARE = TargetCapabilities(
    fields={kind: CAPABILITIES.fields[kind] for kind in ("department", "member")},
    nested=False,
    deactivates=False,
    leaders=1,
    leaders_inside=True,
)
KINDS_OF_TARGETS = st.sampled_from([CAPABILITIES, PLAIN, IN_DEPARTMENTS, BARE])
GRACES = st.sampled_from([Leavers(grace=0), Leavers(grace=30), Leavers(delete=False)])


@st.composite
def companies(draw: Any) -> Roster:
    """A random organization in which nobody shares a number: a login stays one's own."""
    roster: Roster = draw(rosters())
    members = tuple(replace(m, job_number=None) for m in roster.members)
    return replace(roster, members=members)


@settings(max_examples=150)
@whatever(st.lists(companies(), min_size=1, max_size=4), KINDS_OF_TARGETS, GRACES)
def test_a_plan_leads_there_in_a_valid_order_and_then_there_is_nothing_to_do(
    history: list[Roster], can: TargetCapabilities, leavers: Leavers
) -> None:
    """Every step finds what it needs (``apply`` looks), and the next plan is empty."""
    assume(can.deactivates or leavers.delete)  # else people stay in departments that go
    bench = Bench(can, leavers=leavers)
    for roster in history:
        bench.tell(roster).run()
        if leavers.grace or not leavers.delete or not can.deactivates:
            assert bench.plan().operations == ()
        else:
            bench.run()
            assert bench.plan().operations == ()
        assert_holds(bench)


def assert_holds(bench: Bench) -> None:
    """The state is the desired organization, entity by entity."""
    living, desired = bench.state.living(), bench.desired
    for kind in bench.can.fields:
        fixed = {f.name for f in bench.can.fields[kind] if f.fixed}
        for uid, wanted in desired.of(kind).items():
            placed = living[kind][uid]
            for name, value in wanted.fields.items():
                assert placed.fields.get(name) == value or name in fixed
            for name, value in wanted.relations.given().items():
                had = placed.relations.given().get(name)
                assert (had or None) == (value or None), (name, had, value)
            assert wanted.members is None or placed.members == wanted.members
        if kind != "member" and kind in bench.can.deletes:
            assert living.get(kind, {}).keys() == desired.of(kind).keys()


@settings(max_examples=80)
@whatever(companies(), companies(), st.data(), KINDS_OF_TARGETS)
def test_a_run_cut_off_anywhere_is_completed_by_the_next(
    before: Roster, now: Roster, data: Any, can: TargetCapabilities
) -> None:
    """Every prefix of a plan is valid, and the next plan leads on from it."""
    bench = Bench(can)
    bench.tell(before).run()
    made = bench.tell(now).plan().operations
    bench.apply(made[: data.draw(st.integers(0, len(made)))])
    bench.run()
    assert bench.plan().operations == ()
    assert_holds(bench)


@settings(max_examples=80)
@whatever(companies(), companies(), st.data())
def test_a_refused_step_is_sent_no_more_and_does_not_keep_the_others_from_going(
    before: Roster, now: Roster, data: Any
) -> None:
    """One creation or update is refused: all that goes on is valid, and then nothing is left."""
    bench = Bench()
    bench.tell(before).run()
    made = bench.tell(now).plan().operations
    steps = [o for o in made if o.kind == "member" and o.action in ("create", "update", "relate")]
    if not steps:
        return
    bad = data.draw(st.sampled_from(steps))
    bench.apply(made[: made.index(bad)])
    bench.fails(bad, Result.REFUSED)
    rest = bench.plan()
    assert bad.digest in {o.digest for o, _ in rest.stuck}
    bench.apply(rest.operations)
    again = bench.plan()
    assert again.operations == ()
    assert {o.digest for o, _ in again.stuck} == {bad.digest}
    bench.run(retry={bad.uid})
    bench.run()
    assert bench.plan() == msgspec.structs.replace(bench.plan(), stuck=(), dependent=())
    assert_holds(bench)


@pytest.mark.parametrize("can", [CAPABILITIES, IN_DEPARTMENTS], ids=["member", "department"])
def test_planning_changes_neither_the_state_nor_what_is_desired(can: TargetCapabilities) -> None:
    bench = Bench(can).filled(COMPANY)
    bench.tell(after(COMPANY, leave("u8")))
    before = msgspec.msgpack.encode(bench.state)
    assert bench.plan() == bench.plan()
    assert msgspec.msgpack.encode(bench.state) == before
