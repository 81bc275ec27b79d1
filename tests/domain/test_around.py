"""What a look reads beside what its hints name."""

from __future__ import annotations

import pytest

from domain.around import Inside, above, between, placeable
from domain.ports import Known
from orgledger.engine.known import Knowledge
from tests.domain.given import SYSTEM, dep, given, person, read


@pytest.fixture
def known() -> Known:
    """``a`` over ``b`` over ``c``, and ``x`` beside."""
    past = read(dep("a"), dep("b", "a"), dep("c", "b"), dep("x"), person("u", "b", "c"))
    return Knowledge(given(past).directory, SYSTEM, 0, "")


def test_above_is_the_way_to_the_top(known: Known) -> None:
    assert list(above(known, "c")) == ["c", "b", "a"]
    assert list(above(known, "nowhere")) == []


def test_a_department_that_moves_below_itself_finds_what_else_has_moved(known: Known) -> None:
    assert between(known, "a", "c") == ("c", "b")
    assert between(known, "c", "a") == ()
    assert between(known, "a", "x") == ()


def test_what_is_placed_hangs_on_what_is_known_or_read(known: Known) -> None:
    records = [dep("new2", "new1"), dep("new1", "c"), dep("top"), dep("b", "x")]
    placed, rest = placeable(records, known, ())
    assert {record.id for record in placed} == {"new1", "new2", "top", "b"}
    assert rest == ()


def test_what_hangs_on_nothing_is_left(known: Known) -> None:
    records = [dep("lost", "nowhere"), dep("below", "lost"), dep("on", "gone"), dep("fine", "a")]
    placed, rest = placeable(records, known, {"gone"})
    assert [record.id for record in placed] == ["fine"]
    assert {record.id for record in rest} == {"lost", "below", "on"}


def test_a_circle_is_left(known: Known) -> None:
    placed, rest = placeable([dep("p", "q"), dep("q", "p")], known, ())
    assert placed == ()
    assert len(rest) == 2


def test_a_known_parent_that_is_gone_now_holds_nothing(known: Known) -> None:
    placed, rest = placeable([dep("b", "a"), dep("c", "b")], known, {"a"})
    assert placed == ()
    assert [record.id for record in rest] == ["b", "c"]


def test_inside_are_those_directly_in_it(known: Known) -> None:
    inside = Inside(known)
    assert inside.members("b") == {"u"}
    assert inside.children("a") == ("b",)
    assert inside.members("nowhere") == frozenset()
