"""People at DingTalk: under our own id, in their own departments and others, and never twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.delivery.operation import Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault, TransientFault
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.dingtalk.target_desk import VirtualDesk

ORG = Roster(
    departments=(
        DepartmentRecord(id="50", name="研发", parent_id=None),
        DepartmentRecord(id="60", name="平台", parent_id=None),
        DepartmentRecord(id="70", name="手工", parent_id=None),
    ),
    members=(
        MemberRecord(id="ann", name="安", departments=("50",), mobile="13800000001"),
        MemberRecord(
            id="bob",
            name="博",
            departments=("50", "70"),
            mobile="13800000002",
            email="bob@example.com",
            manager="ann",
            details={"extension": {"爱好": "棋"}, "telephone": "8002"},
        ),
        MemberRecord(id="cai", name="蔡", departments=(), mobile="+852-51234567"),
    ),
)
FULL = {
    "name": "欧阳娜娜🌸",
    "mobile": "+86 139-0000-0001",
    "email": " dai@example.com ",
    "job_number": 17,
    "title": "工程师",
    "telephone": "8001",
    "work_place": "杭州",
    "remark": "a,b-c",
    "hired_date": "2024-03-01",
    "org_email": None,
}


def fitted(desk: VirtualDesk, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields in DingTalk's form."""

    async def work(target: Any) -> Any:
        return target.fit("member", fields)

    found = desk.work(work)
    assert found.problems == ()
    return dict(found.fields)


def create(desk: VirtualDesk, **change: Any) -> Any:
    """Dai joins; whatever is given is different."""
    fields = {"name": "戴", "mobile": "13900000001"} | change.pop("fields", {})
    change = {"key": "dai", "relations": Relations(departments=("50",)), **change}
    return desk.apply("member", "create", fields=fields, **change)


def places(desk: VirtualDesk, userid: str) -> tuple[int, ...]:
    found: tuple[int, ...] = desk.directory.people.users[userid].departments
    return found


def test_what_is_created_comes_back_as_it_was_fitted() -> None:
    """Han, emoji, numbers and dates: a read-back of what was written shows no drift."""
    desk = VirtualDesk(ORG)
    fields = fitted(desk, FULL)
    assert (fields["mobile"], fields["hired_date"]) == ("13900000001", 1709222400000)
    relations = Relations(departments=("50", "60"))
    assert desk.done("member", "create", key="dai", fields=fields, relations=relations) == "dai"
    found = desk.present("member", "dai")
    assert (found.key, found.fields) == ("dai", fields)
    assert found.relations == Relations(departments=("50", "60"), manager=None)


def test_what_is_emptied_comes_back_empty() -> None:
    """None empties a text; a number and a date that cannot be emptied are left out of the fit."""
    desk = VirtualDesk(ORG)
    texts = {"email": None, "telephone": "", "title": None}
    fields = fitted(desk, {**texts, "mobile": None, "hired_date": ""})
    assert fields == dict.fromkeys(texts)
    desk.done("member", "update", remote="bob", fields=fields)
    assert {name: desk.present("member", "bob").fields[name] for name in texts} == fields


def test_attributes_that_are_not_ours_survive_every_change() -> None:
    """Without ext_attrs_update_mode = 1 each update would wipe the console's own fields."""
    desk = VirtualDesk(ORG)
    desk.done("member", "update", remote="bob", fields={"title": "总监"})
    desk.done("member", "relate", remote="bob", relations=Relations(manager=None))
    desk.done("member", "move", remote="bob", relations=Relations(departments=("60",)))
    kept = json.loads(desk.directory.people.users["bob"].fields["extension"])
    assert kept == {"爱好": "棋"}


def test_nobody_is_in_no_department() -> None:
    """Who has none is in the root department, which is read back as none."""
    desk = VirtualDesk(ORG)
    create(desk, relations=Relations(departments=()))
    assert places(desk, "dai") == (1,)
    assert desk.present("member", "dai").relations.departments == ()


@pytest.mark.parametrize(
    ("had", "wanted", "left"),
    [
        (("50",), ("60",), (70, 60)),
        (("50",), (), (70,)),
        (("50",), ("50", "60"), (70, 50, 60)),
        (("50", "70"), ("60",), (60,)),
        (("50", "70"), (), (1,)),
    ],
)
def test_only_our_own_memberships_are_replaced(
    had: tuple[str, ...], wanted: tuple[str, ...], left: tuple[int, ...]
) -> None:
    """A department into which somebody was put by hand stays, whatever we move."""
    desk = VirtualDesk(ORG)
    desk.done(
        "member",
        "move",
        remote="bob",
        relations=Relations(departments=wanted),
        had=Relations(departments=had),
    )
    assert places(desk, "bob") == left


@pytest.mark.parametrize("had", [Relations(), Relations(departments=())])
def test_the_root_department_is_left_for_a_real_one(had: Relations) -> None:
    """It only stands for none."""
    desk = VirtualDesk(ORG)
    moved = Relations(departments=("50",))
    desk.done("member", "move", remote="cai", relations=moved, had=had)
    assert places(desk, "cai") == (50,)


def test_managers_are_set_and_cleared() -> None:
    """Clearing needs DingTalk's force; nothing else of the person changes."""
    desk = VirtualDesk(ORG)
    desk.done("member", "relate", remote="ann", relations=Relations(manager="cai"))
    assert desk.present("member", "ann").relations.manager == "cai"
    before = desk.present("member", "bob")
    desk.done("member", "relate", remote="bob", relations=Relations(manager=None))
    after = desk.present("member", "bob")
    assert (before.relations.manager, after.relations.manager) == ("ann", None)
    assert before.fields == after.fields


def test_a_mobile_number_cannot_be_changed_and_the_rest_is() -> None:
    """One clear sentence that does not show the number, and no loss of the other fields."""
    desk = VirtualDesk(ORG)
    fields = {"mobile": "13911112222", "title": "总监"}
    fault = desk.apply("member", "update", remote="bob", fields=fields)
    assert isinstance(fault, TerminalFault) and fault.code == "41054"
    assert "mobile number of an account; the rest of the change was written" in str(fault)
    assert "13911112222" not in str(fault)
    found = desk.present("member", "bob").fields
    assert (found["title"], found["mobile"]) == ("总监", "13800000002")


def test_a_number_that_is_already_theirs_is_no_change() -> None:
    """Where numbers are hidden from us we ask whose it is, instead of refusing everybody."""
    desk = VirtualDesk(ORG, hidden_fields=("mobile", "state_code"))
    assert "mobile" not in desk.present("member", "bob").fields
    desk.done("member", "update", remote="bob", fields={"mobile": "13800000002"})
    taken = desk.apply("member", "update", remote="bob", fields={"mobile": "13800000001"})
    assert isinstance(taken, TerminalFault) and "nothing was sent" in str(taken)


def test_a_new_account_needs_a_number_and_a_usable_id() -> None:
    """Both are told without a call."""
    desk = VirtualDesk(ORG)
    for change, code in (
        ({"fields": {"mobile": None}}, "60113"),
        ({"key": "u" * 65}, "userid"),
        ({"key": "a,b"}, "userid"),
    ):
        fault = create(desk, **change)
        assert isinstance(fault, TerminalFault) and fault.code == code
    assert desk.app.stats.calls.total() == 0


def test_an_organization_abroad_writes_the_country() -> None:
    """Mainland numbers need +86 there, and still compare equal."""
    desk = VirtualDesk(ORG)
    desk.given = {"abroad": True}
    create(desk)
    assert desk.directory.people.users["dai"].fields["mobile"] == "+86-13900000001"
    assert desk.present("member", "dai").fields["mobile"] == "13900000001"


def test_an_invitation_is_deferred_and_sent_once() -> None:
    """40103: no account yet, no second invitation in the same try, and the next one looks first."""
    desk = VirtualDesk(ORG, consent_mobiles=("13900000001",))
    fault = create(desk)
    assert isinstance(fault, TransientFault) and fault.code == "40103"
    assert "invitation" in str(fault) and "member dai" in str(fault)
    assert desk.calls("user/create") == 1
    desk.app.provider.patch_settings({"consent_mobiles": []})
    desk.app.provider.change({"op": "create_member", "id": "dai", "name": "戴"})
    assert create(desk, again=True).remote == "dai"
    assert desk.calls("user/create") == 1


@pytest.mark.parametrize("kind", ["timeout_after_commit", "http_500", "reset", "truncated_json"])
def test_an_answer_that_never_comes_makes_no_twin(kind: str) -> None:
    """After a failure that may have written we look, and acknowledge what we find."""
    desk = VirtualDesk(ORG)
    desk.fault(f"user/create:{kind}:times=1")
    assert create(desk).remote == "dai"
    assert create(desk, again=True).remote == "dai"


@pytest.mark.parametrize("kind", ["timeout_after_commit", "throttle", "busy", "reset"])
def test_updates_and_deletions_are_repeated(kind: str) -> None:
    """They may safely happen twice."""
    desk = VirtualDesk(ORG)
    desk.fault(f"user/update:{kind}:times=2", f"user/delete:{kind}:times=2")
    desk.done("member", "update", remote="bob", fields={"title": "t"})
    assert desk.present("member", "bob").fields["title"] == "t"
    desk.done("member", "delete", remote="bob")
    desk.done("member", "delete", remote="bob")
    assert "bob" not in desk.directory.people.users


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "ann"}, "60102"),
        ({"fields": {"mobile": "13800000001"}}, "60104"),
        ({"fields": {"email": "bob@example.com"}}, "60106"),
        ({"fields": {"telephone": "8002"}}, "40100"),
    ],
)
def test_what_is_taken_is_not_taken_over(change: dict[str, Any], code: str) -> None:
    """An id, number or address of somebody else is an ExistsFault, and they stay as they are."""
    desk = VirtualDesk(ORG)
    before = desk.app.provider.roster(own_ids=True, system_roles=False)
    fault = create(desk, **change)
    assert isinstance(fault, ExistsFault) and fault.code == code
    assert desk.app.provider.roster(own_ids=True, system_roles=False) == before


@pytest.mark.parametrize(
    ("change", "code", "kind"),
    [
        ({"remote": "zed", "fields": {"title": "t"}}, "33012", AbsentFault),
        ({"remote": "zed", "relations": Relations(departments=("50",))}, "33012", AbsentFault),
        ({"remote": "bob", "relations": Relations(departments=("99",))}, "60003", TerminalFault),
        ({"remote": "bob", "relations": Relations(manager="zed")}, "60128", TerminalFault),
        ({"remote": "bob", "fields": {"email": "nonsense"}}, "60105", TerminalFault),
    ],
)
def test_refusals(change: dict[str, Any], code: str, kind: type[TerminalFault]) -> None:
    """Each names the person by id; only a person who is gone is absent, not a department."""
    fault = VirtualDesk(ORG).apply("member", "update", **change)
    if isinstance(fault, AbsentFault):
        assert fault.code in ("33012", "60121")
    else:
        assert fault.code == code  # type: ignore[union-attr]
    assert type(fault) is kind and f"member {change['remote']}" in str(fault)


def test_a_department_that_is_gone_does_not_make_a_newcomer_absent() -> None:
    """The creation is refused for the department's sake."""
    fault = create(VirtualDesk(ORG), relations=Relations(departments=("99",)))
    assert type(fault) is TerminalFault and fault.code == "60003"


def test_somebody_comes_back_under_the_same_id() -> None:
    """A deleted userid is free again."""
    desk = VirtualDesk(ORG)
    desk.done("member", "delete", remote="ann")
    back = create(desk, key="ann", former="ann", fields={"mobile": "13800000001"})
    assert back.remote == "ann"
