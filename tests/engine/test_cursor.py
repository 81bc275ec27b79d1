"""The cursor of a reading: kept in the log when it was whole, and given to the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from domain.errors import CredentialFault, HeldError
from domain.events import RunFinished
from domain.observe import Coverage, Gap
from domain.records import MemberRecord, Roster
from orgledger.engine.pull import Feed, Outcome, Pull
from orgledger.engine.views import Views
from orgledger.ledger import Circumstances, Ledger
from tests.engine.fake_source import FakeSource, company

Sync = Callable[..., Outcome]


@pytest.fixture
def source() -> FakeSource:
    """Leaves another cursor at each reading."""
    return FakeSource(company(20))


@pytest.fixture
def sync(ledger: Ledger, views: Views, source: FakeSource) -> Sync:
    def work(cursor: str = "", *, full: bool = False, plan: bool = False) -> Outcome:
        source.cursor = cursor
        feed = Feed(system="hr", org="acme", name="Acme", source=source)
        quiet = lambda *_: None  # noqa: E731
        pull = Pull(ledger, views, feed, actor="user:test", progress=quiet, full=full)
        return asyncio.run(pull.plan() if plan else pull.execute())

    return work


def given(source: FakeSource) -> str:
    """The cursor that the last reading was given."""
    assert source.known is not None
    return source.known.cursor


def test_it_is_given_to_the_next_reading(sync: Sync, source: FakeSource) -> None:
    sync("one")
    assert given(source) == ""
    sync("two")
    assert given(source) == "one"
    sync("three")
    assert given(source) == "two"


def test_it_is_in_the_runs_closing_event_after_all_others(
    sync: Sync, ledger: Ledger, source: FakeSource
) -> None:
    sync("one")
    *_, last = [entry.fact for batch in ledger.read() for entry in batch]
    assert isinstance(last, RunFinished)
    assert last.cursor == "one"


def test_a_plan_does_not_advance_it(sync: Sync, source: FakeSource) -> None:
    sync("one")
    sync("two", plan=True)
    assert given(source) == "one"
    sync("three")
    assert given(source) == "one"


def test_a_gap_or_a_refused_record_leaves_the_older_one(sync: Sync, source: FakeSource) -> None:
    whole = source.roster
    sync("one")
    source.gaps = (Gap("changes of users", "HTTP 500 three times"),)
    sync("two")
    source.gaps = ()
    bad = MemberRecord(id="u9999", name="\x07", departments=())
    source.roster = replace(whole, members=(*whole.members, bad))
    sync("three")
    assert given(source) == "one"
    source.roster = whole
    sync("four")
    assert given(source) == "one"
    sync("five")
    assert given(source) == "four"


def test_a_held_or_a_failed_reading_leaves_the_older_one(sync: Sync, source: FakeSource) -> None:
    whole = source.roster
    sync("one")
    source.roster = Roster()
    with pytest.raises(HeldError):
        sync("two")
    source.roster, source.fault = whole, CredentialFault("the secret is not accepted")
    with pytest.raises(CredentialFault):
        sync("three")
    source.fault = None
    sync("four")
    assert given(source) == "one"


def test_full_reads_as_if_there_was_none_and_leaves_a_new_one(
    sync: Sync, source: FakeSource
) -> None:
    sync("one")
    sync("two", full=True)
    assert given(source) == ""
    sync("three")
    assert given(source) == "two"


def test_a_whole_reading_that_leaves_none_keeps_the_older_one(
    sync: Sync, source: FakeSource
) -> None:
    sync("one")
    sync("")
    sync("two")
    assert given(source) == "one"


def test_another_systems_cursor_is_not_ours(sync: Sync, ledger: Ledger, source: FakeSource) -> None:
    sync("one")
    by = Circumstances(actor="user:test", source="other", run="run-other")
    ledger.note("acme", RunFinished(uid="run-other", cursor="theirs"), by, 1)
    sync("two")
    assert given(source) == "one"


def test_no_changes_are_no_empty_reading(sync: Sync, source: FakeSource) -> None:
    sync("one")
    source.roster, source.coverage = Roster(), Coverage(changes=True)
    assert sync("two").appended == 0
    sync("three")
    assert given(source) == "two"


def test_many_leavers_among_changes_are_held(sync: Sync, source: FakeSource) -> None:
    sync("one")
    gone = frozenset(f"u{number}" for number in range(10))
    source.roster, source.coverage = Roster(), Coverage(changes=True, gone_members=gone)
    with pytest.raises(HeldError, match="10 of 20 members would leave"):
        sync("two")
    source.coverage = Coverage(changes=True, gone_members=frozenset({"u1"}))
    assert sync("three").appended > 0
    assert given(source) == "one", "what was held is told again"


def test_the_source_may_ask_for_people_departments_and_roles(
    sync: Sync, source: FakeSource
) -> None:
    sync("one")
    sync("two")
    known = source.known
    assert known is not None
    assert {m.id: m.departments for m in known.members()}["u3"] == ("d2",)
    assert {d.id: len(d.members) for d in known.departments()} == {"d1": 10, "d2": 10}
    assert [(r.id, r.members) for r in known.roles()] == [("r1", frozenset({"u0", "u1"}))]
