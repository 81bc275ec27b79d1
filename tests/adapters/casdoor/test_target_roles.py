"""Roles at Casdoor: lists that are written whole and belong to several hands."""

from __future__ import annotations

import asyncio
from typing import Any

from domain.delivery.operation import Action, Change
from domain.errors import AbsentFault, ExistsFault, TransientFault
from domain.records import MemberRecord, RoleRecord, Roster
from tests.adapters.casdoor.casdoor_desk import ORG, SMALL
from tests.adapters.casdoor.target_desk import VirtualDesk

MANY = tuple(f"p{number}" for number in range(101))
CROWD = Roster(
    members=tuple(MemberRecord(id=name, name=name, departments=()) for name in MANY),
    roles=(RoleRecord(id="crew", name="班组"),),
)


def test_a_role_is_made_renamed_and_deleted() -> None:
    """Its name is our id; a new display name leaves the rest as it was."""
    desk = VirtualDesk(SMALL)
    fields = {"name": "a%2Fb", "displayName": "值班员 ☎"}
    assert desk.done("role", "create", key="a/b", fields=fields) == "a%2Fb"
    desk.edit("roles", "a%2Fb", description="不动", groups=[f"{ORG}/d-rd"])
    desk.done("role", "update", remote="a%2Fb", fields={"displayName": "新"})
    row = desk.role("a%2Fb")
    assert (row["displayName"], row["description"]) == ("新", "不动")
    assert row["groups"] == [f"{ORG}/d-rd"] and row["isEnabled"] is True
    shown = desk.present("role", "a%2Fb")
    assert (shown.key, shown.members) == ("a/b", frozenset())
    desk.done("role", "delete", remote="a%2Fb")
    assert desk.role("a%2Fb") is None
    assert desk.done("role", "delete", remote="a%2Fb") == "a%2Fb"


def test_people_come_and_go_and_others_stay() -> None:
    """Those whom we did not name keep the role, in their order."""
    desk = VirtualDesk(SMALL)
    desk.edit("roles", "r1", users=[f"{ORG}/ann", "other/eve", f"{ORG}/bob"])
    desk.done("role", "add", remote="r1", members=("cai", "ann"))
    desk.done("role", "remove", remote="r1", members=("ann", "nobody"))
    assert desk.role("r1")["users"] == ["other/eve", f"{ORG}/bob", f"{ORG}/cai"]
    assert desk.present("role", "r1").members == frozenset({"bob", "cai"})


def test_who_is_in_the_list_already_costs_no_write() -> None:
    """An addition that an earlier try has made is seen to be there."""
    desk = VirtualDesk(SMALL)
    desk.done("role", "add", remote="r1", members=("ann",), again=True)
    assert desk.app.stats.writes == 0


def test_a_hundred_and_one_at_once_and_one_by_one() -> None:
    """Changes of one list at the same time wait for each other, and nobody is lost."""
    desk = VirtualDesk(CROWD)
    desk.done("role", "add", remote="crew", members=MANY)
    assert desk.present("role", "crew").members == frozenset(MANY)

    async def all_at_once(target: Any) -> Any:
        return await asyncio.gather(
            *(
                target.apply(
                    [
                        Change(
                            kind="role",
                            action=Action.REMOVE,
                            uid="x",
                            key="crew",
                            remote="crew",
                            members=(name,),
                        )
                    ]
                )
                for name in MANY[1:]
            )
        )

    desk.app.provider.patch_settings({"latency_ms": 5})
    desk.work(all_at_once)
    assert desk.present("role", "crew").members == frozenset({MANY[0]})
    assert desk.app.stats.max_concurrency == 1


def test_a_role_is_made_once() -> None:
    """After a lost answer it is recognised; one that says something else is not ours."""
    desk = VirtualDesk(SMALL)
    desk.fault("add-role:timeout_after_commit:times=1")
    change = {"key": "r9", "fields": {"name": "r9", "displayName": "x"}}
    assert isinstance(desk.apply("role", "create", **change), TransientFault)
    assert desk.done("role", "create", **change, again=True) == "r9"
    assert desk.calls("add-role") == 1
    change = {"key": "r1", "fields": {"name": "r1", "displayName": "x"}}
    for again in (True, False):
        assert isinstance(desk.apply("role", "create", **change, again=again), ExistsFault)


def test_a_role_that_is_gone_is_said_to_be_gone() -> None:
    """Casdoor calls an update of nothing a success; we don't."""
    desk = VirtualDesk(SMALL)
    for action, change in (
        ("update", {"fields": {"displayName": "x"}}),
        ("add", {"members": ("ann",)}),
        ("remove", {"members": ("ann",)}),
    ):
        assert isinstance(desk.apply("role", action, remote="nothing", **change), AbsentFault)
    assert desk.app.stats.writes == 0


def test_what_goes_between_a_look_and_a_write_is_gone() -> None:
    """An update that affected nothing is looked into: the row may have been deleted meanwhile."""
    desk = VirtualDesk(SMALL)
    desk.meanwhile["update-role"] = lambda: desk.drop("roles", "r1")
    assert isinstance(desk.apply("role", "add", remote="r1", members=("cai",)), AbsentFault)
