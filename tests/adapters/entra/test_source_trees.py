"""Four ways to a tree: texts of people, nested groups, units, and the teams of managers."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from domain.errors import PermissionFault
from domain.observe import WHOLE
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.entra.entra_desk import GROUPS, EntraDesk, company, group, user


@pytest.fixture(autouse=True, params=["everything", "changes"])
def _how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each tree comes out the same, whether all is read each time or what changed."""
    monkeypatch.setattr(EntraDesk, "incremental", request.param == "changes")


PATHS = {"attributes": ("department",), "separator": "/"}


def people(**texts: str | None) -> Roster:
    """People with these texts as department, and no departments of the roster's."""
    return Roster(
        members=tuple(
            MemberRecord(id=who, name=who, departments=(), details={"department": text})
            for who, text in texts.items()
        )
    )


def put(desk: EntraDesk, **texts: str | None) -> None:
    desk.app.provider.put_roster(people(**texts))


class TestGroups:
    """Nested groups: every department, place, leader and role as Graph has it."""

    def test_they_are_read_as_they_are(self) -> None:
        desk = EntraDesk(company(12, 60, roles=3))
        seen, truth = desk.read(**GROUPS), desk.truth()
        assert seen.coverage == WHOLE
        assert {(d.id, d.name, d.parent_id, d.leaders) for d in seen.departments} == {
            (d.id, d.name, d.parent_id, d.leaders) for d in truth.departments
        }
        shown = {m.id: m for m in seen.members}
        for member in truth.members:
            found = shown[member.id]
            for field in ("name", "departments", "email", "mobile", "job_number", "title"):
                assert getattr(found, field) == getattr(member, field), field
            assert (found.active, found.manager) == (member.active, member.manager)
        assert {(r.id, r.name, frozenset(r.members or ())) for r in seen.roles} == {
            (r.id, r.name, frozenset(r.members or ())) for r in truth.roles
        }

    def test_somebody_in_three_groups_is_one_person(self) -> None:
        roster = company(4, 3)
        first = replace(roster.members[0], departments=("d0", "d1", "d3"))
        seen = EntraDesk(replace(roster, members=(first, *roster.members[1:]))).read(**GROUPS)
        (found,) = [m for m in seen.members if m.id == user("u0")]
        assert set(found.departments) == {group("d0"), group("d1"), group("d3")}

    def test_a_group_with_two_parents_hangs_below_the_nearer_one(self) -> None:
        desk = EntraDesk(company(9, 0))
        inside = desk.app.provider._world.directory.members
        inside[group("d2")][group("d4")] = "group"
        inside[group("d8")][group("d4")] = "group"
        (found,) = [d for d in desk.read(**GROUPS).departments if d.id == group("d4")]
        two = sorted([group("d0"), group("d2")])
        assert found.parent_id == two[0]
        assert set(found.details["other_parents"]) == {two[1], group("d8")}

    def test_groups_in_a_circle_are_a_tree_all_the_same(self) -> None:
        desk = EntraDesk(company(3, 0, width=1))
        inside = desk.app.provider._world.directory.members
        inside[group("d2")][group("d0")] = "group"
        seen = desk.read(**GROUPS)
        assert len(seen.departments) == 3
        assert len([d for d in seen.departments if d.parent_id is None]) == 1
        assert len(desk.ledger.learn(seen)) >= 3

    def test_owners_are_no_leaders_where_that_is_wanted(self) -> None:
        desk = EntraDesk(company(3, 3))
        seen = desk.read(**GROUPS, owners=False)
        assert all(not d.leaders for d in seen.departments)
        assert desk.calls["$batch"] == 1

    def test_a_second_reading_tells_nothing_new(self) -> None:
        desk = EntraDesk(company(12, 60, roles=3))
        desk.sync(**GROUPS)
        assert desk.sync(**GROUPS) == []


class TestUnits:
    """Administrative units are flat: levels come from their names."""

    def test_names_are_the_levels(self) -> None:
        desk = EntraDesk(company(12, 24))
        desk.sync(tree="units", separator="/")
        groups = EntraDesk(company(12, 24))
        groups.sync(**GROUPS)
        assert desk.ledger.tree() == groups.ledger.tree()

    def test_without_a_separator_they_stand_side_by_side(self) -> None:
        seen = EntraDesk(company(6, 6)).read(tree="units")
        assert {d.parent_id for d in seen.departments} == {None}
        assert "部门0/部门4" in {d.name for d in seen.departments}
        assert all(d.leaders is not ... for d in seen.departments)

    def test_a_level_without_a_unit_is_not_invented(self) -> None:
        desk = EntraDesk(company(5, 0))
        units = desk.app.provider._world.directory.objects["unit"]
        top = next(i for i, u in units.items() if u["displayName"] == "部门0")
        del units[top]
        seen = desk.read(tree="units", separator="/")
        assert "部门0/部门4" in {d.name for d in seen.departments if d.parent_id is None}


class TestManagers:
    """Who manages somebody has a team: a node per manager, below their own manager's."""

    def test_teams_follow_the_chain(self) -> None:
        roster = Roster(
            members=tuple(
                MemberRecord(id=who, name=who, departments=(), manager=manager)
                for who, manager in (
                    ("ceo", None), ("cto", "ceo"), ("dev", "cto"), ("ops", "cto"), ("lone", None),
                )
            )
        )  # fmt: skip
        desk = EntraDesk(roster)
        desk.sync(tree="manager")
        assert desk.ledger.tree() == {
            ("ceo", None, frozenset({"ceo"})),
            ("cto", "ceo", frozenset({"cto", "dev", "ops"})),
        }
        seen = desk.read(tree="manager")
        assert {d.leaders for d in seen.departments} == {(user("ceo"),), (user("cto"),)}

    def test_two_who_manage_each_other(self) -> None:
        roster = Roster(
            members=(
                MemberRecord(id="a", name="a", departments=(), manager="b"),
                MemberRecord(id="b", name="b", departments=(), manager="a"),
            )
        )
        desk = EntraDesk(roster)
        desk.sync(tree="manager")
        assert len([d for d in desk.ledger.tree() if d[1] is None]) == 1

    def test_a_part_of_the_people_is_no_tree(self) -> None:
        desk = EntraDesk(company(0, 300), permissions={"User.ReadBasic.All"})
        with pytest.raises(PermissionFault):
            desk.read(tree="manager")


class TestTexts:
    """The texts of ``department``: ids out of texts, and renamings that keep them."""

    def test_a_separator_makes_levels(self) -> None:
        desk = EntraDesk(people(ann="R&D/Search", bob="R&D", cai="Sales", dan=None))
        desk.sync(**PATHS)
        assert desk.ledger.tree() == {
            ("R&D", None, frozenset({"bob"})),
            ("Search", "R&D", frozenset({"ann"})),
            ("Sales", None, frozenset({"cai"})),
        }
        (dan,) = [m for m in desk.read(**PATHS).members if m.name == "dan"]
        assert dan.departments == ()

    def test_two_attributes_are_two_levels(self) -> None:
        roster = people(ann="Search", bob="Search")
        members = tuple(
            replace(m, details={**m.details, "companyName": c})
            for m, c in zip(roster.members, ("ACME", "Beta"), strict=True)
        )
        desk = EntraDesk(replace(roster, members=members))
        desk.sync(attributes=("companyName", "department"))
        assert {(n, p) for n, p, _ in desk.ledger.tree()} == {
            ("ACME", None), ("Beta", None), ("Search", "ACME"), ("Search", "Beta"),
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("attribute", "details"),
        [
            ("division", {"employeeOrgData": {"division": "X"}}),
            ("costCenter", {"employeeOrgData": {"costCenter": "X"}}),
            (
                "extensionAttribute7",
                {"onPremisesExtensionAttributes": {"extensionAttribute7": "X"}},
            ),
            ("officeLocation", {"officeLocation": "X"}),
        ],
    )
    def test_other_attributes(self, attribute: str, details: dict[str, Any]) -> None:
        member = MemberRecord(id="a", name="a", departments=(), details=details)
        desk = EntraDesk(Roster(members=(member,)))
        desk.sync(attributes=(attribute,))
        assert desk.ledger.tree() == {("X", None, frozenset({"a"}))}

    def test_spellings_of_one_text_are_one_department_under_its_usual_name(self) -> None:
        desk = EntraDesk(people(a="Sales", b="sales ", c="Sales", d="SALES"))
        desk.sync()
        assert {n for n, _, _ in desk.ledger.tree()} == {"Sales"}

    def test_a_text_with_the_same_people_was_renamed(self) -> None:
        desk = EntraDesk(people(a="Sales", b="Sales", c="R&D"))
        desk.sync()
        put(desk, a="Sales & Marketing", b="Sales & Marketing", c="R&D", new="Sales & Marketing")
        assert sorted(desk.sync()) == ["DepartmentRenamed", "MemberCreated"]
        assert desk.sync() == []

    def test_a_renamed_level_keeps_what_is_below_it(self) -> None:
        desk = EntraDesk(people(a="R&D/Search", b="R&D/Ads", c="R&D"))
        desk.sync(**PATHS)
        put(desk, a="Research/Search", b="Research/Ads", c="Research")
        assert desk.sync(**PATHS) == ["DepartmentRenamed"]

    def test_the_old_text_may_come_back_for_others(self) -> None:
        desk = EntraDesk(people(a="Sales", b="Sales", c="R&D"))
        desk.sync()
        put(desk, a="Trade", b="Trade", c="R&D")
        desk.sync()
        put(desk, a="Trade", b="Trade", c="R&D", d="Sales")
        assert sorted(desk.sync()) == ["DepartmentCreated", "MemberCreated"]
        assert {n for n, _, _ in desk.ledger.tree()} == {"Trade", "R&D", "Sales"}

    @pytest.mark.parametrize(
        ("after", "why"),
        [
            ({"a": "Trade", "b": "Trade", "c": "Trade", "d": "R&D"}, "somebody joined them"),
            ({"a": "Trade", "b": "R&D", "c": "R&D", "d": "R&D"}, "they went two ways"),
            ({"a": "Trade", "b": "Export", "c": "R&D", "d": "R&D"}, "it was divided"),
        ],
    )
    def test_anything_else_is_no_renaming(self, after: dict[str, str], why: str) -> None:
        desk = EntraDesk(people(a="Sales", b="Sales", c="R&D", d="R&D"))
        desk.sync()
        put(desk, **after)
        facts = desk.sync()
        assert "DepartmentRenamed" not in facts, why
        assert "DepartmentDeleted" in facts

    def test_one_person_alone_moved(self) -> None:
        desk = EntraDesk(people(a="Sales", b="R&D"))
        desk.sync()
        put(desk, a="Trade", b="R&D")
        assert "DepartmentRenamed" not in desk.sync()

    def test_two_that_became_one_are_not_renamed(self) -> None:
        desk = EntraDesk(people(a="X", b="X", c="Y", d="Y"))
        desk.sync()
        put(desk, a="Z", b="Z", c="Z", d="Z")
        assert "DepartmentRenamed" not in desk.sync()

    def test_a_part_of_the_people_does_not_tell_a_renaming_from_a_new_department(self) -> None:
        """Who was read stays where they were until everybody is; all else about them is told."""
        names = [f"p{number}" for number in range(150)]
        desk = EntraDesk(people(**dict.fromkeys(names, "Sales")))
        desk.sync()
        later = people(**dict.fromkeys((*names, "newcomer"), "Trade"))
        members = tuple(replace(m, name=f"{m.name} Li") for m in later.members)
        desk.app.provider.put_roster(replace(later, members=members))
        desk.fault("users:http_500:after=1")
        seen = desk.read()
        assert seen.gaps
        assert set(desk.ledger.learn(seen)) == {"MemberRenamed"}
        desk.fault()
        assert set(desk.sync()) == {"DepartmentRenamed", "MemberRenamed", "MemberCreated"}

    def test_the_operator_may_say_what_was_renamed(self) -> None:
        desk = EntraDesk(people(a="Sales", b="R&D"))
        desk.sync()
        put(desk, a="Trade", b="R&D")
        assert desk.sync(renamed={"Trade": "Sales"}) == ["DepartmentRenamed"]
        assert desk.sync() == []

    def test_limited_profiles_move_nobody(self) -> None:
        desk = EntraDesk(people(a="Sales", b="Sales", c="R&D"))
        desk.sync()
        desk.set(permissions=["User.ReadBasic.All"])
        with pytest.raises(PermissionFault) as caught:
            desk.read(managers=False)
        assert caught.value.permission == "User.Read.All"


def test_departments_of_a_path_too_long_are_not_cut() -> None:
    deep = tuple(
        DepartmentRecord(id=f"d{i}", name="x" * 30, parent_id=f"d{i - 1}" if i else None)
        for i in range(4)
    )
    member = MemberRecord(id="a", name="a", departments=("d3",))
    seen = EntraDesk(Roster(departments=deep, members=(member,))).read(**PATHS)
    assert seen.departments == ()
