"""Plan: every situation's exact operations, in their order, and nothing else."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from domain.delivery.plan import Leavers
from domain.delivery.scope import Scope
from domain.events import DriftDetected
from tests.delivery.memory import CAPABILITIES as AT_ONCE
from tests.delivery.people import (
    COMPANY,
    Change,
    add,
    after,
    close,
    department,
    dept,
    drop_role,
    duty,
    leave,
    member,
    person,
    role,
)
from tests.domain.delivery.planning import IN_DEPARTMENTS, NAMED, PLAIN, Bench

EXACT: dict[str, tuple[tuple[Change, ...], list[str]]] = {
    "nothing": ((), []),
    "rename": ((member("u4", name="Four"),), ["update member u4 name=Four"]),
    "transfer": ((member("u4", departments=("be",)),), ["move member u4 departments=be"]),
    "another_main_department": (
        (member("u8", departments=("be", "east")),),
        ["move member u8 departments=be+east"],
    ),
    "emptied": ((member("u4", title=None),), ["update member u4 title=None"]),
    "fixed_login_stays": (
        (member("u4", job_number="J9"),),
        ["update member u4 job_number=J9"],
    ),
    "manager": ((member("u4", manager="u1"),), ["relate member u4 manager=u1"]),
    "no_manager": ((member("u4", manager=None),), ["relate member u4 manager=None"]),
    "leaders": ((dept("fe", leaders=("u4",)),), ["relate department fe leaders=u4"]),
    "closed": ((member("u4", active=False),), ["deactivate member u4 active=False"]),
    "closed_and_renamed": (
        (member("u4", active=False, name="Four"),),
        ["update member u4 name=Four", "deactivate member u4 active=False"],
    ),
    "department_moved": ((dept("be", parent_id="sales"),), ["move department be parent=sales"]),
    "to_the_top": ((dept("fe", parent_id=None),), ["move department fe parent=None"]),
    "places_changed": (
        (dept("rd", parent_id="fe"), dept("fe", parent_id="hq")),
        ["move department fe parent=hq", "move department rd parent=fe"],
    ),
    "newcomer": (
        (add(department("ml", "Learning", "rd", "u9"), person(9, "ml", manager="u2")),),
        [
            "create department ml name=Learning parent=rd",
            "create member u9 login=J0009 name=Person 9 email=u9@feifan.example "
            "mobile=+8613800000009 job_number=J0009 title=Engineer departments=ml active=True",
            "relate department ml leaders=u9",
            "relate member u9 manager=u2",
        ],
    ),
    "role_made": (
        (add(role("r3", "Guide", "u2", group="Tours")),),
        ["create role_group name:Tours name=Tours", "create role r3 name=Guide group=name:Tours",
         "add role r3 u2"],
    ),
    "role_changed": (
        (duty("r2", members=("u4", "u1")),),
        ["add role r2 u1", "remove role r2 u5 u8"],
    ),
    "role_deleted": (
        (drop_role("r2"),), ["remove role r2 u4 u5 u8", "delete role r2"],
    ),
    "department_closed": (
        (member("u7", departments=("sales",)), member("u8", departments=("be",)), close("east")),
        ["move member u7 departments=sales", "move member u8 departments=be",
         "delete department east"],
    ),
    "leaver": (
        (leave("u8"),),
        ["remove role r2 u8", "deactivate member u8 departments= active=False"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_a_change_leads_to_exactly_these_operations(name: str) -> None:
    """Nothing beside what changed is written, and nothing comes before what it needs."""
    changes, expected = EXACT[name]
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, *changes))
    assert bench.said(bench.plan()) == expected
    bench.run()
    assert bench.plan().operations == ()


def test_the_first_fill_builds_from_the_top_down() -> None:
    """Parents before children, people before their managers, roles before their holders."""
    bench = Bench().tell(COMPANY)
    made = bench.plan()
    order = [(o.action, o.kind) for o in made.operations]
    assert list(dict.fromkeys(order)) == [
        ("create", "role_group"), ("create", "department"), ("create", "member"),
        ("relate", "department"), ("relate", "member"), ("create", "role"), ("add", "role"),
    ]  # fmt: skip
    built = [bench.key(o.uid) for o in made.operations if o.kind == "department"]
    assert built.index("hq") < built.index("rd") < built.index("fe")
    bench.apply(made.operations)
    assert bench.plan().operations == ()


def test_a_new_account_names_its_manager_where_it_can_and_managers_come_first() -> None:
    """One call less per person; only a circle of managers is closed afterwards."""
    ring = after(COMPANY, member("u1", manager="u4"), add(person(9, "fe", manager="u4")))
    bench = Bench(AT_ONCE).tell(ring)
    made = bench.plan()
    assert [bench.key(o.uid) for o in made.operations if o.kind == "member"].index("u9") > 0
    related = [bench.key(o.uid) for o in made.operations if o.action == "relate"]
    assert len([key for key in related if str(key).startswith("u")]) == 1
    bench.apply(made.operations)
    assert bench.plan().operations == ()


def test_who_has_a_refused_manager_is_made_without_one() -> None:
    bench = Bench(AT_ONCE).filled(COMPANY)
    bench.tell(after(COMPANY, add(person(9, "fe", manager="u3"), person(10, "fe", manager="u9"))))
    bench.fails(next(o for o in bench.plan().operations if bench.key(o.uid) == "u9"))
    [made] = bench.run().operations
    assert (bench.key(made.uid), made.relations.manager) == ("u10", UNSET)
    assert [bench.key(o.uid) for o in bench.plan().dependent] == ["u10"]


def test_a_fixed_field_is_never_rewritten_and_a_missing_kind_never_written() -> None:
    """What the capabilities leave out is not touched."""
    can = msgspec.structs.replace(PLAIN, renames=frozenset({"member"}))
    bench = Bench(can).filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", job_number="N4"), dept("fe", name="Web")))
    assert bench.said(bench.plan()) == ["update member u4 job_number=N4"]


def test_an_adopted_person_keeps_login_and_mail_in_that_run() -> None:
    """Complaint 47: a match never rewrites who somebody signs in as, in the same step."""
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", email="new@x.example", mobile="1", title="Lead")))
    adopted = frozenset({bench.uid("member", "u4")})
    assert bench.said(bench.plan(adopted=adopted)) == ["update member u4 title=Lead"]
    assert len(bench.plan().operations[0].fields) == 3


def test_another_id_at_the_target_is_a_step_of_its_own() -> None:
    """It comes first, stands alone, never with an adoption, and its refusal stops nothing else."""
    bench = Bench(NAMED).filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", job_number="N4", title="Lead")))
    assert bench.said(bench.plan()) == ["rename member u4 login=N4", "update member u4 title=Lead"]
    adopted = frozenset({bench.uid("member", "u4")})
    assert bench.said(bench.plan(adopted=adopted)) == ["update member u4 title=Lead"]
    refused, _ = bench.plan().operations
    bench.fails(refused)
    bench.run()
    bench.tell(after(COMPANY, member("u4", job_number="N4", title="Head")))
    assert bench.said(bench.run()) == ["update member u4 title=Head"]
    assert [o for o, _ in bench.plan().stuck] == [refused]


def test_an_id_that_differs_in_case_only_is_the_same_where_case_means_nothing() -> None:
    """What a target would not tell apart is not sent."""
    bench = Bench(NAMED).filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", job_number="j0004")))
    assert bench.said(bench.plan()) == ["rename member u4 login=j0004"]
    bench.can = msgspec.structs.replace(bench.can, caseless_keys=True)
    assert bench.plan().operations == ()


def test_a_leaver_is_closed_rests_and_is_deleted_after_the_grace_time() -> None:
    """Deactivate, grace, delete; counted from the day on which the account was closed."""
    bench = Bench(leavers=Leavers(grace=30)).filled(COMPANY)
    bench.tell(after(COMPANY, leave("u7"))).run()
    bench.wait(days=29, hours=23)
    assert (bench.plan().operations, bench.plan().resting) == ((), 1)
    bench.wait(hours=1)
    assert bench.said(bench.plan()) == ["delete member u7"]
    bench.run()
    assert (bench.plan().operations, bench.plan().resting) == ((), 0)


def test_a_leaver_without_deletion_stays_closed() -> None:
    bench = Bench(leavers=Leavers(grace=0, delete=False)).filled(COMPANY)
    bench.tell(after(COMPANY, leave("u7"))).run()
    assert bench.wait(days=99).plan().operations == ()


def test_somebody_who_comes_back_in_time_gets_the_same_account() -> None:
    """Complaints 10 and 11: opened again under its old id, with the departments of now."""
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, leave("u7"))).run()
    bench.tell(after(COMPANY, member("u7", departments=("fe",))))
    assert bench.said(bench.plan()) == [
        "reactivate member u7 departments=fe active=True",
    ]


def test_a_closed_leaver_whose_account_somebody_opened_is_closed_again() -> None:
    """What a verification finds is repaired for those who left, too."""
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, leave("u7"))).run()
    opened = DriftDetected(
        uid=bench.uid("member", "u7"), target="there", kind="member", relations={"active": True}
    )
    bench.fact(opened)
    assert bench.said(bench.plan()) == ["deactivate member u7 departments= active=False"]


def test_somebody_who_comes_back_closed_gets_a_grace_time_of_their_own_later() -> None:
    """The grace time of the first leave is not held against the second."""
    bench = Bench(IN_DEPARTMENTS).filled(COMPANY)
    bench.tell(after(COMPANY, leave("u7"))).run()
    bench.tell(after(COMPANY, member("u7", active=False, manager=None))).run()
    bench.wait(days=99).tell(after(COMPANY, leave("u7")))
    assert [o.action for o in bench.plan().operations if o.kind == "member"] == ["deactivate"]


def test_a_target_that_cannot_close_accounts_deletes_them() -> None:
    can = msgspec.structs.replace(PLAIN, deactivates=False)
    bench = Bench(can).filled(COMPANY)
    bench.tell(after(COMPANY, leave("u7")))
    assert bench.said(bench.plan()) == ["delete member u7"]


def test_a_deletion_says_whether_the_scope_or_the_organization_is_the_reason() -> None:
    """authentik #19295: a new filter and a real leave can be told apart before anything goes."""
    bench = Bench().filled(COMPANY)
    bench.scope = Scope(departments=("rd",))
    bench.tell(after(COMPANY, leave("u7")))
    reasons = {bench.key(o.uid): o.reason for o in bench.plan().operations if o.reason}
    assert reasons["u7"] == "no longer in the organization"
    assert reasons["u6"] == reasons["sales"] == "no longer in the scope"


def test_lists_are_written_in_chunks_and_each_person_once() -> None:
    crowd = tuple(person(n, "be") for n in range(100, 190))
    bench = Bench().tell(after(COMPANY, add(*crowd), duty("r2", members=[m.id for m in crowd])))
    adds = [o for o in bench.plan().operations if o.action == "add" and len(o.members) > 2]
    assert [len(o.members) for o in adds] == [40, 40, 10]
    assert len({uid for o in adds for uid in o.members}) == 90


def test_memberships_are_lists_where_the_target_keeps_them_with_the_department() -> None:
    bench = Bench(IN_DEPARTMENTS).filled(COMPANY)
    bench.tell(after(COMPANY, member("u4", departments=("be",)), leave("u7")))
    assert bench.said(bench.plan()) == [
        "add department be u4",
        *sorted(["remove department east u7", "remove department fe u4"],
                key=lambda said: "fe" not in said),
        "deactivate member u7 active=False",
    ]  # fmt: skip


# Names


def test_sibling_names_that_are_swapped_give_way_first() -> None:
    """A target that refuses two siblings of one name sees a temporary one in between."""
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, dept("fe", name="Backend"), dept("be", name="Frontend")))
    made = bench.plan()
    temporary = [o for o in made.operations if o.reason]
    assert {o.fields["name"].partition("~")[0] for o in temporary} == {"Frontend", "Backend"}
    assert bench.said(made)[2:] == ["update department fe name=Backend",
                                    "update department be name=Frontend"]  # fmt: skip
    bench.run()
    assert bench.plan().operations == ()


def test_a_name_that_is_just_given_up_is_not_given_up_twice() -> None:
    bench = Bench().filled(COMPANY)
    bench.tell(after(COMPANY, dept("fe", name="Web"), add(department("n", "Frontend", "rd"))))
    assert [o.reason for o in bench.plan().operations if o.reason] == [
        "its name is needed by another department"
    ]


def test_two_people_who_want_one_login_get_numbers() -> None:
    """Complaint 21: two of one name stay two people; the second gets a number, for good."""
    same = {"job_number": "li", "email": None, "mobile": None}
    bench = Bench().tell(after(COMPANY, add(person(30, "fe", **same), person(31, "fe", **same))))
    logins = [o.fields["login"] for o in bench.run().operations if "login" in o.fields]
    assert sorted(logins)[-2:] == ["li", "li-2"]
    assert bench.plan().operations == ()


def test_a_number_is_kept_where_the_field_can_be_rewritten() -> None:
    """A numbered name that is not fixed doesn't go back and forth between two people."""
    fields = {
        **PLAIN.fields,
        "member": tuple(
            msgspec.structs.replace(f, fixed=False) if f.name == "login" else f
            for f in PLAIN.fields["member"]
        ),
    }
    bench = Bench(msgspec.structs.replace(PLAIN, fields=fields))
    both = after(COMPANY, add(person(30, "fe", job_number="li"), person(31, "fe", job_number="LI")))
    bench.filled(both)
    bench.tell(after(both, member("u4", job_number="Li")))
    login = next(o.fields["login"] for o in bench.plan().operations)
    assert login == "Li-3"
