"""Departments at WeCom: own ids, created one at a time, moved, led, deleted from below."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.wecom import own_ids as numbers
from adapters.wecom.order import TOP
from adapters.wecom.own_ids import own_ids
from domain.delivery.operation import Acknowledged, Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault, TransientFault
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.wecom.target_desk import VirtualDesk, changed

LED = Roster(
    departments=(
        DepartmentRecord(id="10", name="A", parent_id=None, leaders=("ann",)),
        DepartmentRecord(id="20", name="B", parent_id=None, leaders=("ann",)),
        DepartmentRecord(id="30", name="Theirs", parent_id=None, leaders=("bob",)),
    ),
    members=(
        MemberRecord(id="ann", name="Ann", departments=("10", "20"), mobile="13800000001"),
        MemberRecord(id="bob", name="Bob", departments=("10", "30"), mobile="13800000002"),
    ),
)


def made(desk: VirtualDesk, uid: str, name: str, parent: str | None = None) -> str:
    relations = Relations(parent=parent)
    return desk.done("department", "create", uid=uid, fields={"name": name}, relations=relations)


def test_it_chooses_the_id_and_the_department_is_there() -> None:
    """A 32-bit number above 1, always the same for the same uid; one call."""
    desk = VirtualDesk()
    fields = {"name": "前端（北京）🚀", "name_en": "Web", "order": TOP - 3}
    remote = desk.done(
        "department", "create", uid="d1", fields=fields, relations=Relations(parent=None)
    )
    assert int(remote) == next(own_ids("department", "d1")) and 1 < int(remote) < 2**31
    assert desk.calls() == {"department/create": 1}
    there = desk.present("department", remote)
    assert there.fields == fields and there.relations.parent is None
    below = made(desk, "d2", "Below", remote)
    assert desk.present("department", below).relations.parent == remote


def test_own_ids_differ_and_leave_room() -> None:
    """Each thing has several, none of another kind's range; tags leave WeCom room to count on."""
    found = [n for uid in ("a", "b", "c") for n in own_ids("department", uid)]
    assert len(set(found)) == len(found) == 12
    assert all(2**24 <= n < 2**31 for n in found)
    assert all(10**6 <= n < 10**9 for uid in "abcdef" for n in own_ids("tag", uid))
    assert [*own_ids("department", "a")] == [*own_ids("department", "a")] != [*own_ids("tag", "a")]


def test_a_lost_answer_leaves_one_department() -> None:
    """Sent again, the id is taken by what the first try has made: that is acknowledged."""
    desk = VirtualDesk()
    desk.fault("department/create:timeout_after_commit:times=1")
    change = {"uid": "d1", "fields": {"name": "A", "order": 7}, "relations": Relations(parent=None)}
    assert isinstance(desk.refused("department", "create", **change), TransientFault)
    remote = desk.done("department", "create", **change, again=True)
    assert remote == str(next(own_ids("department", "d1")))
    assert [d.name for d in desk.directory.tree.departments.values()][1:] == ["A"]


def test_what_was_made_before_is_found_without_names_too() -> None:
    """The contact-sync secret sees no names: id and place must do, and the name is written."""
    desk = VirtualDesk()
    desk.given["app_secret"] = ""
    remote = made(desk, "d1", "A")
    desk.directory.tree.place(desk.department(remote), 1, "Renamed by hand", 0)
    assert made(desk, "d1", "A") == remote
    assert desk.department(remote).name == "A"


def test_an_id_that_something_else_has_is_left_alone() -> None:
    """Another name, another place, or another one of ours: the next id is taken."""
    first, second, *_ = own_ids("department", "d1")
    others = (
        DepartmentRecord(id=f"{first}", name="Somebody's", parent_id=None),
        DepartmentRecord(id="77", name="Other", parent_id=None),
    )
    desk = VirtualDesk(Roster(departments=others))
    assert made(desk, "d1", "Ours") == str(second)
    assert desk.department(str(first)).name == "Somebody's"
    moved = Roster(
        departments=(others[1], DepartmentRecord(id=f"{first}", name="Ours", parent_id="77"))
    )
    assert made(VirtualDesk(moved), "d1", "Ours") == str(second)


def test_two_of_ours_with_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among 30,000 departments two may have the same first id; neither becomes the other."""
    monkeypatch.setitem(numbers.RANGES, "department", (100, 101))
    first = numbers.own_ids

    def few(kind: str, uid: str) -> list[int]:
        return [next(first(kind, uid)), 200 + ord(uid[-1])]

    monkeypatch.setattr("adapters.wecom.writing_departments.own_ids", few)
    desk = VirtualDesk()
    desk.given["app_secret"] = ""
    one, two = (
        changed(
            "department", "create", uid=uid, fields={"name": uid}, relations=Relations(parent=None)
        )
        for uid in ("a", "b")
    )
    results = desk.apply_all(one, two)
    assert [r.remote for r in results if isinstance(r, Acknowledged)] == ["100", "298"]
    assert [d.name for d in desk.directory.tree.departments.values()][1:] == ["a", "b"]


def test_a_name_that_a_sibling_has() -> None:
    """It is told as existing, after no more than the few ids; nothing is made or taken over."""
    desk = VirtualDesk(Roster(departments=(DepartmentRecord(id="9", name="A", parent_id=None),)))
    fault = desk.refused(
        "department", "create", uid="d1", key="src-1", fields={"name": "A"},
        relations=Relations(parent=None),
    )  # fmt: skip
    assert isinstance(fault, ExistsFault)
    assert str(fault).startswith(
        "wc: WeCom department/create (contact_secret) was refused for department src-1"
    )
    assert len(desk.directory.tree.departments) == 2


def test_they_are_created_one_at_a_time() -> None:
    """However many are under way: nobody is refused with 45035, people included."""
    desk = VirtualDesk(latency_ms=30)
    changes = [
        changed(
            "department",
            "create",
            uid=f"d{n}",
            fields={"name": f"D{n}"},
            relations=Relations(parent=None),
        )
        for n in range(10)
    ]
    changes += [
        changed("member", "create", key=f"u{n}", fields={"name": "x", "email": f"u{n}@example.com"})
        for n in range(10)
    ]
    results = desk.apply_all(*changes)
    assert all(isinstance(result, Acknowledged) for result in results)
    assert desk.calls() == {"department/create": 10, "user/create": 10}


def test_somebody_else_who_writes_meanwhile() -> None:
    """45035 says that nothing was done: it is tried again, and then all writes go alone."""
    desk = VirtualDesk(LED)
    desk.fault("department/create:locked:times=2", "user/update:locked:times=6")
    made(desk, "d1", "New")
    assert desk.calls() == {"department/create": 3}
    desk.done("member", "update", remote="ann", fields={"name": "x"})
    assert desk.calls() == {"user/update": 7}


def test_writes_that_conflict_go_one_at_a_time() -> None:
    """A WeCom that refuses more than one write at a time gets them one after the other, once it
    has refused those that were under way."""
    many = tuple(MemberRecord(id=f"u{n}", name="x", departments=()) for n in range(60))
    desk = VirtualDesk(Roster(members=many), latency_ms=200)
    desk.app.provider.find = alone(desk.app.provider.find)  # type: ignore[method-assign]

    async def engine(target: Any) -> list[Any]:
        waiting, found = iter(many), list[Any]()

        async def worker() -> None:
            for one in waiting:
                change = changed("member", "update", remote=one.id, fields={"alias": "x"})
                found.extend(await target.apply([change]))

        await asyncio.gather(*(worker() for _ in range(16)))
        return found

    results = desk.work(engine)
    assert len(results) == 60 and all(isinstance(one, Acknowledged) for one in results)
    assert desk.calls()["user/update"] < 160  # 60, and 16 workers with 4 tries each


def alone(find: Any) -> Any:
    """Calls that write exclude each other."""

    def found(request: Any) -> Any:
        call = find(request)
        return call._replace(lock="any write") if call is not None and call.write else call

    return found


def test_it_is_changed_and_moved_in_one_call() -> None:
    """What the change does not name stays."""
    desk = VirtualDesk()
    one, two = made(desk, "d1", "One"), made(desk, "d2", "Two")
    desk.calls()
    desk.done(
        "department", "move", remote=two, fields={"name": "2"}, relations=Relations(parent=one)
    )
    assert desk.calls() == {"department/update": 1}
    assert desk.present("department", two).relations.parent == one
    assert desk.present("department", two).fields["name"] == "2"
    desk.done("department", "move", remote=two, relations=Relations(parent=None))
    assert desk.present("department", two).relations.parent is None


def test_below_a_department_of_ones_choice() -> None:
    """``root_department``: what lies at the top goes there, and nothing beside it is read."""
    there = (("50", "Group"), ("60", "Beside"))
    desk = VirtualDesk(
        Roster(departments=tuple(DepartmentRecord(id=i, name=n, parent_id=None) for i, n in there))
    )
    desk.given["root_department"] = 50
    remote = made(desk, "d1", "A")
    assert desk.department(remote).parent == 50
    assert [p.remote for p in desk.read().present["department"]] == [remote]
    assert desk.present("department", remote).relations.parent is None


def test_leaders_are_marks_that_leave_the_others_alone() -> None:
    """Who else leads, what else they lead, and their places among colleagues stay."""
    desk = VirtualDesk(LED)
    for spot, order in ((10, 5), (20, 6)):
        desk.user("ann").places[spot] = (order, True)
    desk.done(
        "department", "relate", remote="10",
        relations=Relations(leaders=("bob",)), had=Relations(leaders=("ann",)),
    )  # fmt: skip
    assert desk.user("ann").places == {10: (5, False), 20: (6, True)}
    assert desk.user("bob").places == {10: (0, True), 30: (0, True)}
    assert desk.present("department", "10").relations.leaders == ("bob",)
    assert desk.calls()["user/update"] == 2
    desk.done(
        "department", "relate", remote="10", again=True, relations=Relations(leaders=("bob",))
    )
    assert "user/update" not in desk.calls(), "a mark that is there is not written again"


def test_two_departments_of_one_leader_at_a_time() -> None:
    """Marks of one person are written one after the other, so that none is lost."""
    desk = VirtualDesk(LED, latency_ms=20)
    ends = [
        changed("department", "relate", remote=one, relations=Relations(leaders=()),
                had=Relations(leaders=("ann",)))
        for one in ("10", "20")
    ]  # fmt: skip
    assert all(isinstance(result, Acknowledged) for result in desk.apply_all(*ends))
    assert desk.user("ann").places == {10: (0, False), 20: (0, False)}


def test_a_leader_who_is_not_inside_and_one_who_is_gone() -> None:
    """The one is refused with who and why, the other has nothing to lose any more."""
    desk = VirtualDesk(LED)
    fault = desk.refused(
        "department", "relate", remote="20", relations=Relations(leaders=("bob", "ann"))
    )
    assert isinstance(fault, TerminalFault) and "leader bob" in str(fault)
    desk.app.provider.change({"op": "delete_member", "id": "ann"})
    gone = Relations(leaders=("ann",))
    desk.done("department", "relate", remote="20", relations=Relations(leaders=()), had=gone)
    fault = desk.refused("department", "relate", remote="20", relations=gone)
    assert "no such person" in str(fault) and not isinstance(fault, AbsentFault)


def test_a_leader_whose_other_departments_are_not_shown() -> None:
    """Nothing is written, because a mark that we cannot see would be lost; the fix is the range."""
    desk = VirtualDesk(LED, visible_departments=("10",))
    fault = desk.refused(
        "department",
        "relate",
        remote="10",
        relations=Relations(leaders=()),
        had=Relations(leaders=("ann",)),
    )
    assert "可见范围" in fault.fix
    assert desk.user("ann").places[20] == (0, True)


def test_leaders_need_the_apps_secret() -> None:
    """Without it they are not among what the target can do, and it says why."""
    desk = VirtualDesk(LED)

    async def can(target: object) -> object:
        return target.capabilities  # type: ignore[attr-defined]

    assert desk.work(can).leaders is None
    found = desk.work(can, app_secret="")
    assert found.leaders == 0 and "app_secret" in found.why["leaders"]
    assert all(flag in found.why for flag in found.lacking)


def test_deletion_from_below() -> None:
    """What is not empty stays; what is gone is done; what is gone cannot be changed."""
    desk = VirtualDesk()
    above = made(desk, "d1", "Above")
    below = made(desk, "d2", "Below", above)
    assert desk.refused("department", "delete", remote=above).code == "60006"
    for _ in range(2):
        assert desk.done("department", "delete", remote=below) == below
    desk.done("department", "delete", remote=above)
    assert isinstance(
        desk.refused("department", "update", remote=above, fields={"name": "x"}), AbsentFault
    )
    fault = desk.refused(
        "department", "create", uid="d3", fields={"name": "x"}, relations=Relations(parent=above)
    )
    assert fault.code == "60004" and not isinstance(fault, AbsentFault)
