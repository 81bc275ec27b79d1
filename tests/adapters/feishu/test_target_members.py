"""People at Feishu: under our own id, in their own departments and others, and never twice."""

from __future__ import annotations

from typing import Any

import pytest

from domain.delivery.operation import Acknowledged, Relations
from domain.errors import (
    AbsentFault,
    ExistsFault,
    PermissionFault,
    TerminalFault,
    TransientFault,
)
from tests.adapters.feishu.target_desk import VirtualDesk
from tests.adapters.feishu.target_people import ORG, create

FULL = {
    "name": "欧阳娜娜🌸",
    "mobile": "+86 139-0000-0001",
    "email": " dai@example.com ",
    "employee_no": 18,
    "job_title": 'R&D, "lead"/owner',
    "en_name": "Nana",
    "nickname": "娜",
    "city": "杭州",
    "country": "CN",
    "work_station": "A-1",
    "gender": 2,
    "join_time": "2024-03-01",
    "employee_type": 2,
    "enterprise_email": None,
}


def move(desk: VirtualDesk, user_id: str, *wanted: str, had: tuple[str, ...] = ()) -> str:
    return desk.done(
        "member",
        "move",
        remote=user_id,
        relations=Relations(departments=wanted),
        had=Relations(departments=had),
    )


def test_what_is_created_comes_back_as_it_was_fitted() -> None:
    """Han, emoji, numbers and dates: a read-back of what was written shows no drift."""
    desk = VirtualDesk(ORG)
    fields = desk.fitted("member", FULL)
    assert (fields["mobile"], fields["join_time"]) == ("13900000001", 1709222400)
    relations = Relations(departments=("ops", "rd"), active=True)
    assert desk.done("member", "create", key="dai", fields=fields, relations=relations) == "dai"
    found = desk.present("member", "dai")
    assert (found.key, found.fields) == ("dai", fields)
    assert found.relations == Relations(departments=("ops", "rd"), manager=None, active=True)
    assert desk.calls("users/patch") == 0


def test_what_is_emptied_comes_back_empty() -> None:
    """None empties a text, a gender and a day; a number and a type are left out of the fit."""
    desk = VirtualDesk(ORG)
    desk.done("member", "update", remote="bob", fields=desk.fitted("member", FULL))
    empty = desk.fitted("member", dict.fromkeys(FULL, "") | {"name": "博"})
    assert set(FULL) - set(empty) == {"mobile", "employee_type"}
    assert desk.apply("member", "update", remote="bob", fields=empty) == Acknowledged(remote="bob")
    found = desk.present("member", "bob").fields
    assert {name: found[name] for name in empty} == empty
    assert (found["mobile"], found["employee_type"]) == ("13900000001", 2)


def test_only_what_changed_is_sent() -> None:
    """A change of the title leaves everything else as it is."""
    desk = VirtualDesk(ORG)
    before = desk.present("member", "bob")
    desk.done("member", "update", remote="bob", fields={"job_title": "总监"})
    after = desk.present("member", "bob")
    assert after.fields == {**before.fields, "job_title": "总监"}
    assert after.relations == before.relations


def test_employee_type_is_a_setting_for_new_people() -> None:
    """It is given at creation and never touched again."""
    desk = VirtualDesk(ORG)
    desk.given = {"employee_type": 3}
    create(desk)
    assert desk.user("dai").fields["employee_type"] == 3
    assert desk.user("bob").fields.get("employee_type") != 3


def test_nobody_is_in_no_department() -> None:
    """Who has none is in the root department, which is read back as none."""
    desk = VirtualDesk(ORG)
    create(desk, relations=Relations(departments=()))
    assert desk.places("dai") == ["0"]
    assert desk.present("member", "dai").relations.departments == ()
    desk.given = {"root_department": "ops"}
    create(desk, key="eva", fields={"mobile": "13900000002"}, relations=Relations())
    assert desk.places("eva") == ["ops"]


@pytest.mark.parametrize(
    ("had", "wanted", "left"),
    [
        (("rd",), ("ops",), ["ops", "hand"]),
        (("rd",), (), ["hand"]),
        (("rd",), ("rd", "ops"), ["rd", "ops", "hand"]),
        (("rd",), ("ops", "rd"), ["ops", "hand", "rd"]),
        (("rd", "hand"), ("ops",), ["ops"]),
        (("rd", "hand"), (), ["0"]),
        (("rd", "hand"), ("hand", "rd"), ["hand", "rd"]),
    ],
)
def test_only_our_own_memberships_are_replaced(
    had: tuple[str, ...], wanted: tuple[str, ...], left: list[str]
) -> None:
    """A department into which somebody was put by hand stays; our first is the main one."""
    desk = VirtualDesk(ORG)
    move(desk, "bob", *wanted, had=had)
    assert (desk.places("bob")[0], set(desk.places("bob"))) == (left[0], set(left))


def test_the_root_department_is_left_for_a_real_one() -> None:
    """It only stands for none."""
    desk = VirtualDesk(ORG)
    move(desk, "cai", "rd")
    assert desk.places("cai") == ["rd"]


def test_a_place_that_is_there_already_costs_no_move() -> None:
    """The second try of a move finds it done and does not spend the one per second."""
    desk = VirtualDesk(ORG)
    move(desk, "bob", "ops", had=("rd",))
    move(desk, "bob", "ops", had=("rd",))
    assert desk.calls("users/patch") == 1


def test_departments_that_are_hidden_are_not_overwritten() -> None:
    """Without contact:user.department:readonly a whole list would erase what is not ours."""
    desk = VirtualDesk(ORG, scopes=["contact:contact", "contact:user.employee:readonly"])
    fault = desk.apply("member", "move", remote="bob", relations=Relations(departments=("ops",)))
    assert isinstance(fault, PermissionFault)
    assert fault.permission == "contact:user.department:readonly"
    assert set(desk.places("bob")) == {"rd", "hand"}


def test_managers_are_set_and_cleared() -> None:
    """Nothing else of the person changes."""
    desk = VirtualDesk(ORG)
    desk.done("member", "relate", remote="ann", relations=Relations(manager="cai"))
    assert desk.present("member", "ann").relations.manager == "cai"
    before = desk.present("member", "bob")
    desk.done("member", "relate", remote="bob", relations=Relations(manager=None))
    after = desk.present("member", "bob")
    assert (before.relations.manager, after.relations.manager) == ("ann", None)
    assert before.fields == after.fields


@pytest.mark.parametrize("kind", ["timeout_after_commit", "http_500", "reset", "truncated_json"])
def test_an_answer_that_never_comes_makes_no_twin(kind: str) -> None:
    """The client_token repeats the first answer; a later run finds our id."""
    desk = VirtualDesk(ORG)
    desk.fault(f"users/create:{kind}:times=2")
    assert create(desk, token="t").remote == "dai"
    assert create(desk, again=True).remote == "dai"
    assert sum(u.name == "戴" for u in desk.directory.people.users.values()) == 1


@pytest.mark.parametrize("kind", ["timeout_after_commit", "throttle", "busy", "locked", "reset"])
def test_updates_and_deletions_are_repeated(kind: str) -> None:
    """They may safely happen twice."""
    desk = VirtualDesk(ORG)
    desk.fault(f"users/patch:{kind}:times=2", f"users/delete:{kind}:times=2")
    desk.done("member", "update", remote="bob", fields={"job_title": "t"})
    assert desk.present("member", "bob").fields["job_title"] == "t"
    desk.done("member", "delete", remote="bob")
    assert desk.user("bob").resigned is not None


def test_written_although_refused() -> None:
    """44054 to 44059: acknowledged, with what was not taken."""
    desk = VirtualDesk(ORG, refused_job_titles=["秘书"], refused_cities=["月球"])
    result = create(desk, fields={"job_title": "秘书", "city": "月球"})
    assert result == Acknowledged(
        remote="dai",
        warning="the city could not be created, and the job title could not be created",
    )
    update = desk.apply("member", "update", remote="bob", fields={"job_title": "秘书", "name": "B"})
    assert isinstance(update, Acknowledged) and update.warning and desk.user("bob").name == "B"
    moved = desk.apply("member", "move", remote="bob", fields={"city": "月球"},
                       relations=Relations(departments=("ops",)))  # fmt: skip
    assert isinstance(moved, Acknowledged) and "city" in moved.warning


def test_a_new_account_needs_a_number() -> None:
    """It is told without a call; an existing account is changed without one."""
    desk = VirtualDesk(ORG)
    fault = create(desk, fields={"mobile": None})
    assert isinstance(fault, TerminalFault) and fault.code == "41010"
    assert desk.app.stats.calls.total() == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "ann"}, "41011"),
        ({"fields": {"mobile": "13800000001"}}, "41001"),
        ({"fields": {"email": "bob@example.com"}}, "41002"),
        ({"fields": {"employee_no": "17"}}, "44051"),
    ],
)
def test_what_is_taken_is_not_taken_over(change: dict[str, Any], code: str) -> None:
    """An id, number or address of somebody else is an ExistsFault, and they stay as they are."""
    desk = VirtualDesk(ORG)
    before = desk.app.provider.roster(own_ids=True, system_roles=False)
    fault = create(desk, **change)
    assert isinstance(fault, ExistsFault) and fault.code == code
    assert desk.app.provider.roster(own_ids=True, system_roles=False) == before


@pytest.mark.parametrize("key", ["li 王", "a/b", "..", "u" * 65, "k@x", "50%"])
def test_a_key_that_can_be_no_user_id_is_spelled_out(key: str) -> None:
    """It is found again by the same spelling, and read back as our key."""
    desk = VirtualDesk(ORG)
    remote = create(desk, key=key, uid="member-1").remote
    assert remote != key and len(remote) <= 64
    desk.done("member", "update", remote=remote, fields={"job_title": "t"})
    assert desk.present("member", remote).key == (None if len(key) > 64 else key)


@pytest.mark.parametrize("key", ["王小明", "a@b.c", "A_1-x", "x" * 64])
def test_a_key_that_fits_is_the_user_id(key: str) -> None:
    """Han and signs are escaped in addresses."""
    desk = VirtualDesk(ORG)
    assert create(desk, key=key).remote == key
    assert create(desk, key=key, again=True).remote == key
    assert desk.calls("users/create") == 1


@pytest.mark.parametrize(
    ("change", "code", "kind"),
    [
        ({"remote": "zz", "fields": {"job_title": "t"}}, "99992360", AbsentFault),
        ({"remote": "zz", "relations": Relations(departments=("rd",))}, "42006", AbsentFault),
        ({"remote": "bob", "relations": Relations(departments=("zz",))}, "99992380", TerminalFault),
        ({"remote": "bob", "relations": Relations(manager="zz")}, "44022", TerminalFault),
        ({"remote": "bob", "relations": Relations(manager="bob")}, "41030", TerminalFault),
        ({"remote": "bob", "fields": {"email": "nonsense"}}, "41005", TerminalFault),
    ],
)
def test_refusals(change: dict[str, Any], code: str, kind: type[TerminalFault]) -> None:
    """Each names the person by id; only a person who is gone is absent, not a department."""
    fault = VirtualDesk(ORG).apply("member", "update", **change)
    assert type(fault) is kind and fault.code == code
    assert f"member {change['remote']}" in str(fault)


def test_who_was_deleted_by_hand_is_absent() -> None:
    """Feishu still tells leavers; they are not there."""
    desk = VirtualDesk(ORG)
    desk.app.provider.change({"op": "delete_member", "id": "bob"})
    fault = desk.apply("member", "update", remote="bob", fields={"job_title": "t"})
    assert isinstance(fault, AbsentFault) and fault.code == "42006"
    assert "bob" not in {p.remote for p in desk.read().present["member"]}


def test_who_has_not_joined_cannot_be_changed() -> None:
    """44010 says what to wait for, and does not look like a target that is down."""
    desk = VirtualDesk(ORG, auto_join=False)
    create(desk)
    fault = desk.apply("member", "relate", remote="dai", relations=Relations(manager="ann"))
    assert isinstance(fault, TransientFault) and fault.waiting and fault.code == "44010"
    assert "join" in fault.fix
