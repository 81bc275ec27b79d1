"""Departments at Casdoor: a tree of groups, written whole."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from domain.delivery.operation import Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault, TransientFault
from tests.adapters.casdoor.casdoor_desk import ORG, SMALL
from tests.adapters.casdoor.target_desk import VirtualDesk


def made(desk: VirtualDesk, key: str, parent: str | None = None, **more: Any) -> str:
    """A department whose name is its id."""
    fields = {"name": key, "displayName": f"部门 {key} 🚀"}
    change = {"key": key, "fields": fields, "relations": Relations(parent=parent), **more}
    return desk.done("department", "create", **change)


def test_a_tree_is_a_tree() -> None:
    """The top hangs below the organization, others below their parent's name; both are shown."""
    desk = VirtualDesk()
    made(desk, "hq")
    made(desk, "rd", "hq")
    top, below = desk.group("hq"), desk.group("rd")
    assert (top["parentId"], top["isTopGroup"], top["type"]) == (ORG, True, "department")
    assert (below["parentId"], below.get("isTopGroup", False)) == ("hq", False)
    assert top["createdTime"] and top["isEnabled"] is True
    shown = desk.present("department", "rd")
    assert (shown.key, shown.relations.parent) == ("rd", "hq")
    assert shown.fields["displayName"] == "部门 rd 🚀"
    assert desk.present("department", "hq").relations.parent is None


def test_a_change_leaves_other_columns() -> None:
    """A rename, a move and a leader go with what somebody else wrote into the group."""
    desk = VirtualDesk(SMALL)
    kept = {"contactEmail": "x@example.com", "gidNumber": 7, "properties": {"floor": "3"}}
    desk.edit("groups", "d-50", **kept)
    desk.done("department", "update", remote="d-50", fields={"displayName": "R&D / 新"})
    desk.done("department", "move", remote="d-50", relations=Relations(parent=None))
    desk.done("department", "relate", remote="d-50", relations=Relations(leaders=("cai",)))
    row = desk.group("d-50")
    assert {name: row[name] for name in kept} == kept
    assert (row["displayName"], row["parentId"], row["isTopGroup"]) == ("R&D / 新", ORG, True)
    assert row["manager"] == f"{ORG}/cai"
    shown = desk.present("department", "d-50")
    assert shown.relations == Relations(parent=None, leaders=("cai",))
    desk.done("department", "move", remote="d-50", relations=Relations(parent="d-hr"))
    desk.done("department", "relate", remote="d-50", relations=Relations(leaders=()))
    shown = desk.present("department", "d-50")
    assert shown.relations == Relations(parent="d-hr", leaders=())


def test_the_leader_is_the_one_that_casdoor_shows() -> None:
    """What we write as the leader is what the simulator's own roster says."""
    desk = VirtualDesk(SMALL)
    desk.done("department", "relate", remote="d-hr", relations=Relations(leaders=("cai",)))
    shown = desk.app.provider.roster(own_ids=True, system_roles=False)
    assert {d.id: d.leaders for d in shown.departments}["d-hr"] == ("cai",)


def test_nothing_is_written_that_is_there_already() -> None:
    """A group that says it all costs one look and no write."""
    desk = VirtualDesk(SMALL)
    desk.done("department", "update", remote="d-rd", fields={"displayName": "研发"})
    assert (desk.calls("get-group"), desk.app.stats.writes) == (1, 0)


def test_a_group_is_made_once() -> None:
    """After a lost answer it is recognised; what says something else is nobody's of ours."""
    desk = VirtualDesk()
    desk.fault("add-group:timeout_after_commit:times=1")
    change = {"key": "hq", "fields": {"name": "hq", "displayName": "总部"}}
    lost = desk.apply("department", "create", **change, relations=Relations(parent=None))
    assert isinstance(lost, TransientFault) and desk.calls("add-group") == 1
    again = {**change, "relations": Relations(parent=None), "again": True}
    assert desk.done("department", "create", **again) == "hq"
    assert desk.calls("add-group") == 1
    desk.edit("groups", "hq", displayName="别人的")
    assert isinstance(desk.apply("department", "create", **again), ExistsFault)
    assert desk.group("hq")["displayName"] == "别人的"


def test_a_name_that_is_taken() -> None:
    """In our organization it is somebody's; in another one the prefix is the way out."""
    desk = VirtualDesk(SMALL)
    change = {"fields": {"name": "d-rd", "displayName": "x"}, "relations": Relations(parent=None)}
    fault = desk.apply("department", "create", key="d-rd", **change)
    assert isinstance(fault, ExistsFault) and fault.code == "duplicate"
    desk.world.groups.insert({"owner": "built-in", "name": "d-x"})
    change["fields"] = {"name": "d-x", "displayName": "x"}
    fault = desk.apply("department", "create", key="d-x", **change)
    assert isinstance(fault, ExistsFault) and fault.code == "group_name"
    assert "group_prefix" in fault.fix
    change["fields"] = {"name": "built-in", "displayName": "x"}
    fault = desk.apply("department", "create", key="built-in", **change)
    assert isinstance(fault, TerminalFault) and "group_prefix" in fault.fix


def test_names_that_groups_cannot_have_are_mapped_and_found_again() -> None:
    """A slash, a percent sign and the prefix come back as the id that they were."""
    desk = VirtualDesk()
    desk.given["group_prefix"] = "f-"
    for key in ("a/b", "50%2F", "研发 部", ORG):
        fields = desk.work(partial(_fit, key=key))
        desk.done("department", "create", key=key, fields=fields, relations=Relations(parent=None))
    shown = {p.key: p.remote for p in desk.read().present["department"]}
    assert shown == {
        "a/b": "f-a%2Fb",
        "50%2F": "f-50%252F",
        "研发 部": "f-研发 部",
        ORG: f"f-{ORG}",
    }
    desk.done("department", "update", remote="f-a%2Fb", fields={"displayName": "新"})
    assert desk.group("f-a%2Fb")["displayName"] == "新"


async def _fit(target: Any, key: str) -> Any:
    fitted = target.fit("department", {"name": key, "displayName": "x"})
    assert fitted.problems == ()
    return fitted.fields


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (ORG, "the name of the organization"),
        ("x" * 101, "101 characters"),
        (None, "name has no value"),
    ],
)
def test_names_that_are_refused_before_anything_is_sent(key: str | None, problem: str) -> None:
    """Each with a sentence that says what is wrong."""

    async def fit(target: Any) -> Any:
        return target.fit("department", {"name": key})

    (said,) = VirtualDesk().work(fit).problems
    assert problem in said


def test_only_empty_groups_go() -> None:
    """Groups and people that are not ours are in the way, in words; what is gone is done."""
    desk = VirtualDesk(SMALL)
    fault = desk.apply("department", "delete", remote="d-rd")
    assert isinstance(fault, TerminalFault) and "groups below it" in str(fault)
    fault = desk.apply("department", "delete", remote="d-50")
    assert isinstance(fault, TerminalFault) and "people in it" in str(fault)
    assert desk.done("department", "delete", remote="d-hr") == "d-hr"
    assert desk.group("d-hr") is None
    assert desk.done("department", "delete", remote="d-hr") == "d-hr"


def test_a_group_that_is_gone_is_said_to_be_gone() -> None:
    """Casdoor calls an update of nothing a success; we don't."""
    desk = VirtualDesk(SMALL)
    fault = desk.apply("department", "update", remote="nothing", fields={"displayName": "x"})
    assert isinstance(fault, AbsentFault) and desk.app.stats.writes == 0
