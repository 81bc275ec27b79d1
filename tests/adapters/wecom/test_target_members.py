"""People at WeCom: made once and never invited, moved with what is not ours, closed, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.wecom.writing_members import MOST_MISSES
from domain.delivery.operation import Acknowledged, Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault, TransientFault
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.wecom.target_desk import VirtualDesk, changed

PLACES = Roster(
    departments=tuple(
        DepartmentRecord(id=n, name=f"D{n}", parent_id=None, leaders=("ann",) if n == "10" else ())
        for n in ("10", "20", "30", "40")
    ),
    members=(
        MemberRecord(
            id="ann",
            name="Ann",
            departments=("10", "40"),
            mobile="13800000001",
            email="ann@example.com",
            title="Lead",
        ),
        MemberRecord(id="bob", name="Bob", departments=("20",), mobile="13800000002"),
    ),
)
EVE: dict[str, Any] = {
    "key": "eve",
    "fields": {
        "name": "夏 👩‍🚀", "mobile": "13900000001", "email": "eve@example.com", "gender": "2",
        "position": "工程师", "telephone": "020-123456", "alias": "小夏", "address": "广州",
    },
    "relations": Relations(departments=("20", "10"), active=True, manager="ann"),
}  # fmt: skip


ABSENT = Relations(departments=("10", "777"))


def test_a_new_account_in_one_call_and_nobody_is_invited() -> None:
    """Departments with the main one first, the manager, and to_invite false."""
    desk = VirtualDesk(PLACES)
    assert desk.done("member", "create", **EVE) == "eve"
    assert desk.calls() == {"department/simplelist": 1, "user/create": 1}
    [body] = desk.bodies("user/create")
    assert body["to_invite"] is False
    assert (body["department"], body["main_department"]) == ([20, 10], 20)
    assert desk.user("eve").invited is False
    there = desk.present("member", "eve")
    assert there.key == "eve"
    assert there.fields == {"userid": "eve", **EVE["fields"]}
    assert there.relations == EVE["relations"]


def test_who_is_in_no_department_is_in_the_root() -> None:
    """1, or the department that ours are put below; it is nobody's department when read."""
    for root in (1, 40):
        desk = VirtualDesk(PLACES)
        desk.given["root_department"] = root
        desk.done("member", "create", key="eve", fields={"name": "e", "email": "eve@example.com"},
                  relations=Relations(departments=(), active=False))  # fmt: skip
        assert list(desk.user("eve").places) == [root]
        shown = desk.present("member", "eve").relations
        assert (shown.departments, shown.active) == ((), False)


@pytest.mark.parametrize("key", ["-a", "a b", "x" * 65, "李", "ou|1", ""])
def test_an_id_that_cannot_be_a_userid(key: str) -> None:
    """It is refused before a call, and no other one is made up."""
    desk = VirtualDesk()
    fault = desk.refused("member", "create", key=key, fields={"name": "x", "email": "x@y.example"})
    assert "Map userid" in fault.fix and "userid" in fault.why
    assert desk.calls() == {}


def test_a_mapped_userid_stands_in_place_of_our_id() -> None:
    """It is given with the creation."""
    desk = VirtualDesk()
    fields = {"userid": "J0001", "name": "x", "email": "x@y.example"}
    assert desk.done("member", "create", key="eve", fields=fields) == "J0001"
    assert desk.user("J0001").name == "x"


def test_neither_number_nor_address() -> None:
    """60129 is not asked for: WeCom wants one of them."""
    desk = VirtualDesk()
    fault = desk.refused("member", "create", key="eve", fields={"name": "x"})
    assert fault.code == "60129" and fault.fix and desk.calls() == {}


@pytest.mark.parametrize("details", [True, False])
def test_a_lost_answer_leaves_one_account(details: bool) -> None:
    """Sent again, the userid is taken by what the first try has made; with or without details."""
    desk = VirtualDesk(PLACES)
    if not details:
        desk.given["app_secret"] = ""
    desk.fault("user/create:timeout_after_commit:times=1")
    assert isinstance(desk.refused("member", "create", **EVE), TransientFault)
    assert desk.done("member", "create", **EVE, again=True) == "eve"
    assert len(desk.directory.people.users) == 3


@pytest.mark.parametrize(
    ("again", "name", "places"),
    [
        (False, "Ann", ("10", "40")),
        (True, "Another", ("10", "40")),
        (True, "Ann", ("10",)),
    ],
)
def test_a_userid_that_somebody_else_has(again: bool, name: str, places: tuple[str, ...]) -> None:
    """Whatever its case. After a lost answer it is ours only where and as we would make it."""
    desk = VirtualDesk(PLACES)
    fields = {"name": name, "email": "a@b.example"}
    where = Relations(departments=places)
    fault = desk.refused("member", "create", key="ANN", again=again, fields=fields, relations=where)
    assert isinstance(fault, ExistsFault) and fault.code == "60102"
    assert desk.user("ann").name == "Ann"


def test_a_number_that_somebody_else_has() -> None:
    """60104; the holder is named by userid, and the number is not repeated."""
    desk = VirtualDesk(PLACES)
    fields = {"name": "x", "mobile": "13800000001"}
    for again in (False, True):
        fault = desk.refused("member", "create", key="eve", fields=fields, again=again)
        assert isinstance(fault, ExistsFault) and fault.code == "60104"
        assert "(userid ann)" in fault.why and "138" not in str(fault)


def test_a_new_account_waits_for_a_department_that_is_not_there() -> None:
    """WeCom would make one of its own in its place (user/create): nothing is sent."""
    desk = VirtualDesk(PLACES)
    fault = desk.refused("member", "create", **{**EVE, "relations": ABSENT})
    assert isinstance(fault, TransientFault) and fault.waiting
    assert "department 777 " in fault.why and "--verify" in fault.fix
    assert desk.calls() == {"department/simplelist": 1}


def test_a_department_that_goes_meanwhile_is_told() -> None:
    """WeCom makes it anew below its own "to be assigned"; the outcome carries a warning."""
    desk = VirtualDesk(PLACES)

    async def work(target: Any) -> Any:
        places = Relations(departments=("30",))
        ivy = {**EVE, "key": "ivy", "fields": {"name": "Ivy", "email": "ivy@example.com"}}
        await target.apply([changed("member", "create", **{**ivy, "relations": places})])
        desk.app.provider.change({"op": "delete_member", "id": "ivy"})
        desk.app.provider.change({"op": "delete_department", "id": "30"})
        return await target.apply([changed("member", "create", **{**EVE, "relations": places})])

    [result] = desk.work(work)
    assert isinstance(result, Acknowledged) and "department 30 " in result.warning


def test_a_move_to_a_department_that_is_not_there_waits_for_it() -> None:
    """The run that makes the department anew carries out the move, too."""
    desk = VirtualDesk(PLACES)
    move: dict[str, Any] = {"remote": "bob", "relations": Relations(departments=("778",))}
    fault = desk.refused("member", "move", **move)
    assert isinstance(fault, TransientFault) and fault.waiting and fault.code == "40066"
    assert "--verify" in fault.fix and desk.calls()["user/update"] == 1


def test_only_what_changes_is_sent() -> None:
    """One call; an empty value empties the field."""
    desk = VirtualDesk(PLACES)
    desk.done("member", "update", remote="ann", fields={"name": "安娜", "position": None})
    assert desk.bodies("user/update") == [{"userid": "ann", "name": "安娜", "position": ""}]
    ann = desk.present("member", "ann")
    assert (ann.fields["name"], ann.fields["position"]) == ("安娜", None)
    assert ann.fields["email"] == "ann@example.com"
    assert desk.calls()["user/update"] == 1


def test_a_move_keeps_what_is_not_ours() -> None:
    """Departments that somebody added by hand stay, with place and leadership; the lists go
    together, and the main department is ours."""
    desk = VirtualDesk(PLACES)
    desk.user("ann").places.update({10: (7, True), 40: (8, True)})
    desk.done("member", "move", remote="ann", relations=Relations(departments=("20", "30")),
              had=Relations(departments=("40",)))  # fmt: skip
    assert desk.user("ann").places == {10: (7, True), 20: (0, False), 30: (0, False)}
    assert desk.user("ann").main == 20
    [body] = desk.bodies("user/update")
    assert body == {"userid": "ann", "department": [10, 20, 30], "order": [7, 0, 0],
                    "is_leader_in_dept": [1, 0, 0], "main_department": 20}  # fmt: skip


def test_a_move_within_a_narrow_range() -> None:
    """Departments that the app may not see are known from the ids, and stay as they are."""
    desk = VirtualDesk(PLACES, visible_departments=("10", "20"))
    desk.user("ann").places.update({10: (7, True), 40: (8, True)})
    desk.done("member", "move", remote="ann", relations=Relations(departments=("20",)),
              had=Relations(departments=("10",)))  # fmt: skip
    assert desk.user("ann").places == {40: (8, True), 20: (0, False)}


def test_moves_without_the_apps_secret() -> None:
    """The ids are listed once; what was moved in this run is not forgotten in the next step."""
    desk = VirtualDesk(PLACES)
    desk.given["app_secret"] = ""

    async def work(target: Any) -> None:
        for had, wanted in (("10", "20"), ("20", "30")):
            new, old = Relations(departments=(wanted,)), Relations(departments=(had,))
            change = changed("member", "move", remote="ann", relations=new, had=old)
            [result] = await target.apply([change])
            assert isinstance(result, Acknowledged)

    desk.work(work)
    assert list(desk.user("ann").places) == [40, 30]
    assert desk.calls() == {"user/list_id": 1, "user/update": 2}


def test_out_of_all_departments_and_back() -> None:
    """The root department holds nobody who has another one."""
    desk = VirtualDesk(PLACES)
    desk.done("member", "move", remote="bob", relations=Relations(departments=()),
              had=Relations(departments=("20",)))  # fmt: skip
    assert list(desk.user("bob").places) == [1]
    desk.done("member", "move", remote="bob", relations=Relations(departments=("30",)),
              had=Relations(departments=()))  # fmt: skip
    assert list(desk.user("bob").places) == [30]


def test_a_leaver_is_closed_moved_out_and_deleted() -> None:
    """enable 0 and no department; deleting twice is done; after that there is nobody to change."""
    desk = VirtualDesk(PLACES)
    closed, open_ = (
        Relations(active=False, departments=()),
        Relations(active=True, departments=("20",)),
    )
    desk.done("member", "deactivate", remote="bob", relations=closed, had=open_)
    shown = desk.present("member", "bob").relations
    assert (shown.active, shown.departments) == (False, ())
    desk.done(
        "member", "reactivate", remote="bob", relations=Relations(active=True, departments=("20",))
    )
    assert desk.present("member", "bob").relations.active is True
    for _ in range(2):
        desk.done("member", "delete", remote="bob")
    assert desk.user("bob") is None
    assert isinstance(
        desk.refused("member", "update", remote="bob", fields={"name": "x"}), AbsentFault
    )
    assert (
        desk.done("member", "create", key="bob", fields={"name": "Bob", "mobile": "13800000002"})
        == "bob"
    )


def test_the_creator_of_the_corporation_stays() -> None:
    """301005 says what to do."""
    fault = VirtualDesk(PLACES, creator="ann").refused("member", "delete", remote="ann")
    assert fault.code == "301005" and "我的企业" in fault.fix


def test_a_manager_is_set_and_taken() -> None:
    """At most one, as a list; one who is gone is told from a person who is gone."""
    desk = VirtualDesk(PLACES)
    for above in ("ann", None):
        desk.done("member", "relate", remote="bob", relations=Relations(manager=above))
        assert desk.present("member", "bob").relations.manager == above
    assert [b["direct_leader"] for b in desk.bodies("user/update")] == [["ann"], []]
    fault = desk.refused("member", "relate", remote="bob", relations=Relations(manager="nobody"))
    assert "direct manager" in fault.why and not isinstance(fault, AbsentFault)
    fault = desk.refused("member", "relate", remote="gone", relations=Relations(manager="ann"))
    assert isinstance(fault, AbsentFault)


@pytest.mark.parametrize("private", ["shown", "absent"])
def test_the_number_of_somebody_activated_is_refused(private: str) -> None:
    """WeCom would leave it as it is in silence: it is not sent, the rest is, and both are said."""
    desk = VirtualDesk(PLACES, private_fields=private)
    fields = {"mobile": "13900000009", "name": "Anna"}
    fault = desk.refused("member", "update", remote="ann", fields=fields)
    assert isinstance(fault, TerminalFault) and "the rest of the change was written" in fault.why
    assert "我 → 设置" in fault.fix and "139" not in str(fault)
    assert desk.user("ann").name == "Anna" and desk.user("ann").fields["mobile"] == "13800000001"
    assert desk.bodies("user/update") == [{"userid": "ann", "name": "Anna"}]


@pytest.mark.parametrize("private", ["shown", "absent"])
def test_the_number_that_is_there_already_is_no_change(private: str) -> None:
    """After an account was taken over, say: a hidden number is compared by asking whose it is."""
    desk = VirtualDesk(PLACES, private_fields=private)
    desk.done("member", "update", remote="ann", fields={"mobile": "13800000001"})
    assert "user/update" not in desk.calls()


def test_numbers_that_nobody_has_are_not_asked_for_without_end() -> None:
    """More wrong look-ups than a fifth of the heads block the interface for a day."""
    people = tuple(
        MemberRecord(id=f"u{n}", name="x", departments=(), mobile=f"138{n:08d}") for n in range(20)
    )
    desk = VirtualDesk(Roster(members=people), private_fields="absent")
    changes = [
        changed("member", "update", remote=f"u{n}", fields={"mobile": f"139{n:08d}"})
        for n in range(20)
    ]

    async def one_by_one(target: Any) -> list[Any]:
        return [result for change in changes for result in await target.apply([change])]

    assert all(isinstance(found, TerminalFault) for found in desk.work(one_by_one))
    assert desk.calls()["user/getuserid"] == MOST_MISSES


def test_the_number_of_somebody_not_activated_is_written() -> None:
    """Status 4; of somebody who is disabled it cannot be told, and a warning says so."""
    desk = VirtualDesk(PLACES)
    desk.user("bob").state = 4
    result = desk.apply("member", "update", remote="bob", fields={"mobile": "13900000009"})
    assert isinstance(result, Acknowledged) and not result.warning
    assert desk.user("bob").fields["mobile"] == "13900000009"
    desk.user("bob").enabled = False
    result = desk.apply("member", "update", remote="bob", fields={"mobile": "13900000008"})
    assert isinstance(result, Acknowledged) and "does not tell" in result.warning
