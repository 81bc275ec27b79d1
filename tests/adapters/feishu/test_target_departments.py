"""Departments at Feishu: under our own ids, one name per place, leaders last."""

from __future__ import annotations

from typing import Any

import pytest

from domain.delivery.operation import Acknowledged, Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault, TransientFault
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.feishu.target_desk import VirtualDesk

ORG = Roster(
    departments=(
        DepartmentRecord(id="hr", name="人事", parent_id=None, order=1),
        DepartmentRecord(id="sales", name="销售", parent_id=None, order=2),
        DepartmentRecord(id="east", name="华东", parent_id="sales"),
    ),
    members=(
        MemberRecord(id="ann", name="安", departments=("hr",)),
        MemberRecord(id="bob", name="博", departments=("hr",)),
    ),
)
TOP = Relations(parent=None)


def made(desk: VirtualDesk, key: str = "rd", name: str = "研发", **change: Any) -> str:
    """A department of ours."""
    change.setdefault("relations", TOP)
    return desk.done("department", "create", key=key, fields={"name": name}, **change)


def department(desk: VirtualDesk, remote: str) -> Any:
    return desk.directory.tree.by_custom(remote)


def test_what_is_created_comes_back_under_our_key_and_as_it_was_fitted() -> None:
    """Han, emoji and a slash: a read-back shows no drift."""
    desk = VirtualDesk(ORG)
    fields = desk.fitted("department", {"name": " R&D/平台 🚀 ", "order": "7"})
    assert fields == {"name": "R&D／平台 🚀", "order": 7}
    assert made(desk) == "rd"
    below = desk.done(
        "department", "create", key="rd.1", fields=fields, relations=Relations(parent="rd")
    )
    found = desk.present("department", below)
    assert (found.remote, found.key, found.fields) == ("rd.1", "rd.1", fields)
    assert found.relations == Relations(parent="rd", leaders=())
    assert desk.present("department", "rd").relations.parent is None


@pytest.mark.parametrize("key", ["0", "1", "od-1", "部门/一", "k@rd", "-x", "x" * 65, ""])
def test_a_key_that_can_be_no_department_id_is_spelled_out_and_read_back(key: str) -> None:
    """Only one that gets too long is not told apart by its key, but by its id in the log."""
    desk = VirtualDesk(ORG)
    remote = made(desk, key=key, uid="department-1")
    assert remote != key and len(remote) <= 64
    assert made(desk, key=key, uid="department-1", again=True) == remote
    assert desk.present("department", remote).key == (None if len(key) > 64 else key)


def test_changes_move_rename_and_order() -> None:
    """A move may rename as well; what is not named stays."""
    desk = VirtualDesk(ORG)
    desk.done("department", "update", remote="east", fields={"name": "东区", "order": 7})
    desk.done("department", "move", remote="east", relations=Relations(parent="hr"))
    found = desk.present("department", "east")
    assert found.fields == {"name": "东区", "order": 7}
    assert found.relations.parent == "hr"
    desk.done("department", "move", remote="east", relations=TOP, fields={"name": "华东"})
    found = desk.present("department", "east")
    assert (found.fields["name"], found.relations.parent) == ("华东", None)


def test_an_order_that_is_taken_is_left_as_it_is() -> None:
    """43005 does not refuse the rest of the change: it is acknowledged with a warning."""
    desk = VirtualDesk(ORG)
    for change in (
        {"action": "create", "key": "rd", "fields": {"name": "研", "order": 1}, "relations": TOP},
        {"action": "update", "remote": "sales", "fields": {"name": "商务", "order": 1}},
        {"action": "update", "remote": "sales", "fields": {"order": 1}},
    ):
        result = desk.apply("department", **change)
        assert isinstance(result, Acknowledged) and "order" in result.warning
    assert department(desk, "sales").name == "商务" and department(desk, "sales").order == 2


def test_leaders_are_one_primary_and_deputies_and_are_cleared() -> None:
    """The first is primary, the others are deputies, an empty list takes them all away."""
    desk = VirtualDesk(ORG)
    desk.done("department", "relate", remote="east", relations=Relations(leaders=("bob", "ann")))
    kinds = [(kind, desk.directory.people.get(key).user_id)
             for kind, key in department(desk, "east").leaders]  # fmt: skip
    assert kinds == [(1, "bob"), (2, "ann")]
    assert desk.present("department", "east").relations.leaders == ("bob", "ann")
    desk.done("department", "relate", remote="east", relations=Relations(leaders=()))
    assert desk.present("department", "east").relations.leaders == ()


def test_everything_goes_below_the_root_department_and_nothing_else_is_read() -> None:
    """With root_department, our top is there, and what is beside it is not ours to see."""
    desk = VirtualDesk(ORG)
    desk.given = {"root_department": "sales"}
    made(desk)
    assert department(desk, "rd").parent == department(desk, "sales").key
    inventory = desk.read()
    assert {p.remote for p in inventory.present["department"]} == {"rd", "east"}
    assert all(p.relations.parent is None for p in inventory.present["department"])
    assert inventory.present["member"] == ()


def test_a_second_creation_after_a_lost_answer_makes_no_twin() -> None:
    """``again`` finds our id; without it the id is taken, and the next run looks."""
    desk = VirtualDesk(ORG)
    assert made(desk) == made(desk, again=True) == "rd"
    assert desk.calls("departments/create") == 1
    taken = desk.apply("department", "create", key="rd", fields={"name": "x"}, relations=TOP)
    assert isinstance(taken, ExistsFault) and taken.code == "43007"
    taken = desk.apply("department", "create", key="new", fields={"name": "人事"}, relations=TOP)
    assert isinstance(taken, ExistsFault) and taken.code == "43022"


@pytest.mark.parametrize("kind", ["timeout_after_commit", "http_500", "reset", "truncated_json"])
@pytest.mark.parametrize("times", [1, 3])
def test_one_apply_survives_an_answer_that_never_comes(kind: str, times: int) -> None:
    """The client_token lets Feishu repeat its first answer."""
    desk = VirtualDesk(ORG)
    desk.fault(f"departments/create:{kind}:times={times}")
    assert made(desk, token="step-1") == "rd"
    assert [d.name for d in desk.directory.tree.departments.values()].count("研发") == 1


def test_the_same_step_with_other_values_is_no_conflict() -> None:
    """A setting may change between two tries: the body is part of the client_token (40021)."""
    desk = VirtualDesk(ORG)
    taken = desk.apply(
        "department", "create", key="rd", fields={"name": "人事"}, relations=TOP, token="t"
    )
    assert isinstance(taken, ExistsFault)
    assert made(desk, token="t", again=True) == "rd"


def test_locks_are_waited_for() -> None:
    """43024 is another tool writing just now."""
    desk = VirtualDesk(ORG)
    desk.fault("departments/create:locked:times=3")
    assert made(desk) == "rd"
    desk.fault("departments/patch:locked")
    fault = desk.apply("department", "update", remote="rd", fields={"name": "x"})
    assert isinstance(fault, TransientFault) and fault.code == "43024"


def test_deletion_is_refused_while_somebody_else_s_things_are_inside() -> None:
    """The sentence says what to do; what is gone is acknowledged."""
    desk = VirtualDesk(ORG)
    for remote, code in (("sales", "43012"), ("hr", "43011")):
        fault = desk.apply("department", "delete", remote=remote)
        assert isinstance(fault, TerminalFault) and fault.code == code
        assert "move them" in fault.fix
    for _ in range(2):
        desk.done("department", "delete", remote="east")
    assert department(desk, "east") is None
    assert made(desk, key="east") == "east"


@pytest.mark.parametrize(
    ("change", "code", "kind"),
    [
        ({"remote": "zz", "fields": {"name": "n"}}, "99992380", AbsentFault),
        ({"remote": "zz", "relations": Relations(parent="hr")}, "99992380", AbsentFault),
        ({"remote": "east", "relations": Relations(parent="zz")}, "parent", TerminalFault),
        ({"remote": "sales", "relations": Relations(parent="east")}, "40018", TerminalFault),
        ({"remote": "0", "fields": {"name": "n"}}, "40002", TerminalFault),
        ({"remote": "hr", "relations": Relations(leaders=("zz",))}, "43025", TransientFault),
        ({"remote": "hr", "fields": {"name": "销售"}}, "43022", ExistsFault),
    ],
)
def test_refusals(change: dict[str, Any], code: str, kind: type[TerminalFault]) -> None:
    """Each names the department and keeps Feishu's code; only what is gone itself is absent."""
    fault = VirtualDesk(ORG).apply("department", "update", **change)
    assert type(fault) is kind and fault.code == code
    assert f"department {change['remote']}" in str(fault)


def test_a_parent_that_is_gone_does_not_make_a_new_department_absent() -> None:
    """The creation is refused for the parent's sake."""
    desk = VirtualDesk(ORG)
    fault = desk.apply(
        "department", "create", key="rd", fields={"name": "研"}, relations=Relations(parent="zz")
    )
    assert type(fault) is TerminalFault and fault.code == "99992380"


def test_a_change_of_nothing_costs_no_call() -> None:
    """What only concerns other systems is acknowledged at once."""
    desk = VirtualDesk(ORG)
    assert isinstance(desk.apply("department", "update", remote="hr"), Acknowledged)
    assert desk.app.stats.calls.total() == 0
