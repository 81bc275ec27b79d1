"""The roster goes in and comes out the same; the console's changes; faults."""

from __future__ import annotations

import time
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.casdoor.simulator import CasdoorSettings, create_app
from domain.errors import InputError
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.adapters.casdoor.casdoor_desk import ORG, PAIR, SMALL, Desk, user

NAMES = st.text("abc部门员工-,,/😀 ", min_size=1, max_size=6).filter(str.strip)
OPTIONAL = st.one_of(st.just(msgspec.UNSET), st.text("abc1", min_size=1, max_size=5))
IDS = st.text("xyz-09", min_size=1, max_size=6)
USERNAMES = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)?", fullmatch=True).filter(lambda n: len(n) < 20)


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Small organizations that Casdoor could have."""
    people = draw(st.lists(USERNAMES, unique=True, max_size=5))
    dept_ids = draw(st.lists(IDS, unique=True, max_size=6))
    somebody = st.lists(st.sampled_from(people), unique=True, max_size=3) if people else st.just([])
    placed = st.lists(st.sampled_from(dept_ids), unique=True) if dept_ids else st.just([])
    departments = tuple(
        DepartmentRecord(
            id=dept_id,
            name=draw(NAMES),
            parent_id=draw(st.sampled_from([None, *dept_ids[:i]])),
            leaders=tuple(draw(somebody)) or msgspec.UNSET,
        )
        for i, dept_id in enumerate(dept_ids)
    )
    members = tuple(
        MemberRecord(
            id=name,
            name=draw(NAMES),
            departments=tuple(draw(placed)),
            title=draw(OPTIONAL),
            job_number=draw(OPTIONAL),
            avatar=draw(OPTIONAL),
            email=draw(st.sampled_from([msgspec.UNSET, f"u{i}@example.com"])),
            mobile=draw(st.sampled_from([msgspec.UNSET, f"1380000000{i}"])),
            manager=draw(st.sampled_from([msgspec.UNSET, *people[:i]])),
            active=draw(st.booleans()),
        )
        for i, name in enumerate(people)
    )
    roles = tuple(
        RoleRecord(id=role_id, name=f"r{i}", members=tuple(draw(somebody)))
        for i, role_id in enumerate(draw(st.lists(IDS, unique=True, max_size=4)))
    )
    return Roster(departments=departments, members=members, roles=roles)


def by_id(roster: Roster) -> dict[str, Any]:
    """The roster without the order of its records."""
    plain: dict[str, Any] = msgspec.to_builtins(roster)
    return {kind: sorted(rows, key=lambda row: row["id"]) for kind, rows in plain.items()}


@given(rosters(), rosters())
@settings(max_examples=60, deadline=None)
def test_what_goes_in_comes_out_and_replaces_what_was(first: Roster, second: Roster) -> None:
    """A roster replaces the whole organization, and is what is shown, parents first."""
    app = create_app(roster=first)
    assert by_id(app.provider.roster(own_ids=False, system_roles=False)) == by_id(first)
    app.provider.put_roster(second)
    shown = app.provider.roster(own_ids=True, system_roles=False)
    assert by_id(shown) == by_id(second)
    seen: set[str | None] = {None}
    for department in shown.departments:
        assert department.parent_id in seen
        seen.add(department.id)


def department(name: str, parent: str | None = None) -> Roster:
    """One department."""
    return Roster(departments=(DepartmentRecord(id=name, name="n", parent_id=parent),))


def people(*members: MemberRecord) -> Roster:
    """People without departments."""
    return Roster(members=members)


def person(name: str, **fields: Any) -> MemberRecord:
    """Somebody in no department."""
    return MemberRecord(id=name, name="n", departments=(), **fields)


@pytest.mark.parametrize(
    ("roster", "problem"),
    [
        (department("a/b"), 'group name can\'t contain "/"'),
        (department("built-in"), "same as the organization name"),
        (department("n" * 101), "Data too long for column 'name'"),
        (department("a", "missing"), "its parent missing is not in the roster"),
        (people(person("a b")), "The username may only contain"),
        (people(person("a", title="t" * 101)), "Data too long for column 'title'"),
        (people(person("a", email="e"), person("b", email="e")), "the same email"),
        (people(person("a", mobile="1"), person("b", mobile="1")), "the same mobile"),
        (Roster(roles=(RoleRecord(id="r", name="r", members=("x",)),)), "x is not in the roster"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(roster: Roster, problem: str) -> None:
    """The problem is named and the organization stays as it was."""
    desk = Desk()
    before = desk.sim("GET", "roster")
    said = desk.sim("PUT", "roster", roster, status=400)
    assert problem in said["error"]
    assert desk.sim("GET", "roster") == before
    with pytest.raises(InputError):
        create_app(CasdoorSettings(), roster)


def change(desk: Desk, op: str, **fields: Any) -> str:
    """One change in the console; the answer is the name."""
    made: str = desk.sim("POST", "change", {"op": op, **fields})["id"]
    return made


def test_the_console_changes_groups() -> None:
    """Create, rename, move, lead and delete; the name in Casdoor stays the id."""
    desk = Desk()
    assert change(desk, "create_department", id="lab", name="室", parent_id="d-rd") == "lab"
    assert change(desk, "create_department", name="x").startswith("group_")
    change(desk, "move_department", id="lab", parent_id=None)
    change(desk, "update_department", id="lab", name="新", leaders=["ann", "cai"])
    shown = {row["id"]: row for row in desk.sim("GET", "roster")["departments"]}["lab"]
    assert shown == {"id": "lab", "name": "新", "parent_id": None, "leaders": ["ann", "cai"]}
    assert desk.group("lab")["isTopGroup"] is True
    change(desk, "delete_department", id="lab")
    assert desk.group("lab") is None
    refused = desk.sim("POST", "change", {"op": "delete_department", "id": "d-rd"}, status=400)
    assert "group has children group" in refused["error"]


def test_the_console_changes_people_and_roles() -> None:
    """Take in, change and let go; give, take and rename roles."""
    desk = Desk()
    change(desk, "create_member", id="dai", name="戴", departments=["d-hr"], mobile="13900000001")
    change(desk, "update_member", id="dai", name="代", manager="ann", active=False, title="x")
    shown = {row["id"]: row for row in desk.sim("GET", "roster")["members"]}["dai"]
    assert shown == {
        "id": "dai",
        "name": "代",
        "departments": ["d-hr"],
        "mobile": "13900000001",
        "title": "x",
        "active": False,
        "manager": "ann",
    }
    change(desk, "update_member", id="dai", departments=["d-50"], manager=None, mobile=None)
    assert desk.group("d-50")["users"][-1] == f"{ORG}/dai" and desk.user("dai")["phone"] == ""
    change(desk, "grant_role", id="r2", members=["dai"])
    change(desk, "revoke_role", id="r1", members=["ann"])
    change(desk, "rename_role", id="r2", name="卫")
    change(desk, "create_role", id="r3", name="三", members=["cai"])
    change(desk, "delete_role", id="r3")
    assert {row["id"]: row for row in desk.sim("GET", "roster")["roles"]} == {
        "r1": {"id": "r1", "name": "架构师", "members": ["bob"]},
        "r2": {"id": "r2", "name": "卫", "members": ["dai"]},
    }
    change(desk, "delete_member", id="dai")
    assert desk.user("dai") is None


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ({"op": "nonsense"}, "no change 'nonsense'"),
        ({"op": "create_department", "id": "built-in", "name": "x"}, "organization name"),
        ({"op": "update_department", "id": "d-rd", "order": 1}, "no order"),
        ({"op": "move_department", "id": "d-rd", "parent_id": "x"}, "no department x"),
        ({"op": "create_member", "id": "a b", "name": "x"}, "The username may only"),
        ({"op": "create_member", "id": "x", "name": "x", "departments": ["y"]}, "no department y"),
        ({"op": "update_member", "id": "ann", "details": {"x": "y"}}, "does not know"),
        ({"op": "delete_member", "id": "x"}, "no member x"),
        ({"op": "create_role", "name": "x", "group": "y"}, "no role groups"),
        ({"op": "grant_role", "id": "r1", "members": ["x"]}, "people who are not there"),
    ],
)
def test_the_console_refuses_nonsense(made: dict[str, Any], problem: str) -> None:
    """A change that cannot be is a 400 that says why, and nothing has changed."""
    desk = Desk()
    before = desk.sim("GET", "roster")
    assert problem in desk.sim("POST", "change", made, status=400)["error"]
    assert desk.sim("GET", "roster") == before


def test_settings_are_shown_without_the_secret_and_changed_while_it_runs() -> None:
    """The organization's own settings go into its row; the site's are fixed."""
    desk = Desk()
    shown = desk.sim("POST", "settings", {"soft_deletion": True, "org_name": "Neu"})
    assert "client_secret" not in shown
    organization = desk.data("get-organization", id=f"admin/{ORG}")
    assert (organization["displayName"], organization["enableSoftDeletion"]) == ("Neu", True)
    desk.sim("POST", "settings", {"organization": "x"}, status=400)
    desk.sim("POST", "settings", {"colour": "x"}, status=400)
    assert desk.sim("GET", "events") == []


@pytest.mark.parametrize(
    ("kind", "status"), [("throttle", 429), ("busy", 503), ("ip", 403), ("html_ban", 403)]
)
def test_a_proxy_in_front_refuses_with_http_errors(kind: str, status: int) -> None:
    """What Casdoor does not do itself has the proxy's face; statistics count it."""
    desk = Desk()
    desk.sim("POST", "faults", {"api": "get-groups", "kind": kind, "times": 1})
    path = f"/api/get-groups?owner={ORG}"
    assert desk.http("GET", path, params=PAIR).status_code == status
    assert desk.data("get-groups", owner=ORG)
    desk.data("add-user", user("dai"))
    stats = desk.sim("GET", "stats")
    assert stats["calls"] == {"get-groups": 2, "add-user": 1} and stats["writes"] == 1
    assert stats["errors"] == {str(status): 1}


def test_lists_can_come_out_empty_and_tokens_end() -> None:
    """The dials empty_list, drop_page, permission and expire_token."""
    desk = Desk()
    desk.sim("POST", "faults", [{"api": "get-users", "kind": "drop_page", "times": 1}])
    page = desk.reply("get-users", owner=ORG, p=1, pageSize=2)
    assert (page["data"], page["data2"]) == ([], 3)
    desk.sim("POST", "faults", [{"api": "get-users", "kind": "empty_list", "times": 1}])
    page = desk.reply("get-users", owner=ORG, p=1, pageSize=2)
    assert (page["data"], page["data2"]) == ([], 0)
    desk.sim("POST", "faults", [{"api": "get-users", "kind": "permission"}])
    assert desk.refused("get-users", owner=ORG) == "Unauthorized operation"
    asked = {"grant_type": "client_credentials", "client_id": PAIR["clientId"]}
    asked["client_secret"] = PAIR["clientSecret"]
    token = desk.http("POST", "/api/login/oauth/access_token", data=asked).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    desk.sim("POST", "faults", [{"api": "get-roles", "kind": "expire_token"}])
    said: httpx.Response = desk.http("GET", "/api/get-roles", headers=bearer)
    assert said.json()["msg"].startswith("Access token has expired")


def test_single_calls_do_not_read_everybody() -> None:
    """A call for one object costs the same among 20,000 as among three."""

    def seconds(desk: Desk) -> float:
        provider = desk.app.provider
        best = 9.0
        for _ in range(5):
            start = time.perf_counter()
            for number in range(50):
                provider.change({"op": "update_member", "id": "ann", "title": f"t{number}"})
                provider.change({"op": "move_department", "id": "d-50", "parent_id": "d-hr"})
            best = min(best, time.perf_counter() - start)
        return best

    many = tuple(
        MemberRecord(id=f"u{n}", name="n", departments=(f"g{n % 2000}",), email=f"u{n}@example.com")
        for n in range(20_000)
    )
    groups = tuple(DepartmentRecord(id=f"g{n}", name="g", parent_id=None) for n in range(2000))
    crowd = Roster(
        departments=SMALL.departments + groups, members=SMALL.members + many, roles=SMALL.roles
    )
    assert seconds(Desk(crowd)) < 10 * seconds(Desk())
