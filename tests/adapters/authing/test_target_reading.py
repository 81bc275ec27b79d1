"""Reading back what an Authing user pool holds, and what it takes without being written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from adapters.authing.mapping import Form
from adapters.authing.settings import AuthingSettings
from adapters.authing.target import AuthingTarget
from adapters.authing.wire import Department, User
from domain.delivery.operation import Relations
from domain.errors import ConfigError, CredentialFault, TransientFault
from tests.adapters.authing.authing_desk import SMALL
from tests.adapters.authing.target_desk import GIVEN, VirtualDesk


@pytest.fixture
def target() -> AuthingTarget:
    return AuthingTarget("authing-main", AuthingSettings(**GIVEN))


@pytest.mark.parametrize("lists_root", [False, True])
def test_everything_is_read(lists_root: bool) -> None:
    """Departments under our ids with their parents, people with the main department first."""
    desk = VirtualDesk(SMALL, lists_root=lists_root)
    found = desk.read()
    assert (found.complete, found.gaps) == ({"department", "member", "role"}, ())
    departments = {p.key: p for p in found.present["department"]}
    assert departments.keys() == {"d-rd", "d-50", "d-hr"}
    assert departments["d-rd"].relations.parent is None
    assert departments["d-50"].relations.parent == departments["d-rd"].remote
    people = {p.key: p for p in found.present["member"]}
    assert people["ann"].relations == Relations(
        departments=(departments["d-50"].remote, departments["d-rd"].remote),
        manager=None,
        active=True,
    )
    assert people["bob"].fields["phone"] == "+491711234567"
    assert people["bob"].relations.manager == people["ann"].remote
    roles = {p.key: p.members for p in found.present["role"]}
    assert roles == {"r1": {people["ann"].remote, people["bob"].remote}, "r2": frozenset()}


def loosened(desk: VirtualDesk, change: Callable[[str, Any], Any]) -> None:
    """Each answer's data as ``change`` makes it of the interface's name and the data."""
    answer = desk.app.provider.answer

    def changed(call: Any, request: Any, fault: Any) -> Any:
        reply = answer(call, request, fault)
        said = msgspec.json.decode(reply.body)
        said["data"] = change(call.api, said.get("data"))
        reply.body = msgspec.json.encode(said)
        return reply

    desk.app.provider.answer = changed  # type: ignore[method-assign]


def test_nulls_and_what_nobody_documented_change_nothing() -> None:
    """What is empty may be null or an empty text, and there may be more than is documented."""

    def loose(_: str, said: Any) -> Any:
        if isinstance(said, list):
            return [loose("", one) for one in said]
        if isinstance(said, dict):
            empty = {n: None for n, v in said.items() if v is False or v in ("", [])}
            more = {"unheardOf": {"a": [None]}}
            return {n: loose("", v) for n, v in said.items()} | empty | more
        return said

    plain, desk = VirtualDesk(SMALL), VirtualDesk(SMALL)
    expected = plain.read()
    loosened(desk, loose)
    found = desk.read()
    assert (found.complete, found.gaps) == (expected.complete, ())
    for kind, several in expected.present.items():
        assert [p.key for p in found.present[kind]] == [p.key for p in several]
    assert [p.members for p in found.present["role"]][1] == frozenset()
    ann = desk.user("ann").id
    assert desk.done("member", "update", remote=ann, fields={"name": "Ann B."}) == ann


def test_one_person_of_an_unknown_shape_is_a_gap() -> None:
    """The others are told; nobody's absence is concluded."""
    desk = VirtualDesk(SMALL)

    def bad(api: str, said: Any) -> Any:
        if api == "list-users":
            said["list"][0]["departmentIds"] = {"no": "list"}
        return said

    loosened(desk, bad)
    found = desk.read()
    assert found.complete == {"department", "role"}
    assert len(found.present["member"]) == len(SMALL.members) - 1
    assert "list-users: Authing counts" in str(found.gaps)


def test_departments_outside_of_ours_are_not_told() -> None:
    """The organization itself, and departments of another organization, are no membership."""
    desk = VirtualDesk(SMALL)
    user = desk.user("bob")
    desk.world.place(user, [desk.world.root.id, *user.departments], desk.world.root.id)
    (bob,) = [p for p in desk.read().present["member"] if p.key == "bob"]
    assert bob.relations.departments == (desk.department("d-50").id,)


def test_a_part_that_fails_is_a_gap() -> None:
    """The rest is told; without the tree nobody's departments are known."""
    desk = VirtualDesk(SMALL)
    desk.fault("get-all-departments:permission", "list-role-members:permission")
    found = desk.read()
    assert found.complete == {"member"}
    assert "department" not in found.present
    assert all("departments" not in p.relations.given() for p in found.present["member"])
    assert [p.members for p in found.present["role"]] == [None, None]
    assert len(found.gaps) == 3


@pytest.mark.parametrize("api", ["list-users", "list-roles", "get-all-departments"])
def test_a_list_that_does_not_come_out_even_is_not_complete(api: str) -> None:
    """A lost page must not look as if somebody were gone."""
    desk = VirtualDesk(SMALL)
    desk.fault(f"{api}:drop_page")
    found = desk.read()
    kind = {"list-users": "member", "list-roles": "role"}.get(api, "department")
    assert kind not in found.complete
    assert any(api in gap and "counts" in gap for gap in found.gaps)


def test_a_hundred_and_one_people_are_three_pages() -> None:
    """Pages of fifty, until everybody is there."""
    desk = VirtualDesk()
    for number in range(101):
        desk.app.provider.change({"op": "create_member", "id": f"u{number}", "name": "x"})
    assert len(desk.read().present["member"]) == 101
    assert desk.app.stats.calls["list-users"] == 3


def test_nothing_at_all_is_a_failure() -> None:
    """Where no list can be read the fault is raised; a wrong key stops at once."""
    desk = VirtualDesk(SMALL)
    desk.fault("*:http_500", "get-management-token:slow")
    desk.app.faults.set([])
    desk.fault(*(f"{api}:busy" for api in ("get-organization", "list-users", "list-roles")))
    with pytest.raises(TransientFault):
        desk.read()
    desk.given = {"access_key_secret": "wrong"}
    with pytest.raises(CredentialFault):
        desk.read()


FITTED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("member", {"email": " Li@Example.COM "}, {"email": "li@example.com"}),
    ("member", {"phone": "138 0000 0007"}, {"phone": "+8613800000007"}),
    ("member", {"phone": "+49 171 1234567"}, {"phone": "+491711234567"}),
    ("member", {"phone": ""}, {"phone": None}),
    ("member", {"photo": None, "name": "x"}, {"name": "x"}),
    ("member", {"gender": "m"}, {"gender": "M"}),
    ("member", {"gender": "U"}, {"gender": None}),
    ("member", {"customData.age": 30, "customData.x": " y "},
     {"customData.age": 30, "customData.x": "y"}),
    ("department", {"name": " R&D / <x> ", "code": ""}, {"name": "R&D / <x>", "code": None}),
    ("role", {"name": "值班员 ☎"}, {"name": "值班员 ☎"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "fitted"), FITTED)
def test_values_get_authings_form(
    target: AuthingTarget, kind: str, given: dict[str, Any], fitted: dict[str, Any]
) -> None:
    """Fitting does not change what is fitted already."""
    first = target.fit(kind, given)
    assert (first.fields, first.problems) == (fitted, ())
    assert target.fit(kind, first.fields).fields == fitted


@pytest.mark.parametrize(
    ("kind", "given", "problem"),
    [
        ("member", {"phone": "call me"}, "phone is no telephone number"),
        ("member", {"gender": "x"}, "gender must be M, F or U"),
        ("member", {"shoe": "42"}, "shoe is no field of Authing's that can be mapped"),
        ("member", {"customData.": "42"}, "customData. is no field of Authing's that can be"
         " mapped"),
        ("member", {"customData.manager": "x"}, "customData.manager is where the manager is"
         " written, and cannot be mapped"),
        ("department", {"customData.x": "y"}, "customData.x is no field of Authing's that can be"
         " mapped"),
        ("role", {"name": ["a"]}, "name takes one value, and the mapping gives several"),
    ],
)  # fmt: skip
def test_what_authing_cannot_take_is_a_problem(
    target: AuthingTarget, kind: str, given: dict[str, Any], problem: str
) -> None:
    """It is said before anything is sent."""
    assert target.fit(kind, given).problems == (problem,)


def test_rows_of_other_shapes_are_understood() -> None:
    """``root`` is the organization too, empty texts are nothing, custom data may be anything."""
    form = Form(AuthingSettings(**GIVEN))
    row = Department(departmentId="d", name="x", parentDepartmentId="root")
    assert form.department(row, "other").relations.parent is None
    user = User(
        userId="u", email="A@B.cn", phone="+4917", name=" ", gender="U", status="Deactivated",
        customData={"age": 30, "title": "", "x": " y "}, departmentIds=["a", "b"],
        mainDepartmentId="b",
    )  # fmt: skip
    shown = form.user(user, frozenset("ab"))
    assert (shown.fields["email"], shown.fields["name"], shown.fields["gender"]) == (
        "a@b.cn", None, None,
    )  # fmt: skip
    assert (shown.fields["customData.age"], shown.fields["customData.x"]) == (30, "y")
    assert shown.fields["customData.title"] is None
    assert shown.relations == Relations(departments=("b", "a"), manager=None, active=False)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"access_key_id": ""}, "access_key_id must not be empty"),
        ({"access_key_secret": ""}, "access_key_secret must not be empty"),
        ({"base_url": "ftp://x"}, "base_url is not an http address"),
        ({"organization_code": ""}, "organization_code must not be empty"),
        ({"country_code": "China"}, "country_code is two capital letters"),
        ({"rate": 0}, "rate must be more than 0"),
        ({"max_rate": -1}, "max_rate must be 0"),
        ({"concurrency": 0}, "concurrency must be at least 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, Any], problem: str) -> None:
    """Each is named; nothing shows the secret."""
    with pytest.raises(ConfigError, match=problem) as caught:
        AuthingSettings(**{**GIVEN, **given})
    assert GIVEN["access_key_secret"] not in str(caught.value)
    assert GIVEN["access_key_secret"] not in repr(AuthingSettings(**GIVEN))
