"""Reading an organization that shows everything."""

from __future__ import annotations

from math import ceil
from typing import Any

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.dingtalk.simulator import scope_read
from domain.observe import WHOLE
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.dingtalk.simulator_desk import SMALL
from tests.adapters.dingtalk.source_desk import Ledger, SourceDesk, company


def by_id(records: Any) -> dict[str, Any]:
    return {record.id: record for record in records}


def told(record: msgspec.Struct, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields as the roster tells them: unknown and empty are the same there."""
    values = {name: getattr(record, name) for name in names}
    return {k: None if v is UNSET or v == () else v for k, v in values.items()}


DEPARTMENT = ("id", "name", "parent_id", "leaders", "order")
MEMBER = (
    "id", "name", "departments", "email", "mobile", "job_number", "title", "active", "manager",
)  # fmt: skip
ROLE = ("id", "name", "group", "group_id", "members")


GROUPED = replace(SMALL, roles=SMALL.roles[:1])


@pytest.mark.parametrize("sloppy", [False, True], ids=["strict", "sloppy"])
@pytest.mark.parametrize("roster", [GROUPED, company(30, 400, roles=7)], ids=["small", "company"])
def test_what_is_read_is_what_is_there(roster: Roster, sloppy: bool) -> None:
    desk = SourceDesk(roster, {"sloppy": sloppy})
    seen, truth = desk.read(managers="all", system_roles=True), desk.truth()
    for found, real, names in (
        (seen.departments, truth.departments, DEPARTMENT),
        (seen.members, truth.members, MEMBER),
        (seen.roles, truth.roles, ROLE),
    ):
        assert by_id(found).keys() == by_id(real).keys()
        mine, theirs = by_id(found), by_id(real)
        for key in theirs:
            assert told(mine[key], names) == told(theirs[key], names)
    assert seen.coverage == WHOLE
    assert seen.gaps == ()


@pytest.mark.parametrize("people", [0, 1, 99, 100, 101, 200, 201])
def test_pages(people: int) -> None:
    desk = SourceDesk(company(1, people))
    assert len(desk.read().members) == people
    assert desk.calls["user/list"] == 1 + max(1, ceil(people / 100))


@pytest.mark.parametrize("holders", [0, 99, 100, 101, 250])
def test_pages_of_role_holders(holders: int) -> None:
    roster = company(1, 250)
    role = RoleRecord(id="r", name="R", members=tuple(f"u{i}" for i in range(holders)))
    seen = SourceDesk(replace(roster, roles=(role,))).read()
    assert len(next(r for r in seen.roles if r.name == "R").members) == holders


def test_more_roles_than_a_page_in_groups_that_span_pages() -> None:
    roster = company(1, 3)
    roles = tuple(
        RoleRecord(id=f"r{i}", name=f"R{i}", group=f"G{i % 2}", members=()) for i in range(450)
    )
    desk = SourceDesk(replace(roster, roles=roles))
    seen = desk.read()
    assert len([r for r in seen.roles if r.group in ("G0", "G1")]) == 450
    assert desk.calls["role/list"] == 3


def test_a_person_in_several_departments_comes_once() -> None:
    everywhere = tuple(f"{100 + i}" for i in range(5))
    person = MemberRecord(id="multi", name="多", departments=everywhere)
    seen = SourceDesk(replace(company(5, 0), members=(person,))).read()
    assert [(m.id, len(m.departments)) for m in seen.members] == [("multi", 5)]


def test_department_one_is_the_organization() -> None:
    roster = Roster(
        departments=(DepartmentRecord(id="100", name="甲", parent_id=None),),
        members=(
            MemberRecord(id="boss", name="总", departments=()),
            MemberRecord(id="both", name="兼", departments=("100",)),
        ),
    )
    desk = SourceDesk(roster, {"org_name": "飞凡"})
    desk.directory.people.users["both"].departments = (1, 100)
    desk.directory.tree.departments[1].managers = ("boss",)
    seen = desk.read()
    assert seen.organization == "飞凡"
    assert seen.leaders == ("boss",)
    assert [d.parent_id for d in seen.departments] == [None]
    assert {m.id: m.departments for m in seen.members} == {"boss": (), "both": ("100",)}


def test_system_roles_are_left_out_unless_asked_for() -> None:
    desk = SourceDesk(company(3, 5))
    assert desk.read().roles == ()
    seen = desk.read(system_roles=True)
    system = {r.name: r.members for r in seen.roles if r.group == "默认"}
    assert set(system) >= {"负责人", "主管"}
    assert set(system["主管"]) == {"u0", "u1", "u2"}


def test_empty_values_are_known_to_be_empty() -> None:
    person = MemberRecord(id="u", name="名", departments=(), mobile="13800000000")
    seen = SourceDesk(Roster(members=(person,))).read().members[0]
    assert (seen.title, seen.job_number, seen.email, seen.avatar) == (None, None, None, None)
    assert seen.keys["unionid"]
    assert seen.main_department is UNSET, "DingTalk knows none"


def test_details_of_people() -> None:
    details = {
        "telephone": "010-1",
        "org_email": "a@corp.cn",
        "work_place": "杭州",
        "hired_date": 1597573616828,
        "extension": {"爱好": "旅游"},
        "boss": True,
    }
    person = MemberRecord(
        id="u", name="名", departments=(), email="a@home.cn", mobile="+852-5", details=details
    )
    other = MemberRecord(id="v", name="二", departments=(), email="b@home.cn")
    seen = by_id(SourceDesk(Roster(members=(person, other))).read().members)
    told = {name: value for name, value in seen["u"].details.items() if value is not None}
    assert told == {**details, "email": "a@home.cn", "state_code": "852"}
    assert seen["u"].email == "a@corp.cn", "business mail first"
    assert seen["v"].email == "b@home.cn", "the private one of somebody who has no other"


def test_details_of_departments() -> None:
    desk = SourceDesk(company(1, 0))
    desk.directory.tree.departments[100].attributes["hide_dept"] = True
    details = desk.read().departments[0].details
    assert details["hide_dept"] is True
    assert details["code"] is None


def test_a_full_reading_makes_no_call_too_many() -> None:
    roster = company(40, 700, roles=5)
    desk = SourceDesk(roster)
    seen = desk.read(managers="all")
    per_department = dict.fromkeys((d.id for d in seen.departments), 0)
    for member in seen.members:
        for department in member.departments:
            per_department[department] += 1
    pages = 1 + sum(max(1, ceil(n / 100)) for n in per_department.values())
    holders = sum(max(1, ceil(len(r.members) / 100)) for r in seen.roles)
    least = 1 + 1 + 41 + 41 + pages + 700 + 1 + holders
    assert sum(desk.calls.values()) == least == seen.calls


@pytest.mark.parametrize(
    ("limit", "budgeted"), [({"qps_per_api": 20}, "busiest"), ({"qps": 20}, "all")]
)
def test_under_a_limit_of_twenty_calls_a_second(limit: dict[str, int], budgeted: str) -> None:
    roster = company(60, 300, roles=4)
    free, slow = SourceDesk(roster), SourceDesk(roster, limit)
    free.read(rate=20)
    least = max(free.calls.values()) if budgeted == "busiest" else sum(free.calls.values())
    seen = slow.read(rate=20)
    assert seen.gaps == ()
    assert len(seen.members) == 300
    assert slow.seconds <= least / 20 * 1.15


def test_progress_is_told() -> None:
    desk = SourceDesk(company(10, 50, roles=2))
    desk.read(managers="all")
    last = {what: (done, total) for what, done, total in desk.progress}
    assert last["departments"][0] == 11
    assert last["members"][0] == 50
    assert last["details"] == (50, 50)
    assert last["roles"][0] == last["roles"][1]


class TestManagers:
    """The setting ``managers``: one call per person is dear."""

    def managers(self, desk: SourceDesk, **settings: Any) -> dict[str, Any]:
        known = settings.pop("known", None)
        return {m.id: m.manager for m in desk.read(known, **settings).members}

    def test_none(self) -> None:
        desk = SourceDesk(company(3, 20))
        assert set(self.managers(desk, managers="none").values()) == {UNSET}
        assert "user/get" not in desk.calls

    def test_all(self) -> None:
        found = self.managers(SourceDesk(company(3, 20)), managers="all", detail_calls=1)
        assert found["u0"] is None
        assert found["u15"] == "u1"

    def test_auto_is_everybody_in_a_small_organization(self) -> None:
        found = self.managers(SourceDesk(company(3, 20)), detail_calls=20)
        assert UNSET not in found.values()

    def test_auto_takes_turns_in_a_large_one(self) -> None:
        desk, found = SourceDesk(company(10, 400)), []
        for turn in range(4):
            known = Ledger(turn)
            shown = self.managers(desk, known=known, detail_calls=100)
            found.append({who for who, manager in shown.items() if manager is not UNSET})
        assert all(60 <= len(share) <= 140 for share in found)
        assert set.union(*found) == {f"u{i}" for i in range(400)}
        assert sum(map(len, found)) == 400, "nobody twice in a round"
        again = self.managers(desk, known=Ledger(4), detail_calls=100)
        assert {who for who, manager in again.items() if manager is not UNSET} == found[0]

    def test_auto_asks_for_new_and_changed_people_at_once(self) -> None:
        news = frozenset({"u3", "u77", "u399"})
        shown = self.managers(SourceDesk(company(10, 400)), known=Ledger(0, news), detail_calls=100)
        assert all(shown[who] is not UNSET for who in news)

    def test_auto_gives_everybody_a_turn_within_48_readings(self) -> None:
        desk, asked = SourceDesk(company(10, 200)), set[str]()
        for turn in range(48):
            shown = self.managers(desk, known=Ledger(turn), detail_calls=1)
            asked |= {who for who, manager in shown.items() if manager is not UNSET}
        assert len(asked) == 200

    def test_auto_compares_each_person_with_the_ledger_once(self) -> None:
        known = Ledger()
        self.managers(SourceDesk(company(10, 400)), known=known, detail_calls=100)
        assert sorted(known.compared) == sorted(f"u{i}" for i in range(400))

    def test_auto_compares_again_when_a_field_turns_out_to_be_permitted(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Only the last person of the list shows a title, so all the others have none."""
        monkeypatch.setattr(scope_read, "USER_FIELDS", ("userid", "name"))
        roster, known = company(1, 250), Ledger()
        *others, last = roster.members
        roster = replace(roster, members=(*others, replace(last, title="Engineer")))
        seen = SourceDesk(roster).read(known, detail_calls=100)
        assert {m.title for m in seen.members} == {None, "Engineer"}
        assert known.compared.count("u0") == 2

    def test_auto_knows_the_size_in_the_end_where_dingtalk_does_not_tell(self) -> None:
        desk = SourceDesk(company(10, 400), {"authed_dept": (100, 101), "authed_user": ("u5",)})
        for root in (100, 101):
            desk.directory.tree.departments[root].attributes["member_count"] = 0
        shown = self.managers(desk, detail_calls=1000)
        assert UNSET not in shown.values()
