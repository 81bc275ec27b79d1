"""What fails at a target: parked alone, tried again when it should be, and never half-recorded."""

from __future__ import annotations

import pytest

from domain.errors import (
    AbsentFault,
    ExistsFault,
    TerminalFault,
    TransientFault,
)
from orgledger.engine.deliver.execute import HOPELESS
from orgledger.engine.runs import Status
from tests.delivery.conftest import Workshop
from tests.delivery.people import COMPANY, add, after, close, dept, duty, leave, member, person

BUSY = TransientFault("memory is busy", code="503")
BAD = TerminalFault("memory refused u4", why="a sign it does not like", code="41", fix="Change it.")


def begun(workshop: Workshop) -> Workshop:
    workshop.tell(COMPANY)
    assert workshop.deliver().status is Status.FINISHED
    return workshop


# Refused


def test_one_bad_record_is_parked_alone_and_not_sent_again_until_it_changes(
    workshop: Workshop,
) -> None:
    """Complaint 31: everybody else is there, the run says who is not and why."""
    workshop.memory.refuse.add("u4")
    workshop.tell(COMPANY)
    outcome = workshop.deliver()
    assert (outcome.status, outcome.refused) == (Status.PARTIAL, 1)
    assert outcome.failures == ("create member u4: memory refused: it does not like it (no)",)
    assert len(workshop.memory.things["member"]) == len(COMPANY.members) - 1
    writes, events = workshop.memory.writes(), len(workshop.topics())
    again = workshop.deliver()
    assert (again.status, again.planned, again.stuck) == (Status.PARTIAL, 0, 1)
    assert (workshop.memory.writes(), len(workshop.topics())) == (writes, events)
    workshop.memory.refuse.clear()
    workshop.tell(after(COMPANY, member("u4", title="Lead")))
    assert workshop.deliver().status is Status.FINISHED
    assert workshop.differences(workshop.source.roster, set()) == []


def test_a_refused_record_is_tried_again_on_request(workshop: Workshop) -> None:
    begun(workshop)
    workshop.unsteady.faults["u4"] = BAD
    workshop.tell(after(COMPANY, member("u4", title="Lead")))
    failed = workshop.deliver()
    uids = workshop.views.sync_state("feifan", "there").stuck_since(failed.run)
    assert uids == {workshop.uid("u4")}
    workshop.unsteady.faults.clear()
    assert workshop.deliver().planned == 0
    assert workshop.deliver(retry=uids).applied == 1
    assert workshop.deliver().status is Status.FINISHED


def test_what_met_somebody_elses_address_is_made_once_that_account_is_deleted(
    workshop: Workshop,
) -> None:
    """A newcomer has the mail of a leaver, whose account rests: nobody has to ask for it again."""
    begun(workshop)
    heir = person(70, "east", email="u7@feifan.example")
    workshop.tell(after(COMPANY, leave("u7"), add(heir)))
    first, second = workshop.deliver(), workshop.deliver()
    assert (first.deferred, second.refused) == (1, 1)
    writes = workshop.memory.writes()
    assert (workshop.deliver().planned, workshop.memory.writes()) == (0, writes)
    workshop.clock.go_on(days=31)
    outcome = workshop.deliver()
    assert (outcome.status, outcome.applied) == (Status.FINISHED, 2), outcome.failures
    assert workshop.differences(workshop.source.roster, set()) == []
    assert workshop.deliver().planned == 0


def test_an_unfit_record_is_told_once_and_every_run_stays_partial(workshop: Workshop) -> None:
    """The runs say the same as the command: somebody is not there."""
    workshop.tell(after(COMPANY, member("u4", title="x" * 300)))
    first, second = workshop.deliver(), workshop.deliver()
    assert (first.refused, second.refused, second.stuck) == (1, 0, 1)
    for outcome in (first, second):
        assert outcome.status is Status.PARTIAL
        assert workshop.views.run(outcome.run).status is Status.PARTIAL
    assert workshop.topics().count("ChangeRefused") == 1


def test_a_list_that_is_refused_for_one_hits_that_one_only(workshop: Workshop) -> None:
    """Who is wrong in a list is alone with it; also in the run after, nothing is sent again."""
    crowd = tuple(person(n, "be") for n in range(100, 130))
    workshop.tell(after(COMPANY, add(*crowd)))
    workshop.deliver()
    bad = workshop.memory._by_key("u107")
    workshop.memory.refuse.add(bad)
    workshop.tell(after(COMPANY, add(*crowd), duty("r1", members=tuple(m.id for m in crowd))))
    outcome = workshop.deliver()
    assert outcome.refused == 1
    auditor = next(t for t in workshop.memory.things["role"].values() if t.key == "r1")
    assert len(auditor.members) == 29
    writes = workshop.memory.writes()
    assert workshop.deliver().planned == 0
    assert workshop.memory.writes() == writes


def test_a_refusal_in_the_run_that_made_the_thing_is_kept(workshop: Workshop) -> None:
    """The list of a role that is new itself: no second call because the role has an id now."""
    workshop.tell(after(COMPANY, duty("r1", members=()), duty("r2", members=())))
    workshop.deliver()
    workshop.memory.refuse.add(workshop.memory._by_key("u5"))
    workshop.tell(COMPANY)
    del workshop.memory.things["role"][
        next(r for r, t in workshop.memory.things["role"].items() if t.key == "r2")
    ]
    assert workshop.deliver(verify=True).refused == 1
    writes = workshop.memory.writes()
    assert workshop.deliver().planned == 0
    assert workshop.memory.writes() == writes


def test_who_depends_on_a_refused_person_costs_no_call_and_no_event(workshop: Workshop) -> None:
    """A leader who can't be made: the department keeps what it can have, in silence."""
    workshop.memory.refuse.add("u9")
    workshop.tell(
        after(COMPANY, add(person(9, "fe", manager="u3"), person(10, "fe", manager="u9")),
              dept("fe", leaders=("u3", "u9")), duty("r2", members=("u4", "u9")))
    )  # fmt: skip
    workshop.deliver()
    workshop.deliver()
    writes, events = workshop.memory.writes(), len(workshop.topics())
    outcome = workshop.deliver()
    assert (outcome.planned, outcome.deferred) == (0, 0)
    assert (workshop.memory.writes(), len(workshop.topics())) == (writes, events)
    status = workshop.status()
    assert status.total - status.in_sync == 4  # u9, who reports to u9, what u9 leads and has
    assert [stuck.id for stuck in status.stuck] == ["u9"]


def test_a_department_that_was_not_empty_in_time_is_deleted_by_the_next_run(
    workshop: Workshop,
) -> None:
    """A move that fails for a passing reason puts the deletion off; it is not refused for good."""
    begun(workshop)
    workshop.unsteady.faults["u7"] = BUSY
    workshop.tell(
        after(COMPANY, member("u7", departments=("sales",)), member("u8", departments=("be",)),
              close("east"))
    )  # fmt: skip
    outcome = workshop.deliver()
    assert (outcome.refused, outcome.deferred) == (0, 2)
    workshop.unsteady.faults.clear()
    assert workshop.deliver().status is Status.FINISHED
    assert workshop.differences(workshop.source.roster, set()) == []


def test_a_move_below_a_department_that_did_not_move_waits(workshop: Workshop) -> None:
    """Parent and child change places, and the first step fails: no circle is asked for."""
    begun(workshop)
    workshop.unsteady.faults["fe"] = BUSY
    workshop.tell(after(COMPANY, dept("rd", parent_id="fe"), dept("fe", parent_id="hq")))
    outcome = workshop.deliver()
    assert (outcome.refused, outcome.deferred) == (0, 2)
    workshop.unsteady.faults.clear()
    assert workshop.deliver().status is Status.FINISHED
    assert workshop.differences(workshop.source.roster, set()) == []


# Passing


def test_what_fails_for_a_passing_reason_is_tried_three_runs_and_then_parked(
    workshop: Workshop,
) -> None:
    begun(workshop)
    workshop.unsteady.faults["u4"] = BUSY
    workshop.tell(after(COMPANY, member("u4", title="Lead")))
    runs = [workshop.deliver() for _ in range(4)]
    assert [(r.deferred, r.parked, r.stuck) for r in runs] == [
        (1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1),
    ]  # fmt: skip
    assert workshop.sent().count("update member u4") == 9, "three tries in each of three runs"
    assert workshop.views.run(runs[2].run).parked == 1


def test_a_later_try_says_that_the_one_before_may_have_been_done(workshop: Workshop) -> None:
    begun(workshop)
    workshop.unsteady.faults["u9"] = BUSY
    workshop.tell(after(COMPANY, add(person(9, "fe"))))
    workshop.deliver()
    workshop.unsteady.faults.clear()
    workshop.deliver()
    tries = [c for c in workshop.memory.changes if c.key == "u9" and c.action == "create"]
    assert [c.again for c in tries] == [False, True, True, True]
    assert len({c.token for c in tries[:3]}) == 1


def test_a_target_that_is_down_stops_the_run_soon(workshop: Workshop) -> None:
    """Twenty changes in a row that fail for a passing reason, not ten thousand."""
    begun(workshop)
    crowd = tuple(person(n, "be") for n in range(100, 300))
    workshop.unsteady.faults |= {m.id: BUSY for m in crowd}
    writes = workshop.memory.writes()
    workshop.tell(after(COMPANY, add(*crowd)))
    with pytest.raises(TransientFault, match="memory is busy"):
        workshop.deliver()
    assert workshop.memory.writes() - writes <= (HOPELESS + 8) * 3
    assert HOPELESS <= workshop.topics().count("ChangeDeferred") < HOPELESS + 8
    run = next(workshop.views.runs().newest("there"))
    assert (run.status, run.reason) == (Status.FAILED, "memory is busy.")
    workshop.unsteady.faults.clear()
    assert workshop.deliver().status is Status.FINISHED
    assert workshop.differences(workshop.source.roster, set()) == []


def test_an_unreachable_target_is_one_sentence_at_the_first_call(workshop: Workshop) -> None:
    begun(workshop)
    refused = TransientFault("memory cannot be reached", why="connection refused", code="connect")
    workshop.unsteady.faults |= {f"u{n}": refused for n in range(1, 9)}
    workshop.tell(after(COMPANY, *(member(f"u{n}", title="Lead") for n in range(1, 9))))
    writes = workshop.memory.writes()
    with pytest.raises(TransientFault, match="memory cannot be reached"):
        workshop.deliver()
    assert workshop.memory.writes() - writes <= 8
    assert "ChangeDeferred" not in workshop.topics()


# Taken and gone


def test_a_creation_that_meets_its_own_account_adopts_it_in_the_next_run(
    workshop: Workshop,
) -> None:
    """Somebody made the account meanwhile, by hand and with the same mail and name."""
    begun(workshop)
    nine = person(9, "fe")
    workshop.memory.put_member(name=nine.name, email=str(nine.email), mobile=str(nine.mobile))
    workshop.tell(after(COMPANY, add(nine)))
    first = workshop.deliver()
    assert (first.deferred, first.adopted) == (1, 0)
    second = workshop.deliver()
    assert (second.adopted, second.status) == (1, Status.FINISHED)
    assert workshop.deliver().planned == 0
    mails = [t.fields["email"] for t in workshop.memory.things["member"].values()]
    assert mails.count(nine.email) == 1


def test_a_creation_that_meets_what_is_not_ours_is_refused_after_looking(
    workshop: Workshop,
) -> None:
    begun(workshop)
    workshop.unsteady.faults["u9"] = ExistsFault("the login is taken", code="dup")
    workshop.tell(after(COMPANY, add(person(9, "fe"))))
    reads = workshop.memory.reads
    assert (workshop.deliver().deferred, workshop.memory.reads) == (1, reads)
    assert (workshop.deliver().refused, workshop.memory.reads) == (1, reads + 1)
    assert (workshop.deliver().planned, workshop.memory.reads) == (0, reads + 1)


def test_somebody_who_left_before_being_made_is_no_reason_to_read_for_ever(
    workshop: Workshop,
) -> None:
    begun(workshop)
    workshop.unsteady.faults["u9"] = ExistsFault("the login is taken", code="dup")
    workshop.tell(after(COMPANY, add(person(9, "fe"))))
    workshop.deliver()
    workshop.tell(COMPANY)
    reads = workshop.memory.reads
    assert (workshop.deliver().status, workshop.memory.reads) == (Status.FINISHED, reads + 1)
    assert (workshop.deliver().planned, workshop.memory.reads) == (0, reads + 1)


def test_an_account_that_is_gone_is_made_again_in_the_same_run(workshop: Workshop) -> None:
    """Complaint 39: with everything that it had, roles and manager too."""
    begun(workshop)
    workshop.memory.remove_member("u4")
    workshop.tell(after(COMPANY, member("u4", title="Lead")))
    outcome = workshop.deliver()
    assert outcome.status is Status.FINISHED
    assert workshop.differences(workshop.source.roster, set()) == []
    assert "DriftDetected" in workshop.topics()


def test_an_account_that_is_always_gone_ends_after_a_few_passes(workshop: Workshop) -> None:
    """A target that takes creations and denies them is left after three passes."""
    begun(workshop)
    workshop.unsteady.faults["u4"] = AbsentFault("there is no u4", code="404")
    workshop.tell(after(COMPANY, member("u4", title="Lead")))
    writes = workshop.memory.writes()
    workshop.deliver()
    assert workshop.memory.writes() - writes < 10


def test_a_second_pass_does_not_number_a_login_that_it_did_not_use(workshop: Workshop) -> None:
    """u9 is put off and u4 made again in a second pass: u9's login stays as it is."""
    begun(workshop)

    def removed_by_hand() -> None:
        workshop.unsteady.interrupt = lambda: None
        workshop.memory.remove_member("u4")

    workshop.unsteady.interrupt = removed_by_hand  # after the reading, before the first change
    nine = person(9, "fe")
    workshop.unsteady.faults["u9"] = BUSY
    workshop.tell(after(COMPANY, add(nine), member("u4", title="Lead")))
    workshop.memory.put_member(name="Stranger", email="s@elsewhere.example", mobile="2")
    workshop.deliver(verify=True)
    logins = {c.fields["login"] for c in workshop.memory.changes if c.key == "u9"}
    assert logins == {"J0009"}
