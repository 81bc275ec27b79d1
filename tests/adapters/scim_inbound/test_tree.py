"""What pushed users and groups are in the organization: departments, roles, managers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.directory import State
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import ENTERPRISE, Desk


def into(*uids: str) -> dict[str, object]:
    return {"op": "add", "path": "members", "value": [{"value": uid} for uid in uids]}


def test_a_group_in_a_group_is_a_department_below_it(desk: Desk) -> None:
    """Nesting is the tree; taken out of its group, a department is at the top again."""
    tech = desk.group("Tech")
    team = desk.group("Team")
    desk.patch(f"/Groups/{tech}", into(team))
    assert desk.directory().departments[team].parent == tech
    members = desk.get(f"/Groups/{tech}")["members"]
    assert [(m["value"], m["type"]) for m in members] == [(team, "Group")]
    assert members[0]["$ref"] == f"{desk.url}/Groups/{team}"
    desk.patch(f"/Groups/{tech}", {"op": "remove", "path": f'members[value eq "{team}"]'})
    assert desk.directory().departments[team].parent is None


def test_a_group_that_is_put_into_a_second_one_is_moved(desk: Desk) -> None:
    """A department lies in one other only, so the first group has it no longer."""
    team = desk.group("Team")
    first, second = desk.group("First", team), desk.group("Second")
    desk.patch(f"/Groups/{second}", into(team))
    assert desk.directory().departments[team].parent == second
    assert "members" not in desk.get(f"/Groups/{first}")


def test_a_circle_of_groups_is_refused(desk: Desk) -> None:
    """400 with the reason; the tree stays as it was, and the run remembers it."""
    low = desk.group("Low")
    top = desk.group("Top", low)
    for outer, inner in ((low, top), (top, top)):
        answer = desk.patch(f"/Groups/{outer}", into(inner))
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
        assert "cycle" in answer.json()["detail"]
    assert desk.directory().departments[low].parent == top


def test_what_lay_in_a_deleted_group_moves_up(desk: Desk) -> None:
    """Its groups come to lie where it lay, its people are in it no more."""
    ann = desk.user("ann")
    low = desk.group("Low")
    middle = desk.group("Middle", low, ann)
    top = desk.group("Top", middle)
    assert desk.ask("DELETE", f"/Groups/{middle}").status_code == 204
    directory = desk.directory()
    assert directory.departments[low].parent == top
    assert directory.members[ann].departments == ()


def test_somebody_can_be_in_several_groups(desk: Desk) -> None:
    """Memberships are many-to-many, and the user shows them all."""
    ann = desk.user("ann")
    groups = [desk.group(name, ann) for name in ("One", "Two")]
    assert list(desk.directory().members[ann].departments) == groups
    shown = desk.get(f"/Users/{ann}")["groups"]
    assert [(g["value"], g["display"]) for g in shown] == list(
        zip(groups, ("One", "Two"), strict=True)
    )


def test_a_member_who_is_not_there_is_refused(desk: Desk) -> None:
    """Nothing of the call is done: a success would hide that somebody is missing."""
    ann, gone = desk.user("ann"), desk.user("gone")
    desk.ask("DELETE", f"/Users/{gone}")
    group = desk.group("Team")
    answer = desk.patch(f"/Groups/{group}", into(ann, gone))
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert "member 2" in answer.json()["detail"]
    assert desk.directory().members[ann].departments == ()


def test_a_manager_who_leaves_manages_nobody(desk: Desk) -> None:
    """The report loses the manager, and a managers' circle is no obstacle."""
    boss = desk.user("boss")
    ann = desk.user("ann", **{ENTERPRISE: {"manager": {"value": boss}}})
    desk.patch(f"/Users/{boss}", {"op": "add", "path": f"{ENTERPRISE}:manager", "value": ann})
    assert desk.directory().members[boss].manager == ann
    desk.ask("DELETE", f"/Users/{boss}")
    assert desk.directory().members[ann].manager is None
    assert ENTERPRISE not in desk.get(f"/Users/{ann}")


def test_nobody_is_their_own_manager(desk: Desk) -> None:
    """Refused with the reason."""
    ann = desk.user("ann")
    answer = desk.patch(
        f"/Users/{ann}", {"op": "add", "path": f"{ENTERPRISE}:manager", "value": ann}
    )
    assert answer.status_code == 400
    assert "own manager" in answer.json()["detail"]


def test_a_manager_whom_we_do_not_know_is_kept_as_sent(desk: Desk) -> None:
    """The value comes back; the organization has no such manager."""
    ann = desk.user("ann", **{ENTERPRISE: {"manager": {"value": "26118915"}}})
    assert desk.get(f"/Users/{ann}")[ENTERPRISE]["manager"]["value"] == "26118915"
    assert desk.directory().members[ann].manager is None


def test_two_departments_of_one_name_are_told_apart_by_their_ids(desk: Desk) -> None:
    """Real organizations have them: with ids of the sender's own both are taken."""
    one = desk.group("HR", externalId="de-hr")
    two = desk.group("HR", externalId="cn-hr")
    assert one != two
    assert desk.get("/Groups", filter='displayName eq "hr"')["totalResults"] == 2


def test_two_users_with_one_external_id_stay_two(desk: Desk) -> None:
    """SCIM leaves its uniqueness to the sender; the login names tell them apart."""
    one, two = desk.user("ann", externalId="same"), desk.user("bob", externalId="same")
    assert one != two
    assert desk.get("/Users", filter='externalId eq "same"')["totalResults"] == 2


def test_an_external_id_that_came_later_recognises_a_rehire(desk: Desk) -> None:
    """Somebody linked after the creation is the same person when they come back."""
    ann = desk.user("ann", externalId=None)
    desk.patch(f"/Users/{ann}", {"op": "replace", "value": {"externalId": "okta-1"}})
    desk.ask("DELETE", f"/Users/{ann}")
    assert desk.user("ann.new", externalId="okta-1") == ann
    assert desk.directory().members[ann].state is State.ACTIVE
    assert desk.get(f"/Users/{ann}")["userName"] == "ann.new"


def test_a_login_taken_over_by_somebody_else_is_another_person(desk: Desk) -> None:
    """A name that is free again does not bring its former holder back."""
    ann = desk.user("ann", externalId="1")
    desk.ask("DELETE", f"/Users/{ann}")
    assert desk.user("ann", externalId="2") != ann


@pytest.fixture
def mixed(ledger: Ledger, tmp_path: Path) -> Iterator[Desk]:
    """Groups called app-… are roles, the others departments."""
    with Desk(ledger, tmp_path, roles=("app-*",)).open() as desk:
        yield desk


def test_groups_of_some_names_are_roles(mixed: Desk) -> None:
    """A pattern, or orgledger's own mark in the externalId; a rename does not turn it round."""
    ann, bob = mixed.user("ann"), mixed.user("bob")
    readers = mixed.group("app-readers", ann)
    marked = mixed.group("Auditor", externalId="role:r1")
    mixed.group("Sales", ann)
    directory = mixed.directory()
    assert {r.name for r in directory.roles.values()} == {"app-readers", "Auditor"}
    assert directory.grants == {readers: {ann}, marked: set()}
    mixed.patch(f"/Groups/{readers}", into(bob))
    mixed.patch(f"/Groups/{readers}", {"op": "remove", "path": f'members[value eq "{ann}"]'})
    rename = {"op": "replace", "path": "displayName", "value": "Readers"}
    mixed.patch(f"/Groups/{readers}", rename)
    directory = mixed.directory()
    assert directory.roles[readers].name == "Readers"
    assert directory.grants[readers] == {bob}
    assert [m["value"] for m in mixed.get(f"/Groups/{readers}")["members"]] == [bob]
    assert {g["display"] for g in mixed.get(f"/Users/{ann}")["groups"]} == {"Sales"}


def test_a_deleted_role_takes_no_other_with_it(mixed: Desk) -> None:
    """One role goes, with its grants; another and the departments stay."""
    ann = mixed.user("ann")
    one, two = mixed.group("app-1", ann), mixed.group("app-2", ann)
    department = mixed.group("Sales", ann)
    assert mixed.ask("DELETE", f"/Groups/{one}").status_code == 204
    directory = mixed.directory()
    assert [r.uid for r in directory.present_roles()] == [two]
    assert directory.grants[two] == {ann}
    assert directory.members[ann].departments == (department,)
    assert mixed.ask("GET", f"/Groups/{one}").status_code == 404


def test_a_role_holds_people_only_and_keeps_its_external_id(mixed: Desk) -> None:
    """What a role cannot be is refused, and not left out in silence."""
    role, group = mixed.group("app-1"), mixed.group("Sales")
    assert mixed.patch(f"/Groups/{role}", into(group)).status_code == 400
    change = {"op": "replace", "path": "externalId", "value": "other"}
    answer = mixed.patch(f"/Groups/{role}", change)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "mutability")


@pytest.fixture
def by_attribute(ledger: Ledger, tmp_path: Path) -> Iterator[Desk]:
    """The department attribute is the department, groups are roles."""
    with Desk(ledger, tmp_path, tree="attribute").open() as desk:
        yield desk


def test_the_department_attribute_makes_the_departments(by_attribute: Desk) -> None:
    """People of one department are in it; it goes when the last has left it, and comes back."""
    ann = by_attribute.user("ann", **{ENTERPRISE: {"department": "Sales"}})
    bob = by_attribute.user("bob", **{ENTERPRISE: {"department": "Sales"}})

    def departments() -> list[str]:
        return sorted(d.name for d in by_attribute.directory().present_departments())

    def move(uid: str, name: str | None) -> None:
        path = f"{ENTERPRISE}:department"
        operation = {"op": "replace", "path": path, "value": name} if name else {
            "op": "remove", "path": path
        }  # fmt: skip
        assert by_attribute.patch(f"/Users/{uid}", operation).status_code in (200, 204)

    (sales,) = by_attribute.directory().members[ann].departments
    assert by_attribute.directory().members[bob].departments == (sales,)
    move(ann, "Lab")
    assert departments() == ["Lab", "Sales"]
    move(bob, None)
    assert departments() == ["Lab"]
    by_attribute.ask("DELETE", f"/Users/{ann}")
    assert departments() == []
    move(bob, "Sales")
    assert by_attribute.directory().members[bob].departments == (sales,)
    assert by_attribute.get(f"/Users/{bob}")[ENTERPRISE]["department"] == "Sales"


@pytest.mark.parametrize("sent", ["Lab", " Lab ", "Ｌａｂ"])
def test_a_move_by_the_attribute_is_one_event_of_the_person(by_attribute: Desk, sent: str) -> None:
    """What the department says already is no detail beside it; it is given back as it was sent."""
    ann = by_attribute.user("ann", **{ENTERPRISE: {"department": "Sales"}})
    before = len(by_attribute.facts())
    by_attribute.patch(
        f"/Users/{ann}", {"op": "replace", "path": f"{ENTERPRISE}:department", "value": sent}
    )
    told = by_attribute.facts()[before:]
    assert told.count("MemberTransferred") == 1
    assert told.count("MemberProfileChanged") == (sent != sent.strip())
    assert by_attribute.get(f"/Users/{ann}")[ENTERPRISE]["department"] == sent


def test_groups_beside_the_attribute_are_roles(by_attribute: Desk) -> None:
    """The departments are not listed among the groups."""
    ann = by_attribute.user("ann", **{ENTERPRISE: {"department": "Sales"}})
    role = by_attribute.group("Sales", ann)
    assert by_attribute.directory().grants == {role: {ann}}
    assert [g["id"] for g in by_attribute.get("/Groups")["Resources"]] == [role]
    assert [g["value"] for g in by_attribute.get(f"/Users/{ann}")["groups"]] == [role]
