"""Reconcile: what a target was found to hold, what of it is ours, and what others changed."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.delivery.operation import Inventory, Present, Relations
from domain.delivery.reconcile import Adoption, Reconciled, reconcile
from domain.records import Roster
from tests.delivery.people import COMPANY, add, after, department, member, person
from tests.domain.delivery.planning import IN_DEPARTMENTS, NAMED, Bench

KINDS = ("role_group", "department", "member", "role")


def found(bench: Bench, *, complete: bool = True, **options: Any) -> Reconciled:
    """Reconcile with what ``bench.there`` shows."""
    there: dict[str, list[Present]] = options.pop("there")
    inventory = Inventory(
        present={kind: tuple(there.get(kind, ())) for kind in KINDS},
        complete=frozenset(KINDS if complete else ()),
    )
    adoption = options.pop("adoption", Adoption())
    return reconcile(bench.desired, bench.state, bench.can, inventory, adoption, **options)


def shown(bench: Bench) -> dict[str, list[Present]]:
    """The state as a target would show it, without our keys."""

    def ids(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(ids, value))
        placed = [p for of in bench.state.placed.values() for u, p in of.items() if u == value]
        return placed[0].remote if placed else value

    return {
        kind: [
            Present(
                remote=p.remote,
                fields=dict(p.fields),
                relations=Relations(**{n: ids(v) for n, v in p.relations.given().items()}),
                members=frozenset(map(ids, p.members)) if kind in ("role", "department") else None,
            )
            for p in of.values()
            if not p.gone
        ]
        for kind, of in bench.state.placed.items()
    }


def change(there: dict[str, list[Present]], kind: str, place: int, **changes: Any) -> None:
    there[kind][place] = msgspec.structs.replace(there[kind][place], **changes)


def account(remote: str, *, key: str | None = None, **fields: Any) -> Present:
    return Present(remote=remote, key=key, fields=fields, relations=Relations(active=True))


def told(*records: Any) -> Bench:
    return Bench().tell(after(Roster(), add(*records)))


U1 = {"name": "Person 1", "email": "u1@feifan.example", "mobile": "+8613800000001"}
ANN = person(1)


def adopted(bench: Bench, *accounts: Present, **options: Any) -> list[tuple[str | None, str]]:
    facts = found(bench, there={"member": list(accounts)}, **options).adopted
    return [(bench.key(fact.uid), str(fact.remote)) for fact in facts]


def test_our_own_key_is_certain_whatever_else_differs() -> None:
    assert adopted(told(ANN), account("r1", key="u1", name="Somebody")) == [("u1", "r1")]


def test_what_may_have_been_made_for_somebody_who_left_is_known_by_our_own_key() -> None:
    """A stranger's account is not: not by other keys, and not where nothing was under way."""
    bench = told(ANN)
    ann = bench.uid("member", "u1")
    bench.tell(Roster())
    there = account("r1", key="u1", **U1)
    assert adopted(bench, there) == []
    assert adopted(bench, there, doubtful={ann}) == [("u1", "r1")]
    assert adopted(bench, account("r1", **U1), doubtful={ann}) == []


def test_our_own_key_in_another_case() -> None:
    """It is ours only where the target cannot hold both, and nobody has exactly this id."""
    bench = told(ANN)
    there = account("r1", key="U1", name="Somebody")
    assert adopted(bench, there) == []
    bench.can = msgspec.structs.replace(bench.can, caseless_keys=True)
    assert adopted(bench, there) == [("u1", "r1")]
    both = there, account("r2", key="u1", name="Somebody")
    assert adopted(bench, *both) == [("u1", "r2")]


def test_an_id_that_vanished_is_known_under_the_one_that_it_should_have() -> None:
    """A run was cut off right after giving it, or somebody did so by hand; other ids wait."""
    bench = Bench(NAMED).tell(after(Roster(), add(ANN)))
    bench.run()
    bench.tell(after(Roster(), add(person(1, job_number="N1"))))
    assert adopted(bench, account("J0001"), account("n1")) == []
    assert adopted(bench, account("N2"), account("n1")) == []
    assert adopted(bench, account("N1")) == [("u1", "N1")]
    bench.can = msgspec.structs.replace(bench.can, caseless_keys=True)
    assert adopted(bench, account("n1")) == [("u1", "n1")]


def test_two_keys_that_agree_are_enough_and_letter_case_does_not_matter() -> None:
    """Complaint 46: an account that exists is linked, not met as a conflict."""
    upper = {**U1, "email": "U1@FEIFAN.example", "mobile": None}
    assert adopted(told(ANN), account("r1", **upper)) == [("u1", "r1")]


def test_one_key_alone_is_a_candidate_that_waits_for_a_person() -> None:
    """Complaint 47: the same mail does not take an account over silently."""
    bench = told(ANN)
    mail = account("r1", name="Other", email=U1["email"])
    result = found(bench, there={"member": [mail]})
    assert result.adopted == []
    [waiting] = result.waiting
    assert (waiting.code, waiting.action) == ("candidate", "create")
    assert waiting.why == "an account with the same email exists there already"
    bench.fact(waiting)
    assert bench.plan().operations == ()
    uid = bench.uid("member", "u1")
    assert adopted(bench, mail, approved={uid}) == [("u1", "r1")]


def test_a_name_alone_is_no_question() -> None:
    """Complaint 21: two people of one name are two people."""
    result = found(told(ANN), there={"member": [account("r1", name="Person 1")]})
    assert (result.adopted, result.waiting, result.foreign) == ([], [], {"member": 1})


def test_several_that_match_are_never_chosen_between() -> None:
    bench = told(ANN)
    result = found(bench, there={"member": [account("r1", **U1), account("r2", **U1)]})
    assert result.adopted == []
    assert result.waiting[0].why.startswith("2 accounts with the same email and mobile and name")
    uid = bench.uid("member", "u1")
    assert adopted(bench, account("r1", **U1), account("r2", **U1), approved={uid}) == []


def test_how_many_must_agree_and_by_what_can_be_chosen() -> None:
    mail = account("r1", name="Other", email=U1["email"])
    assert adopted(told(ANN), mail, adoption=Adoption(agree=1)) == [("u1", "r1")]
    number = account("r1", job_number="J0001", name="Person 1")
    by_number = Adoption(keys=("job_number", "name"))
    assert adopted(told(ANN), number, adoption=by_number) == [("u1", "r1")]
    assert adopted(told(ANN), account("r1", **U1), adoption=Adoption(agree=3)) == [("u1", "r1")]


def test_an_account_that_is_somebodys_for_certain_is_nobody_elses_candidate() -> None:
    """Two who share a telephone: the one with mail and name gets it, the other one is made."""
    other = person(2, mobile=U1["mobile"])
    for people in ((ANN, other), (other, ANN)):
        result = found(told(*people), there={"member": [account("r1", **U1)]})
        assert (len(result.adopted), result.waiting) == (1, [])


def test_a_department_is_recognised_by_its_name_below_the_same_parent() -> None:
    bench = told(department("a", "A"), department("x", "Same", "a"), department("y", "Same"))
    there = [
        Present(remote="r1", fields={"name": "Same"}, relations=Relations(parent="r2")),
        Present(remote="r2", fields={"name": "A"}, relations=Relations(parent=None)),
        Present(remote="r3", fields={"name": "Same"}, relations=Relations(parent="r9")),
    ]
    result = found(bench, there={"department": there})
    assert {(bench.key(f.uid), f.remote) for f in result.adopted} == {("a", "r2"), ("x", "r1")}
    assert result.foreign == {"department": 1}


def test_what_is_not_ours_is_counted_and_its_login_is_not_used() -> None:
    """A foreign account keeps its name: ours gets the next number."""
    bench = told(person(1, job_number="li"))
    stranger = account("r1", name="Li", login="LI")
    result = found(bench, there={"member": [stranger]})
    assert result.foreign == {"member": 1}
    made = bench.plan(names=result.names)
    assert made.operations[0].fields["login"] == "li-2"


def test_a_reading_that_shows_what_we_know_finds_nothing() -> None:
    for can in (Bench().can, IN_DEPARTMENTS):
        bench = Bench(can).filled(COMPANY)
        result = found(bench, there=shown(bench))
        assert (result.facts, result.foreign) == ([], {})


def test_ids_of_one_kind_are_not_taken_for_those_of_another() -> None:
    """Where people and departments are numbered alike, an adopted one hides no drift."""
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, add(department("new", "New", "hq"))))
    there = shown(bench)
    first = there["member"][0]
    there["department"].append(
        Present(remote=first.remote, key="new", fields={"name": "New"},
                relations=Relations(parent=there["department"][0].remote))
    )  # fmt: skip
    change(there, "member", 0, fields={**first.fields, "name": "Changed"})
    result = found(bench, there=there)
    assert [fact.fields for fact in result.drift] == [{"name": "Changed"}]
    assert [bench.key(fact.uid) for fact in result.adopted] == ["new"]


def test_fields_ties_and_members_that_others_changed_are_drift_and_are_repaired() -> None:
    """Complaint 39: what is different there is found by reading, recorded and put right."""
    bench = Bench().filled(COMPANY)
    there = shown(bench)
    department_ids = [p.remote for p in there["department"]]
    person_ids = [p.remote for p in there["member"]]
    changed = {**there["member"][3].fields, "name": "Changed", "nickname": "not ours"}
    ties = msgspec.structs.replace(
        there["member"][3].relations, departments=(department_ids[0], "foreign"), active=False
    )
    change(there, "member", 3, fields=changed, relations=ties)
    change(there, "role", 0, members=frozenset({person_ids[1], "stranger"}))
    change(there, "department", 5, relations=Relations(parent=department_ids[0], leaders=("x",)))
    result = found(bench, there=there)
    drift = {bench.key(fact.uid): fact for fact in result.drift}
    assert drift.keys() == {"u4", "r1", "east"}
    assert drift["u4"].fields == {"name": "Changed"}
    assert drift["u4"].relations == {
        "departments": (bench.uid("department", "hq"),), "active": False,
    }  # fmt: skip
    assert {bench.key(uid) for uid in drift["r1"].lost} == {"u1", "u6"}
    assert {bench.key(uid) for uid in drift["r1"].gained} == {"u2"}
    for fact in result.facts:
        bench.fact(fact)
    assert bench.said(bench.plan()) == [
        "move department east parent=sales",
        "reactivate member u4 name=Person 4 departments=fe active=True",
        "add role r1 u1 u6",
        "remove role r1 u2",
    ]


def test_what_is_missing_is_made_again_but_only_where_the_reading_was_complete() -> None:
    """A page that could not be read is no proof that anybody was deleted."""
    bench = Bench().filled(COMPANY)
    there = shown(bench)
    del there["member"][3]
    assert found(bench, there=there, complete=False).facts == []
    result = found(bench, there=there)
    assert [(bench.key(f.uid), f.missing) for f in result.drift if f.missing] == [("u4", True)]
    for fact in result.facts:
        bench.fact(fact)
    creation, *_ = bench.plan().operations
    assert (creation.action, bench.key(creation.uid)) == ("create", "u4")


def test_an_adopted_account_gets_what_differs_but_not_login_and_mail() -> None:
    bench = told(ANN)
    there = account("r1", key="u1", name="Old", email="old@x.example", login="old", title="Boss")
    result = found(bench, there={"member": [there]})
    for fact in result.facts:
        bench.fact(fact)
    adopted_uids = {fact.uid for fact in result.adopted}
    [operation] = bench.plan(adopted=adopted_uids).operations
    assert operation.fields == {"name": "Person 1", "job_number": "J0001", "title": "Engineer"}
    bench.done(operation)
    assert bench.said(bench.plan()) == [
        "update member u1 email=u1@feifan.example mobile=+8613800000001"
    ]


def test_thousands_of_departments_of_one_name_are_told_apart_in_time() -> None:
    """A chain of shops has one 'Counter' in each: their parents tell them apart at once."""
    shops = [department(f"s{n}", f"Shop {n}") for n in range(3000)]
    counters = [department(f"c{n}", "Counter", f"s{n}") for n in range(3000)]
    bench = told(*shops, *counters)
    there = [Present(remote=f"S{n}", fields={"name": f"Shop {n}"}, relations=Relations(parent=None))
             for n in range(3000)]  # fmt: skip
    there += [
        Present(remote=f"C{n}", fields={"name": "Counter"}, relations=Relations(parent=f"S{n}"))
        for n in range(3000)
    ]
    result = found(bench, there={"department": there})
    pairs = {str(bench.key(f.uid)): str(f.remote) for f in result.adopted}
    assert pairs == {p.lower(): p for p in pairs.values()}
    assert len(pairs) == 6000
    assert found(bench.tell(after(COMPANY, member("u1"))), there={}).facts == []
