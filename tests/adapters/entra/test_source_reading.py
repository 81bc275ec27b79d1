"""What is read, in how many calls, and what becomes of parts that cannot be read."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.entra.client import RESTARTS
from adapters.entra.simulator import paging
from adapters.entra.simulator.directory import immutable
from domain.errors import CredentialFault, PermissionFault, SystemFault, TerminalFault
from domain.observe import WHOLE, Observation
from domain.records import MemberRecord, Roster
from tests.adapters.entra.entra_desk import GROUPS, SECRET, EntraDesk, company, group, user


def ids(seen: Observation) -> set[str]:
    return {m.id for m in seen.members}


@pytest.mark.parametrize("number", [0, 1, 998, 999, 1000])
def test_pages_of_999_without_managers(number: int) -> None:
    desk = EntraDesk(company(0, number))
    seen = desk.read(managers=False)
    assert len(ids(seen)) == len(seen.members) == number
    assert desk.calls["users"] == max(1, -(-number // 999))
    assert {m.manager for m in seen.members} <= {UNSET}


@pytest.mark.parametrize("number", [99, 100, 101])
def test_managers_come_with_pages_of_a_hundred(number: int) -> None:
    desk = EntraDesk(company(0, number))
    seen = desk.read()
    assert len(ids(seen)) == number
    assert desk.calls == {"token": 1, "users/delta": 1, "users": -(-number // 100)}
    managers = {m.id: m.manager for m in seen.members}
    assert managers[user("u42")] == user("u4")
    assert managers[user("u0")] is None


@pytest.mark.parametrize("number", [998, 999, 1000, 2500])
def test_members_of_a_group_over_pages(number: int) -> None:
    desk = EntraDesk(company(1, number))
    seen = desk.read(**GROUPS, managers=False)
    assert {m.departments for m in seen.members} == {(group("d0"),)}
    assert len(seen.members) == number


@pytest.mark.parametrize("groups", [9, 10, 11, 40])
def test_twenty_questions_to_a_batch(groups: int) -> None:
    desk = EntraDesk(company(groups, 10))
    desk.read(**GROUPS)
    assert desk.calls["$batch"] == -(-groups * 2 // 20)
    assert sum(desk.calls.values()) == 6 + desk.calls["$batch"], "two of them begin delta queries"


def test_rows_that_come_twice_and_empty_pages_harm_nothing() -> None:
    desk = EntraDesk(company(3, 450, roles=1), repeats=True, empty_pages=True)
    seen = desk.read(**GROUPS)
    assert len(seen.members) == 450
    assert seen.coverage == WHOLE
    assert len(desk.ledger.learn(seen)) > 450


def test_guests_are_left_out_or_read() -> None:
    guest = MemberRecord(id="g", name="G", departments=(), details={"userType": "Guest"})
    old = MemberRecord(id="o", name="O", departments=(), details={"userType": None})
    desk = EntraDesk(Roster(members=(guest, old)))
    assert ids(desk.read()) == {user("o")}, "who has no userType is a member"
    seen = {m.id: m for m in desk.read(guests="read").members}
    assert seen[user("g")].details["userType"] == "Guest"
    assert seen[user("o")].details["userType"] is None


def test_fields_keys_and_details() -> None:
    member = MemberRecord(
        id="ann",
        name="Ann",
        departments=(),
        job_number="7",
        active=False,
        details={
            "onPremisesImmutableId": "abc==",
            "businessPhones": ["+49 1"],
            "officeLocation": "B1",
            "employeeHireDate": "2021-05-01T00:00:00Z",
            "employeeOrgData": {"division": "North", "costCenter": "42"},
        },
    )
    (found,) = EntraDesk(Roster(members=(member,))).read().members
    assert found.active is False
    assert (found.email, found.mobile, found.title) == (None, None, None)
    assert found.keys == {"onPremisesImmutableId": "abc=="}
    details = found.details
    assert (details["telephone"], details["work_place"]) == ("+49 1", "B1")
    assert details["hired_date"] == "2021-05-01"
    assert (details["division"], details["costCenter"]) == ("North", "42")
    assert details["userPrincipalName"] == "ann@simulated.example"


def test_a_rehire_under_a_new_object_is_the_same_person() -> None:
    roster = company(1, 4)
    desk = EntraDesk(roster)
    desk.sync(**GROUPS)
    without = replace(roster, members=roster.members[:3])
    desk.app.provider.put_roster(without)
    assert "MemberResigned" in desk.sync(**GROUPS)
    keys = {"onPremisesImmutableId": immutable("u3")}
    again = replace(roster.members[3], id="u3-again", keys=keys)
    desk.app.provider.put_roster(replace(roster, members=(*roster.members[:3], again)))
    facts = desk.sync(**GROUPS)
    assert "MemberRehired" in facts
    assert "MemberCreated" not in facts


def test_basic_profiles_leave_fields_unknown_and_not_empty() -> None:
    desk = EntraDesk(company(3, 9))
    desk.sync(**GROUPS)
    desk.set(permissions=["User.ReadBasic.All", "Group.Read.All"])
    seen = desk.read(**GROUPS)
    assert set(seen.coverage.hidden["member"]) >= {"mobile", "job_number", "active", "manager"}
    assert {(m.mobile, m.job_number, m.active, m.manager) for m in seen.members} == {
        (UNSET, UNSET, UNSET, UNSET)
    }
    assert set(desk.ledger.learn(seen)) == {"SourceScopeChanged"}


def test_a_cloud_that_lacks_a_property_is_asked_for_the_others() -> None:
    desk = EntraDesk(company(0, 5), unknown_properties={"employeeOrgData"})
    seen = desk.read()
    assert len(seen.members) == 5
    assert "employeeOrgData" in seen.coverage.hidden["member"]
    assert seen.members[0].job_number == "E0"


def test_a_property_that_the_tree_needs_is_not_left_out() -> None:
    desk = EntraDesk(company(0, 5), unknown_properties={"employeeOrgData"})
    with pytest.raises(TerminalFault, match="Request_BadRequest"):
        desk.read(attributes=("division",))


class TestPages:
    """Links that expire, lead elsewhere, do not get on, or get lost."""

    def test_an_expired_link_begins_the_listing_anew(self) -> None:
        desk = EntraDesk(company(0, 350), expire_pages=2)
        seen = desk.read()
        assert len(seen.members) == len(ids(seen)) == 350
        assert seen.coverage == WHOLE
        assert desk.app.stats.errors == {"Directory_ExpiredPageToken": 2}

    def test_an_expired_link_among_members_does_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        left = [RESTARTS - 1]

        def resume(world: Any, request: Any) -> Any:
            if "members" in request.path and "$skiptoken" in request.query and left[0]:
                left[0] -= 1
                world.settings.expire_pages = 1
            return real(world, request)

        real = paging.resume
        monkeypatch.setattr(paging, "resume", resume)
        seen = EntraDesk(company(1, 2500)).read(**GROUPS, managers=False)
        assert left == [0]
        assert {m.departments for m in seen.members} == {(group("d0"),)}
        assert not seen.gaps

    def test_links_that_always_expire_are_given_up(self) -> None:
        desk = EntraDesk(company(0, 350), expire_pages=1000)
        seen = desk.read()
        assert not seen.coverage.members
        assert "too old" in seen.gaps[0].why
        assert desk.calls["users"] == 6

    def test_a_page_that_fails_for_good_is_a_gap(self) -> None:
        desk = EntraDesk(company(3, 350))
        desk.sync()
        desk.fault("users:http_500:after=2")
        seen = desk.read()
        assert len(seen.members) == 200
        assert not seen.coverage.members
        assert not seen.coverage.departments
        assert desk.ledger.learn(seen) == [], "nobody leaves, nothing is deleted"

    def test_the_token_goes_to_no_other_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("adapters.entra.simulator.paging.origin", lambda r: "http://evil.test")
        seen = EntraDesk(company(0, 350)).read()
        assert not seen.coverage.members
        assert "evil.test" in seen.gaps[0].why

    def test_a_link_that_does_not_get_on_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def stuck(world: Any, request: Any, ids: Any, start: int, query: Any, **_: Any) -> Any:
            again = "http://sim/v1.0/users?$skiptoken=again"
            world.pages["again"] = paging.Cursor(request.path, ids, 0, query, 1e12)
            return {"@odata.nextLink": again}

        monkeypatch.setattr("adapters.entra.simulator.paging._link", stuck)
        desk = EntraDesk(company(0, 350))
        seen = desk.read()
        assert desk.calls["users"] < 5
        assert "do not get on" in seen.gaps[0].why

    def test_an_empty_answer_is_reported_as_it_is(self) -> None:
        desk = EntraDesk(company(0, 350))
        desk.fault("users:empty_list")
        seen = desk.read()
        assert seen.members == ()
        assert seen.coverage == WHOLE, "the engine holds it"


class TestParts:
    """A group that cannot be looked into keeps what the ledger knows of it."""

    def test_its_people_and_the_groups_in_it_stay(self) -> None:
        desk = EntraDesk(company(12, 60))
        desk.sync(**GROUPS)
        desk.set(refused_paths={f"groups/{group('d0')}/members": 500})
        seen = desk.read(**GROUPS)
        assert len(seen.gaps) == 1
        assert group("d0") in seen.gaps[0].what
        assert desk.ledger.learn(seen) == []

    def test_leavers_leave_all_the_same(self) -> None:
        roster = company(12, 60)
        desk = EntraDesk(roster)
        desk.sync(**GROUPS)
        desk.set(refused_paths={f"groups/{group('d0')}/members": 403})
        desk.change("delete_member", id="u59")
        assert desk.sync(**GROUPS) == ["MemberResigned"]

    def test_a_group_that_went_meanwhile_is_gone(self) -> None:
        desk = EntraDesk(company(5, 10))
        desk.sync(**GROUPS)
        desk.set(refused_paths={f"groups/{group('d3')}/": 404})
        facts = desk.sync(**GROUPS)
        assert "DepartmentDeleted" in facts
        assert "MemberResigned" not in facts

    def test_owners_that_cannot_be_read_stay(self) -> None:
        desk = EntraDesk(company(5, 10))
        desk.sync(**GROUPS)
        desk.set(refused_paths={f"groups/{group('d1')}/owners": 403})
        seen = desk.read(**GROUPS)
        assert [d.leaders for d in seen.departments if d.id == group("d1")] == [UNSET]
        assert desk.ledger.learn(seen) == []

    def test_a_hidden_membership_is_not_an_empty_one(self) -> None:
        desk = EntraDesk(company(3, 6))
        desk.sync(tree="units", separator="/")
        units = desk.app.provider._world.directory.objects["unit"]
        for unit in units.values():
            unit["visibility"] = "HiddenMembership"
        seen = desk.read(tree="units", separator="/")
        assert "Member.Read.Hidden" in seen.gaps[0].why
        assert desk.ledger.learn(seen) == []

    def test_groups_on_later_pages_stay(self) -> None:
        desk = EntraDesk(company(1100, 20))
        groups = {**GROUPS, "roles_filter": ""}
        desk.sync(**groups)
        desk.fault("groups:http_500:after=1")
        seen = desk.read(**groups)
        assert len(seen.departments) == 999
        assert not seen.coverage.departments
        assert desk.ledger.learn(seen) == []

    def test_roles_beside_another_tree_are_a_gap(self) -> None:
        desk = EntraDesk(company(3, 6, roles=2))
        desk.sync(roles_filter=GROUPS["roles_filter"])
        desk.set(permissions=["User.Read.All"])
        seen = desk.read(roles_filter=GROUPS["roles_filter"])
        assert not seen.coverage.roles
        assert desk.ledger.learn(seen) == []

    def test_groups_without_permission(self) -> None:
        desk = EntraDesk(company(3, 6), permissions={"User.Read.All"})
        with pytest.raises(PermissionFault) as caught:
            desk.read(**GROUPS)
        assert caught.value.permission == "Group.Read.All"
        assert "admin consent" in caught.value.fix


class TestThrottling:
    """It is waited for, in batches each request on its own."""

    def test_a_429_is_waited_for(self) -> None:
        desk = EntraDesk(company(3, 250))
        desk.fault("users:throttle_platform:times=2")
        assert desk.read().coverage == WHOLE
        assert desk.seconds >= 20

    def test_only_the_throttled_part_of_a_batch_is_asked_again(self) -> None:
        desk = EntraDesk(company(20, 40), throttled_parts=3)
        assert desk.read(**GROUPS).coverage == WHOLE
        assert desk.calls["$batch"] <= 2 + 2

    def test_a_tenant_with_real_limits(self) -> None:
        desk = EntraDesk(company(400, 40), real_limits=True)
        seen = desk.read(**GROUPS)
        assert seen.coverage == WHOLE
        assert not seen.gaps

    @pytest.mark.parametrize("kind", ["busy", "http_500", "reset", "truncated_json", "html_ban"])
    @pytest.mark.parametrize("api", ["token", "users", "groups", "$batch"])
    def test_what_passes_by_is_waited_for(self, api: str, kind: str) -> None:
        desk = EntraDesk(company(5, 10))
        desk.fault(f"{api}:{kind}:times=3")
        assert desk.read(**GROUPS).coverage == WHOLE

    def test_random_trouble_everywhere(self) -> None:
        desk = EntraDesk(company(60, 500, roles=3))
        kinds = ("busy", "http_500", "reset", "throttle")
        # so rare that no call meets four in a row: whom they strike depends on the order of calls
        desk.fault(*(f"*:{kind}:probability=0.02" for kind in kinds))
        assert desk.read(**GROUPS).coverage == WHOLE


class TestCredentials:
    """Nothing else can be done until these are mended: one message, one call."""

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"client_secret": "wrong-hush"}, "secret is wrong"),
            ({"client_id": "somebody"}, "does not know the app"),
            ({"tenant_id": "nowhere"}, "no such tenant"),
            ({"scope": "User.Read"}, "scope"),
        ],
    )
    def test_what_is_wrong_is_told(self, wrong: dict[str, str], told: str) -> None:
        desk = EntraDesk(company(1, 1))
        with pytest.raises(CredentialFault, match=told) as caught:
            desk.read(**wrong)
        assert "hush" not in f"{caught.value}{caught.value!r}"
        assert desk.calls == {"token": 1}

    def test_a_secret_that_has_ended(self) -> None:
        desk = EntraDesk(company(1, 1), secret_expired=True)
        with pytest.raises(CredentialFault, match="has expired"):
            desk.read()

    @pytest.mark.parametrize("api", ["users", "groups", "$batch"])
    def test_a_token_that_ends_in_the_middle(self, api: str) -> None:
        desk = EntraDesk(company(30, 300))
        desk.fault(f"{api}:expire_token:times=1")
        assert desk.read(**GROUPS).coverage == WHOLE
        assert desk.calls["token"] == 2

    def test_a_token_that_never_holds(self) -> None:
        desk = EntraDesk(company(3, 300))
        desk.fault("users:expire_token")
        with pytest.raises(CredentialFault, match="access token"):
            desk.read()
        assert desk.calls["token"] < 5


@pytest.mark.parametrize("envelope", ["graph", "text", "empty"])
def test_every_form_of_a_refusal_is_understood(envelope: str) -> None:
    desk = EntraDesk(company(3, 6), envelope=envelope, permissions={"User.Read.All"})
    with pytest.raises(PermissionFault):
        desk.read(**GROUPS)


def test_national_clouds_are_a_matter_of_hosts() -> None:
    desk = EntraDesk(company(1, 3))
    settings = {
        "login_url": "https://login.partner.microsoftonline.cn",
        "base_url": "https://microsoftgraph.chinacloudapi.cn/v1.0",
    }
    assert len(desk.read(**settings).members) == 3


@pytest.mark.parametrize(
    "fault", ["*:http_500", "*:permission", "*:ip", "*:html_ban", "*:truncated_json:after=1"]
)
def test_neither_errors_nor_gaps_nor_logs_tell_secrets(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk = EntraDesk(company(3, 30))
    desk.fault(fault)
    try:
        told = "\n".join(map(str, desk.read(**GROUPS).gaps))
    except SystemFault as error:
        told = f"{error} {error!r}"
    told += caplog.text + "\n".join(f"{f.text} {f.fix}" for f in desk.check(**GROUPS))
    tokens = list(desk.app.provider._world.tokens._ends)
    assert [word for word in (SECRET, "人1", "1380000", "u1@", *tokens) if word in told] == []
