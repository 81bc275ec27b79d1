"""What is stuck: not sent again as it is, and what waits for it in silence."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from domain.delivery.names import Names
from domain.delivery.state import CANDIDATE, EXISTS, Result
from domain.events import DriftDetected
from tests.delivery.people import (
    COMPANY,
    add,
    after,
    department,
    dept,
    duty,
    member,
    person,
)
from tests.domain.delivery.planning import Bench


def refused(bench: Bench, **more: object) -> None:
    [operation] = bench.plan().operations
    bench.fails(operation, **more)  # type: ignore[arg-type]


def test_a_refused_operation_is_not_tried_again_until_the_record_changes() -> None:
    """The first sends nothing again, the second does: another value is another try."""
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", email="bad·mail@x")))
    refused(bench)
    made = bench.plan()
    assert made.operations == ()
    assert [(bench.key(o.uid), s.code) for o, s in made.stuck] == [("u4", "41")]
    bench.tell(after(COMPANY, member("u4", email="good@x.example")))
    assert bench.said(bench.plan()) == ["update member u4 email=good@x.example"]


def test_a_refused_operation_is_tried_again_on_request() -> None:
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", email="bad")))
    refused(bench)
    assert len(bench.plan(retry={bench.uid("member", "u4")}).operations) == 1


def test_a_deferred_operation_is_tried_again_by_itself() -> None:
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", email="x@x.example")))
    refused(bench, result=Result.DEFERRED)
    assert len(bench.plan().operations) == 1


def test_a_refusal_is_kept_when_the_thing_was_made_in_the_same_run() -> None:
    """What was refused of something new is not sent once more because it has an id now."""
    bench = Bench().tell(COMPANY)
    for operation in bench.plan().operations:
        if operation.action == "add":
            first, *others = (msgspec.structs.replace(operation, members=(uid,))
                              for uid in operation.members)  # fmt: skip
            bench.fails(first)
            bench.apply(others)
        elif operation.action == "relate" and bench.key(operation.uid) == "u4":
            bench.fails(operation)
        else:
            bench.done(operation)
    made = bench.plan()
    assert made.operations == ()
    assert sorted(o.action for o, _ in made.stuck) == ["add", "add", "relate"]


def test_what_is_made_anew_begins_without_old_refusals() -> None:
    """An account that was removed by hand and comes back is given everything again."""
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", manager="u1")))
    refused(bench)
    uid = bench.uid("member", "u4")
    bench.fact(DriftDetected(uid=uid, target="there", kind="member", missing=True))
    assert "relate member u4 manager=u1" in bench.said(bench.plan())


def test_a_candidate_waits_until_it_is_not_found_any_more() -> None:
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, add(person(9, "fe", manager="u3"))))
    creation = bench.plan().operations[0]
    bench.fails(creation, Result.PARKED, code=CANDIDATE)
    assert bench.plan().operations == ()
    assert bench.plan(retry={creation.uid}).operations == ()
    assert bench.plan(candidates={creation.uid}).operations == ()
    assert len(bench.plan(candidates=frozenset()).operations) == 2


def test_a_creation_that_met_its_name_is_tried_again() -> None:
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, add(person(9, "fe"))))
    bench.fails(bench.plan().operations[0], Result.DEFERRED, code=EXISTS)
    assert len(bench.plan().operations) == 1


def test_what_depends_on_somebody_who_is_refused_is_not_sent_again_and_again() -> None:
    """Complaint 31: leaders, managers, roles of a refused person wait in silence; others go on."""
    bench = Bench().tell(
        after(
            COMPANY,
            add(person(9, "fe", manager="u3"), person(10, "fe", manager="u9")),
            dept("fe", leaders=("u3", "u9")),
            dept("be", leaders=("u9",)),
            duty("r2", members=("u4", "u9")),
        )
    )
    refused_uid = bench.uid("member", "u9")
    for operation in bench.plan().operations:
        if operation.uid == refused_uid and operation.action == "create":
            bench.fails(operation)
        elif operation.uid != refused_uid:
            known = [uid for uid in operation.members if uid != refused_uid]
            had = msgspec.structs.replace(operation, members=tuple(known))
            ties = operation.relations
            if ties.leaders is not UNSET and refused_uid in ties.leaders:
                kept = tuple(uid for uid in ties.leaders if uid != refused_uid)
                ties = msgspec.structs.replace(ties, leaders=kept)
            if ties.manager != refused_uid:
                bench.done(msgspec.structs.replace(had, relations=ties))
    made = bench.plan()
    assert bench.said(made) == []
    assert len(made.stuck) == 1
    waiting = {(o.action, str(bench.key(o.uid))) for o in made.dependent}
    assert waiting == {
        ("relate", "u9"), ("relate", "u10"), ("relate", "fe"), ("relate", "be"), ("add", "r2")
    }  # fmt: skip


def test_children_of_a_refused_department_wait_with_their_people() -> None:
    """A child is never made at the top because its parent was refused."""
    bench = Bench().filled(COMPANY)
    new = add(department("a", "A", "hq"), department("b", "B", "a"), person(9, "b"),
              person(10, "b", "fe"))  # fmt: skip
    bench.tell(after(COMPANY, new, member("u4", departments=("b",), name="Four")))
    bench.fails(bench.plan().operations[0])
    made = bench.plan()
    said = [text.partition(" login")[0] for text in bench.said(made)]
    assert said == ["update member u4 name=Four", "create member u10"]
    assert made.operations[1].relations.departments == (bench.uid("department", "fe"),)


def test_an_unfit_record_is_told_with_its_reason_and_holds_up_nobody() -> None:
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", title="unfit"), member("u5", title="Lead")))
    made = bench.plan()
    assert bench.said(made) == ["update member u5 title=Lead"]
    assert [(bench.key(o.uid), why) for o, why in made.unfit] == [("u4", "title is unfit")]


def test_planning_twice_gives_the_same_plan() -> None:
    """Also with names that the target was found to hold: planning takes nothing."""
    names = Names()
    names.take("member", "login", "li")
    bench = Bench().tell(after(COMPANY, add(person(30, "fe", job_number="li"))))
    first, second = bench.plan(names=names), bench.plan(names=names)
    assert first == second
    assert "li-2" in {o.fields.get("login") for o in first.operations}
