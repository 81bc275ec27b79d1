"""People at Casdoor: made, changed, moved, closed, opened and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from domain.delivery.operation import Acknowledged, Action, Change, Relations
from domain.errors import AbsentFault, ExistsFault, TransientFault
from tests.adapters.casdoor.casdoor_desk import ORG, SMALL
from tests.adapters.casdoor.target_desk import VirtualDesk

LI: dict[str, Any] = {
    "id": "u-li",
    "name": "J7",
    "displayName": "李 👩‍🚀",
    "email": "li@example.com",
    "phone": "+8613800000007",
    "title": "主任",
    "properties.job_number": "J7",
}


def made(desk: VirtualDesk, **more: Any) -> str:
    """Li, taken into d-hr."""
    relations = Relations(departments=("d-hr",), active=True)
    change = {"key": "u-li", "fields": LI, "relations": relations, **more}
    return desk.done("member", "create", **change)


def test_what_is_written_comes_back_as_it_was_fitted() -> None:
    """A new account shows our id as its key, every field, its groups, and that it is open."""
    desk = VirtualDesk(SMALL)
    fields = desk.work(lambda t: _fit(t, LI))
    assert made(desk, fields=fields) == "J7"
    shown = desk.present("member", "J7")
    assert shown.key == "u-li"
    assert {name: shown.fields[name] for name in fields} == fields == LI
    assert shown.relations == Relations(departments=("d-hr",), manager=None, active=True)
    row = desk.user("J7")
    assert (row["phone"], row["countryCode"], row["type"]) == ("13800000007", "CN", "normal-user")


async def _fit(target: Any, fields: dict[str, Any]) -> Any:
    fitted = target.fit("member", fields)
    assert fitted.problems == ()
    return fitted.fields


def test_a_creation_costs_one_call() -> None:
    """Beside the look at the organization, once per run, nothing is asked."""
    desk = VirtualDesk(SMALL)
    made(desk)
    assert dict(desk.app.stats.calls) == {"get-organization": 1, "add-user": 1}


def test_an_update_leaves_everything_else() -> None:
    """Columns and properties that it does not name stay, our own and other people's."""
    desk = VirtualDesk(SMALL)
    made(desk)
    desk.edit("people", "J7", tag="x", score=5, properties={"job_number": "J7", "locker": "12"})
    desk.done(
        "member",
        "update",
        remote="J7",
        key="u-li",
        fields={"title": None, "properties.job_number": "J8", "phone": "+85251234567"},
    )
    row = desk.user("J7")
    assert row["properties"] == {"job_number": "J8", "locker": "12"}
    assert (row["tag"], row["score"], row["email"], row["id"]) == ("x", 5, LI["email"], "u-li")
    assert (row["phone"], row["countryCode"]) == ("51234567", "HK") and "title" not in row
    assert desk.present("member", "J7").fields["phone"] == "+85251234567"


def test_a_number_can_be_emptied() -> None:
    """An empty number is written, and comes back as nothing."""
    desk = VirtualDesk(SMALL)
    made(desk)
    desk.done("member", "update", remote="J7", fields={"phone": None, "email": None})
    shown = desk.present("member", "J7").fields
    assert (shown["phone"], shown["email"]) == (None, None)


def test_foreign_memberships_survive_a_move() -> None:
    """Groups that somebody else gave, also of another organization, stay; ours are replaced."""
    desk = VirtualDesk(SMALL)
    made(desk)
    desk.edit("people", "J7", groups=[f"{ORG}/d-hr", f"{ORG}/d-rd", "other/club"])
    relations, had = Relations(departments=("d-50",)), Relations(departments=("d-hr",))
    desk.done("member", "move", remote="J7", relations=relations, had=had)
    assert desk.user("J7")["groups"] == [f"{ORG}/d-rd", "other/club", f"{ORG}/d-50"]
    assert desk.present("member", "J7").relations.departments == ("d-rd", "d-50")


def test_a_manager_is_named_and_taken_away() -> None:
    """The manager's user name is a property beside others, and goes without them."""
    desk = VirtualDesk(SMALL)
    made(desk)
    desk.done("member", "relate", remote="J7", relations=Relations(manager="ann"))
    assert desk.user("J7")["properties"] == {"job_number": "J7", "manager": "ann"}
    assert desk.present("member", "J7").relations.manager == "ann"
    desk.done("member", "relate", remote="J7", relations=Relations(manager=None))
    assert desk.present("member", "J7").relations.manager is None
    assert desk.user("J7")["properties"]["job_number"] == "J7"


def test_somebody_who_leaves_is_closed_and_keeps_foreign_groups() -> None:
    """One update forbids the account and takes our groups; opening it undoes the first."""
    desk = VirtualDesk(SMALL)
    made(desk)
    desk.edit("people", "J7", groups=[f"{ORG}/d-hr", f"{ORG}/d-rd"])
    gone = Relations(active=False, departments=())
    had = Relations(active=True, departments=("d-hr",))
    desk.done("member", "deactivate", remote="J7", relations=gone, had=had)
    assert desk.user("J7")["isForbidden"] is True
    assert desk.user("J7")["groups"] == [f"{ORG}/d-rd"]
    assert desk.present("member", "J7").relations.active is False
    assert desk.calls("update-user") == 1
    desk.done("member", "reactivate", remote="J7", relations=Relations(active=True))
    assert desk.present("member", "J7").relations.active is True


def test_a_mapped_is_forbidden_says_the_same() -> None:
    """With isForbidden mapped the relation and the field agree, and the field wins."""
    desk = VirtualDesk(SMALL)
    made(desk, fields={**LI, "isForbidden": False})
    assert desk.present("member", "J7").fields["isForbidden"] is False
    closed = Relations(active=False)
    desk.done("member", "deactivate", remote="J7", relations=closed, known={"isForbidden": False})
    assert desk.present("member", "J7").fields["isForbidden"] is True
    opened = Relations(active=True)
    fields = {"isForbidden": False}
    desk.done("member", "reactivate", remote="J7", relations=opened, fields=fields)
    assert desk.present("member", "J7").relations.active is True
    fields = {"isForbidden": True}
    desk.done("member", "reactivate", remote="J7", relations=opened, fields=fields)
    assert desk.present("member", "J7").relations.active is False


def test_a_second_creation_makes_no_second_account() -> None:
    """After a lost answer the account with our id is found, and brought to what is wanted now."""
    desk = VirtualDesk(SMALL)
    desk.fault("add-user:timeout_after_commit:times=1")
    lost = desk.apply(
        "member", "create", key="u-li", fields=LI, relations=Relations(departments=("d-hr",))
    )
    assert isinstance(lost, TransientFault) and desk.calls("add-user") == 1
    now = {**LI, "name": "J9", "title": "Lead"}
    relations = Relations(departments=("d-50",), active=True)
    change = {"key": "u-li", "fields": now, "relations": relations, "again": True}
    assert desk.done("member", "create", **change) == "J7"
    assert desk.user("J9") is None and desk.user("J7")["title"] == "Lead"
    assert desk.user("J7")["groups"] == [f"{ORG}/d-hr", f"{ORG}/d-50"]
    before = desk.app.stats.writes
    assert desk.done("member", "create", **change) == "J7"
    assert desk.app.stats.writes == before  # it says it all already


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "ann", "name"),
        ("email", "ann@example.com", "email"),
        ("phone", "+8613800000001", "phone"),
    ],
)
def test_nobody_elses_account_is_taken(field: str, value: str, code: str) -> None:
    """A name, mail or number of another account is an ExistsFault, the first time and again."""
    desk = VirtualDesk(SMALL)
    before = dict(desk.user("ann"))
    for again in (False, True):
        fields = {**LI, field: value}
        fault = desk.apply("member", "create", key="u-li", fields=fields, again=again)
        assert isinstance(fault, ExistsFault) and fault.code == code
        assert "for member u-li" in str(fault) and value not in fault.why
    assert desk.user("ann") == before and len(desk.read().present["member"]) == 3


def test_what_is_gone_is_said_to_be_gone() -> None:
    """Every change of an account that somebody deleted is an AbsentFault; deleting it is done."""
    desk = VirtualDesk(SMALL)
    for action, change in (
        ("update", {"fields": {"title": "x"}}),
        ("move", {"relations": Relations(departments=("d-hr",))}),
        ("relate", {"relations": Relations(manager="ann")}),
        ("deactivate", {"relations": Relations(active=False, departments=())}),
    ):
        fault = desk.apply("member", action, remote="nobody", **change)
        assert isinstance(fault, AbsentFault), (action, fault)
    assert desk.done("member", "delete", remote="nobody") == "nobody"
    assert desk.calls("delete-user") == 0


def test_a_write_that_changes_nothing_is_done() -> None:
    """Unaffected, for values that are there within the same second, is no absence."""
    desk = VirtualDesk(SMALL)

    async def twice(target: Any) -> Any:
        change = Change(
            kind="member", action=Action.UPDATE, uid="x", key="ann", remote="ann",
            fields={"title": "x"},
        )  # fmt: skip
        return [*await target.apply([change]), *await target.apply([change])]

    assert desk.work(twice) == [Acknowledged(remote="ann")] * 2


def test_a_write_that_affects_nothing_is_looked_into() -> None:
    """Unaffected is an absence if nobody is there any more, and never a creation."""
    desk = VirtualDesk(SMALL)
    desk.unaffected = {"update-user", "add-user"}
    desk.meanwhile["update-user"] = lambda: desk.drop("people", "bob")
    fault = desk.apply("member", "update", remote="bob", fields={"title": "x"})
    assert isinstance(fault, AbsentFault)
    fault = desk.apply("member", "create", key="u-li", fields=LI)
    assert isinstance(fault, TransientFault) and fault.code == "unaffected"


def test_a_deleted_account_leaves_no_role_behind() -> None:
    """Its entries in roles go with it, so that the next one of its name does not have them."""
    desk = VirtualDesk(SMALL)
    desk.edit("roles", "r2", groups=[f"{ORG}/d-50"], users=[f"{ORG}/bob", "other/bob"])
    desk.world.roles.insert({"owner": "other", "name": "r9", "users": [f"{ORG}/bob"]})
    assert desk.done("member", "delete", remote="bob") == "bob"
    assert desk.user("bob") is None
    assert desk.role("r1")["users"] == [f"{ORG}/ann"]
    assert desk.role("r2")["users"] == ["other/bob"]
    assert desk.calls("get-role") == 2  # another organization's role is not ours to write


def test_soft_deletion_is_a_closed_account_that_opens_again() -> None:
    """An account that is only marked as deleted is closed; a person who comes back gets it."""
    desk = VirtualDesk(SMALL, soft_deletion=True)
    made(desk)
    desk.done("member", "delete", remote="J7")
    assert desk.present("member", "J7").relations.active is False
    fields = {**LI, "displayName": "李"}
    relations = Relations(departments=("d-rd",), active=True)
    change = {"key": "u-li", "fields": fields, "relations": relations, "former": "J7"}
    assert desk.done("member", "create", **change) == "J7"
    row = desk.user("J7")
    assert not row.get("isDeleted") and not row.get("deletedTime") and row["displayName"] == "李"
    assert desk.present("member", "J7").relations.active is True


def test_the_application_of_new_accounts() -> None:
    """The configured one, or the organization's default one, or Casdoor's own choice."""
    desk = VirtualDesk(SMALL)
    made(desk)
    assert "signupApplication" not in desk.user("J7")
    before = desk.world.organization(ORG)
    desk.world.organizations.replace(before, {**before, "defaultApplication": "app-x"})
    second = {**LI, "id": "u2", "name": "J2", "email": "2@example.com", "phone": None}
    made(desk, key="u2", fields=second)
    assert desk.user("J2")["signupApplication"] == "app-x"
    desk.given["application"] = "app-y"
    made(desk, key="u3", fields={**second, "id": "u3", "name": "J3", "email": "3@example.com"})
    assert desk.user("J3")["signupApplication"] == "app-y"


def test_a_site_that_lowers_logins() -> None:
    """The account is not found under the login that we gave; the next creation finds it by id."""
    desk = VirtualDesk(SMALL, lower_names=True)
    assert made(desk) == "J7"
    fault = desk.apply("member", "update", remote="J7", fields={"title": "x"})
    assert isinstance(fault, AbsentFault)
    for fields in (LI, {**LI, "email": "7@example.com", "phone": None}):
        assert made(desk, fields=fields) == "j7"
    assert len(desk.read().present["member"]) == 4
