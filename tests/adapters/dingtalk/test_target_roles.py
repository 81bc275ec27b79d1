"""Roles at DingTalk: named, held by many, and never its own ones."""

from __future__ import annotations

import pytest

from domain.delivery.operation import Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault
from domain.records import MemberRecord, RoleRecord, Roster
from tests.adapters.dingtalk.target_desk import VirtualDesk

MANY = tuple(f"u{i}" for i in range(101))
ORG = Roster(
    members=tuple(MemberRecord(id=u, name=u, departments=()) for u in MANY),
    roles=(RoleRecord(id="9", name="保安", group="职务", members=("u1",)),),
)


def group(desk: VirtualDesk) -> str:
    """The group 职务."""
    found = desk.read().present["role_group"]
    return next(p.remote for p in found if p.fields["name"] == "职务")


def role(desk: VirtualDesk, name: str = "架构师", **change: object) -> str:
    """A role of ours in the group 职务."""
    change.setdefault("relations", Relations(group=group(desk)))
    return desk.done("role", "create", key="r", fields={"name": name}, **change)


def test_groups_and_roles_come_back_as_they_were_made() -> None:
    """Also a group that holds nothing yet."""
    desk = VirtualDesk(ORG)
    empty = desk.done("role_group", "create", key="g", fields={"name": "项目🎯"})
    found = desk.present("role_group", empty)
    assert found.fields == {"name": "项目🎯"} and found.key is None
    remote = role(desk, relations=Relations(group=empty))
    shown = desk.present("role", remote)
    assert (shown.fields, shown.relations, shown.members) == (
        {"name": "架构师"},
        Relations(group=empty),
        frozenset(),
    )
    desk.done("role", "update", remote=remote, fields={"name": "首席"})
    assert desk.present("role", remote).fields == {"name": "首席"}


def test_roles_of_no_group_share_one_that_is_made_once() -> None:
    """Its name is a setting, and it is read back as no group."""
    desk = VirtualDesk(ORG)
    desk.given = {"role_group": "无组"}
    for name in ("一", "二"):
        remote = role(desk, name, relations=Relations(group=None))
    assert desk.calls("role/add_role_group") == 1
    assert desk.present("role", remote).relations == Relations()


def test_a_hundred_and_one_people_get_and_lose_a_role() -> None:
    """Twenty in a call to give, a hundred to take; who had it by hand keeps it."""
    desk = VirtualDesk(ORG)
    desk.done("role", "add", remote="9", members=MANY[1:])
    assert desk.present("role", "9").members == frozenset(MANY[1:])
    assert desk.calls("role/addrolesforemps") == 5
    desk.done("role", "add", remote="9", members=MANY)
    desk.done("role", "remove", remote="9", members=MANY[2:])
    assert desk.present("role", "9").members == {"u0", "u1"}
    assert desk.calls("role/removerolesforemps") == 1


def test_taking_a_role_from_somebody_who_is_gone_takes_it_from_the_others() -> None:
    """Who is gone holds nothing."""
    desk = VirtualDesk(ORG)
    desk.done("role", "remove", remote="9", members=("gone", "u1"))
    assert desk.present("role", "9").members == frozenset()


def test_somebody_who_is_gone_keeps_a_role_from_nobody_else() -> None:
    """DingTalk refuses a whole call for one userid; the others get the role nevertheless."""
    desk = VirtualDesk(ORG)
    members = (*MANY[1:50], "gone", *MANY[50:])
    fault = desk.apply("role", "add", remote="9", members=members)
    assert type(fault) is TerminalFault and fault.code == "33012"
    assert desk.present("role", "9").members == frozenset(MANY[1:])


def test_giving_a_role_to_somebody_who_is_gone_does_not_make_the_role_absent() -> None:
    """The fault is about the person."""
    fault = VirtualDesk(ORG).apply("role", "add", remote="9", members=("gone",))
    assert type(fault) is TerminalFault and fault.code == "33012"


def test_a_role_is_deleted_with_its_holders_and_only_once() -> None:
    """DingTalk refuses while somebody holds it, so they are taken off first."""
    desk = VirtualDesk(ORG)
    desk.done("role", "delete", remote="9")
    desk.done("role", "delete", remote="9")
    assert [p.remote for p in desk.read().present["role"]] == []
    assert len(desk.directory.people.users) == 101


@pytest.mark.parametrize("kind", ["timeout_after_commit", "http_500", "reset"])
def test_an_answer_that_never_comes_makes_no_twin(kind: str) -> None:
    """Groups and roles are looked up by name before another try."""
    desk = VirtualDesk(ORG)
    desk.fault(f"role/add_role:{kind}:times=1", f"role/add_role_group:{kind}:times=1")
    made = desk.done("role_group", "create", key="g", fields={"name": "项目"})
    first = role(desk, relations=Relations(group=made))
    assert role(desk, relations=Relations(group=made), again=True) == first
    assert desk.done("role_group", "create", key="g", fields={"name": "项目"}, again=True) == made


@pytest.mark.parametrize("kind", ["role", "role_group"])
def test_a_name_that_is_taken_is_not_taken_over(kind: str) -> None:
    """34021 is for the next run to look at."""
    desk = VirtualDesk(ORG)
    name = "保安" if kind == "role" else "职务"
    fault = desk.apply(
        kind, "create", key="x", fields={"name": name}, relations=Relations(group=group(desk))
    )
    assert isinstance(fault, ExistsFault) and fault.code == "34021"


def test_dingtalks_own_group_is_neither_read_nor_written() -> None:
    """Group 默认: its roles are not shown, its name is refused before a call."""
    desk = VirtualDesk(ORG)
    inventory = desk.read()
    assert [p.fields["name"] for p in inventory.present["role_group"]] == ["职务"]
    assert [p.fields["name"] for p in inventory.present["role"]] == ["保安"]

    async def work(target: object) -> object:
        return target.fit("role_group", {"name": "默认"}).problems  # type: ignore[attr-defined]

    assert "DingTalk's own" in desk.work(work)[0]
    own = str(desk.directory.roles.system["主管"].role_id)
    for action, change in (
        ("update", {"fields": {"name": "x"}}),
        ("add", {"members": ("u1",)}),
    ):
        fault = desk.apply("role", action, remote=own, **change)
        assert type(fault) is TerminalFault and fault.code == "23004"


@pytest.mark.parametrize("action", ["update", "delete"])
def test_a_role_group_cannot_be_changed(action: str) -> None:
    """The sentence says where a person can."""
    fault = VirtualDesk(ORG).apply("role_group", action, remote="5", fields={"name": "x"})
    assert isinstance(fault, TerminalFault) and "console" in fault.fix


def test_a_role_cannot_change_its_group_but_its_name() -> None:
    """What can be written is written."""
    desk = VirtualDesk(ORG)
    fault = desk.apply(
        "role", "move", remote="9", fields={"name": "门卫"}, relations=Relations(group="5")
    )
    assert isinstance(fault, TerminalFault) and fault.code == "unsupported"
    assert desk.present("role", "9").fields == {"name": "门卫"}


def test_a_role_that_is_gone_is_absent() -> None:
    """Whatever should be done to it."""
    desk = VirtualDesk(ORG)
    for action, change in (("update", {"fields": {"name": "x"}}), ("add", {"members": ("u1",)})):
        fault = desk.apply("role", action, remote="77", **change)
        assert isinstance(fault, AbsentFault) and fault.code == "33011"
