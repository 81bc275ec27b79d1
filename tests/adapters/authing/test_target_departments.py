"""Departments and roles at Authing: made, changed, moved, led, filled and deleted."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from adapters.authing.codes import role_code, role_key
from domain.delivery.operation import Acknowledged, Change, Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault, TransientFault
from tests.adapters.authing.authing_desk import SMALL
from tests.adapters.authing.target_desk import VirtualDesk, changed


@pytest.fixture
def desk() -> VirtualDesk:
    return VirtualDesk(SMALL)


def new(desk: VirtualDesk, parent: str | None = None, **more: Any) -> Change:
    """A new department."""
    above = None if parent is None else desk.department(parent).id
    given = {
        "key": "d-新/1",
        "fields": {"name": "前端（北京）🚀"},
        "relations": Relations(parent=above),
    }
    return changed("department", "create", **{**given, **more})


@pytest.mark.parametrize("parent", [None, "d-rd"])
def test_a_new_department_has_our_id(desk: VirtualDesk, parent: str | None) -> None:
    """It hangs below its parent or the organization, costs one call, and reads as written."""
    remote = desk.work(lambda t: t.apply([new(desk, parent)]))[0].remote
    assert desk.calls() == {"create-department": 1}
    shown = desk.present("department", remote)
    assert (shown.key, shown.fields["name"]) == ("d-新/1", "前端（北京）🚀")
    assert shown.relations == Relations(
        parent=None if parent is None else desk.department(parent).id, leaders=()
    )


def test_a_department_is_renamed_moved_and_led(desk: VirtualDesk) -> None:
    """Each costs one call, several leaders are written, and what is not named stays."""
    row, ann, bob = desk.department("d-50"), desk.user("ann").id, desk.user("bob").id
    desk.done("department", "update", remote=row.id, fields={"name": "new"})
    desk.done("department", "move", remote=row.id, relations=Relations(parent=None))
    desk.done("department", "relate", remote=row.id, relations=Relations(leaders=(bob, ann)))
    assert desk.calls() == {"update-department": 3}
    row = desk.department("d-50")
    assert (row.name, row.parent, row.leaders) == ("new", desk.world.root.id, [bob, ann])
    desk.done("department", "relate", remote=row.id, relations=Relations(leaders=()))
    assert desk.department("d-50").leaders == []
    assert desk.department("d-50").open_id == "d-50"


def test_a_repeated_creation_finds_its_department(desk: VirtualDesk) -> None:
    """After a lost answer nothing is made twice; another's department is not taken over."""
    desk.fault("create-department:timeout_after_commit:times=1")
    assert isinstance(desk.apply_all(new(desk))[0], TransientFault)
    (result,) = desk.apply_all(replace(new(desk), again=True))
    assert isinstance(result, Acknowledged)
    assert result.remote == desk.department("d-新/1").id
    (other,) = desk.apply_all(replace(new(desk, "d-rd"), again=True))
    assert isinstance(other, ExistsFault)
    (fresh,) = desk.apply_all(replace(new(desk), key="d-fresh", again=True))
    assert isinstance(fresh, Acknowledged)


def test_a_taken_id_is_a_refusal(desk: VirtualDesk) -> None:
    """A creation whose openDepartmentId is there says so."""
    assert isinstance(desk.apply_all(new(desk, key="d-rd"))[0], ExistsFault)


def test_what_is_gone(desk: VirtualDesk) -> None:
    """Its deletion is done, its change is told, and a missing parent or leader is another thing."""
    assert desk.done("department", "delete", remote="gone") == "gone"
    result = desk.apply("department", "update", remote="gone", fields={"name": "x"})
    assert isinstance(result, AbsentFault)
    row = desk.department("d-50").id
    for relations in (Relations(parent="gone"), Relations(leaders=("gone",))):
        result = desk.apply("department", "relate", remote=row, relations=relations)
        assert isinstance(result, TerminalFault) and not isinstance(result, AbsentFault)
    remote = desk.department("d-rd").id
    result = desk.apply("department", "delete", remote=remote)
    assert isinstance(result, TerminalFault) and result.code == "422"


@pytest.mark.parametrize("key", ["r1", "R-9", "a_b", "值班", "a/b c", "x" * 64, "_", "é"])
def test_a_roles_code_tells_our_id(key: str) -> None:
    """Every id becomes a code that Authing takes, and is found again."""
    code = role_code(key)
    assert role_key(code) == key
    VirtualDesk().done("role", "create", key=key, fields={"name": "x"})


def test_a_very_long_id_becomes_a_digest() -> None:
    """It is always the same, and different for another id; only the id is not told by it."""
    assert role_code("x" * 65) == role_code("x" * 65) != role_code("x" * 66)
    assert len(role_code("值" * 30)) <= 64
    assert role_key(role_code("x" * 65)) is None
    assert role_key("_ff") == "_ff"


def test_a_role_is_made_renamed_and_deleted(desk: VirtualDesk) -> None:
    """Each in one call; a deleted one may be deleted again, and not renamed."""
    remote = desk.done("role", "create", key="r3", fields={"name": "值班员 ☎", "description": None})
    assert desk.present("role", remote).fields == {"name": "值班员 ☎", "description": None}
    known = {"name": "值班员 ☎"}
    desk.done("role", "update", remote=remote, fields={"description": "d"}, known=known)
    assert desk.present("role", remote).fields == {"name": "值班员 ☎", "description": "d"}
    desk.done("role", "update", remote=remote, fields={"name": "new"}, known=known)
    for _ in range(2):
        desk.done("role", "delete", remote=remote)
    assert isinstance(
        desk.apply("role", "update", remote=remote, fields={"name": "x"}), AbsentFault
    )


def test_a_repeated_role_is_found(desk: VirtualDesk) -> None:
    """One of our code and name is ours; one of another name is not taken over unseen."""
    for name, kind in (("架构师", Acknowledged), ("else", ExistsFault)):
        change = changed("role", "create", key="r1", fields={"name": name}, again=True)
        assert isinstance(desk.apply_all(change)[0], kind)
    assert isinstance(desk.apply("role", "create", key="r1", fields={"name": "x"}), ExistsFault)
    assert desk.done("role", "create", key="r8", fields={"name": "x"}, again=True) == "r8"


def test_people_get_and_lose_a_role(desk: VirtualDesk) -> None:
    """Others who have it keep it; who is not there has it no more, and cannot get it."""
    ann, bob = desk.user("ann").id, desk.user("bob").id
    desk.done("role", "add", remote="r2", members=(ann,))
    desk.done("role", "remove", remote="r1", members=("gone", bob))
    shown = {p.remote: p.members for p in desk.read().present["role"]}
    assert shown == {"r1": {ann}, "r2": {ann}}
    result = desk.apply("role", "add", remote="r2", members=("gone",))
    assert isinstance(result, TerminalFault) and not isinstance(result, AbsentFault)
    for what in ("add", "remove"):
        assert isinstance(desk.apply("role", what, remote="gone", members=(ann,)), AbsentFault)


def test_a_role_belongs_to_a_namespace() -> None:
    """The setting's one is used for everything about roles."""
    desk = VirtualDesk(SMALL, namespaces=("default", "hr"))
    desk.given = {"namespace": "hr"}
    desk.done("role", "create", key="r1", fields={"name": "x"})
    desk.done("role", "add", remote="r1", members=(desk.user("ann").id,))
    assert desk.present("role", "r1").members == {desk.user("ann").id}
    assert len(desk.read().present["role"]) == 1
    desk.done("role", "delete", remote="r1")
    assert len(desk.world.roles) == 2
