"""Runs of a delivery on a real log: plans, approvals, candidates, the past, and the start."""

from __future__ import annotations

import pytest

from domain.delivery.scope import Scope
from domain.errors import ConfigError
from orgledger.engine import views as views_module
from orgledger.engine.runs import Status
from tests.delivery.conftest import Workshop
from tests.delivery.people import COMPANY, add, after, dept, duty, leave, member, person

CROWD = tuple(person(n, "be") for n in range(100, 120))
IDS = tuple(m.id for m in CROWD)
BIG = after(COMPANY, add(*CROWD), duty("r2", members=(*IDS, "u4")))


def holds(workshop: Workshop, left: set[str] | None = None) -> list[str]:
    return workshop.differences(workshop.source.roster, left or set())


# Plans


def test_the_plan_that_was_shown_is_the_one_that_is_carried_out(workshop: Workshop) -> None:
    """The same operations, and nothing to say about a difference."""
    workshop.tell(COMPANY)
    shown = workshop.planned()
    assert workshop.memory.changes == []
    assert "ChangeApplied" not in workshop.topics()
    outcome = workshop.deliver()
    assert (outcome.since, outcome.planned) == ((), len(shown.plan))
    assert workshop.sent() == [f"{o.action} {o.kind} {o.key}" for o in shown.plan]


def test_what_changed_since_the_plan_was_shown_is_said(workshop: Workshop) -> None:
    """Complaint 35: by ids and field names, never by values."""
    workshop.tell(COMPANY)
    workshop.deliver()
    workshop.tell(after(COMPANY, member("u4", title="Lead"), member("u5", title="Lead")))
    workshop.planned()
    workshop.tell(after(COMPANY, member("u4", title="Lead"), member("u2", email="new@x.example")))
    outcome = workshop.deliver()
    assert outcome.since == ("new: update member u2 (email)", "gone: update member u5 (title)")
    assert workshop.views.run(outcome.run).since == outcome.since
    assert workshop.deliver().since == ()


# Guards


def test_a_mass_leave_is_held_and_goes_on_when_it_is_approved(workshop: Workshop) -> None:
    workshop.tell(BIG)
    workshop.deliver()
    workshop.tell(after(BIG, leave(*IDS), member("u4", title="Lead")))
    held = workshop.deliver()
    assert (held.status, held.applied) == (Status.HELD, 1)
    assert "20 of 28 accounts would be closed (71 %)" in held.reason
    assert holds(workshop) != []
    assert len(workshop.views.run(held.run).operations["deactivate"]) == 20
    done = workshop.deliver(approve=held.run)
    assert done.status is Status.FINISHED
    assert workshop.views.run(held.run).status is Status.APPROVED
    assert holds(workshop, set(IDS)) == []


def test_some_are_approved_and_the_others_keep_everything(workshop: Workshop) -> None:
    """Three of twenty; and then sixteen of the seventeen left, which leaves one below the limit."""
    workshop.tell(BIG)
    workshop.deliver()
    workshop.tell(after(BIG, leave(*IDS)))
    some = workshop.approve_some(workshop.deliver().run, *IDS[:3])
    assert some.status is Status.HELD
    again = workshop.approve_some(some.run, *IDS[3:19])
    assert again.status is Status.HELD
    there = workshop.memory.roster()
    assert [m.id for m in there.members if m.active is False] == list(IDS[:19])
    on_call = next(r.members for r in there.roles if r.id == "r2")
    assert set(on_call or ()) == {"u4", IDS[19]}


def test_a_held_run_heals_itself_when_the_people_are_back(workshop: Workshop) -> None:
    workshop.tell(BIG)
    workshop.deliver()
    workshop.tell(after(BIG, leave(*IDS)))
    assert workshop.deliver().status is Status.HELD
    workshop.tell(BIG)
    writes = workshop.memory.writes()
    outcome = workshop.deliver()
    assert (outcome.status, outcome.planned) == (Status.FINISHED, 0)
    assert workshop.memory.writes() == writes
    assert holds(workshop) == []


# Adoption


def test_a_weak_match_waits_and_is_taken_over_when_a_person_says_so(workshop: Workshop) -> None:
    """Complaint 47: nothing is taken over silently, and nothing made beside it."""
    workshop.memory.put_member(name="P. Four", email="u4@feifan.example", mobile="1")
    workshop.tell(COMPANY)
    held = workshop.deliver()
    assert (held.status, held.candidates) == (Status.HELD, (workshop.uid("u4"),))
    assert "create member u4" not in workshop.sent()
    assert workshop.views.run(held.run).operations["adopt"] == (workshop.uid("u4"),)
    reads = workshop.memory.reads
    assert workshop.deliver().status is Status.HELD
    assert workshop.memory.reads == reads, "a candidate that waits is no reason to read again"
    done = workshop.deliver(approve=held.run)
    assert (done.adopted, done.status) == (1, Status.FINISHED)
    accounts = [t for t in workshop.memory.things["member"].values() if t.key != "u1"]
    [four] = [t for t in accounts if t.fields["email"] == "u4@feifan.example"]
    assert (four.fields["name"], four.fields["mobile"]) == ("Person 4", "1")
    workshop.deliver()
    assert four.fields["mobile"] == "+8613800000004", "the run after the adoption"


def test_a_candidate_that_went_away_makes_room_for_a_new_account(workshop: Workshop) -> None:
    remote = workshop.memory.put_member(name="P. Four", email="u4@feifan.example", mobile="1")
    workshop.tell(COMPANY)
    assert workshop.deliver().status is Status.HELD
    del workshop.memory.things["member"][remote]
    assert workshop.deliver(verify=True).status is Status.FINISHED
    assert holds(workshop) == []


def test_what_exists_is_adopted_by_two_keys_on_the_first_run(workshop: Workshop) -> None:
    """Complaint 46: no conflict on the first sync, no second account."""
    workshop.memory.put_member(name="Person 4", email="u4@feifan.example", mobile="x")
    workshop.tell(COMPANY)
    outcome = workshop.deliver()
    assert (outcome.adopted, outcome.status) == (1, Status.FINISHED)
    assert len(workshop.memory.things["member"]) == len(COMPANY.members)


# Positions


def test_a_new_target_is_filled_from_the_log_without_a_call_to_the_source(
    workshop: Workshop,
) -> None:
    workshop.tell(COMPANY)
    readings = workshop.source.readings
    workshop.source.fault = RuntimeError("the source is not to be asked")
    workshop.deliver()
    assert workshop.source.readings == readings
    assert holds(workshop) == []


def test_a_target_can_be_filled_as_of_the_past_and_then_brought_to_now(workshop: Workshop) -> None:
    workshop.tell(COMPANY)
    then = workshop.ledger.head
    workshop.tell(after(COMPANY, dept("fe", name="Web"), add(person(9, "fe"))))
    outcome = workshop.deliver(at=then)
    assert workshop.differences(COMPANY, set()) == []
    assert outcome.at <= then
    assert workshop.status().behind > 0
    workshop.deliver()
    assert holds(workshop) == []
    assert workshop.status().behind == 0


def test_an_empty_log_is_no_organization_without_people(workshop: Workshop) -> None:
    """Nobody was ever read, so nobody is missing: one sentence, no call, no run."""
    with pytest.raises(ConfigError, match="knows nothing of the organization 'feifan' yet"):
        workshop.deliver()
    assert (workshop.memory.reads, list(workshop.views.runs().by_id)) == (0, [])


def test_the_state_snapshot_is_a_cache_that_may_be_lost(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With it, without it, and with half of it: the same state, and nothing is written twice."""
    monkeypatch.setattr(views_module, "SNAPSHOT_EVERY", 5)
    workshop.tell(COMPANY)
    workshop.deliver()
    whole = workshop.views.sync_state("feifan", "there")
    path = workshop.views.data / "sync_state.feifan.there.snapshot"
    assert path.exists()
    assert workshop.views.sync_state("feifan", "there") == whole
    workshop.tell(after(COMPANY, member("u4", title="Lead")))
    assert workshop.deliver().planned == 1
    path.write_bytes(path.read_bytes()[:-7])
    assert workshop.deliver().planned == 0
    path.unlink()
    assert workshop.deliver().planned == 0


def test_a_narrower_scope_is_held_like_any_mass_leave_and_says_why(workshop: Workshop) -> None:
    """authentik #19295: one wrong filter closes nobody unseen."""
    workshop.tell(BIG)
    workshop.deliver()
    workshop.scope = Scope(departments=("sales",))
    held = workshop.deliver()
    assert held.status is Status.HELD
    closing = [o for o in held.held if o.action == "deactivate"]
    assert {o.reason for o in closing} == {"no longer in the scope"}
    assert not [m for m in workshop.memory.roster().members if m.active is False]
    workshop.scope = Scope()
    workshop.deliver()
    assert holds(workshop) == []
