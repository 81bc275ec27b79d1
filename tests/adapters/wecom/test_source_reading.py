"""What one reading makes of two secrets: records, coverage, gaps, and how many calls it takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from msgspec import UNSET

from adapters.wecom import client
from adapters.wecom.order import order_of, place_of
from domain.decide import decide
from domain.directory import Directory
from domain.errors import ConfigError, CredentialFault, PermissionFault, SystemFault
from domain.events import OrganizationRegistered
from domain.evolve import evolve
from domain.observe import Observation
from domain.ports import KnownDepartment, KnownMember
from domain.records import MemberRecord, Roster
from tests.adapters.wecom.simulator_desk import SMALL
from tests.adapters.wecom.source_desk import Ledger, SourceDesk, company


def people(seen: Observation) -> dict[str, MemberRecord]:
    return {member.id: member for member in seen.members}


def told(seen: Observation) -> str:
    return "\n".join(map(str, seen.gaps))


class Staff(Ledger):
    """A ledger of departments, their people, and ``gone3``, who is in none of them."""

    def members(self) -> Iterable[KnownMember]:
        inside = {one: d.id for d in self.departments() for one in sorted(d.members)}
        yield KnownMember("gone3", "Gone", (), None)
        for person, department in inside.items():
            yield KnownMember(person, person, (department,), None)


def test_everything_is_read_with_the_fewest_calls() -> None:
    """Two tokens, ids, names, tags, and one list for each department that has somebody."""
    desk = SourceDesk(SMALL)
    seen = desk.read()
    assert desk.calls == {
        "gettoken": 2,
        "department/simplelist": 1,
        "user/list_id": 1,
        "department/list": 1,
        "user/list": 4,
        "tag/list": 1,
        "tag/get": 2,
    }
    assert seen.calls == 12
    coverage = seen.coverage
    assert coverage.departments and coverage.members and coverage.roles
    assert coverage.roots == () and coverage.hidden == {} and seen.gaps == ()
    assert seen.organization == "Simulated Organization" and seen.leaders == ()


def test_empty_departments_cost_no_call() -> None:
    """list_id says who is where; without it every department is asked."""
    desk = SourceDesk(company(20, 5))
    desk.read()
    assert desk.calls["user/list"] == 5
    desk.read(contact_secret="")
    assert desk.calls["user/list"] == 5 + 21


def test_a_person_with_all_that_wecom_knows() -> None:
    """Main department, leader, manager, state, title, details; the root is no department."""
    desk = SourceDesk(SMALL)
    ann = people(desk.read())["Ann"]
    assert (ann.departments, ann.main_department) == (("2", "3"), "3")
    assert (ann.email, ann.mobile, ann.title) == ("ann@example.com", "13800000001", "主任")
    assert (ann.active, ann.manager, ann.job_number, ann.keys) == (True, None, UNSET, UNSET)
    seen = people(desk.read())
    assert (seen["bob"].active, seen["bob"].manager) == (False, "Ann")
    assert (seen["cai"].departments, seen["cai"].main_department) == ((), None)
    rd = next(d for d in desk.read().departments if d.id == "2")
    assert (rd.leaders, rd.parent_id, rd.order) == (("Ann",), None, 2)


def test_states_are_told_apart() -> None:
    """Never activated is an employee, disabled is not active, left is gone (wecom.md, 3.2)."""
    desk = SourceDesk(SMALL)
    users = desk.directory.people.users
    users["ann"].state, users["dai"].state = 4, 5
    seen = desk.read()
    ann = people(seen)["Ann"]
    assert ann.active is True and ann.details["not_activated"] is True  # type: ignore[index]
    assert "dai" not in people(seen)
    assert seen.coverage.gone_members == {"dai"}
    assert seen.coverage.members


def test_business_mail_first_and_no_silent_mix() -> None:
    """Both are kept where they differ."""
    desk = SourceDesk(SMALL)
    desk.directory.people.users["ann"].fields["biz_mail"] = "ann@corp.example"
    ann, dai = (people(desk.read())[one] for one in ("Ann", "dai"))
    assert ann.email == "ann@corp.example"
    assert isinstance(ann.details, dict)
    assert (ann.details["email"], ann.details["biz_mail"]) == (
        "ann@example.com",
        "ann@corp.example",
    )
    assert dai.email == "dai@example.com"


@pytest.mark.parametrize("kind", ["absent", "empty"])
def test_hidden_fields_are_not_permitted_and_not_empty(kind: str) -> None:
    """Apps since 2022-06-20: unknown, named in the coverage, never blank."""
    seen = SourceDesk(SMALL, private_fields=kind).read()
    ann = people(seen)["Ann"]
    assert (ann.mobile, ann.email, ann.avatar, ann.title) == (UNSET, UNSET, UNSET, "主任")
    hidden = ("address", "avatar", "biz_mail", "email", "gender", "mobile")
    assert seen.coverage.hidden == {"member": hidden}
    assert isinstance(ann.details, dict)
    assert not {"gender", "address", "email", "biz_mail"} & ann.details.keys()


def test_what_the_app_may_not_see_is_told_and_stays() -> None:
    """Ids of both kinds that only contact sync lists are gaps, and prove that nobody is gone."""
    desk = SourceDesk(SMALL, visible_departments=("3",))
    ledger = Staff(
        departments=(
            KnownDepartment("2", "研发", None, frozenset({"Ann", "gone1"})),
            KnownDepartment("3", "平台", "2", frozenset({"bob", "dai"})),
            KnownDepartment("77", "没了", None, frozenset({"gone2"})),
        )
    )
    seen = desk.read(ledger)
    assert {d.id for d in seen.departments} == {"3"}
    assert people(seen).keys() == {"Ann", "bob"}
    coverage = seen.coverage
    assert not coverage.departments and not coverage.members and coverage.roots == ()
    assert coverage.gone_members == {"gone1", "gone2", "gone3"}, "also who was in no department"
    assert coverage.gone_departments == {"77"}
    assert "member cai, dai: contact_secret lists it, app_secret may not see it" in told(seen)
    assert "department 1, 2," in told(seen)


def test_memberships_and_parents_out_of_sight_are_known_by_their_ids() -> None:
    """A department that the ledger has stays the parent; ids say all of a person's departments."""
    desk = SourceDesk(SMALL, visible_departments=("3",))
    assert people(desk.read())["Ann"].departments == ("3", "2")
    known = Ledger(departments=(KnownDepartment("2", "研发", None, frozenset()),))
    assert desk.read(known).departments[0].parent_id == "2"
    assert desk.read().departments[0].parent_id is None


def test_a_manager_out_of_sight_is_unknown() -> None:
    """direct_leader only shows somebody in range; [] then proves nothing (WeCom user/get)."""
    roster = Roster(
        departments=SMALL.departments,
        members=(*SMALL.members[:3], MemberRecord(id="eve", name="e", departments=("3",),
                                                  manager="cai")),
    )  # fmt: skip
    desk = SourceDesk(roster, visible_departments=("3",))
    assert people(desk.read())["eve"].manager is UNSET
    desk.app.provider.patch_settings({"visible_departments": ["1"]})
    assert people(desk.read())["eve"].manager == "cai"


def test_people_who_are_visible_alone_are_read_one_by_one() -> None:
    """allow_userinfos and allow_tags (agent/get); without agent_id they are told."""
    desk = SourceDesk(SMALL, visible_departments=(), visible_users=("dai",), visible_tags=("7",))
    seen = desk.read()
    assert people(seen).keys() == {"dai", "Ann", "bob"}
    assert desk.calls["user/get"] == 3
    assert people(seen)["Ann"].departments == ("2", "3")
    assert not seen.coverage.members
    blind = desk.read(agent_id=0)
    assert people(blind) == {}
    assert "member Ann, bob, cai, dai" in told(blind)


def test_the_app_alone_sees_its_range() -> None:
    """Without contact_secret the visible roots are what was read."""
    seen = SourceDesk(SMALL, visible_departments=("2",)).read(contact_secret="")
    assert seen.coverage.roots == ("2",)
    assert seen.coverage.departments and seen.coverage.members
    assert people(seen).keys() == {"Ann", "bob"}
    assert seen.organization is UNSET


def test_the_contact_sync_secret_alone() -> None:
    """From an old address it reads everything; from a new one a sentence says what to set."""
    assert len(SourceDesk(SMALL, contact_details=True).read(app_secret="").members) == 4
    with pytest.raises(PermissionFault) as caught:
        SourceDesk(SMALL).read(app_secret="")
    assert caught.value.code == "48009"
    assert "Set app_secret and agent_id" in str(caught.value)


def test_a_tag_of_departments_is_held_by_their_people() -> None:
    """Also by those below."""
    desk = SourceDesk(SMALL)
    desk.directory.tags.tags[desk.directory.tag_ids.number("r2")].parties = {2: None}
    roles = {role.name: role.members for role in desk.read().roles}
    assert set(roles["架构师"]) == {"Ann", "bob"}
    assert set(roles["保安"]) == {"Ann", "bob"}


def test_tags_are_read_with_the_app_where_contact_sync_may_not() -> None:
    """A refusal for one secret is no end, and no role or holder that only it saw is missed."""
    for visible, holders in ((None, [("Ann", "bob"), ()]), (("2",), [UNSET, UNSET])):
        desk = SourceDesk(SMALL, **({"visible_departments": visible} if visible else {}))
        desk.fault("tag/list:permission:times=1")
        seen = desk.read()
        assert seen.coverage.roles is False and seen.gaps == desk.read().gaps
        assert [role.members for role in seen.roles] == holders
    assert len(SourceDesk(SMALL).read(contact_secret="").roles) == 2


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_ids_come_on_several_pages(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is lost where a page of ids ends."""
    monkeypatch.setattr(client, "ID_PAGE", 5)
    desk = SourceDesk(company(3, 10 + more))
    seen = desk.read()
    assert len(seen.members) == 10 + more
    assert seen.coverage.members and not seen.gaps
    assert desk.calls["user/list_id"] == (3 if more > 0 else 2)


def test_a_cursor_that_does_not_get_on_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same cursor again: the ids are a gap, people are read all the same."""
    desk = SourceDesk(SMALL)
    answer = desk.app.provider.answer

    def stuck(call: Any, request: Any, fault: Any) -> Any:
        reply = answer(call, request, fault)
        if call.api == "user/list_id":
            reply.body = reply.body.replace(b'"next_cursor":""', b'"next_cursor":"x"')
            request.payload.pop("cursor", None)
        return reply

    def without_cursor(call: Any, request: Any, fault: Any) -> Any:
        if call.api == "user/list_id":
            request.payload.pop("cursor", None)
        return stuck(call, request, fault)

    monkeypatch.setattr(desk.app.provider, "answer", without_cursor)
    seen = desk.read()
    assert "do not get on" in told(seen)
    assert not seen.coverage.members and len(seen.members) == 4
    assert desk.calls["user/list_id"] == 2


def test_people_too_many_for_one_answer_are_read_one_by_one() -> None:
    """45029 for a department: list_id says who is in it."""
    desk = SourceDesk(company(3, 30), largest_reply=9)
    seen = desk.read()
    assert len(seen.members) == 30 and desk.calls["user/get"] == 30
    assert seen.coverage.members and not seen.gaps


def test_departments_too_many_for_one_answer_are_read_one_by_one() -> None:
    """45029 for department/list: simplelist says which there are; if it cannot, nothing is read."""
    desk = SourceDesk(company(8, 12))
    answer, settings = desk.app.provider.answer, desk.app.provider.settings

    def small(call: Any, request: Any, fault: Any) -> Any:
        settings.largest_reply = 7 if call.api == "department/list" else None
        return answer(call, request, fault)

    desk.app.provider.answer = small  # type: ignore[method-assign]
    seen = desk.read()
    assert len(seen.departments) == 8 and desk.calls["department/get"] == 9
    assert seen.coverage.departments and not seen.gaps
    with pytest.raises(SystemFault, match="too large"):
        SourceDesk(company(8, 12), largest_reply=7).read()


def test_a_bad_row_harms_no_other() -> None:
    """One person in an unknown shape is a gap; the others are read."""
    desk = SourceDesk(SMALL)
    desk.directory.people.users["bob"].fields["alias"] = {"no": "text"}
    seen = desk.read()
    assert people(seen).keys() == {"Ann", "cai", "dai"}
    assert not seen.coverage.members and "a member of department 3" in told(seen)


def test_userids_are_the_same_whatever_their_case() -> None:
    """list_id and the details may differ in case; the details' spelling is kept."""
    desk = SourceDesk(SMALL)
    answer = desk.app.provider.answer

    def shouted(call: Any, request: Any, fault: Any) -> Any:
        reply = answer(call, request, fault)
        if call.api == "user/list_id":
            reply.body = reply.body.replace(b'"Ann"', b'"ANN"').replace(b'"bob"', b'"BOB"')
        return reply

    desk.app.provider.answer = shouted  # type: ignore[method-assign]
    seen = desk.read()
    assert people(seen).keys() == {"Ann", "bob", "cai", "dai"}
    assert seen.gaps == () and people(seen)["bob"].manager == "Ann"


def test_credentials_stop_the_reading_with_one_sentence() -> None:
    """Which secret, where it is found, and nothing of it."""
    with pytest.raises(CredentialFault) as caught:
        SourceDesk(SMALL).read(contact_secret="hush-hush")
    assert "contact_secret is wrong" in str(caught.value)
    assert "通讯录同步" in str(caught.value) and "hush-hush" not in str(caught.value)
    with pytest.raises(CredentialFault) as caught:
        SourceDesk(SMALL, untrusted=frozenset({"app"})).read()
    assert "127.0.0.1" in str(caught.value) and "企业可信IP" in str(caught.value)


def test_a_block_of_a_minute_is_waited_for() -> None:
    """45009 has no Retry-After; the reading goes on when the minute is over."""
    desk = SourceDesk(SMALL)
    desk.fault("user/list:throttle:times=6")
    seen = desk.read()
    assert len(seen.members) == 4 and not seen.gaps
    assert desk.seconds > 1


def test_nothing_at_all_is_a_fault() -> None:
    """Where no name can be read, the reading fails with the reason."""
    desk = SourceDesk(SMALL)
    desk.fault("department/list:permission")
    with pytest.raises(SystemFault) as caught:
        desk.read()
    assert "visible range" in str(caught.value)


def test_orders_are_turned_round() -> None:
    """WeCom's larger first is the ledger's smaller first, and back."""
    assert place_of(100_000_000) == 0
    assert all(place_of(order_of(place)) == place for place in (-5, 0, 7, 100_000_000))


def test_settings_that_cannot_be_used() -> None:
    """All problems at once, none with a secret."""
    from adapters.wecom.settings import WeComSettings

    with pytest.raises(ConfigError) as caught:
        WeComSettings(corp_id="", rate=1000)
    assert "corp_id must not be empty" in str(caught.value)
    assert "both empty" in str(caught.value) and "rate" in str(caught.value)
    with pytest.raises(ConfigError, match="the same"):
        WeComSettings(corp_id="ww", contact_secret="x", app_secret="x")
    assert "hush" not in repr(WeComSettings(corp_id="ww", app_secret="hush"))


def test_a_department_whose_name_is_hidden_is_there_all_the_same() -> None:
    """It is refused alone for want of a name, and not taken for gone (wecom.md, section 3.1)."""
    desk = SourceDesk(SMALL)
    desk.directory.tree.departments[3].name = ""
    seen = desk.read()
    assert {d.id: d.name for d in seen.departments}["3"] == ""
    assert seen.coverage.departments
    directory = Directory(org="acme")
    evolve(directory, OrganizationRegistered(uid="acme", name="Acme", source="wc"))
    decided = decide(directory, seen)
    assert [(r.kind, r.id) for r in decided.refused] == [("department", "3")]
