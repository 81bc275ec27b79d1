"""The plausibility guard: too little to believe is held, not believed."""

from __future__ import annotations

import pytest

from domain.decide import decide
from domain.observe import WHOLE, Coverage, Observation
from domain.plausible import Held, Limit, Limits, implausible
from tests.domain.given import Given, dep, given, glimpse, m, person, read, role

PEOPLE = [person(f"u{n}", "a") for n in range(100)]
TREE = [dep("a"), dep("z")]


def judge(org: Given, observation: Observation, **limits: Limit) -> Held | None:
    facts = decide(org.directory, observation).facts
    return implausible(org.directory, observation, facts, Limits(**limits))


def test_an_empty_reading_is_held_even_of_an_empty_organization():
    held = judge(given(), read())
    assert held is not None
    assert held.reason == "the reading shows no department and no member at all"


def test_departments_without_a_single_member_are_held():
    held = judge(given(read(*TREE, *PEOPLE)), read(*TREE))
    assert held is not None
    assert held.reason == "the reading shows no member at all, 100 are known"


def test_members_without_a_single_department_are_held():
    held = judge(given(read(*TREE, *PEOPLE)), read(*PEOPLE))
    assert held is not None
    assert held.reason == "the reading shows no department at all, 2 are known"


def test_departments_alone_are_believed_where_the_members_were_not_read():
    assert judge(given(read(*TREE, *PEOPLE)), glimpse(*TREE, departments=True)) is None


def test_a_departure_told_by_the_system_itself_is_believed():
    org = given(read(*TREE, *PEOPLE))
    assert judge(org, glimpse(gone_members=frozenset({"u1"}))) is None
    assert judge(org, glimpse(gone_departments=frozenset({"z"}))) is None


def test_departures_told_by_the_system_are_counted_like_the_others():
    gone = frozenset(p.id for p in PEOPLE[:50])
    assert judge(given(read(*TREE, *PEOPLE)), glimpse(gone_members=gone)) is not None


@pytest.mark.parametrize(("leaving", "held"), [(5, False), (20, False), (21, True)])
def test_members_are_held_beyond_the_count_and_beyond_the_percentage(leaving, held):
    org = given(read(*TREE, *PEOPLE))
    answer = judge(org, read(*TREE, *PEOPLE[leaving:]))
    assert (answer is not None) == held
    if answer is not None:
        assert answer.reason == "21 of 100 members would leave (21 %)"
        assert set(answer.members) == {m(p.id) for p in PEOPLE[:leaving]}


def test_a_small_organization_may_lose_a_few_people_at_once():
    few = PEOPLE[:6]
    assert judge(given(read(*TREE, *few)), read(*TREE, *few[5:])) is None


def test_too_many_deleted_departments_are_held():
    many = [dep(f"d{n}") for n in range(10)]
    answer = judge(given(read(*many, person("u"))), read(*many[6:], person("u")))
    assert answer is not None
    assert answer.reason == "6 of 10 departments would be deleted (60 %)"
    assert len(answer.departments) == 6


def test_people_who_would_all_lose_their_departments_are_held():
    org = given(read(*TREE, *PEOPLE))
    homeless = [person(p.id) for p in PEOPLE[:31]]
    answer = judge(org, read(*TREE, *homeless, *PEOPLE[31:]))
    assert answer is not None
    assert answer.reason == "31 of 100 members would lose every department (31 %)"


@pytest.mark.parametrize("emptied", [True, False])
def test_roles_that_would_be_taken_from_most_holders_are_held(emptied):
    admins = role("admin", *(p.id for p in PEOPLE[:30]))
    now = [role("admin")] if emptied else []
    answer = judge(given(read(*TREE, *PEOPLE, admins)), read(*TREE, *PEOPLE, *now))
    assert answer is not None
    assert answer.reason == "30 of 30 roles would be taken away (100 %)"


def test_limits_can_be_set_tighter():
    org = given(read(*TREE, *PEOPLE))
    assert judge(org, read(*TREE, *PEOPLE[1:]), members=Limit(count=0, percent=0)) is not None


def test_an_ordinary_day_is_believed():
    org = given(read(*TREE, *PEOPLE))
    assert judge(org, read(*TREE, *PEOPLE[3:], person("new", "a"))) is None


def test_coverage_is_whole_when_everything_was_read():
    assert Coverage(departments=True, members=True, roles=True) == WHOLE


def test_nothing_changed_since_the_last_reading_is_no_empty_reading():
    org = given(read(*TREE, *PEOPLE))
    assert judge(org, glimpse(changes=True)) is None
    assert judge(given(), glimpse(changes=True)) is None
    assert judge(org, read(coverage=Coverage(members=True, changes=True))) is not None


@pytest.mark.parametrize(("leaving", "held"), [(20, False), (21, True)])
def test_leavers_among_changes_are_counted_like_all_others(leaving, held):
    gone = frozenset(p.id for p in PEOPLE[:leaving])
    answer = judge(given(read(*TREE, *PEOPLE)), glimpse(changes=True, gone_members=gone))
    assert (answer is not None) == held


def test_departments_and_places_among_changes_are_counted_like_all_others():
    tree = [dep(f"d{n}") for n in range(20)]
    org = given(read(*tree, *(person(f"u{n}", f"d{n % 20}") for n in range(100))))
    homeless = [person(f"u{n}") for n in range(40)]
    answer = judge(org, glimpse(*homeless, changes=True))
    assert answer is not None
    assert answer.reason == "40 of 100 members would lose every department (40 %)"
    gone = frozenset(f"d{n}" for n in range(10))
    moved = [person(f"u{n}", "d19") for n in range(100)]
    answer = judge(org, glimpse(*moved, changes=True, gone_departments=gone))
    assert answer is not None
    assert answer.reason == "10 of 20 departments would be deleted (50 %)"
