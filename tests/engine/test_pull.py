"""A pull: reading, deciding, holding, approving, appending, on a real log."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from domain.errors import ConfigError, CredentialFault, HeldError
from domain.events import DepartmentRenamed, MemberRenamed
from domain.observe import Coverage, Gap
from domain.records import MemberRecord, Roster
from domain.rows import Rows
from orgledger.engine.pull import Feed, Outcome, Pull
from orgledger.engine.runs import Status
from orgledger.engine.views import Views
from orgledger.ledger import Circumstances, Ledger
from tests.engine.fake_source import FakeSource, company


def pull(ledger: Ledger, views: Views, source: FakeSource) -> Pull:
    feed = Feed(system="hr", org="acme", name="Acme", source=source)
    return Pull(ledger, views, feed, actor="user:test", progress=lambda *_: None)


def sync(
    ledger: Ledger, views: Views, source: FakeSource, *, approve: str | None = None
) -> Outcome:
    approved = views.run(approve) if approve else None
    return asyncio.run(pull(ledger, views, source).execute(approved))


def people(views: Views) -> set[str]:
    directory = views.directory("acme")
    rows = Rows(directory)
    return {rows.id("member", m.uid) for m in directory.present_members()}


def test_the_first_pull_records_everything_and_the_second_nothing(
    ledger: Ledger, views: Views
) -> None:
    source = FakeSource(company(20))
    first = sync(ledger, views, source)
    second = sync(ledger, views, source)
    assert (first.status, second.status) == (Status.FINISHED, Status.FINISHED)
    assert first.appended > 20
    assert second.appended == 0
    assert people(views) == {f"u{i}" for i in range(20)}


def test_every_event_tells_who_which_system_and_which_run(ledger: Ledger, views: Views) -> None:
    outcome = sync(ledger, views, FakeSource(company(3)))
    for batch in ledger.read():
        for entry in batch:
            assert entry.envelope.actor == "user:test"
            assert entry.envelope.source == "hr"
            assert entry.envelope.run == outcome.run


def test_a_plan_appends_nothing_and_is_what_the_pull_then_does(
    ledger: Ledger, views: Views
) -> None:
    source = FakeSource(company(5))
    plan = asyncio.run(pull(ledger, views, source).plan())
    assert ledger.head == 0
    assert sync(ledger, views, source).appended == len(plan.plan)


def test_an_empty_reading_is_held_and_nobody_leaves(ledger: Ledger, views: Views) -> None:
    source = FakeSource(company(8))
    sync(ledger, views, source)
    source.roster = Roster()
    with pytest.raises(HeldError, match="no department and no member"):
        sync(ledger, views, source)
    assert len(people(views)) == 8
    assert list(views.runs().by_id.values())[-1].status is Status.HELD


def test_a_far_smaller_reading_is_held_until_a_person_approves_it(
    ledger: Ledger, views: Views
) -> None:
    source = FakeSource(company(40))
    sync(ledger, views, source)
    source.without(*(f"u{i}" for i in range(10, 30)))
    with pytest.raises(HeldError, match="20 of 40 members would leave"):
        sync(ledger, views, source)
    held = list(views.runs().by_id.values())[-1]
    outcome = sync(ledger, views, source, approve=held.id)
    assert outcome.status is Status.FINISHED
    assert len(people(views)) == 20
    assert views.run(held.id).status is Status.APPROVED


def test_an_approval_lets_go_only_those_whom_the_person_had_seen(
    ledger: Ledger, views: Views
) -> None:
    source = FakeSource(company(40))
    sync(ledger, views, source)
    source.without(*(f"u{i}" for i in range(10, 30)))
    with pytest.raises(HeldError):
        sync(ledger, views, source)
    held = list(views.runs().by_id.values())[-1]
    source.without("u5")
    with pytest.raises(HeldError):
        sync(ledger, views, source, approve=held.id)
    assert len(people(views)) == 40


def test_a_held_run_heals_when_the_people_are_back(ledger: Ledger, views: Views) -> None:
    whole = company(40)
    source = FakeSource(whole)
    sync(ledger, views, source)
    source.without(*(f"u{i}" for i in range(10, 30)))
    with pytest.raises(HeldError):
        sync(ledger, views, source)
    source.roster = whole
    assert sync(ledger, views, source).appended == 0


def test_gaps_and_refusals_make_a_run_partial_and_are_named(ledger: Ledger, views: Views) -> None:
    roster = company(5)
    bad = MemberRecord(id="u9", name="\x07", departments=("d1",))
    source = FakeSource(replace(roster, members=(*roster.members, bad)), Coverage(departments=True))
    source.gaps = (Gap("members of department d2", "HTTP 500 three times"),)
    outcome = sync(ledger, views, source)
    assert outcome.status is Status.PARTIAL
    assert outcome.read["members"] == 6
    assert outcome.kept["members"] == 5
    assert outcome.gaps == ("members of department d2: HTTP 500 three times",)
    assert outcome.refused == ("member 'u9': the name has control characters",)


def test_a_failed_reading_is_a_failed_run_and_changes_nothing(ledger: Ledger, views: Views) -> None:
    source = FakeSource(company(5))
    sync(ledger, views, source)
    source.fault = CredentialFault("the secret is not accepted", fix="Ask for a new one.")
    with pytest.raises(CredentialFault):
        sync(ledger, views, source)
    failed = list(views.runs().by_id.values())[-1]
    assert failed.status is Status.FAILED
    assert failed.reason == "the secret is not accepted. Ask for a new one."
    assert len(people(views)) == 5


def test_an_append_in_between_makes_the_decision_anew(ledger: Ledger, views: Views) -> None:
    source = FakeSource(company(5))
    sync(ledger, views, source)
    work = pull(ledger, views, source)
    stale = views.directory("acme")
    department = next(stale.present_departments())
    other = views.directory("acme")
    ledger.append(
        other,
        [DepartmentRenamed(uid=department.uid, name="renamed meanwhile")],
        Circumstances(actor="user:other"),
    )
    member = source.roster.members[0]
    source.roster = replace(
        source.roster,
        members=(replace(member, name="New Name"), *source.roster.members[1:]),
    )
    observation = asyncio.run(source.read(None, lambda *_: None))  # type: ignore[arg-type]
    outcome = work._append(stale, observation, None)
    facts = [
        entry.fact for batch in ledger.read() for entry in batch if entry.envelope.run == work.run
    ]
    assert outcome.appended == 2
    assert {type(fact) for fact in facts[:2]} == {DepartmentRenamed, MemberRenamed}


def test_an_organization_has_one_owner(ledger: Ledger, views: Views) -> None:
    source = FakeSource(company(3))
    sync(ledger, views, source)
    feed = Feed(system="other", org="acme", name="Acme", source=source)
    taker = Pull(ledger, views, feed, actor="user:test", progress=lambda *_: None)
    with pytest.raises(ConfigError, match="belongs to the source 'hr'"):
        asyncio.run(taker.execute())


def test_the_source_may_ask_what_is_new_to_the_ledger(ledger: Ledger, views: Views) -> None:
    source = FakeSource(company(3))
    sync(ledger, views, source)
    sync(ledger, views, source)
    known, member = source.known, source.roster.members[0]
    assert known is not None
    assert known.turn == 1
    assert not known.changed(member)
    assert known.changed(replace(member, email="new@example.com"))
    assert known.changed(MemberRecord(id="u99", name="New", departments=()))


def test_a_pull_larger_than_a_batch_leaves_the_whole_organization(
    ledger: Ledger, views: Views
) -> None:
    outcome = sync(ledger, views, FakeSource(company(2500)))
    assert outcome.appended > 2500
    assert len(people(views)) == 2500
