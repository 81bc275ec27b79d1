"""What of a reading of everything no callback had announced."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from domain.envelope import Entry, Envelope, address
from domain.events import Fact
from domain.hints import Hint, Kind
from domain.observe import Observation
from orgledger.live.drift import Announced, unannounced
from tests.domain.given import ORG, SYSTEM, d, dep, given, glimpse, m, person, r, read, role
from tests.engine.conftest import Clock

PAST = read(
    dep("d1", leaders=("u1",)),
    dep("d2", leaders=("u2",)),
    person("u1", "d1"),
    person("u2", "d1", manager="u1"),
    person("u3", "d2", manager="u1"),
    role("r1", "u1", "u3"),
)


def hinted(*hints: tuple[Kind, str]) -> Announced:
    """What was told."""
    found = Announced()
    found.add(Hint(kind=kind, id=one, event="event", key=one) for kind, one in hints)
    return found


def missed(now: Observation, *hints: tuple[Kind, str]) -> list[tuple[str, str]]:
    """What of a reading these hints had not announced."""
    outcome = given(PAST).when(now)
    entries = entered(outcome.decided.facts)
    found = unannounced(outcome.directory, SYSTEM, entries, hinted(*hints))
    return [(entry.fact.TOPIC, entry.fact.uid) for entry in found]


def entered(facts: Sequence[Fact]) -> list[Entry]:
    return [
        Entry(
            address(ORG, fact), 1, Envelope(id=f"e-{n}", at=Clock()(), actor="test", fact=fact), n
        )
        for n, fact in enumerate(facts, 1)
    ]


def test_what_was_told_is_not_lost_and_the_rest_is() -> None:
    now = glimpse(person("u2", "d1", name="New"), person("u3", "d2", name="New"))
    assert missed(now, ("member", "u2")) == [("MemberRenamed", m("u3"))]
    assert missed(now, ("department", "u2"), ("member", "u9")) == [
        ("MemberRenamed", m("u2")),
        ("MemberRenamed", m("u3")),
    ]
    assert missed(now, ("all", "")) == []


LEFT = read(
    dep("d1", leaders=()),
    dep("d2", leaders=("u2",)),
    person("u2", "d1", manager=None),
    person("u3", "d2", manager=None),
    role("r1", "u3"),
)


def test_what_a_leaver_leaves_is_told_with_the_leaver() -> None:
    """Roles, posts and reports of somebody of whom the callback came while everything was read."""
    assert missed(LEFT, ("member", "u1")) == []


def test_a_leaver_of_whom_nothing_was_told_is_lost_with_all_that_hung_on_them() -> None:
    assert missed(LEFT) == [
        ("MemberManagerChanged", m("u2")),
        ("MemberManagerChanged", m("u3")),
        ("DepartmentLeadersChanged", d("d1")),
        ("RoleRevoked", r("r1")),
        ("MemberResigned", m("u1")),
    ]


def test_another_manager_is_not_told_by_a_leaver() -> None:
    """Only a post that is vacant follows from it."""
    now = read(
        dep("d1", leaders=()),
        dep("d2", leaders=("u2",)),
        person("u2", "d1", manager="u3"),
        person("u3", "d2", manager=None),
        role("r1", "u3"),
    )
    assert missed(now, ("member", "u1")) == [("MemberManagerChanged", m("u2"))]


@pytest.mark.parametrize("told", [("member", "u2"), ("role", "r1")])
def test_a_role_is_told_with_its_holder_or_by_itself(told: tuple[Kind, str]) -> None:
    now = glimpse(person("u2", "d1"), role("r1", "u1", "u2", "u3"))
    assert missed(now, told) == []
    assert missed(now) == [("RoleGranted", r("r1"))]
