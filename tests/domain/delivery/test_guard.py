"""Guard: what one run may take away unasked, and what a person's approval lets go."""

from __future__ import annotations

import pytest

from domain.delivery.guard import Guarded, GuardLimits, guard
from domain.delivery.operation import Action
from domain.plausible import Limit
from domain.records import Roster
from tests.delivery.people import COMPANY, add, after, close, drop_role, duty, leave, member, person
from tests.domain.delivery.planning import IN_DEPARTMENTS, Bench

CROWD = tuple(person(n, "be", "fe") for n in range(100, 120))
IDS = tuple(m.id for m in CROWD)
BIG = after(COMPANY, add(*CROWD), duty("r2", members=(*IDS, "u4")))


def guarded(bench: Bench, limits: GuardLimits | None = None, **approved: set[str]) -> Guarded:
    allowed = {Action(action): frozenset(uids) for action, uids in approved.items()}
    operations = bench.plan().operations
    found = guard(operations, bench.state, limits or GuardLimits(), allowed)
    assert len(found.going) + len(found.held) >= len(operations)
    return found


def uids(bench: Bench, *keys: str) -> set[str]:
    return {bench.uid("member", key) for key in keys}


@pytest.mark.parametrize(
    ("count", "percent", "held"), [(5, 20, True), (9, 20, False), (5, 50, False)]
)
def test_a_limit_needs_both_its_count_and_its_percentage(
    count: int, percent: float, held: bool
) -> None:
    """Nine of 28 accounts, 32 %: held above 5 and 20 %, not with one of the two out of reach."""
    bench = Bench().filled(BIG)
    bench.tell(after(BIG, leave(*IDS[:9])))
    limits = GuardLimits(deactivate=Limit(count=count, percent=percent))
    found = guarded(bench, limits)
    assert bool(found.held) is held
    assert ("9 of 28 accounts would be closed (32 %)" in found.reason) is held


def test_what_is_not_a_loss_goes_on_while_the_losses_are_held() -> None:
    bench = Bench().filled(BIG)
    bench.tell(after(BIG, leave(*IDS), member("u4", name="Four"), add(person(9, "fe"))))
    found = guarded(bench)
    assert {o.action for o in found.going} == {"update", "create"}
    assert {o.action for o in found.held} == {"deactivate", "remove"}


@pytest.mark.parametrize("can", [Bench().can, IN_DEPARTMENTS], ids=["member", "department"])
def test_whoever_stays_for_now_keeps_everything(can: object) -> None:
    """Casdoor #5562: a held leave takes no role and no department; a real one beside it does."""
    bench = Bench(can).filled(BIG)  # type: ignore[arg-type]
    left = after(BIG, leave(*IDS), duty("r2", members=()), member("u5", departments=("fe",)))
    bench.tell(left)
    found = guarded(bench)
    staying = uids(bench, *IDS)
    assert not [o for o in found.going if staying & ({o.uid} | set(o.members))]
    lost = {bench.key(uid) for o in found.going if o.action == "remove" for uid in o.members}
    assert lost == ({"u4"} if can is not IN_DEPARTMENTS else {"u4", "u5"})


def test_a_department_that_still_holds_somebody_is_kept_with_all_above_it() -> None:
    bench = Bench().filled(BIG)
    gone = after(BIG, leave(*IDS, "u2", "u3", "u4", "u5", "u8"), close("fe", "be", "rd"))
    bench.tell(gone)
    found = guarded(bench)
    kept = {bench.key(o.uid) for o in found.held if o.action == "delete"}
    assert kept == {"fe", "be", "rd"}


def test_a_kept_child_keeps_its_parent_whatever_is_approved() -> None:
    """Approving the parent's deletion alone does not delete it over its child's head."""
    bench = Bench().filled(COMPANY)
    moved = [member(f"u{n}", departments=("hq",)) for n in range(1, 9)]
    bench.tell(after(COMPANY, *moved, close("fe", "be", "rd")))
    limits = GuardLimits(delete=Limit(count=0, percent=0))
    found = guarded(bench, limits, delete={bench.uid("department", "rd")})
    assert [bench.key(o.uid) for o in found.going if o.action == "delete"] == []
    everything = {bench.uid("department", key) for key in ("rd", "fe", "be")}
    assert guarded(bench, limits, delete=everything).held == ()


def test_approving_some_lets_these_go_and_keeps_the_others() -> None:
    """Three of twenty; and also seventeen of twenty, although three are below the limit."""
    bench = Bench().filled(BIG)
    bench.tell(after(BIG, leave(*IDS)))
    for some in (IDS[:3], IDS[:17]):
        found = guarded(bench, deactivate=uids(bench, *some))
        closing = {bench.key(o.uid) for o in found.going if o.action == "deactivate"}
        assert closing == set(some)
    assert guarded(bench, deactivate=uids(bench, *IDS)).held == ()


def test_approved_leavers_do_not_count_as_people_who_lose_roles() -> None:
    """An approved mass leave is not held once more for the roles that end with it."""
    crowd = after(COMPANY, add(*(person(n, "be") for n in range(100, 150))))
    ids = tuple(f"u{n}" for n in range(100, 150))
    big = after(crowd, duty("r2", members=ids))
    bench = Bench().filled(big)
    bench.tell(after(big, leave(*ids)))
    assert guarded(bench, deactivate=uids(bench, *ids)).held == ()


def test_places_are_counted_net_and_roles_by_their_holders() -> None:
    """A merger takes nobody's last place; a wiped list of departments does."""
    crowd = tuple(person(n, "be") for n in range(100, 160))
    big = after(COMPANY, add(*crowd), duty("r2", members=tuple(m.id for m in crowd)))
    merged = after(big, *(member(m.id, departments=("fe",)) for m in crowd))
    wiped = after(big, *(member(m.id, departments=()) for m in crowd))
    emptied: Roster = after(big, duty("r2", members=()))
    for can in (Bench().can, IN_DEPARTMENTS):
        bench = Bench(can).filled(big)
        assert guarded(bench.tell(merged)).held == ()
        bench.tell(big)
        assert "60 of 69 memberships would be taken away" in guarded(bench.tell(wiped)).reason
        bench.tell(big)
        assert "60 of 62 roles would be taken away" in guarded(bench.tell(emptied)).reason


def test_deletions_are_counted_for_each_kind() -> None:
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, drop_role("r1", "r2")))
    limits = GuardLimits(delete=Limit(count=1, percent=10))
    found = guarded(bench, limits)
    assert "2 of 2 roles would be deleted (100 %)" in found.reason
    assert {o.action for o in found.held} == {"delete"}


def test_a_held_plan_heals_itself_when_the_people_are_back() -> None:
    bench = Bench().filled(BIG)
    bench.tell(after(BIG, leave(*IDS)))
    assert guarded(bench).held
    bench.tell(BIG)
    assert guarded(bench) == Guarded(going=())
