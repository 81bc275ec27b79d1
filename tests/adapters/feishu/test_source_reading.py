"""Reading a Feishu tenant: pages, ids, ranges, fields and roles."""

from __future__ import annotations

from math import ceil

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.feishu.simulator.model import Group
from adapters.feishu.simulator.settings import (
    EMAIL,
    EMPLOYEE_ID,
    PHONE,
    READ_AS_APP,
    SCOPES,
)
from bench import least
from domain.errors import PermissionFault
from domain.observe import WHOLE
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.feishu.source_contract_desk import SINGLE
from tests.adapters.feishu.source_desk import SourceDesk, by_id, company

PEOPLE, CHILDREN = "users/find_by_department", "departments/children"
ROLES = {f"角色{i}": f"r{i}" for i in range(3)}


def without(*scopes: str) -> list[str]:
    return sorted(SINGLE - set(scopes))


class TestWhole:
    """An app that may see everything."""

    def test_no_call_too_many(self) -> None:
        """A token, pages of departments, people and holders: what the API allows at least."""
        roster = company(120, 700, roles=3)
        desk = SourceDesk(roster)
        seen = desk.read(role_ids=ROLES)
        assert desk.calls == least.feishu(roster)
        assert sum(desk.calls.values()) == seen.calls
        assert seen.coverage == WHOLE
        assert seen.gaps == ()

    @pytest.mark.parametrize("people", [0, 1, 49, 50, 51, 100, 101])
    def test_pages_of_people(self, people: int) -> None:
        """Nobody is lost or asked for twice where a page ends."""
        desk = SourceDesk(company(1, people))
        assert len(desk.read().members) == people
        assert desk.calls[PEOPLE] == 1 + max(1, ceil(people / 50))

    @pytest.mark.parametrize("departments", [1, 49, 50, 51, 101])
    def test_pages_of_departments(self, departments: int) -> None:
        """The recursive list has 50 a page, in no order."""
        desk = SourceDesk(company(departments, 3))
        seen = desk.read()
        assert len(seen.departments) == departments
        assert desk.calls[CHILDREN] == ceil(departments / 50)

    def test_under_a_limit_of_calls(self) -> None:
        """The budget keeps to 16 calls a second of one interface; nothing is refused."""
        desk = SourceDesk(company(60, 60), real_limits=True)
        assert desk.read(rate=16).gaps == ()
        assert desk.app.stats.throttled == 0

    def test_progress_is_told(self) -> None:
        """The last word says how many there are."""
        desk = SourceDesk(company(10, 50))
        desk.read()
        last = {what: (done, total) for what, done, total in desk.progress}
        assert (last["departments"], last["members"]) == ((10, 10), (50, 50))

    def test_leaders_come_with_the_primary_one_first(self) -> None:
        """Also where the reply has the deputies before."""
        desk = SourceDesk(company(1, 3))
        department = next(d for d in desk.directory.tree.departments.values() if d.parent == "0")
        people = {u.user_id: u.key for u in desk.directory.people.users.values()}
        department.leaders = ((2, people["u0"]), (1, people["u2"]))
        assert desk.read().departments[0].leaders == ("u2", "u0")

    def test_the_main_department_is_the_primary_one(self) -> None:
        """Not the first that is listed; the organization itself is nobody's department."""
        roster = company(3, 0)
        people = (
            MemberRecord(id="a", name="甲", departments=("d0", "d2"), main_department="d2"),
            MemberRecord(id="b", name="乙", departments=()),
        )
        seen = by_id(SourceDesk(replace(roster, members=people)).read().members)
        assert (seen["a"].main_department, set(seen["a"].departments)) == ("d2", {"d0", "d2"})
        assert (seen["b"].main_department, seen["b"].departments) == (None, ())

    def test_states(self) -> None:
        """Suspended and exited are not active, not accepted is, resigned is not there."""
        desk = SourceDesk(company(1, 4))
        users = {u.user_id: u for u in desk.directory.people.users.values()}
        users["u1"].frozen, users["u2"].unjoined = True, True
        seen = by_id(desk.read().members)
        assert [seen[f"u{n}"].active for n in range(3)] == [True, False, True]
        assert seen["u2"].details["is_unjoin"] is True
        users["u3"].resigned = 1
        assert "u3" not in by_id(desk.read().members)

    def test_details(self) -> None:
        """What the ledger has no field for is kept by Feishu's names."""
        details = {"en_name": "Ann", "join_time": 1600000000, "city": "杭州", "gender": 2,
                   "enterprise_email": "ann@corp.example", "employee_type": 2}  # fmt: skip
        person = MemberRecord(
            id="a", name="安", departments=(), details=details, mobile="+85251234567"
        )
        (seen,) = SourceDesk(Roster(members=(person,))).read().members
        assert {k: v for k, v in seen.details.items() if v is not None} == details
        assert seen.mobile == "+85251234567"
        assert (seen.title, seen.email) == (None, None), "known to be empty"


class TestIds:
    """One kind of id is chosen, the others are kept."""

    def test_custom(self) -> None:
        """user_id and department_id; open_id and union_id beside."""
        seen = SourceDesk(company(2, 2)).read()
        assert set(by_id(seen.departments)) == {"d0", "d1"}
        keys = by_id(seen.members)["u0"].keys
        assert keys["open_id"].startswith("ou_")
        assert keys["union_id"].startswith("on_")

    def test_open(self) -> None:
        """open_id and open_department_id everywhere; user_id and union_id beside."""
        seen = SourceDesk(company(6, 4, roles=1)).read(id_kind="open", role_ids={"角色0": "r0"})
        assert all(d.id.startswith("od-") for d in seen.departments)
        assert {d.parent_id for d in seen.departments} - {None} <= set(by_id(seen.departments))
        people = set(by_id(seen.members))
        assert all(one.startswith("ou_") for one in people)
        assert {m.keys["user_id"] for m in seen.members} == {"u0", "u1", "u2", "u3"}
        assert {m.manager for m in seen.members} - {None} <= people
        assert set(seen.roles[0].members) == people
        assert {d.leaders[0] for d in seen.departments if d.leaders} <= people

    def test_user_ids_that_are_hidden(self) -> None:
        """Nobody can be told apart: one sentence, and the other kind of id helps."""
        desk = SourceDesk(company(2, 2), scopes=frozenset(SCOPES - {EMPLOYEE_ID}))
        with pytest.raises(PermissionFault, match="employee_id") as caught:
            desk.read()
        assert 'id_kind = "open"' in caught.value.fix
        assert len(desk.read(id_kind="open").members) == 2


class TestRange:
    """An app whose contact range is a part."""

    def test_the_granted_departments_are_the_roots(self) -> None:
        """What is below comes along; what is beside is not spoken of."""
        desk = SourceDesk(company(20, 40), visible_departments=("d0", "d2"))
        seen = desk.read()
        found = by_id(seen.departments)
        assert seen.coverage.roots == ("d0", "d2")
        assert {found["d0"].parent_id, found["d2"].parent_id} == {None}
        assert found["d4"].parent_id == "d0"
        assert "d1" not in found
        assert seen.coverage.departments
        assert seen.coverage.members
        assert desk.calls["departments/batch"] == 1
        assert {d for m in seen.members for d in m.departments} == set(found)

    def test_one_granted_department_below_another(self) -> None:
        """It is no root, and keeps its parent."""
        seen = SourceDesk(company(20, 40), visible_departments=("d4", "d0")).read()
        assert seen.coverage.roots == ("d0",)
        assert by_id(seen.departments)["d4"].parent_id == "d0"

    def test_people_by_themselves(self) -> None:
        """They are asked for fifty at a time, and make no part complete."""
        people = tuple(f"u{n}" for n in range(60))
        desk = SourceDesk(company(2, 80), visible_departments=(), visible_users=people)
        seen = desk.read()
        assert len(seen.members) == 60
        assert desk.calls["users/batch"] == 2
        assert not seen.coverage.members
        assert not seen.coverage.departments

    def test_nothing(self) -> None:
        """An empty answer is reported as it is; the engine holds it."""
        seen = SourceDesk(company(2, 2), visible_departments=()).read()
        assert (seen.members, seen.departments) == ((), ())
        assert not seen.coverage.members

    def test_more_granted_departments_than_a_page(self) -> None:
        """The range has a hundred a page, questions for departments have fifty."""
        granted = tuple(f"d{n}" for n in range(130))
        desk = SourceDesk(company(130, 10, width=130), visible_departments=granted)
        assert len(desk.read().departments) == 130
        assert desk.calls["scopes/list"] == 2
        assert desk.calls["departments/batch"] == 3


def test_a_tree_too_large_to_list_at_once() -> None:
    """43010: level by level, with the same result."""
    roster = company(30, 60)
    whole, levels = SourceDesk(roster).read(), SourceDesk(roster, recursion_limit=5)
    seen = levels.read()
    assert set(by_id(seen.departments)) == set(by_id(whole.departments))
    assert set(by_id(seen.members)) == set(by_id(whole.members))
    assert seen.coverage.departments
    assert levels.calls[PEOPLE] == 31, "nobody is listed twice"


class TestHidden:
    """A field without its permission is unknown, not empty."""

    def test_contacts(self) -> None:
        """Named in the coverage, and not in any record."""
        seen = SourceDesk(company(2, 5), scopes=frozenset(without(EMAIL, PHONE))).read()
        assert {m.email for m in seen.members} | {m.mobile for m in seen.members} == {UNSET}
        assert {"email", "mobile"} <= set(seen.coverage.hidden["member"])
        assert seen.coverage.members

    def test_departments_of_people(self) -> None:
        """They are where they are listed; main department and manager are unknown."""
        person = MemberRecord(id="x", name="X", departments=("d0", "d1"))
        roster = company(2, 4)
        desk = SourceDesk(
            replace(roster, members=(*roster.members, person)),
            scopes=frozenset(without("contact:user.department:readonly")),
        )
        seen = by_id(desk.read().members)
        assert set(seen["x"].departments) == {"d0", "d1"}
        assert (seen["x"].main_department, seen["x"].manager) == (UNSET, UNSET)
        desk.fault(f"{PEOPLE}:http_500:match.department_id=d1")
        assert desk.read().members == (), "nobody may lose the department that was not read"

    @pytest.mark.parametrize(
        "scope",
        ["contact:department.organize:readonly", "contact:department.base:readonly",
         "contact:user.base:readonly"],
    )  # fmt: skip
    def test_a_field_without_which_there_is_no_tree(self, scope: str) -> None:
        """A department without a parent is a missing permission and no root."""
        desk = SourceDesk(company(6, 4), scopes=frozenset(without(scope)))
        with pytest.raises(PermissionFault) as caught:
            desk.read()
        assert caught.value.permission == scope
        assert scope in str(caught.value)

    def test_one_permission_stands_for_most(self) -> None:
        """contact:contact:readonly_as_app shows everything but ids, numbers and mail."""
        seen = SourceDesk(company(2, 5), scopes=frozenset({READ_AS_APP, EMPLOYEE_ID})).read()
        hidden = set(seen.coverage.hidden["member"])
        assert {"email", "mobile"} <= hidden
        assert not hidden & {"title", "job_number", "active", "manager"}


class TestRoles:
    """Feishu lists no roles: the settings name them."""

    def test_without_any(self) -> None:
        """Nothing is concluded about roles."""
        seen = SourceDesk(company(2, 5, roles=2)).read()
        assert seen.roles == ()
        assert not seen.coverage.roles

    @pytest.mark.parametrize("holders", [0, 99, 100, 101])
    def test_pages_of_holders(self, holders: int) -> None:
        """Holders come a hundred a page."""
        roster = company(1, 120)
        role = RoleRecord(id="r", name="R", members=tuple(f"u{n}" for n in range(holders)))
        seen = SourceDesk(replace(roster, roles=(role,))).read(role_ids={"R": "r"})
        assert len(seen.roles[0].members) == holders

    def test_one_that_is_no_more(self) -> None:
        """It is not listed; the others are, completely."""
        seen = SourceDesk(company(2, 5, roles=1)).read(role_ids={"角色0": "r0", "旧": "gone"})
        assert [r.id for r in seen.roles] == ["r0"]
        assert seen.coverage.roles
        assert seen.gaps == ()

    def test_user_groups_are_roles_of_a_group(self) -> None:
        """If the setting asks for them; their ids can't be taken for those of roles."""
        desk = SourceDesk(company(2, 5, roles=1))
        roster = desk.read(role_ids={"角色0": "r0"}, user_groups=True)
        assert len(roster.roles) == 1
        keys = [u.key for u in desk.directory.people.users.values()][:2]
        desk.directory.groups.add(Group("r0", "组", "", dict.fromkeys(keys)))
        seen = desk.read(role_ids={"角色0": "r0"}, user_groups=True)
        assert {r.id: (r.group, len(r.members)) for r in seen.roles} == {
            "r0": (UNSET, 5), "group:r0": ("User groups", 2),
        }  # fmt: skip


def test_departments_have_order_and_details() -> None:
    """The order is a number; names in other languages are details."""
    roster = Roster(
        departments=(
            DepartmentRecord(id="a", name="甲", parent_id=None, order=3),
            DepartmentRecord(id="b", name="乙", parent_id=None, order=1),
        )
    )
    desk = SourceDesk(roster)
    desk.directory.tree.by_custom("a").i18n_name = {"en_us": "A"}
    seen = by_id(desk.read().departments)
    assert {k: d.order for k, d in seen.items()} == {"a": 3, "b": 1}
    assert msgspec.to_builtins(seen["a"].details)["i18n_name"] == {"en_us": "A"}
