"""Tags at WeCom: own ids, long lists, and lists that are taken in part."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.wecom.own_ids import own_ids
from domain.delivery.operation import Acknowledged
from domain.errors import AbsentFault, ExistsFault, SystemFault, TerminalFault, TransientFault
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.wecom.target_desk import VirtualDesk, changed

PEOPLE = Roster(
    departments=(DepartmentRecord(id="10", name="D", parent_id=None),),
    members=tuple(MemberRecord(id=f"u{n}", name=f"人{n}", departments=("10",)) for n in range(101)),
    roles=(RoleRecord(id="7", name="架构师", members=("u0", "u1")),),
)


def test_a_tag_is_made_renamed_and_deleted() -> None:
    """With an id of our own; deleting twice is done, renaming what is gone is not."""
    desk = VirtualDesk()
    remote = desk.done("role", "create", uid="r1", fields={"name": "值班员 ☎"})
    assert remote == str(next(own_ids("tag", "r1")))
    assert desk.calls() == {"tag/create": 1}
    desk.done("role", "update", remote=remote, fields={"name": "Stand-by"})
    assert desk.present("role", remote).fields == {"name": "Stand-by"}
    for _ in range(2):
        desk.done("role", "delete", remote=remote)
    assert isinstance(
        desk.refused("role", "update", remote=remote, fields={"name": "x"}), AbsentFault
    )


def test_a_lost_answer_leaves_one_tag() -> None:
    """Sent again, id or name is taken by what the first try has made."""
    desk = VirtualDesk()
    desk.fault("tag/create:timeout_after_commit:times=1")
    change = {"uid": "r1", "fields": {"name": "A"}}
    assert isinstance(desk.refused("role", "create", **change), TransientFault)
    remote = desk.done("role", "create", **change, again=True)
    assert [str(number) for number in desk.directory.tags.tags] == [remote]


def test_a_name_and_an_id_that_are_taken() -> None:
    """Another's name is told as existing; another's id is passed over."""
    first, second, *_ = own_ids("tag", "r1")
    desk = VirtualDesk(Roster(roles=(RoleRecord(id=f"{first}", name="B", members=()),)))
    fault = desk.refused("role", "create", uid="r2", fields={"name": "B"})
    assert isinstance(fault, ExistsFault) and fault.code == "40071"
    assert desk.done("role", "create", uid="r1", fields={"name": "A"}) == str(second)


def test_a_hundred_and_one_people_in_one_call() -> None:
    """Given and taken; a department that has the tag, and who is in it by hand, stay."""
    desk = VirtualDesk(PEOPLE)
    desk.tag("7").parties[10] = None
    everybody = tuple(m.id for m in PEOPLE.members)
    desk.done("role", "add", remote="7", members=everybody)
    assert desk.present("role", "7").members == frozenset(everybody)
    desk.done("role", "remove", remote="7", members=everybody[1:])
    assert desk.present("role", "7").members == {"u0"}
    assert list(desk.tag("7").parties) == [10]
    calls = desk.calls()
    assert (calls["tag/addtagusers"], calls["tag/deltagusers"]) == (1, 1)
    bodies = desk.bodies("tag/addtagusers")
    assert bodies == [{"tagid": 7, "userlist": list(everybody)}]


def as_the_engine_does(desk: VirtualDesk, *userids: str) -> dict[str, SystemFault | None]:
    """A list; where it is refused, each of them alone. What became of each."""

    async def work(target: Any) -> dict[str, SystemFault | None]:
        [result] = await target.apply([changed("role", "add", remote="7", members=userids)])
        if isinstance(result, Acknowledged):
            return dict.fromkeys(userids)
        found: dict[str, SystemFault | None] = {}
        for userid in userids:
            [result] = await target.apply([changed("role", "add", remote="7", members=(userid,))])
            found[userid] = result if isinstance(result, SystemFault) else None
        return found

    result: dict[str, SystemFault | None] = desk.work(work)
    return result


def test_a_list_that_is_taken_in_part() -> None:
    """Each who is not there has a fault of their own, the others have the tag: one call in all."""
    desk = VirtualDesk(PEOPLE)
    found = as_the_engine_does(desk, "u5", "Gone", "U6", "lost")
    assert [userid for userid, fault in found.items() if fault is None] == ["u5", "U6"]
    assert all(type(f) is TerminalFault and f.code == "40070" for f in found.values() if f)
    assert {"u5", "u6"} <= desk.tag("7").users.keys()
    assert desk.calls() == {"tag/addtagusers": 1}


def test_a_list_of_which_nobody_is_there() -> None:
    """40070 is about each of them, and not about the tag."""
    desk = VirtualDesk(PEOPLE)
    found = as_the_engine_does(desk, "x", "y")
    assert all(type(fault) is TerminalFault for fault in found.values())
    assert desk.calls() == {"tag/addtagusers": 1}


def test_who_is_not_there_has_lost_the_tag() -> None:
    """Some (errcode 0 and invalidlist) or all (40031): it is done."""
    desk = VirtualDesk(PEOPLE)
    for members in (("u0", "gone"), ("gone",), ("u1",)):
        desk.done("role", "remove", remote="7", members=members)
    assert not desk.tag("7").users


@pytest.mark.parametrize("action", ["update", "add", "remove", "delete"])
def test_a_tag_of_another_app(action: str) -> None:
    """81011: only its maker may change it, and the sentence says so."""
    desk = VirtualDesk(PEOPLE, foreign_tags=["7"])
    fault = desk.refused("role", action, remote="7", members=("u3",), fields={"name": "x"})
    assert fault.code == "81011" and "another app" in fault.why and fault.fix


def test_a_tag_that_is_gone() -> None:
    """Nobody can be added to it."""
    fault = VirtualDesk(PEOPLE).refused("role", "add", remote="8", members=("u3",))
    assert isinstance(fault, AbsentFault)
