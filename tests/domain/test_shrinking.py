"""The guard of what is pushed: the most that there was within a day, whatever came and went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain import events as e
from domain.events import Fact
from domain.plausible import Limit, Limits
from domain.shrinking import WINDOW, Standing

START = datetime(2026, 1, 1, tzinfo=UTC)
NONE = Limit(count=0, percent=0)


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 4)), max_size=40))
def test_the_most_of_a_day_is_the_largest_number_in_force(steps: list[tuple[int, int]]) -> None:
    """Also one that began before the day and lasted into it; people come and go in any order."""
    standing, there, now = Standing(), set[str](), START
    series = [(START - 2 * WINDOW, 0)]
    for minutes, number in steps:
        now += timedelta(minutes=minutes)
        uid = f"u{number}"
        fact: Fact = e.MemberResigned(uid=uid)
        if uid not in there:
            fact = e.MemberRehired(uid=uid, departments=(), main_department=None)
        there ^= {uid}
        standing.fold(fact, now)
        series.append((now, len(there)))
        since = now - WINDOW
        ends = [at for at, _ in series[1:]] + [now + WINDOW]
        in_force = [value for (_, value), end in zip(series, ends, strict=True) if end > since]
        assert standing.most("there", since) == max(in_force)


def grown(*facts: Fact) -> Standing:
    standing = Standing()
    for fact in facts:
        standing.fold(fact, START)
    return standing


def member(uid: str, *departments: str) -> Fact:
    return e.MemberCreated(uid=uid, name=uid, departments=departments, main_department=None)


def test_each_kind_of_loss_has_its_own_limit_and_sentence() -> None:
    """Leaving, closing, departments, the last department, roles; gains are never too far."""
    standing = grown(
        e.DepartmentCreated(uid="d", name="D", parent=None),
        e.RoleCreated(uid="r", name="R"),
        member("a", "d"),
        e.RoleGranted(uid="r", member="a"),
    )
    losses: dict[str, tuple[Fact, str]] = {
        "members": (e.MemberDeactivated(uid="a"), "1 of 1 members would be deactivated"),
        "departments": (e.DepartmentDeleted(uid="d"), "1 of 1 departments"),
        "memberships": (
            e.MemberTransferred(uid="a", departments=(), main_department=None),
            "1 of 1 members would have lost every department",
        ),
        "grants": (e.RoleDeleted(uid="r"), "1 of 1 roles"),
    }
    for key, (fact, told) in losses.items():
        strict = Limits(**{key: NONE})
        found = standing.too_far((fact,), strict, START - WINDOW)
        assert found is not None
        assert found.startswith(told)
        assert standing.too_far((fact,), Limits(), START - WINDOW) is None
    everything_strict = Limits(members=NONE, departments=NONE, memberships=NONE, grants=NONE)
    assert standing.too_far((member("b", "d"),), everything_strict, START - WINDOW) is None


def test_who_leaves_is_not_counted_as_one_who_lost_every_department() -> None:
    """One loss is one loss: only the limit of leavers is asked."""
    standing = grown(member("a", "d"))
    only_places = Limits(memberships=NONE)
    assert standing.too_far((e.MemberResigned(uid="a"),), only_places, START - WINDOW) is None


def test_a_second_look_at_the_same_facts_says_the_same() -> None:
    """Judging changes nothing."""
    standing = grown(*(member(f"u{n}") for n in range(10)))
    facts = tuple(e.MemberResigned(uid=f"u{n}") for n in range(6))
    said = {standing.too_far(facts, Limits(), START - WINDOW) for _ in range(3)}
    assert said == {"6 of 10 members would have left within a day (60 %)"}
