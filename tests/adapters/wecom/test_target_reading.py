"""Reading WeCom back: with both secrets, with one, within a range, and where parts fail."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from domain.delivery.operation import Relations
from domain.errors import ConfigError, CredentialFault, SystemFault
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.wecom.target_desk import VirtualDesk

COMPANY = Roster(
    departments=(
        DepartmentRecord(id="10", name="A", parent_id=None, leaders=("Ann",), order=1),
        DepartmentRecord(id="11", name="AA", parent_id="10", order=2),
        DepartmentRecord(id="20", name="B", parent_id=None, order=3),
    ),
    members=(
        MemberRecord(
            id="Ann",
            name="Ann",
            departments=("10", "20"),
            main_department="20",
            mobile="13800000001",
            email="ann@example.com",
            title="Lead",
        ),
        MemberRecord(
            id="bob", name="Bob", departments=("11",), mobile="13800000002", manager="Ann"
        ),
        MemberRecord(id="cai", name="Cai", departments=(), email="cai@example.com", active=False),
    ),
    roles=(RoleRecord(id="7", name="Duty", members=("Ann", "cai")),),
)


def by_id(found: Any, kind: str) -> dict[str, Any]:
    return {present.remote: present for present in found.present[kind]}


def test_everything_that_is_there() -> None:
    """Fields as they are written, the main department first, a number without +86."""
    desk = VirtualDesk(COMPANY)
    found = desk.read()
    assert found.complete == {"department", "member", "role"} and found.gaps == ()
    departments, people, tags = (by_id(found, k) for k in ("department", "member", "role"))
    assert departments.keys() == {"10", "11", "20"}
    assert departments["10"].relations == Relations(parent=None, leaders=("Ann",))
    assert departments["11"].relations == Relations(parent="10", leaders=())
    assert departments["10"].fields["order"] > departments["20"].fields["order"]
    ann = people["Ann"]
    assert (ann.key, ann.relations.departments, ann.relations.active) == ("Ann", ("20", "10"), True)
    assert ann.fields["mobile"] == "13800000001" and ann.fields["position"] == "Lead"
    assert people["bob"].relations.manager == "Ann" and people["bob"].fields["email"] is None
    assert people["cai"].relations == Relations(departments=(), manager=None, active=False)
    assert (tags["7"].fields, tags["7"].members) == ({"name": "Duty"}, frozenset({"Ann", "cai"}))


@pytest.mark.parametrize("private", ["absent", "empty"])
def test_what_is_hidden_is_unknown_and_not_empty(private: str) -> None:
    """Number, mail, gender and address of an app created since 2022-06-20 are not told at all."""
    people = by_id(VirtualDesk(COMPANY, private_fields=private).read(), "member")
    assert people["Ann"].fields.keys().isdisjoint({"mobile", "email", "gender", "address"})
    assert people["Ann"].fields["name"] == "Ann"


def test_with_the_contact_sync_secret_alone() -> None:
    """Ids are complete, and nothing is said of what cannot be seen: it is configured so."""
    found = VirtualDesk(COMPANY).read(app_secret="")
    assert found.complete == {"department", "member", "role"}
    assert found.gaps == ()
    departments, people = by_id(found, "department"), by_id(found, "member")
    assert departments["11"].relations == Relations(parent="10")
    assert departments["11"].fields.keys() == {"order"}
    assert people["bob"].relations == Relations(departments=("11",))
    assert people["bob"].fields == {"userid": "bob"}
    assert people["Ann"].relations.departments is UNSET, "which is the main one is not told"
    assert people["cai"].relations.departments == ()


def test_within_a_range() -> None:
    """Outside of it ids are all that is known, and nobody is missing."""
    found = VirtualDesk(COMPANY, visible_departments=("10",)).read()
    assert found.complete == {"department", "member", "role"}
    departments, people = by_id(found, "department"), by_id(found, "member")
    assert "name" not in departments["20"].fields and departments["11"].fields["name"] == "AA"
    assert people["Ann"].relations.departments == ("10", "20")
    assert people["cai"].fields == {"userid": "cai"}
    assert people["bob"].relations.manager == "Ann"


def test_below_a_root_of_ours() -> None:
    """Departments beside it are not listed; people are, because userids are the corporation's."""
    found = VirtualDesk(COMPANY).read(root_department=10)
    assert by_id(found, "department").keys() == {"11"}
    assert by_id(found, "department")["11"].relations.parent is None
    assert by_id(found, "member").keys() == {"Ann", "bob", "cai"}
    assert by_id(found, "member")["Ann"].relations.departments == ("20",)


def test_userids_in_another_case_are_those_that_we_know() -> None:
    """WeCom does not tell userids apart by case, and may show one otherwise than we gave it."""
    desk = VirtualDesk(COMPANY)
    known = {"member": ["ANN", "Bob"]}
    found = desk.work(lambda target: target.read(known, lambda *_: None))
    departments, people, tags = (by_id(found, k) for k in ("department", "member", "role"))
    assert people.keys() == {"ANN", "Bob", "cai"} and people["ANN"].key == "ANN"
    assert people["Bob"].relations.manager == "ANN"
    assert departments["10"].relations.leaders == ("ANN",)
    assert tags["7"].members == {"ANN", "cai"}


def test_a_mapped_userid_proves_no_identity() -> None:
    """It may be somebody else's id in the source: it is a key among others then."""
    desk = VirtualDesk(COMPANY)

    async def work(target: Any) -> Any:
        target.fit("member", {"userid": "J1", "name": "x"})
        return await target.read({}, lambda *_: None)

    assert {p.key for p in desk.work(work).present["member"]} == {None}
    assert by_id(desk.read(), "member")["bob"].fields["userid"] == "bob"


def test_what_was_written_is_what_is_read() -> None:
    """All that fit gives comes back as it was, so that a verification finds no drift."""
    desk = VirtualDesk(COMPANY)
    given = {
        "name": " Eve ", "mobile": "+86 139 0000 0001", "email": "eve@example.com",
        "position": "工", "alias": "e", "telephone": "(020) 1", "address": "广州", "gender": "女",
    }  # fmt: skip

    async def work(target: Any) -> Any:
        return target.fit("member", given)

    fields = desk.work(work).fields
    relations = Relations(departments=("20", "11"), active=True, manager="Ann")
    desk.done("member", "create", key="eve", fields=fields, relations=relations)
    there = desk.present("member", "eve")
    assert {name: there.fields[name] for name in fields} == fields
    assert there.relations == relations


def test_a_part_that_fails() -> None:
    """It is a gap; without ids nobody counts as missing."""
    desk = VirtualDesk(COMPANY)
    desk.fault("user/list_id:permission", "tag/get:permission")
    found = desk.read()
    assert "member" not in found.complete and "department" in found.complete
    assert by_id(found, "role")["7"].members is None
    assert len(found.gaps) >= 2
    desk.fault("department/list:busy", "user/list_id:busy", "department/simplelist:busy")
    with pytest.raises(SystemFault):
        desk.read()


def test_a_wrong_secret_stops_it() -> None:
    """One sentence that names which of the two, and neither's value."""
    with pytest.raises(CredentialFault) as caught:
        VirtualDesk(COMPANY).read(contact_secret="hush-hush")
    assert "contact_secret is wrong" in str(caught.value) and "hush" not in str(caught.value)


def test_there_is_no_target_without_the_contact_sync_secret() -> None:
    """It is said when the target is made."""
    with pytest.raises(ConfigError, match="contact_secret is empty"):
        VirtualDesk(COMPANY).read(contact_secret="")


def test_a_root_that_cannot_be_one() -> None:
    """Department ids begin with 1."""
    with pytest.raises(ConfigError, match="root_department"):
        VirtualDesk(COMPANY).read(root_department=0)
