"""What went wrong elsewhere, played here: each test is named after the thread that tells of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from domain.delivery.plan import Leavers
from domain.delivery.scope import Scope
from domain.errors import HeldError
from domain.observe import Gap
from domain.records import Roster
from orgledger.engine.pull import Feed, Pull
from orgledger.engine.runs import Status
from tests.delivery.conftest import Workshop
from tests.delivery.memory import Thing
from tests.delivery.people import COMPANY, add, after, close, dept, duty, leave, member, person
from tests.delivery.suite import ORG, quiet

CROWD = tuple(person(n, "be", manager="u2") for n in range(100, 140))
BIG = after(COMPANY, add(*CROWD), duty("r2", members=tuple(m.id for m in CROWD)))


def begun(workshop: Workshop, roster: Roster = BIG) -> Workshop:
    workshop.tell(roster)
    assert workshop.deliver().status is Status.FINISHED
    assert workshop.differences(roster, set()) == []
    return workshop


def read(workshop: Workshop, roster: Roster) -> None:
    """A reading that nobody approves."""
    workshop.source.roster = roster
    feed = Feed(system="hr", org=ORG, name="Feifan", source=workshop.source)
    asyncio.run(Pull(workshop.ledger, workshop.views, feed, actor="t", progress=quiet).execute())


def thing(workshop: Workshop, kind: str, key: str) -> Thing:
    return next(t for t in workshop.memory.things[kind].values() if t.key == key)


def test_keycloak_48781_the_empty_source(workshop: Workshop) -> None:
    """A full sync got zero users back; all local users with their roles were destroyed.

    Here the reading is held, and the target hears nothing of it.
    """
    begun(workshop)
    writes = workshop.memory.writes()
    with pytest.raises(HeldError, match="shows no department and no member at all"):
        read(workshop, Roster())
    assert workshop.deliver().planned == 0
    assert workshop.memory.writes() == writes
    assert workshop.differences(BIG, set()) == []


def test_keycloak_48781_even_when_somebody_approves_the_empty_reading(workshop: Workshop) -> None:
    """The second guard is at the target: accounts, roles and departments wait for a person."""
    begun(workshop)
    workshop.tell(Roster())
    outcome = workshop.deliver()
    assert outcome.status is Status.HELD
    there = workshop.memory.roster()
    assert all(m.active and m.departments for m in there.members)
    assert len(there.departments) == len(COMPANY.departments)
    on_call = next(r.members for r in there.roles if r.id == "r2")
    assert len(on_call or ()) == len(CROWD)
    workshop.tell(BIG)
    workshop.deliver()
    assert workshop.differences(BIG, set()) == []


def test_authentik_19295_the_wrong_filter(workshop: Workshop) -> None:
    """One wrong filter and "delete not found" removed all users with their second factors.

    Here the plan counts them, names the scope as the reason, and closes nobody.
    """
    begun(workshop)
    workshop.scope = Scope(member="title == 'Enginer'")
    planned = workshop.planned()
    assert f"{len(BIG.members)} of {len(BIG.members)} accounts would be closed" in planned.reason
    closing = [o for o in planned.held if o.action == "deactivate"]
    assert {o.reason for o in closing} == {"no longer in the scope"}
    assert workshop.deliver().status is Status.HELD
    assert all(m.active for m in workshop.memory.roster().members)
    workshop.scope = Scope()
    workshop.deliver()
    assert workshop.differences(BIG, set()) == []


def test_casdoor_5562_the_wiped_memberships(workshop: Workshop) -> None:
    """A sync erased all group memberships that it did not know of.

    Here a department that is not ours, and a person's place in it, survive every kind of write.
    """
    begun(workshop, COMPANY)
    theirs = Thing(None, {"name": "VPN"}, {"parent": None})
    workshop.memory.things["department"]["vpn"] = theirs
    four = thing(workshop, "member", "u4")
    four.relations["departments"] = (*four.relations["departments"], "vpn")
    auditor = thing(workshop, "role", "r1")
    stranger = workshop.memory.put_member(name="Stranger", email="s@x.example", mobile="2")
    auditor.members.add(stranger)
    workshop.tell(after(COMPANY, member("u4", departments=("be", "sales"), title="Lead"),
                        duty("r1", members=("u2",))))  # fmt: skip
    outcome = workshop.deliver(verify=True)
    assert (outcome.drifted, outcome.foreign) == (0, {"department": 1, "member": 1})
    assert "vpn" in four.relations["departments"]
    assert stranger in auditor.members
    workshop.tell(after(COMPANY, leave("u4")))
    workshop.deliver()
    assert four.relations["departments"] == ("vpn",)
    assert (four.relations["active"], theirs.fields) == (False, {"name": "VPN"})


def test_casdoor_syncer_the_failed_detail_call_that_blanks_a_person(workshop: Workshop) -> None:
    """A list that is read without its details gave users without mail, phone and title.

    Here what was not read is unknown: it reaches neither the log nor the target.
    """
    begun(workshop, COMPANY)
    thin = msgspec.structs.replace(
        COMPANY.members[3],
        **dict.fromkeys(("email", "mobile", "job_number", "title", "manager"), msgspec.UNSET),
    )
    members = tuple(thin if m.id == "u4" else m for m in COMPANY.members)
    workshop.source.gaps = (Gap("the details of member u4", "the server failed three times"),)
    writes = workshop.memory.writes()
    read(workshop, msgspec.structs.replace(COMPANY, members=members))
    workshop.deliver()
    assert workshop.memory.writes() == writes
    assert workshop.differences(COMPANY, set()) == []


def test_complaint_51_a_field_that_the_source_hides_is_not_blanked(workshop: Workshop) -> None:
    """Since 2022 WeCom hides mobile numbers; others then emptied them everywhere."""
    begun(workshop, COMPANY)
    bare = after(COMPANY, *(member(m.id, mobile=msgspec.UNSET) for m in COMPANY.members),
                 add(person(9, "fe", mobile=msgspec.UNSET)))  # fmt: skip
    workshop.tell(bare, ("mobile",))
    workshop.deliver()
    assert thing(workshop, "member", "u4").fields["mobile"] == "+8613800000004"
    assert "mobile" not in thing(workshop, "member", "u9").fields


def test_casdoor_syncer_the_person_who_changed_department_and_never_moved(
    workshop: Workshop,
) -> None:
    """Groups were written at creation and never again."""
    begun(workshop, COMPANY)
    moved = after(COMPANY, member("u4", departments=("sales",)), dept("be", parent_id="sales"))
    workshop.tell(moved)
    workshop.deliver()
    assert workshop.differences(moved, set()) == []


def test_complaints_1_and_9_leavers_are_closed_and_later_deleted(workshop: Workshop) -> None:
    """casdoor#3600, go-ldap-admin#214: people who left stayed active for good."""
    workshop.leavers = Leavers(grace=7)
    begun(workshop, COMPANY)
    workshop.tell(after(COMPANY, leave("u7", "u8")))
    workshop.deliver()
    gone = {m.id: m for m in workshop.memory.roster().members if m.id in ("u7", "u8")}
    assert [(m.active, m.departments) for m in gone.values()] == [(False, ()), (False, ())]
    workshop.clock.go_on(days=8)
    workshop.deliver()
    assert {"u7", "u8"}.isdisjoint(m.id for m in workshop.memory.roster().members)


def test_complaint_5_an_outage_that_empties_the_groups(workshop: Workshop) -> None:
    """idp-scim-sync#70: emptied groups count as losses, although nobody is deleted."""
    begun(workshop)
    workshop.tell(after(BIG, duty("r2", members=())))
    outcome = workshop.deliver()
    assert outcome.status is Status.HELD
    assert "roles would be taken away from people" in outcome.reason
    assert len(thing(workshop, "role", "r2").members) == len(CROWD)


def test_complaints_10_and_11_who_comes_back_gets_the_same_account(workshop: Workshop) -> None:
    """go-ldap-admin#391, FusionAuth#3244: a rehired person could not be synced, or got a new id."""
    begun(workshop, COMPANY)
    before = workshop.memory._by_key("u7")
    workshop.tell(after(COMPANY, leave("u7")))
    workshop.deliver()
    workshop.tell(after(COMPANY, member("u7", departments=("fe",), title="Lead")))
    workshop.deliver()
    assert workshop.memory._by_key("u7") == before
    assert thing(workshop, "member", "u7").relations["active"] is True
    assert workshop.differences(workshop.source.roster, set()) == []


def test_complaint_10_who_comes_back_after_the_deletion_is_known_by_the_former_account(
    workshop: Workshop,
) -> None:
    workshop.leavers = Leavers(grace=0)
    begun(workshop, COMPANY)
    former = workshop.memory._by_key("u7")
    workshop.tell(after(COMPANY, leave("u7")))
    workshop.deliver()
    workshop.deliver()
    workshop.tell(COMPANY)
    workshop.deliver()
    [made] = [c for c in workshop.memory.changes if c.key == "u7" and c.former]
    assert made.former == former
    assert workshop.differences(COMPANY, set()) == []


def test_complaint_19_moves_renames_and_new_mail_travel(workshop: Workshop) -> None:
    """go-ldap-admin#130, #236, #255."""
    begun(workshop, COMPANY)
    changed = after(
        COMPANY, dept("be", parent_id="sales", name="Data"), member("u5", email="five@x.example"),
        member("u4", departments=("be",), main_department="be"),
    )  # fmt: skip
    workshop.tell(changed)
    workshop.deliver()
    assert workshop.differences(changed, set()) == []


def test_complaint_20_a_person_in_several_departments_is_in_all_of_them(
    workshop: Workshop,
) -> None:
    """CordysCRM#1152: one of them was kept. The main one is marked, also when it changes."""
    many = after(COMPANY, member("u4", departments=("sales", "fe", "hq")))
    begun(workshop, many)
    other = after(many, member("u4", departments=("sales", "fe", "hq"), main_department="hq"))
    workshop.tell(other)
    workshop.deliver()
    assert workshop.differences(other, set()) == []


def test_complaint_21_two_people_of_one_name_stay_two(workshop: Workshop) -> None:
    """go-ldap-admin#175: the same pinyin made one account of two people."""
    same = {"name": "李雷", "job_number": "lilei"}
    twins = after(COMPANY, add(person(30, "fe", **same), person(31, "be", **same)))
    begun(workshop, twins)
    logins = [thing(workshop, "member", key).fields["login"] for key in ("u30", "u31")]
    assert sorted(logins) == ["lilei", "lilei-2"]
    workshop.tell(after(twins, member("u31", title="Lead")))
    workshop.deliver()
    assert [thing(workshop, "member", key).fields["login"] for key in ("u30", "u31")] == logins


def test_complaint_31_one_bad_record_blocks_nobody(workshop: Workshop) -> None:
    """go-ldap-admin#411: a sign in one mail address, and nobody was synced."""
    workshop.memory.refuse.add("u4")
    workshop.tell(BIG)
    outcome = workshop.deliver()
    assert outcome.refused == 1
    missing = workshop.differences(BIG, set())
    assert "member u4 is missing" in missing
    assert not [text for text in missing if "missing" in text and "u4" not in text]
    state = workshop.views.sync_state(ORG, "there")
    acknowledged = {p.remote for p in state.of("member").values() if not p.gone}
    assert acknowledged == set(workshop.memory.things["member"])


def test_complaint_39_an_account_deleted_there_is_not_shown_as_synced(workshop: Workshop) -> None:
    """casdoor#4189: verifying finds it, says so, and makes it again."""
    begun(workshop, COMPANY)
    workshop.memory.remove_member("u4")
    outcome = workshop.deliver(verify=True)
    assert outcome.drifted >= 1
    assert workshop.differences(COMPANY, set()) == []


def test_complaints_46_and_47_accounts_that_exist(workshop: Workshop) -> None:
    """authentik#12827: 409 after the first sync; eneo#443: a match by mail took an account over.

    Two keys adopt, and leave mail and login alone in that run; one key waits for a person.
    """
    put = workshop.memory.put_member
    sure = put(name="Person 3", email="U3@feifan.example", mobile="3")
    weak = put(name="Somebody", email="u4@feifan.example", mobile="4")
    workshop.tell(COMPANY)
    outcome = workshop.deliver()
    accounts = workshop.memory.things["member"]
    assert (outcome.adopted, outcome.status, outcome.refused) == (1, Status.HELD, 0)
    adopted, waiting = accounts[sure].fields, accounts[weak].fields
    assert (adopted["email"], adopted["mobile"], adopted["title"]) == (
        "U3@feifan.example", "3", "Engineer",
    )  # fmt: skip
    assert waiting == {"name": "Somebody", "email": "u4@feifan.example", "mobile": "4",
                       "login": "u4@feifan.example"}  # fmt: skip
    assert len(accounts) == len(COMPANY.members)


def test_complaint_33_a_run_can_be_continued_any_number_of_times(
    workshop: Workshop, tmp_path: Path
) -> None:
    """bk-user#1889: every few operations the process dies; the runs together make one whole."""
    workshop.tell(BIG)
    runs = 0
    workshop.unsteady.stop = RuntimeError("power cut")
    while workshop.differences(BIG, set()):
        runs += 1
        workshop.unsteady.calls = 15
        try:
            workshop.deliver()
        except RuntimeError:
            assert runs < 20
    assert runs > 3
    creations = [c.key for c in workshop.memory.changes if c.action == "create"]
    assert len(creations) == len(set(creations))


def test_complaint_14_what_came_by_mistake_goes_when_the_source_is_mended(
    workshop: Workshop,
) -> None:
    """go-ldap-admin#371: contacts of a school came in; the advice was to delete everything."""
    school = after(COMPANY, add(*(person(n, "school") for n in range(500, 540))))
    tree = after(school, add(msgspec.structs.replace(COMPANY.departments[0], id="school",
                                                     name="School", leaders=())))  # fmt: skip
    begun(workshop, tree)
    workshop.tell(after(tree, leave(*(f"u{n}" for n in range(500, 540))), close("school")))
    held = workshop.deliver()
    assert held.status is Status.HELD
    workshop.deliver(approve=held.run)
    left = {f"u{n}" for n in range(500, 540)}
    assert workshop.differences(COMPANY, left) == []
