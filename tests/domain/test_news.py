"""News: a source asks of one person at a time whether the ledger knows all that already."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given as whatever
from hypothesis import settings
from msgspec.structs import replace

from domain.decide import News, decide
from domain.observe import WHOLE, Coverage
from domain.records import MemberRecord
from tests.domain.given import SYSTEM, dep, given, person, read
from tests.domain.rosters import reading_of, rosters

KNOWN = person("u", "a", title="Engineer", details={"site": "B"}, keys={"unionid": "x"})


def tells(record: MemberRecord) -> bool:
    past = given(read(dep("a"), dep("b"), person("v", "a"), KNOWN))
    return News(past.directory, SYSTEM).tells(record)


def test_what_is_known_is_no_news():
    assert not tells(KNOWN)


def test_what_is_unknown_is_no_news():
    assert not tells(person("u", "a"))


@pytest.mark.parametrize(
    "record",
    [
        person("w", "a"),
        replace(KNOWN, name="Else"),
        replace(KNOWN, title=None),
        replace(KNOWN, departments=("a", "b")),
        replace(KNOWN, departments=()),
        replace(KNOWN, active=False),
        replace(KNOWN, manager="v"),
        replace(KNOWN, details={"site": "C"}),
    ],
    ids=["somebody", "name", "title", "transfer", "nowhere", "state", "manager", "details"],
)
def test_somebody_new_and_every_change_is_news(record):
    assert tells(record)


def test_somebody_who_left_and_is_back_is_news():
    past = given(read(dep("a"), KNOWN), read(dep("a")))
    assert News(past.directory, SYSTEM).tells(KNOWN)


@settings(max_examples=100)
@whatever(rosters(), rosters())
def test_asked_one_by_one_it_says_what_a_whole_decision_would(before, now):
    """Of people who are known already; and asking changes nothing."""
    directory = given().when(reading_of(before, WHOLE)).directory
    untouched, news = copy.deepcopy(directory), News(directory, SYSTEM)
    for record in now.members:
        alone = replace(reading_of(now, Coverage()), departments=(), members=(record,), roles=())
        facts = decide(directory, alone).facts
        assert news.tells(record) == any(fact.KIND == "member" for fact in facts)
    assert directory == untouched
