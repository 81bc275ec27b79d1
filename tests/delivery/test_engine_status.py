"""Status and runs: how far a target is, what is stuck, and no personal data in either."""

from __future__ import annotations

import msgspec

from domain.delivery.plan import Leavers
from domain.errors import TerminalFault
from orgledger.cli.deliveries import document
from orgledger.engine.deliver.mapped import mapped
from orgledger.engine.runs import Status
from tests.delivery.conftest import Workshop
from tests.delivery.people import COMPANY, add, after, leave, member, person

EVERYTHING = len(COMPANY.departments) + len(COMPANY.members) + len(COMPANY.roles) + 1
"""With the one group of the roles."""


def test_a_target_that_was_never_synced_is_wholly_behind(workshop: Workshop) -> None:
    workshop.tell(COMPANY)
    workshop.clock.go_on(minutes=5)
    found = workshop.status()
    assert (found.in_sync, found.total, found.last) == (0, EVERYTHING, None)
    assert found.behind_seconds == 300
    assert found.waiting > EVERYTHING
    assert workshop.memory.reads == 0, "status calls nobody"


def test_what_is_in_sync_behind_and_stuck_is_exact(workshop: Workshop) -> None:
    """One refused, two that changed since: counted by entity, by event and by age."""
    workshop.unsteady.faults["u4"] = TerminalFault("memory refused u4", code="41", fix="Mend it.")
    workshop.tell(COMPANY)
    workshop.deliver()
    begun = workshop.clock.time
    workshop.clock.go_on(hours=1)
    workshop.tell(after(COMPANY, member("u5", title="Lead"), member("u6", title="Lead")))
    workshop.clock.go_on(hours=1)
    found = workshop.status()
    assert (found.total, found.waiting, found.behind, found.behind_seconds) == (
        EVERYTHING, 2, 2, 3600,
    )  # fmt: skip
    assert found.in_sync == EVERYTHING - 4  # u4, what u4 has a part in, and the two
    [stuck] = found.stuck
    assert (stuck.id, stuck.action, stuck.result, stuck.code, stuck.fix, stuck.tries) == (
        "u4", "create", "refused", "41", "Mend it.", 1,
    )  # fmt: skip
    assert stuck.since == begun
    workshop.unsteady.faults.clear()
    workshop.deliver(retry={workshop.uid("u4")})
    found = workshop.status()
    assert (found.in_sync, found.behind, found.stuck) == (EVERYTHING, 0, ())
    assert found.last is not None
    assert found.last.status is Status.FINISHED


def test_who_has_everything_is_not_behind_while_its_run_goes_on(workshop: Workshop) -> None:
    """A service's run lasts up to an hour: what it delivered in it is not waited for any more."""
    workshop.tell(COMPANY)
    workshop.deliver()
    workshop.tell(after(COMPANY, member("u5", details={"not.mapped": "1"})))
    workshop.clock.go_on(hours=1)
    found = workshop.status()
    assert found.delivered < workshop.ledger.head
    assert (found.waiting, found.behind, found.behind_seconds) == (0, 0, 0.0)


def test_people_who_rest_are_counted_apart(workshop: Workshop) -> None:
    workshop.leavers = Leavers(grace=30)
    workshop.tell(COMPANY)
    workshop.deliver()
    workshop.tell(after(COMPANY, leave("u7")))
    assert workshop.deliver().resting == 0
    found = workshop.status()
    assert (found.in_sync, found.total, found.resting) == (EVERYTHING - 1, EVERYTHING - 1, 1)
    workshop.clock.go_on(days=31)
    assert workshop.deliver().applied == 1
    assert workshop.status().resting == 0


def test_a_run_keeps_its_figures(workshop: Workshop) -> None:
    """Complaint 38: planned, acknowledged, verified, and what was not done."""
    workshop.memory.refuse.add("u4")
    workshop.memory.put_member(name="Stranger", email="s@x.example", mobile="2")
    workshop.tell(COMPANY)
    outcome = workshop.deliver(verify=True)
    run = workshop.views.run(outcome.run)
    assert (run.mode, run.status, run.system, run.actor) == (
        "deliver", Status.PARTIAL, "there", "test",
    )  # fmt: skip
    assert run.planned == outcome.planned == run.acknowledged + len(run.refused)
    assert (run.verified, run.foreign) == (1, {"member": 1})
    assert run.at == outcome.at <= workshop.ledger.head
    assert len(run.refused) == 1


def test_no_run_and_no_failure_tells_a_personal_value(workshop: Workshop) -> None:
    """Ids and field names only, in the log's summaries, the held run and the document."""
    crowd = tuple(person(n, "be") for n in range(100, 120))
    workshop.tell(after(COMPANY, add(*crowd)))
    workshop.memory.refuse.add("u4")
    workshop.memory.put_member(name="P. Five", email="u5@feifan.example", mobile="1")
    first = workshop.deliver()
    workshop.tell(COMPANY)
    planned = workshop.planned()
    second = workshop.deliver()
    assert first.refused == 1
    assert second.held
    kept = [run for run in workshop.views.runs().by_id.values() if run.system == "there"]
    summaries = msgspec.json.encode(kept).decode()
    shown = workshop.views.data / "plans" / "feifan.there.json"
    assert not shown.exists(), "a shown plan is used once"
    words = [summaries, *first.failures, *second.failures, second.reason, *second.since]
    for person_of in (*COMPANY.members, *crowd):
        for value in (person_of.email, person_of.mobile, person_of.name):
            assert not [text for text in words if str(value) in text]
    assert document(planned)["plan"] == [] or planned.plan


def test_one_person_is_shown_as_the_target_gets_them(workshop: Workshop) -> None:
    """``orgledger check TARGET --member ID``: values, expressions, and what is wrong."""
    workshop.tell(after(COMPANY, member("u4", title="x" * 300)))
    destination = workshop.delivery(workshop.unsteady).destination
    found = mapped(workshop.views, destination, "u4")
    assert (found.id, found.in_scope, found.problems) == ("u4", True, ("title is too long",))
    assert found.fields["login"] == "J0004"
    assert found.expressions["login"] == "job_number || id"
    assert found.relations == {"departments": ["fe"], "manager": "u3", "active": True}
