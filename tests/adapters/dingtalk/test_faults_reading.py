"""Reading when DingTalk has a bad day: gaps instead of errors, and never less than was seen."""

from __future__ import annotations

import logging

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from adapters.dingtalk.simulator.errors import ApiError
from adapters.dingtalk.simulator.model import Department
from adapters.simulation.faults import Fault
from adapters.simulation.http import Reply, Request, json_reply
from adapters.simulation.provider import Call
from domain.errors import (
    CredentialFault,
    PermissionFault,
    SystemFault,
    TransientFault,
)
from domain.observe import WHOLE, Observation
from domain.records import MemberRecord
from tests.adapters.dingtalk.source_desk import SECRET, SourceDesk, company

COMPANY = company(12, 120, roles=3)
APIS = ("department/listsub", "department/get", "user/list", "user/get", "role/list")
PASSING = ("throttle", "throttle_platform", "busy", "http_500", "reset", "truncated_json", "slow")
ENVELOPES = pytest.mark.parametrize("bare", [False, True], ids=["wrapped", "bare"])


def desk_with(*faults: str, **simulated: object) -> SourceDesk:
    desk = SourceDesk(COMPANY, simulated)
    desk.fault(*faults)
    return desk


def complete(seen: Observation) -> bool:
    return (
        seen.coverage == WHOLE
        and seen.gaps == ()
        and (len(seen.departments), len(seen.members), len(seen.roles)) == (12, 120, 3)
        and all(m.manager is not UNSET for m in seen.members)
        and all(d.leaders is not UNSET for d in seen.departments)
    )


@pytest.mark.parametrize("api", [*APIS, "gettoken", "auth/scopes", "role/simplelist", "*"])
@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_by_is_waited_for(kind: str, api: str) -> None:
    seen = desk_with(f"{api}:{kind}:times=3").read()
    assert complete(seen)


@ENVELOPES
@pytest.mark.parametrize("kind", ["throttle", "throttle_platform"])
def test_throttling_in_both_envelopes_is_waited_for(kind: str, bare: bool) -> None:
    desk = desk_with(f"user/list:{kind}:times=8", bare_gateway_errors=bare)
    assert complete(desk.read())
    assert desk.seconds >= 0.75  # a second, less the jitter


def test_platform_throttling_waits_longer_each_time() -> None:
    desk = desk_with("auth/scopes:throttle_platform:times=4")
    assert complete(desk.read())
    assert 15 * 0.7 <= desk.seconds <= 15 * 1.3 + 1


def test_random_trouble_everywhere() -> None:
    # so rare that no call meets four in a row: whom they strike depends on the order of calls
    faults = [f"*:{kind}:probability=0.01" for kind in PASSING]
    assert complete(desk_with(*faults).read())


class TestCredentials:
    """Nothing else can be done until these are mended: the reading stops at once."""

    @ENVELOPES
    def test_a_wrong_secret(self, bare: bool) -> None:
        desk = desk_with(bare_gateway_errors=bare)
        with pytest.raises(CredentialFault) as caught:
            desk.read(app_secret="wrong-hush")
        assert caught.value.code == "40096"
        assert "app_key or app_secret is wrong" in str(caught.value)
        assert "wrong-hush" not in str(caught.value) + repr(caught.value)
        assert desk.calls == {"gettoken": 1}

    @ENVELOPES
    def test_an_address_that_is_not_listed(self, bare: bool) -> None:
        desk = desk_with("user/list:ip:after=3", bare_gateway_errors=bare)
        with pytest.raises(CredentialFault, match=r"127\.0\.0\.1 is not in the app's list"):
            desk.read()

    @ENVELOPES
    @pytest.mark.parametrize("api", APIS)
    def test_a_token_that_expires_in_the_middle(self, api: str, bare: bool) -> None:
        desk = desk_with(f"{api}:expire_token:after=0:times=1", bare_gateway_errors=bare)
        assert complete(desk.read())
        assert desk.calls["gettoken"] == 2, "fetched once for all who wait for it"

    def test_a_token_that_never_holds(self) -> None:
        desk = desk_with("user/list:expire_token")
        with pytest.raises(CredentialFault, match="access token"):
            desk.read()
        assert desk.calls["gettoken"] < 10

    def test_a_token_is_renewed_before_its_end(self) -> None:
        desk = SourceDesk(company(3, 400), {"token_lifetime": 8})
        seen = desk.read(rate=20, max_rate=20)
        assert len(seen.members) == 400
        assert desk.calls["gettoken"] >= 3
        assert "40014" not in desk.app.stats.errors


class TestPermissions:
    """A missing permission hides a part; it is told once, by the name that the console has."""

    @ENVELOPES
    def test_departments(self, bare: bool) -> None:
        keep = {"qyapi_get_department_member", "qyapi_get_member"}
        desk = desk_with(permissions=frozenset(keep), bare_gateway_errors=bare)
        with pytest.raises(PermissionFault) as caught:
            desk.read()
        assert caught.value.permission == "qyapi_get_department_list"
        assert "https://open-dev.dingtalk.com/appscope/apply" in caught.value.fix

    def test_members(self) -> None:
        desk = desk_with(permissions=frozenset({"qyapi_get_department_list", "qyapi_get_member"}))
        seen = desk.read()
        assert len(seen.departments) == 12
        assert seen.members == ()
        assert not seen.coverage.members
        assert seen.coverage.departments
        assert any("qyapi_get_department_member" in str(gap) for gap in seen.gaps)
        assert desk.calls["user/list"] < 13
        assert {r.members for r in seen.roles} == {UNSET}, "who holds them needs it too"
        assert seen.coverage.roles

    def test_managers(self) -> None:
        keep = frozenset({"qyapi_get_department_list", "qyapi_get_department_member"})
        desk = desk_with(permissions=keep)
        seen = desk.read()
        assert {m.manager for m in seen.members} == {UNSET}
        assert seen.coverage.hidden == {"member": ("manager",)}
        assert seen.coverage.members, "the list of people is complete"
        assert len(seen.gaps) == 1
        assert desk.calls["user/get"] < 60

    def test_roles(self) -> None:
        seen = desk_with("role/list:permission").read()
        assert seen.roles == ()
        assert not seen.coverage.roles
        assert seen.coverage.members
        assert len(seen.gaps) == 1


class TestParts:
    """A part that fails for good is a gap; what it would have shown is unknown."""

    @pytest.mark.parametrize("kind", ["http_500", "reset", "truncated_json", "busy"])
    def test_a_page_that_always_fails(self, kind: str) -> None:
        desk = SourceDesk(company(2, 500))
        desk.fault(f"user/list:{kind}:match.dept_id=101:match.cursor=100")
        seen = desk.read()
        assert not seen.coverage.members
        assert seen.coverage.departments
        assert len(seen.members) == 350, "the pages before it are kept"
        assert [gap.what for gap in seen.gaps] == ["members of department 101"]

    def test_a_branch_that_cannot_be_walked(self) -> None:
        seen = desk_with("department/listsub:busy:match.dept_id=100").read()
        assert not seen.coverage.departments
        assert not seen.coverage.members
        assert "100" in {d.id for d in seen.departments}
        assert seen.coverage.roles

    def test_a_department_without_details(self) -> None:
        seen = desk_with("department/get:busy:match.dept_id=105").read()
        bare = next(d for d in seen.departments if d.id == "105")
        assert (bare.leaders, bare.order, bare.details) == (UNSET, UNSET, UNSET)
        assert bare.parent_id == "100"
        assert not seen.coverage.departments
        assert seen.coverage.members

    def test_a_department_out_of_sight_in_the_middle(self) -> None:
        desk = desk_with()
        real = type(desk.app.provider._world).department

        def department(world: object, dept_id: int) -> object:
            if dept_id == 101:
                raise ApiError(50004)
            return real(world, dept_id)

        desk.app.provider._world.department = department.__get__(desk.app.provider._world)
        seen = desk.read()
        assert not seen.coverage.departments
        assert not seen.coverage.members
        assert any("outside the app's contact scope" in gap.why for gap in seen.gaps)
        assert "101" in {d.id for d in seen.departments}, "it was listed"

    def test_a_person_without_details(self) -> None:
        seen = desk_with("user/get:busy:match.userid=u7").read()
        managers = {m.id: m.manager for m in seen.members}
        assert [who for who, manager in managers.items() if manager is UNSET] == ["u7"]
        assert seen.coverage == WHOLE
        assert [gap.what for gap in seen.gaps] == ["manager of member u7"]

    def test_a_role_without_holders(self) -> None:
        desk = desk_with()
        role = next(r.id for r in desk.truth(system_roles=False).roles if r.name == "角色1")
        desk.fault(f"role/simplelist:busy:match.role_id={role}")
        seen = desk.read()
        assert [r.id for r in seen.roles if r.members is UNSET] == [role]
        assert seen.coverage == WHOLE
        assert len(seen.gaps) == 1

    def test_no_role_list(self) -> None:
        seen = desk_with("role/list:http_500").read()
        assert not seen.coverage.roles
        assert seen.coverage.departments
        assert seen.coverage.members

    @pytest.mark.parametrize("kind", ["http_500", "reset", "busy", "truncated_json", "html_ban"])
    def test_no_root(self, kind: str) -> None:
        with pytest.raises(TransientFault):
            desk_with(f"department/listsub:{kind}").read()

    def test_a_server_that_dies_is_left_alone_soon(self) -> None:
        desk = SourceDesk(company(12, 2000))
        desk.fault("user/get:http_500:after=100")
        seen = desk.read()
        assert seen.coverage == WHOLE
        assert desk.calls["user/get"] < 800
        assert len(seen.gaps) == 1
        assert "more" in seen.gaps[0].what

    def test_an_empty_list_is_read_as_it_is(self) -> None:
        seen = desk_with("user/list:empty_list").read()
        assert seen.members == ()
        assert seen.coverage == WHOLE, "the engine holds it"

    def test_a_page_that_got_lost_is_noticed(self) -> None:
        desk = SourceDesk(company(2, 500))
        desk.fault("user/list:drop_page:match.dept_id=101:match.cursor=100")
        seen = desk.read()
        assert len(seen.members) == 400
        assert not seen.coverage.members
        assert "100 of its people did not come" in seen.gaps[0].why

    def test_a_bad_row_harms_nobody_else(self) -> None:
        desk = desk_with()
        desk.directory.people.users["u5"].fields["hired_date"] = {"no": "date"}
        seen = desk.read()
        assert len(seen.members) == 119
        assert not seen.coverage.members
        assert seen.gaps[0].what == "a member of department 105"


class TestBan:
    """HTML instead of JSON: the address is blocked for five minutes."""

    def test_a_ban_of_five_minutes_is_sat_out(self) -> None:
        desk = desk_with("user/list:html_ban:times=20")
        assert complete(desk.read())

    def test_a_ban_without_end_leaves_the_rest_unread(self) -> None:
        desk = desk_with("user/list:html_ban:after=3")
        seen = desk.read()
        assert 300 <= desk.seconds <= 700
        assert not seen.coverage.members
        assert "bans an address for five minutes" in seen.gaps[0].why
        assert desk.calls["user/list"] < 300

    def test_a_page_at_the_first_call(self) -> None:
        desk = desk_with("gettoken:html_ban")
        with pytest.raises(TransientFault, match="web page instead of data"):
            desk.read()
        assert desk.seconds < 10


def test_ids_below_one_are_skipped() -> None:
    desk = desk_with()
    tree = desk.directory.tree
    tree.departments[-1] = Department(dept_id=-1, name="家校", parent_id=1)
    tree.departments[1].children[-1] = None
    seen = desk.read()
    assert len(seen.departments) == 12
    assert seen.coverage == WHOLE


@pytest.mark.parametrize(
    "fault",
    [
        "*:http_500",
        "*:permission",
        "*:ip",
        "*:html_ban",
        "*:reset",
        "*:truncated_json:after=2",
        "user/get:permission",
        "user/list:busy:after=4",
        "user/list:truncated_json:after=4",
        "role/simplelist:http_500",
    ],
)
def test_neither_errors_nor_gaps_nor_logs_tell_secrets(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    people = tuple(
        MemberRecord(
            id=f"id{i}",
            name=f"秘密名{i}",
            departments=("100",),
            mobile=f"1391234{i:04d}",
            email=f"hush{i}@private.example",
            title=f"头衔{i}",
        )
        for i in range(30)
    )
    desk = SourceDesk(replace(company(3, 3), members=(*company(3, 3).members, *people)))
    desk.fault(fault)
    told = ""
    try:
        seen = desk.read()
        told = "\n".join(map(str, seen.gaps))
    except SystemFault as error:
        told = f"{error} {error!r}"
    told += caplog.text + "\n".join(f"{f.text} {f.fix}" for f in desk.check())
    token = desk.app.provider._world.tokens._token
    secrets = [SECRET, "秘密名", "1391234", "hush", "头衔", *([token] if token else [])]
    assert [secret for secret in secrets if secret in told] == []


class TestGone:
    """A department that is deleted while the organization is read (60003)."""

    def denying(self, *apis: str) -> SourceDesk:
        desk = desk_with()
        provider = desk.app.provider
        answer = provider.answer

        def denied(call: Call, request: Request, fault: Fault | None) -> Reply:
            if call.api in apis and str(request.fields.get("dept_id")) == "105":
                return json_reply({"errcode": 60003, "errmsg": "部门不存在"}, code="60003")
            return answer(call, request, fault)

        provider.answer = denied  # type: ignore[method-assign]
        return desk

    def test_all_that_ask_of_it_hear_so_and_it_is_gone(self) -> None:
        """That is an answer, and nothing is missing from the reading."""
        seen = self.denying("department/listsub", "department/get", "user/list").read()
        assert "105" not in {d.id for d in seen.departments}
        assert seen.coverage == WHOLE
        assert seen.gaps == ()

    def test_half_a_denial_is_a_gap(self) -> None:
        """It is there for one interface and not for the other: nothing is concluded."""
        seen = self.denying("department/listsub").read()
        assert "105" in {d.id for d in seen.departments}
        assert not seen.coverage.departments
        assert [gap.what for gap in seen.gaps] == ["departments below department 105"]

    def test_people_who_come_without_their_department_are_a_gap(self) -> None:
        """Their list alone is denied."""
        seen = self.denying("user/list").read()
        assert seen.coverage.departments
        assert not seen.coverage.members
