"""What users of other tools complain of when a directory is read, asked of each of our sources.

Each test is named after the thread that tells of it; ``conftest`` says of whom.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.wecom import client as wecom_client
from domain.errors import HeldError
from domain.records import DepartmentRecord, MemberRecord, Roster
from orgledger.engine.runs import Status
from orgledger.ledger import Ledger
from tests.adapters.dingtalk.source_contract_desk import DingTalkDesk
from tests.adapters.feishu.source_contract_desk import FeishuDesk
from tests.adapters.ldap.source_contract_desk import GroupsDesk, SlapdDesk
from tests.adapters.ldap.source_layouts import BASE
from tests.adapters.wecom.source_contract_desk import WeComDesk
from tests.delivery.people import Change, add, after, dept, leave, member, person, role
from tests.sources.desk import SourceDesk
from tests.sources.firm import Firm
from tests.sources.simulated import SimulatedDesk
from tests.sources.situations import ORDERED

IMPOSSIBLE: dict[type[SourceDesk], dict[str, str]] = {
    SlapdDesk: {
        "narrow": "LDAP does not say what it leaves out: out of sight looks like gone",
        "duplicate_rows": "only aliases, which are not followed, give an entry twice"
        " (RFC 4511, 4.5.1.3)",
    },
}
"""Traps that a kind of system has no place for, with the reason."""

READ = (Status.FINISHED, Status.PARTIAL)
COMPANY = after(ORDERED, dept("hq", leaders=()), dept("rd", leaders=()))


def pulled(firm: Firm, roster: Roster) -> Counter[str]:
    """The events of one reading after which the tree is what the provider holds."""
    firm.desk.put(roster)
    head = firm.ledger.head
    assert firm.pull().status is Status.FINISHED
    assert firm.differences() == []
    return firm.events(head)


def skip_where_impossible(firm: Firm, trap: str) -> None:
    for desk, reasons in IMPOSSIBLE.items():
        if isinstance(firm.desk, desk) and trap in reasons:
            pytest.skip(reasons[trap])


def wide(departments: int, depth: int) -> Roster:
    """Departments in chains of ``depth``, and one person in each."""
    keys = [f"d{n}" for n in range(departments)]
    return Roster(
        departments=tuple(
            DepartmentRecord(
                id=key,
                name=f"Department {n}",
                parent_id=keys[n - 1] if n % depth else None,
                order=n,
                leaders=(),
            )
            for n, key in enumerate(keys)
        ),
        members=tuple(person(n, key) for n, key in enumerate(keys)),
    )


def test_casdoor_5035_nested_departments_all_arrive(firm: Firm) -> None:
    """Of 80 nested departments 37 arrived. Here the run says how many were read and kept."""
    firm.desk.put(wide(80, 8))
    outcome = firm.pull()
    assert outcome.status is Status.FINISHED
    assert outcome.read["departments"] == outcome.kept["departments"] == 80
    assert firm.differences() == []


def test_casdoor_5816_what_is_not_shown_is_told_before_the_first_sync(firm: Firm) -> None:
    """Departments and names were absent, and nobody said why (60011: the app's visible scope)."""
    skip_where_impossible(firm, "narrow")
    firm.desk.put(COMPANY)
    if not firm.desk.narrow("rd"):
        pytest.skip("the visible part can't be narrowed here")
    scope = next(f for f in firm.checked() if f.subject in ("scope", "range"))
    assert scope.level == "warning"
    assert "sees 3 departments" in scope.text or "sees 1 departments" in scope.text
    assert scope.fix


def test_cordyscrm_1708_the_visible_part_is_where_reading_begins(firm: Firm) -> None:
    """The scope was one sub-department: nothing arrived, and it said "done"."""
    skip_where_impossible(firm, "narrow")
    firm.desk.put(COMPANY)
    if not firm.desk.narrow("rd"):
        pytest.skip("the visible part can't be narrowed here")
    assert firm.pull().status in READ
    tree = firm.tree()
    assert {d["name"] for d in tree["departments"]} == {"Research", "Frontend", "Backend"}
    assert {m["name"] for m in tree["members"]} >= {f"Person {n}" for n in (2, 3, 4, 5)}


def test_cordyscrm_1708_nothing_is_never_a_success(firm: Firm) -> None:
    """Who sees nobody is told so, at the first reading and at a later one, and nobody is gone."""
    firm.desk.put(COMPANY)
    assert firm.desk.trouble("nothing_there")
    with pytest.raises(HeldError, match="no department and no member at all"):
        firm.pull()
    firm.desk.calm()
    pulled(firm, COMPANY)
    before = firm.tree()
    assert firm.desk.trouble("nothing_there")
    with suppress(HeldError):
        firm.pull()
        assert not firm.desk.struck(), "it was believed"
    assert firm.tree() == before


def test_go_ldap_admin_314_departments_below_the_top_arrive(firm: Firm) -> None:
    """Only the top department arrived; here a branch of ten levels does."""
    pulled(firm, wide(10, 10))
    parents = {d["id"]: d.get("parent_id") for d in firm.tree()["departments"]}
    assert len(parents) == 10
    assert sum(parent is None for parent in parents.values()) == 1


@pytest.mark.parametrize(
    ("change", "event"),
    [
        (dept("be", parent_id="sales"), "DepartmentMoved"),
        (dept("fe", name="Web"), "DepartmentRenamed"),
        (member("u4", email="other@feifan.example"), "MemberContactChanged"),
        (member("u4", departments=("be",)), "MemberTransferred"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_go_ldap_admin_130_moves_and_renames_travel(firm: Firm, change: Change, event: str) -> None:
    """Moves, renames and new mail addresses did not; here each is one event of its own kind."""
    pulled(firm, COMPANY)
    uids = set(firm.uids().values())
    assert pulled(firm, after(COMPANY, change)) == {event: 1}
    assert set(firm.uids().values()) == uids, "nobody is deleted and made again"


def test_cordyscrm_1152_a_person_in_several_departments_is_in_all_of_them(firm: Firm) -> None:
    """Somebody in two departments landed in one, or came twice."""
    if not firm.capabilities.several_departments:
        pytest.skip(firm.capabilities.why["several_departments"])
    pulled(firm, COMPANY)
    both = [m for m in firm.tree()["members"] if m["name"] == "Person 8"]
    assert [len(m["departments"]) for m in both] == [2]


def test_go_ldap_admin_175_two_people_of_one_name_stay_two(firm: Firm) -> None:
    """Two people with the same name became one."""
    twins = (person(30, "fe", name="王伟"), person(31, "fe", name="王伟"))
    events = pulled(firm, after(COMPANY, add(*twins)))
    assert events["MemberCreated"] == 10
    assert len([m for m in firm.tree()["members"] if m["name"] == "王伟"]) == 2


def test_casdoor_5496_all_ids_of_a_person_are_kept(firm: Firm) -> None:
    """Kinds of ids were mixed up; here one is the key, and the others are known by their names."""
    if not firm.desk.key:
        pytest.skip("a person has one id only")
    pulled(firm, COMPANY)
    truth = {m.id: m.keys for m in firm.truth().members}
    links = firm.views.directory(firm.org).links[f"{firm.system}/member"]
    assert links.uids.keys() == truth.keys()
    assert len({key for key in links.keys if key.startswith(f"{firm.desk.key}:")}) == len(truth)


def test_casdoor_5496_another_kind_of_id_is_not_taken_unseen(log: Ledger, tmp_path: Path) -> None:
    """Feishu: with the other kind everything looks new and all that was looks gone."""
    with FeishuDesk() as desk:
        firm = Firm(log, tmp_path, desk)
        pulled(firm, COMPANY)
        before = firm.tree()
        desk.id_kind = "open"
        with pytest.raises(HeldError):
            firm.pull()
        assert firm.tree() == before


def test_larksuite_node_sdk_10_rows_that_come_twice_count_once(firm: Firm) -> None:
    """A list had the same people on several pages."""
    skip_where_impossible(firm, "duplicate_rows")
    firm.desk.put(COMPANY)
    assert firm.desk.trouble("duplicate_rows")
    assert firm.pull().status is Status.FINISHED
    assert firm.desk.struck()
    assert firm.differences() == []
    assert len(firm.people()) == len(COMPANY.members)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_odoodingtalk_174_the_end_of_a_page(
    firm: Firm, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong cursor read the first 100 people again and again: one less, as many, one more."""
    monkeypatch.setattr(wecom_client, "ID_PAGE", 100)  # 10,000, of which one asks too much here
    size = firm.desk.page or 100
    people = tuple(person(n, "fe") for n in range(1000, 1000 + size + more))
    everybody = role("r1", "Everybody", *(m.id for m in people))
    roster = Roster(departments=COMPANY.departments[:3], members=people, roles=(everybody,))
    events = pulled(firm, after(roster, *(dept(d, leaders=()) for d in ("hq", "rd", "fe"))))
    assert events["MemberCreated"] == size + more
    assert firm.pull().appended == 0


def test_graph_docs_7202_a_manager_who_changes_alone_is_seen(firm: Firm) -> None:
    """Changes of managers did not appear."""
    pulled(firm, COMPANY)
    assert pulled(firm, after(COMPANY, member("u4", manager="u2"))) == {"MemberManagerChanged": 1}


def test_neuchar_123_reading_somebody_three_times_tells_of_them_once(firm: Firm) -> None:
    """WeCom calls back up to three times for one new person; each is a hint to read again."""
    pulled(firm, COMPANY)
    assert pulled(firm, after(COMPANY, add(person(20, "fe")))) == {"MemberCreated": 1}
    assert [firm.pull().appended for _ in range(2)] == [0, 0]


def test_dingtalk_ask_228906_what_nobody_announced_is_found(firm: Firm) -> None:
    """The list of failed callbacks has no user ids; the next reading needs none."""
    pulled(firm, COMPANY)
    unannounced = (leave("u7"), add(person(21, "east")), member("u5", title="Lead"))
    events = pulled(firm, after(COMPANY, *unannounced))
    assert events == {"MemberResigned": 1, "MemberCreated": 1, "MemberProfileChanged": 1}


@pytest.mark.parametrize("field", ["mobile", "email"])
def test_go_ldap_admin_127_a_hidden_field_is_neither_blanked_nor_made_up(
    firm: Firm, field: str
) -> None:
    """WeCom hides mobile numbers and mails from new apps; a tool blanked them, another made some
    up."""
    pulled(firm, COMPANY)
    if not firm.desk.hide(field):
        pytest.skip(f"{field} can't be hidden here")
    before = {m["name"]: m.get(field) for m in firm.tree()["members"]}
    firm.desk.put(after(COMPANY, add(person(20, "fe", manager="u3"))))
    assert firm.pull().status in READ
    now = {m["name"]: m.get(field) for m in firm.tree()["members"]}
    assert now.pop("Person 20") is None
    assert now == before
    assert field in firm.said()


def test_casdoor_1717_reading_writes_nothing(firm: Firm) -> None:
    """A source was written to by surprise, also where it was set to read only (casdoor 5072)."""
    pulled(firm, COMPANY)
    pulled(firm, after(COMPANY, member("u4", name="Person Four")))
    assert firm.desk.written() == 0  # type: ignore[attr-defined]


def test_casdoor_5051_who_is_below_a_department_that_has_a_tag_has_it_too(
    log: Ledger, tmp_path: Path
) -> None:
    """WeCom: a tag is for departments as well; memberships by way of them were lost."""
    with WeComDesk() as desk:
        firm = Firm(log, tmp_path, desk)
        desk.put(after(COMPANY, add(role("r3", "Engineers"))))
        directory = desk.sim.provider._world.directory  # type: ignore[attr-defined]
        tag = next(t for t in directory.tags.tags.values() if t.name == "Engineers")
        tag.parties = {int(desk.department("rd")): None}
        assert firm.pull().status is Status.FINISHED
        (held,) = (r["members"] for r in firm.tree()["roles"] if r["name"] == "Engineers")
        assert set(held) == {"u2", "u3", "u4", "u5", "u8"}


def test_casdoor_5051_who_is_in_a_group_within_a_group_is_in_both(
    log: Ledger, tmp_path: Path
) -> None:
    """LDAP: only direct members counted; here a role has those of all groups within it."""
    with GroupsDesk(logins=True) as desk:
        firm = Firm(log, tmp_path, desk)
        desk.put(after(COMPANY, add(role("r3", "Engineers"))))
        engineers = f"cn=r3,ou=roles,{BASE}"
        within = {**desk.held[engineers], "member": [f"cn=rd,ou=groups,{BASE}"]}
        desk.hold({**desk.held, engineers: within})
        assert firm.pull().status is Status.FINISHED
        (held,) = (r["members"] for r in firm.tree()["roles"] if r["name"] == "Engineers")
        assert set(held) == {"u2", "u3", "u4", "u5", "u8"}


@pytest.mark.parametrize(
    ("desk", "business"), [(WeComDesk, "biz_mail"), (DingTalkDesk, "org_email")]
)
def test_casdoor_1779_the_business_address_comes_first(
    desk: type[SimulatedDesk], business: str, log: Ledger, tmp_path: Path
) -> None:
    """Private and business addresses were mixed; the other one is kept beside it."""
    with desk() as there:
        firm = Firm(log, tmp_path, there)
        both = {business: "four@corp.example"}
        there.put(_detailed(COMPANY, "u4", both))
        assert firm.pull().status is Status.FINISHED
        people = firm.views.directory(firm.org).members.values()
        four = next(m for m in people if m.name == "Person 4")
        assert four.email == "four@corp.example"
        assert four.details["email"] == "u4@feifan.example"
        assert four.details[business] == "four@corp.example"


def _detailed(roster: Roster, key: str, details: dict[str, str]) -> Roster:
    def one(m: MemberRecord) -> MemberRecord:
        return replace(m, details=details) if m.id == key else m

    return replace(roster, members=tuple(map(one, roster.members)))
