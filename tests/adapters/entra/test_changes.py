"""Reading what changed: what it costs, when everything is read instead, and what is not lost."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.entra.client import EntraClient
from domain.errors import TransientFault
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.entra.changing import (
    TREES,
    begun,
    edit,
    put,
    same_as_reading_everything,
)
from tests.adapters.entra.entra_desk import GROUPS, EntraDesk, company, group, user


@pytest.mark.parametrize("settings", TREES)
class TestEveryTree:
    """What holds for each of the four trees."""

    def test_nothing_changed_costs_a_call_for_each_kind(self, settings: dict[str, Any]) -> None:
        desk = begun(settings)
        seen = desk.changes(**settings)
        assert (seen.members, seen.departments, seen.roles) == ((), (), ())
        assert seen.coverage.changes
        assert not seen.coverage.members
        assert desk.ledger.learn(seen) == []
        assert seen.calls == len(msgspec.json.decode(seen.cursor)["links"]) + 1 <= 4

    def test_one_change_costs_the_same_in_a_large_tenant(self, settings: dict[str, Any]) -> None:
        desk = begun(settings, company(60, 700, roles=2))
        desk.change("update_member", id="u77", title="Lead")
        seen = desk.changes(**settings)
        assert seen.calls <= 4
        assert [(m.id, m.title) for m in seen.members] == [(user("u77"), "Lead")]
        assert desk.ledger.learn(seen) == ["MemberProfileChanged"]

    def test_it_is_what_reading_everything_gives(self, settings: dict[str, Any]) -> None:
        desk = begun(settings, delta_page=3, member_page=2, repeats=True)
        desk.change("update_member", id="u7", departments=["d3"], manager="u2", mobile=None)
        desk.change("create_member", id="new", name="新人", departments=["d5"], manager="u7")
        desk.change("delete_member", id="u3")
        desk.change("create_department", id="dn", name="新部门", parent_id="d5", leaders=["u9"])
        desk.change("update_member", id="u9", departments=["dn"])
        desk.change("update_department", id="d4", name="改名", parent_id="d2", leaders=["u8"])
        desk.change("revoke_role", id="r0", members=["u5", "u6"])
        desk.change("rename_role", id="r1", name="别名")
        desk.change("create_role", id="r9", name="新角色", members=["new", "u1"])
        desk.change("delete_role", id="r2")
        assert desk.changes(**settings).coverage.changes
        assert desk.sync(**settings)
        same_as_reading_everything(desk, settings)
        assert desk.sync(**settings) == []

    def test_a_round_that_is_read_again_says_the_same(self, settings: dict[str, Any]) -> None:
        desk = begun(settings)
        cursor = desk.ledger.cursor
        for step in range(3):
            desk.change("update_member", id="u7", departments=[f"d{step}"], manager=f"u{step}")
            desk.change("create_member", id=f"n{step}", name="n", departments=["d1"])
            desk.sync(**settings)
        desk.ledger.cursor = cursor
        assert desk.sync(**settings) == []

    def test_a_lost_state_is_read_in_full_at_once(self, settings: dict[str, Any]) -> None:
        desk = begun(settings)
        desk.change("delete_member", id="u59")
        desk.set(delta_lifetime=-1)
        assert "MemberResigned" in desk.sync(**settings)
        assert desk.app.stats.errors == {"syncStateNotFound": 1}
        assert desk.calls["users"] == 1

    def test_a_page_link_that_expired_begins_the_round_anew(self, settings: dict[str, Any]) -> None:
        desk = begun(settings, delta_page=2)
        for number in range(10, 20):
            desk.change("update_member", id=f"u{number}", title="Lead")
        desk.set(expire_pages=2)
        seen = desk.changes(**settings)
        assert seen.coverage.changes
        assert len(seen.members) == 10
        assert not seen.gaps

    @pytest.mark.parametrize("fault", ["http_500", "truncated_json"])
    def test_a_round_that_comes_short_is_read_in_full(
        self, settings: dict[str, Any], fault: str
    ) -> None:
        """A page that fails for good must not keep back what is there for all to see."""
        desk = begun(settings, delta_page=2)
        for number in range(10, 20):
            desk.change("update_member", id=f"u{number}", title="Lead")
        desk.change("delete_member", id="u59")
        desk.fault(f"users/delta:{fault}:after=1")
        seen = desk.changes(**settings)
        assert not seen.coverage.changes
        assert not seen.gaps
        assert "MemberResigned" in desk.ledger.learn(seen)
        desk.fault()
        same_as_reading_everything(desk, settings)

    def test_a_round_that_is_throttled_for_good_is_tried_again_later(
        self, settings: dict[str, Any]
    ) -> None:
        """Reading everything would be many more calls still."""
        desk = begun(settings, delta_page=2)
        for number in range(10, 20):
            desk.change("update_member", id=f"u{number}", title="Lead")
        desk.fault("users/delta:throttle:after=1")
        with pytest.raises(TransientFault):
            desk.changes(**settings)
        assert "users" not in desk.calls

    def test_what_changes_while_everything_is_read_is_not_lost(
        self, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk = EntraDesk(company(12, 60, roles=3))
        desk.incremental = True
        listing = EntraClient.listing
        late = ["users"]

        async def meanwhile(self: EntraClient, name: str, *args: Any, **options: Any) -> Any:
            found = await listing(self, name, *args, **options)
            if name in late:
                late.remove(name)
                desk.change("update_member", id="u7", departments=["d3"], title="Late")
                desk.change("create_member", id="new", name="n", departments=["d5"])
                desk.change("delete_member", id="u8")
            return found

        monkeypatch.setattr(EntraClient, "listing", meanwhile)
        desk.sync(**settings)
        assert desk.changes(**settings).coverage.changes
        desk.sync(**settings)
        same_as_reading_everything(desk, settings)

    def test_who_was_restored_is_read_with_everything(self, settings: dict[str, Any]) -> None:
        roster = company(12, 60, roles=3)
        desk = begun(settings, roster)
        desk.change("delete_member", id="u2")
        assert "MemberResigned" in desk.sync(**settings)
        desk.app.provider.put_roster(roster)
        seen = desk.changes(**settings)
        assert not seen.coverage.changes, "nobody told whose manager that is"
        desk.ledger.learn(seen)
        same_as_reading_everything(desk, settings)

    def test_who_becomes_a_guest_leaves_and_may_come_back(self, settings: dict[str, Any]) -> None:
        desk = begun(settings)
        desk.change("update_member", id="u2", details={"userType": "Guest"})
        seen = desk.changes(**settings)
        assert seen.coverage.gone_members == {user("u2")}
        desk.ledger.learn(seen)
        same_as_reading_everything(desk, settings)
        desk.change("update_member", id="u9", title="Lead")
        assert desk.sync(**settings) == ["MemberProfileChanged"], "guests are passed over"
        desk.change("update_member", id="u2", details={"userType": "Member"})
        desk.sync(**settings)
        same_as_reading_everything(desk, settings)


class TestGroups:
    """Groups are told with their members, but not which of them are departments."""

    def test_only_members_changed_and_nothing_else_is_asked(self) -> None:
        desk = begun(GROUPS, texts=False)
        desk.change("update_member", id="u7", departments=["d3", "d5"])
        seen = desk.changes(**GROUPS)
        assert {m.id: set(m.departments) for m in seen.members} == {
            user("u7"): {group("d3"), group("d5")}
        }
        assert seen.members[0].email is UNSET, "the rest is not told, and not emptied"
        assert seen.calls == 3
        assert desk.ledger.learn(seen) == ["MemberTransferred"]

    def test_owners_are_the_leaders(self) -> None:
        desk = begun(GROUPS)
        desk.change("update_department", id="d3", leaders=["u9", "u10"])
        seen = desk.changes(**GROUPS)
        assert [(d.id, set(d.leaders)) for d in seen.departments] == [
            (group("d3"), {user("u9"), user("u10")})
        ]
        assert seen.calls == 3

    def test_a_group_that_comes_to_match_the_filter(self) -> None:
        desk = begun({**GROUPS, "groups_filter": "startswith(displayName,'部门')"})
        settings = {**GROUPS, "groups_filter": "startswith(displayName,'部门')"}
        desk.change("update_department", id="d4", name="Project")
        assert "DepartmentDeleted" in desk.sync(**settings)
        desk.change("update_department", id="d4", name="部门4")
        seen = desk.changes(**settings)
        assert not seen.coverage.changes, "which groups it is in was not told"
        desk.ledger.learn(seen)
        same_as_reading_everything(desk, settings)

    def test_a_department_that_becomes_a_role(self) -> None:
        desk = begun(GROUPS)
        put(desk, lambda r: replace(r, departments=tuple(
            replace(d, details={"mailNickname": "role-d9"}) if d.id == "d9" else d
            for d in r.departments
        )))  # fmt: skip
        seen = desk.changes(**GROUPS)
        assert not seen.coverage.changes
        assert {"DepartmentDeleted", "RoleCreated"} <= set(desk.ledger.learn(seen))
        same_as_reading_everything(desk, GROUPS)

    def test_a_property_of_the_filter_is_tracked(self) -> None:
        settings = {**GROUPS, "groups_filter": "securityEnabled eq true"}
        desk = begun(settings)
        put(desk, lambda r: replace(r, departments=tuple(
            replace(d, details={"securityEnabled": False}) if d.id == "d4" else d
            for d in r.departments
        )))  # fmt: skip
        assert "DepartmentDeleted" in desk.sync(**settings)
        same_as_reading_everything(desk, settings)

    def test_another_parent_that_goes_leaves_the_first(self) -> None:
        desk = EntraDesk(company(9, 20))
        desk.incremental = True
        world = desk.app.provider._world
        world.directory.members[group("d2")][group("d4")] = "group"
        world.directory.members[group("d8")][group("d4")] = "group"
        desk.sync(**GROUPS)
        put(desk, edit("u0", title="x"))  # the tenant is built anew: the other parents are gone
        assert desk.changes(**GROUPS).coverage.changes
        desk.sync(**GROUPS)
        same_as_reading_everything(desk, GROUPS)
        assert not any(
            d.details.get("other_parents") for d in desk.ledger.directory.departments.values()
        )

    def test_a_deleted_person_is_in_no_group_though_no_group_says_so(self) -> None:
        desk = begun(GROUPS)
        desk.change("delete_member", id="u3")
        seen = desk.changes(**GROUPS)
        assert seen.coverage.gone_members == {user("u3")}
        assert seen.members == ()
        assert "MemberResigned" in desk.ledger.learn(seen)
        same_as_reading_everything(desk, GROUPS)

    def test_a_group_in_a_new_group_and_both_under_an_old_one(self) -> None:
        desk = begun(GROUPS, texts=False)
        desk.change("create_department", id="x", name="X", parent_id="d3")
        desk.change("create_department", id="y", name="Y", parent_id="x")
        desk.change("move_department", id="d9", parent_id="y")
        seen = desk.changes(**GROUPS)
        assert seen.calls <= 6
        assert desk.sync(**GROUPS) == ["DepartmentCreated", "DepartmentCreated", "DepartmentMoved"]
        same_as_reading_everything(desk, GROUPS)

    def test_new_groups_that_cannot_be_looked_into_are_a_gap(self) -> None:
        """What is hidden in one group holds up nothing else."""
        desk = begun(GROUPS)
        desk.change("create_department", id="x", name="X", parent_id="d3")
        desk.change("update_member", id="u7", title="Lead")
        desk.set(refused_paths={f"groups/{group('x')}/members": 500})
        seen = desk.changes(**GROUPS)
        assert group("x") in seen.gaps[0].what
        assert sorted(desk.ledger.learn(seen)) == ["DepartmentCreated", "MemberProfileChanged"]

    def test_who_is_made_between_the_two_rounds_is_found_by_the_next(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk = begun(GROUPS)
        listing, late = EntraClient.listing, ["users/delta"]

        async def between(self: EntraClient, name: str, *args: Any, **options: Any) -> Any:
            if name in late:
                late.remove(name)
                desk.change("create_member", id="new", name="n", departments=["d1"])
            return await listing(self, name, *args, **options)

        monkeypatch.setattr(EntraClient, "listing", between)
        assert "MemberCreated" in desk.sync(**GROUPS)
        desk.sync(**GROUPS)
        same_as_reading_everything(desk, GROUPS)


class TestTexts:
    """Departments that are texts come, go and are renamed by what people changed."""

    def people(self, **texts: str | None) -> Roster:
        return Roster(
            members=tuple(
                MemberRecord(id=who, name=who, departments=(), details={"department": text})
                for who, text in texts.items()
            )
        )

    def test_a_renaming_is_seen_from_those_who_changed(self) -> None:
        desk = begun({}, self.people(a="Sales", b="Sales", c="R&D", d="R&D"))
        desk.app.provider.put_roster(self.people(a="Trade", b="Trade", c="R&D", d="R&D"))
        assert desk.changes().coverage.changes
        assert desk.sync() == ["DepartmentRenamed"]

    def test_half_of_them_is_no_renaming(self) -> None:
        desk = begun({}, self.people(a="Sales", b="Sales", c="Sales"))
        desk.app.provider.put_roster(self.people(a="Trade", b="Trade", c="Sales"))
        assert "DepartmentRenamed" not in desk.sync()
        assert {name for name, _, _ in desk.ledger.tree()} == {"Sales", "Trade"}

    def test_a_text_that_is_emptied(self) -> None:
        desk = begun({}, self.people(a="Sales", b="R&D"))
        desk.app.provider.put_roster(self.people(a=None, b="R&D"))
        assert sorted(desk.sync()) == ["DepartmentDeleted", "MemberTransferred"]

    def test_the_usual_spelling_changes_when_most_are_seen_to_have_another(self) -> None:
        desk = begun({}, self.people(a="sales", b="sales", c="sales"))
        desk.app.provider.put_roster(self.people(a="Sales", b="sales", c="sales"))
        assert desk.sync() == []
        desk.app.provider.put_roster(self.people(a="Sales", b="Sales", c="Sales"))
        assert desk.sync() == ["DepartmentRenamed"]


def test_a_field_that_is_emptied_is_told_and_one_that_never_was_is_not() -> None:
    desk = begun({})
    desk.change("update_member", id="u7", mobile=None)
    (seen,) = desk.changes().members
    assert seen.mobile is None
    assert "division" not in seen.details
    assert desk.sync() == ["MemberContactChanged"]


def test_the_hidden_properties_of_the_cloud_stay_hidden() -> None:
    desk = begun({}, unknown_properties={"employeeOrgData"})
    desk.change("update_member", id="u7", title="Lead")
    assert desk.sync() == ["MemberProfileChanged"], "and no other scope"


def test_a_manager_who_left_is_nobodys_manager() -> None:
    desk = begun({"tree": "manager"})
    desk.change("delete_member", id="u3")
    seen = desk.changes(tree="manager")
    assert seen.coverage.changes
    assert user("u3") in seen.coverage.gone_departments
    desk.ledger.learn(seen)
    same_as_reading_everything(desk, {"tree": "manager"})


def test_a_new_unit_is_looked_into() -> None:
    settings = {"tree": "units", "separator": "/"}
    desk = begun(settings)
    desk.change("create_department", id="x", name="X", parent_id="d3")
    desk.change("update_member", id="u7", departments=["x"])
    seen = desk.changes(**settings)
    assert seen.calls == 4
    desk.ledger.learn(seen)
    same_as_reading_everything(desk, settings)


def test_departments_that_only_moved_are_told_alone() -> None:
    desk = begun(GROUPS, Roster(departments=tuple(
        DepartmentRecord(id=f"d{i}", name=f"D{i}", parent_id=None) for i in range(50)
    ), members=company(1, 5).members))  # fmt: skip
    desk.change("move_department", id="d7", parent_id="d3")
    assert [d.id for d in desk.changes(**GROUPS).departments] == [group("d7")]
