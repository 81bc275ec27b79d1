"""Roles at Feishu: known by their ids only, held by many, each person with a result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from adapters.feishu.refusals import REASONS
from adapters.feishu.target import FeishuTarget
from domain.delivery.operation import Acknowledged, Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault, TransientFault
from domain.records import MemberRecord, RoleRecord, Roster
from tests.adapters.feishu.target_desk import VirtualDesk

MANY = tuple(f"u{i}" for i in range(101))
ORG = Roster(
    members=tuple(MemberRecord(id=u, name=u, departments=()) for u in MANY),
    roles=(RoleRecord(id="r9", name="保安", members=("u1",)),),
)


def existing(desk: VirtualDesk) -> str:
    """Feishu's id of the role 保安."""
    return str(next(iter(desk.directory.roles.roles)))


def role(desk: VirtualDesk, name: str = "架构师", **change: object) -> str:
    """A role of ours."""
    return desk.done("role", "create", key="r", fields={"name": name}, **change)


def test_a_role_comes_back_by_its_id_with_its_people() -> None:
    """Its name is not told by any call, so it is not compared."""
    desk = VirtualDesk(ORG)
    remote = role(desk, "架构师🎯")
    desk.done("role", "add", remote=remote, members=("u1", "u2"))
    desk.done("role", "update", remote=remote, fields={"name": "首席"})
    found = desk.present("role", remote)
    assert (found.fields, found.relations, found.members) == (
        {},
        Relations(),
        frozenset({"u1", "u2"}),
    )
    assert desk.directory.roles.roles[remote].name == "首席"


def test_only_known_roles_are_read_and_one_that_is_gone_is_missed() -> None:
    """No call lists roles: what the log does not know is not there for us."""
    desk = VirtualDesk(ORG)
    kept = existing(desk)
    assert desk.read().present["role"] == ()
    inventory = desk.read({"role": [kept, "zz"]})
    assert [p.remote for p in inventory.present["role"]] == [kept]
    assert "role" in inventory.complete


def test_a_role_that_cannot_be_read_is_not_taken_for_gone() -> None:
    """A gap; its kind is not complete."""
    desk = VirtualDesk(ORG)
    desk.fault("functional_roles/members/list:busy")
    inventory = desk.read({"role": [existing(desk)]})
    assert "role" not in inventory.complete and existing(desk) in inventory.gaps[0]


def test_role_ids_make_existing_roles_known() -> None:
    """They are read with their names, and a creation of that name takes them."""
    desk = VirtualDesk(ORG)
    desk.given = {"role_ids": {"保安": existing(desk)}}
    (found,) = desk.read().present["role"]
    assert (found.fields, found.members) == ({"name": "保安"}, frozenset({"u1"}))
    assert role(desk, "保安") == existing(desk)
    assert desk.calls("functional_roles/create") == 0
    desk.given = {"role_ids": {"保安": "zz"}}
    fault = desk.apply("role", "create", key="r", fields={"name": "保安"})
    assert type(fault) is TerminalFault and fault.code == "41202"


def test_a_name_that_is_taken_says_what_to_do() -> None:
    """41201: its id cannot be found by an app."""
    desk = VirtualDesk(ORG)
    fault = desk.apply("role", "create", key="r", fields={"name": "保安"}, again=True)
    assert isinstance(fault, ExistsFault) and fault.code == "41201"
    assert "role_ids" in fault.fix


@pytest.mark.parametrize("kind", ["timeout_after_commit", "http_500", "reset"])
def test_a_creation_is_not_repeated_blindly(kind: str) -> None:
    """After a lost answer the engine comes again, and a taken name is told, not doubled."""
    desk = VirtualDesk(ORG)
    desk.fault(f"functional_roles/create:{kind}:times=1")
    fault = desk.apply("role", "create", key="r", fields={"name": "架构师"})
    assert isinstance(fault, TransientFault)
    assert desk.calls("functional_roles/create") == 1


def test_a_hundred_and_one_people_get_and_lose_a_role() -> None:
    """A hundred in a call; who had it, or had it not, is no failure."""
    desk = VirtualDesk(ORG)
    remote = existing(desk)
    for _ in range(2):
        desk.done("role", "add", remote=remote, members=MANY)
    assert desk.present("role", remote).members == frozenset(MANY)
    assert desk.calls("functional_roles/members/batch_create") == 4
    for _ in range(2):
        desk.done("role", "remove", remote=remote, members=MANY[1:])
    assert desk.present("role", remote).members == frozenset({"u0"})


def test_one_person_who_cannot_have_it_stops_nobody_else() -> None:
    """The change fails, so that the engine tries everybody alone; then only one fails."""
    desk = VirtualDesk(ORG)
    remote = existing(desk)
    fault = desk.apply("role", "add", remote=remote, members=("u2", "gone", "u3"))
    assert type(fault) is TerminalFault and fault.code == "reason_2"
    assert "1 of 3" in str(fault) and "no such person" in str(fault)
    alone = [desk.apply("role", "add", remote=remote, members=(u,)) for u in ("u2", "gone", "u3")]
    assert [isinstance(r, Acknowledged) for r in alone] == [True, False, True]


def test_who_is_gone_loses_a_role_without_a_word() -> None:
    """Who is not there does not hold it."""
    desk = VirtualDesk(ORG)
    desk.done("role", "remove", remote=existing(desk), members=("gone", "u1"))
    assert desk.present("role", existing(desk)).members == frozenset()


def test_a_role_is_deleted_with_its_holders_and_only_once() -> None:
    """Feishu refuses while somebody holds it (41206), so they are taken off first."""
    desk = VirtualDesk(ORG)
    remote = existing(desk)
    desk.done("role", "add", remote=remote, members=MANY)
    for _ in range(2):
        desk.done("role", "delete", remote=remote)
    assert desk.directory.roles.roles == {}


@pytest.mark.parametrize("action", ["update", "add", "remove"])
def test_a_role_that_is_gone_is_absent(action: str) -> None:
    """Somebody else deleted it: it is made anew."""
    fault = VirtualDesk(ORG).apply(
        "role", action, remote="zz", fields={"name": "n"}, members=("u1",)
    )
    assert isinstance(fault, AbsentFault) and "role zz" in str(fault)


def test_every_reason_is_explained() -> None:
    """Bad id, no right, no right on the range."""
    assert set(REASONS) == {2, 3, 6} and all(cause.why for cause in REASONS.values())


def test_a_name_that_is_too_long_is_refused_before_a_call() -> None:
    """50 characters fit; one more is a problem that does not repeat the name."""
    desk = VirtualDesk()
    (problem,) = desk.work(_fit("岗" * 51)).problems
    assert problem == "name has 51 characters, at most 50 are taken"


def _fit(name: str) -> Callable[[FeishuTarget], Awaitable[Any]]:
    async def work(target: FeishuTarget) -> Any:
        return target.fit("role", {"name": name})

    return work
