"""Departments at DingTalk: its own ids, our key beside them, one name per place, leaders last."""

from __future__ import annotations

from typing import Any

import pytest

from domain.delivery.operation import Acknowledged, Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault, TransientFault
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.dingtalk.target_desk import VirtualDesk

ORG = Roster(
    departments=(
        DepartmentRecord(id="70", name="人事-行政", parent_id=None),
        DepartmentRecord(id="80", name="销售", parent_id=None),
    ),
    members=(
        MemberRecord(id="ann", name="安", departments=("70",), mobile="13800000001"),
        MemberRecord(id="bob", name="博", departments=("70",), mobile="13800000002"),
    ),
)


def made(desk: VirtualDesk, key: str = "rd", name: str = "研发", **change: Any) -> str:
    """A department of ours."""
    change.setdefault("relations", Relations(parent=None))
    return desk.done("department", "create", key=key, fields={"name": name}, **change)


def test_what_is_created_comes_back_under_our_key_and_as_it_was_fitted() -> None:
    """The id is DingTalk's, the key is ours, and a read-back shows no drift."""
    desk = VirtualDesk(ORG)
    fields = desk.work(_fit("department", {"name": "R&D-平台, 一组🚀", "order": 0})).fields
    assert fields == {"name": "R&D_平台、 一组🚀", "order": 1}
    top = made(desk)
    below = desk.done(
        "department", "create", key="rd/1", fields=fields, relations=Relations(parent=top)
    )
    found = desk.present("department", below)
    assert (found.key, found.fields) == ("rd/1", fields)
    assert found.relations == Relations(parent=top, leaders=())
    assert desk.present("department", top).relations.parent is None
    assert desk.directory.tree.departments[int(below)].attributes["create_dept_group"] is False


def _fit(kind: str, fields: dict[str, Any]) -> Any:
    async def work(target: Any) -> Any:
        return target.fit(kind, fields)

    return work


def test_a_name_made_in_the_console_is_compared_in_the_form_that_we_could_write() -> None:
    """A name with a hyphen is no drift and is found by the name that we would give it."""
    desk = VirtualDesk(ORG)
    wanted = desk.work(_fit("department", {"name": "人事-行政"})).fields
    assert desk.present("department", "70").fields["name"] == wanted["name"] == "人事_行政"


def test_a_name_that_is_too_long_is_refused_before_a_call() -> None:
    """64 characters fit; one more is a problem that does not repeat the name."""
    desk = VirtualDesk()
    assert desk.work(_fit("department", {"name": "部" * 64})).problems == ()
    (problem,) = desk.work(_fit("department", {"name": "部" * 65})).problems
    assert problem == "name has 65 characters, at most 64 are taken"


def test_changes_move_rename_and_order() -> None:
    """A move may rename as well; what is not named stays."""
    desk = VirtualDesk(ORG)
    one, two = made(desk), made(desk, "ops", "运维")
    desk.done("department", "move", remote=two, relations=Relations(parent=one))
    desk.done("department", "update", remote=two, fields={"name": "运营", "order": 7})
    found = desk.present("department", two)
    assert found.fields == {"name": "运营", "order": 7}
    assert found.relations.parent == one
    move = {"relations": Relations(parent=None), "fields": {"name": "运维"}}
    desk.done("department", "move", remote=two, **move)
    found = desk.present("department", two)
    assert (found.fields["name"], found.relations.parent) == ("运维", None)


def test_leaders_are_set_and_cleared() -> None:
    """Several leaders are set in one call, and an empty list takes them away."""
    desk = VirtualDesk(ORG)
    desk.done("department", "relate", remote="70", relations=Relations(leaders=("bob", "ann")))
    assert desk.present("department", "70").relations.leaders == ("bob", "ann")
    desk.done("department", "relate", remote="70", relations=Relations(leaders=()))
    assert desk.present("department", "70").relations.leaders == ()


def test_a_leader_who_is_no_member_is_refused_with_the_reason() -> None:
    """40031 says who may lead."""
    desk = VirtualDesk(ORG)
    fault = desk.apply("department", "relate", remote="80", relations=Relations(leaders=("ann",)))
    assert isinstance(fault, TerminalFault) and fault.code == "40031"
    assert "must belong to the department" in str(fault) and "department 80" in str(fault)


def test_everything_goes_below_the_root_department_and_nothing_else_is_read() -> None:
    """With root_department, our top is there, and what is beside it is not ours to see."""
    desk = VirtualDesk(ORG)
    desk.given = {"root_department": 80}
    top = made(desk)
    assert desk.directory.tree.departments[int(top)].parent_id == 80
    inventory = desk.read()
    assert [p.remote for p in inventory.present["department"]] == [top]
    assert inventory.present["department"][0].relations.parent is None
    assert inventory.present["member"] == ()


def test_a_second_creation_after_a_lost_answer_makes_no_twin() -> None:
    """``again`` finds our key at the place; only what has our key is ours."""
    desk = VirtualDesk(ORG)
    first = made(desk)
    assert made(desk, again=True) == first
    taken = desk.apply(
        "department",
        "create",
        key="other",
        fields={"name": "研发"},
        relations=Relations(parent=None),
        again=True,
    )
    assert isinstance(taken, ExistsFault) and taken.code == "60021"
    assert desk.calls("department/create") == 2


@pytest.mark.parametrize("kind", ["timeout_after_commit", "http_500", "reset", "truncated_json"])
def test_one_apply_survives_an_answer_that_never_comes(kind: str) -> None:
    """After a failure that may have written, the tree is looked at before another try."""
    desk = VirtualDesk(ORG)
    desk.fault(f"department/create:{kind}:times=1")
    key = made(desk)
    names = [d.name for d in desk.directory.tree.departments.values()]
    assert names.count("研发") == 1
    assert desk.present("department", key).key == "rd"


def test_a_creation_that_never_succeeds_is_left_for_later() -> None:
    """The engine gets a TransientFault and comes again."""
    desk = VirtualDesk(ORG)
    desk.fault("department/create:http_500")
    fault = desk.apply(
        "department", "create", key="rd", fields={"name": "研"}, relations=Relations(parent=None)
    )
    assert isinstance(fault, TransientFault)


def test_deletion_takes_nothing_along_that_is_not_ours() -> None:
    """DingTalk would delete empty departments below; a department that has any stays."""
    desk = VirtualDesk(ORG)
    top = made(desk)
    hand = desk.app.provider.change({"op": "create_department", "name": "手工", "parent_id": top})
    fault = desk.apply("department", "delete", remote=top)
    assert isinstance(fault, TerminalFault) and fault.code == "60006"
    desk.app.provider.change({"op": "delete_department", "id": str(hand["id"])})
    desk.done("department", "delete", remote=top)
    desk.done("department", "delete", remote=top)
    assert int(top) not in desk.directory.tree.departments


def test_a_department_with_people_is_not_deleted() -> None:
    """60005 says what to do first."""
    fault = VirtualDesk(ORG).apply("department", "delete", remote="70")
    assert isinstance(fault, TerminalFault) and fault.code == "60005"
    assert "move them" in fault.fix


@pytest.mark.parametrize(
    ("change", "code", "kind"),
    [
        ({"remote": "999", "fields": {"name": "n"}}, "60003", AbsentFault),
        ({"remote": "80", "relations": Relations(parent="999")}, "60004", TerminalFault),
        ({"remote": "80", "relations": Relations(parent="80")}, "60010", TerminalFault),
        ({"remote": "1", "fields": {"name": "n"}}, "60018", TerminalFault),
        ({"remote": "80", "fields": {"name": "人事-行政"}}, "60009", TerminalFault),
    ],
)
def test_refusals(change: dict[str, Any], code: str, kind: type[TerminalFault]) -> None:
    """Each names the department and keeps DingTalk's code; only what is gone is absent."""
    fault = VirtualDesk(ORG).apply("department", "update", **change)
    assert type(fault) is kind and fault.code == code
    assert f"department {change['remote']}" in str(fault)


def test_a_parent_that_is_gone_does_not_make_a_new_department_absent() -> None:
    """Looking for ours below it fails for the parent's sake."""
    fault = VirtualDesk(ORG).apply(
        "department",
        "create",
        key="rd",
        fields={"name": "研"},
        relations=Relations(parent="999"),
        again=True,
    )
    assert type(fault) is TerminalFault and fault.code == "60003"


def test_a_change_of_nothing_costs_no_call() -> None:
    """What only concerns other systems is acknowledged at once."""
    desk = VirtualDesk(ORG)
    assert isinstance(desk.apply("department", "update", remote="80"), Acknowledged)
    assert desk.app.stats.calls.total() == 0
