"""Every named question on a log of a few lines: this story, asked that, exactly these rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from domain import events as e
from projections.audit import QUESTIONS, Audit, QueryError
from tests.projections.audit.story import ORG, Story, small, utc

Open = Callable[[Story], Audit]


def test_who_joined_came_back_and_left_between_two_dates(audit_of: Open) -> None:
    story = small().on("2026-02-10 08:00").by("user:li").tell(e.MemberResigned(uid="m-b"))
    story.on("2026-03-01 08:00").tell(e.MemberRehired(uid="m-b", departments=("d-s",)))
    story.on("2026-03-31 23:30").member("m-c", "Cy")
    story.on("2026-04-01 00:30").member("m-d", "Di")

    answer = audit_of(story).ask(
        "joined_or_left", org=ORG, since="2026-02-01", until=date(2026, 3, 31)
    )

    assert answer.columns == [
        "position", "time", "change", "uid", "id", "name", "departments", "actor", "run",
    ]  # fmt: skip
    assert answer.rows() == [
        (10, utc(2026, 2, 10, 8), "left", "m-b", "#m-b", "Bo", ["Platform", "Sales"],
         "user:li", None),
        (11, utc(2026, 3, 1, 8), "came back", "m-b", "#m-b", "Bo", ["Sales"], "user:li", None),
        (12, utc(2026, 3, 31, 23, 30), "joined", "m-c", "#m-c", "Cy", None, "user:li", None),
    ]  # fmt: skip


def test_a_day_begins_and_ends_in_the_time_zone_asked_for(audit_of: Open) -> None:
    story = small().on("2026-03-31 23:30").member("m-c", "Cy")

    answer = audit_of(story).ask(
        "joined_or_left", org=ORG, since="2026-04-01", zone="Asia/Shanghai"
    )

    assert [row[5] for row in answer] == ["Cy"]


@pytest.mark.parametrize("who", ["m-a", "#m-a"])
def test_the_history_of_a_member_also_tells_roles_leadership_records_and_targets(
    audit_of: Open, who: str
) -> None:
    story = small().on("2026-02-01 10:00").by("user:li", run="run-2", cause=3)
    story.tell(
        e.MemberContactChanged(uid="m-a", email=None),
        e.MemberRenamed(uid="m-b", name="Bob"),
        e.RoleGranted(uid="r-1", member="m-a"),
        e.RecordLinked(uid=ORG, system="ad", kind="member", id="S-1", entity="m-a"),
        e.DepartmentLeadersChanged(uid="d-r", leaders=()),
        e.ChangeApplied(uid="m-a", target="ldap", kind="member", action="delete", at=14),
        e.ChangeApplied(uid="m-b", target="ldap", kind="member", action="delete", at=14),
    )

    rows = audit_of(story).ask("member_history", org=ORG, member=who).rows()

    assert rows[0][:4] == (5, utc(2026, 1, 5, 9), "MemberCreated", "member")
    assert rows[1][:5] == (
        7, utc(2026, 1, 5, 9), "DepartmentLeadersChanged", "department", "d-r",
    )  # fmt: skip
    by = ("user:li", None, "run-2", 3)
    at = utc(2026, 2, 1, 10)
    assert rows[2:] == [
        (10, at, "MemberContactChanged", "member", "m-a", *by, '{"email":null}'),
        (12, at, "RoleGranted", "role", "r-1", *by, '{"member":"m-a"}'),
        (13, at, "RecordLinked", "organization", ORG, *by,
         '{"system":"ad","kind":"member","id":"S-1","entity":"m-a"}'),
        (14, at, "DepartmentLeadersChanged", "department", "d-r", *by, '{"leaders":[]}'),
        (15, at, "ChangeApplied", "member", "m-a", *by,
         '{"target":"ldap","kind":"member","action":"delete","at":14}'),
    ]  # fmt: skip


def test_headcount_counts_a_person_once_in_what_is_above(audit_of: Open) -> None:
    story = small().on("2026-02-10 08:00")
    story.tell(e.MemberTransferred(uid="m-b", departments=("d-p", "d-r")))
    story.on("2026-03-02 08:00").tell(e.MemberResigned(uid="m-a"))

    answer = audit_of(story).ask("headcount_by_department", org=ORG)

    assert answer.columns == ["month", "department", "path", "direct", "with_below"]
    assert answer.rows() == [
        (date(2026, 1, 1), "d-r", "Research", 1, 2),
        (date(2026, 1, 1), "d-p", "Research/Platform", 1, 1),
        (date(2026, 1, 1), "d-s", "Sales", 1, 1),
        (date(2026, 2, 1), "d-r", "Research", 2, 2),
        (date(2026, 2, 1), "d-p", "Research/Platform", 1, 1),
        (date(2026, 2, 1), "d-s", "Sales", 0, 0),
        (date(2026, 3, 1), "d-r", "Research", 1, 1),
        (date(2026, 3, 1), "d-p", "Research/Platform", 1, 1),
        (date(2026, 3, 1), "d-s", "Sales", 0, 0),
    ]


def test_departments_that_nobody_leads_and_since_when(audit_of: Open) -> None:
    story = small().on("2026-02-01 10:00").department("d-e", "Empty")
    story.tell(
        e.DepartmentLeadersChanged(uid="d-s", leaders=("m-a",)),
        e.MemberDeactivated(uid="m-a"),
    )
    story.on("2026-02-02 10:00").tell(e.MemberRenamed(uid="m-a", name="Anne"))

    answer = audit_of(story).ask("departments_without_active_leader", org=ORG)

    assert answer.columns == [
        "department", "id", "path", "problem", "leader", "leader_name", "members", "since",
    ]  # fmt: skip
    left = ("leader is deactivated", "m-a", "Anne", 1, utc(2026, 2, 1, 10))
    assert answer.rows() == [
        ("d-r", "#d-r", "Research", *left),
        ("d-p", "#d-p", "Research/Platform", "no leader", None, None, 1, utc(2026, 1, 5, 9)),
        ("d-s", "#d-s", "Sales", *left),
    ]


def moved() -> Story:
    return (
        small()
        .on("2026-02-01 10:00")
        .by("user:li", run="run-2")
        .tell(
            e.DepartmentRenamed(uid="d-s", name="Trade"),
            e.DepartmentMoved(uid="d-p", parent="d-s"),
        )
        .on("2026-03-01 10:00")
        .tell(
            e.DepartmentMoved(uid="d-p", parent=None),
            e.DepartmentMerged(uid="d-s", into="d-r"),
        )
    )


@pytest.mark.parametrize("which", [None, "d-p", "#d-p"])
def test_moves_tell_the_parents_as_they_were_called_then(audit_of: Open, which: str | None) -> None:
    answer = audit_of(moved()).ask("department_moves", org=ORG, department=which)

    assert answer.columns == [
        "position", "time", "department", "id", "name", "from_parent", "from_name", "to_parent",
        "to_name", "actor", "run",
    ]  # fmt: skip
    platform = ("d-p", "#d-p", "Platform")
    by = ("user:li", "run-2")
    assert answer.rows() == [
        (11, utc(2026, 2, 1, 10), *platform, "d-r", "Research", "d-s", "Trade", *by),
        (12, utc(2026, 3, 1, 10), *platform, "d-s", "Trade", None, None, *by),
    ]


def test_the_history_of_departments_has_renames_and_merges(audit_of: Open) -> None:
    answer = audit_of(moved()).ask("department_history", org=ORG, department="d-s")

    assert answer.columns == [
        "position", "time", "event", "department", "id", "name_before", "name_after",
        "parent_before", "parent_after", "merged_into", "actor", "run",
    ]  # fmt: skip
    assert [row[2:10] for row in answer] == [
        ("DepartmentCreated", "d-s", "#d-s", None, "Sales", None, None, None),
        ("DepartmentRenamed", "d-s", "#d-s", "Sales", "Trade", None, None, None),
        ("DepartmentMerged", "d-s", "#d-s", "Trade", "Trade", None, None, "Research"),
    ]


def test_what_a_run_changed(audit_of: Open) -> None:
    answer = audit_of(moved()).ask("run_changes", org=ORG, run="run-2")

    assert answer.columns == [
        "position", "time", "event", "kind", "entity", "entity_name", "actor", "said",
    ]  # fmt: skip
    assert answer.rows() == [
        (10, utc(2026, 2, 1, 10), "DepartmentRenamed", "department", "d-s", "Trade", "user:li",
         '{"name":"Trade"}'),
        (11, utc(2026, 2, 1, 10), "DepartmentMoved", "department", "d-p", "Platform", "user:li",
         '{"parent":"d-s"}'),
        (12, utc(2026, 3, 1, 10), "DepartmentMoved", "department", "d-p", "Platform", "user:li",
         '{"parent":null}'),
        (13, utc(2026, 3, 1, 10), "DepartmentMerged", "department", "d-s", "Trade", "user:li",
         '{"into":"d-r"}'),
    ]  # fmt: skip


def test_the_busiest_days(audit_of: Open) -> None:
    story = moved().tell(e.RunStarted(uid="run-3", system="hr"))

    answer = audit_of(story).ask("busiest_days", org=ORG, most=2)

    assert answer.columns == ["day", "events", "members", "departments", "runs", "mostly"]
    assert answer.rows() == [
        (date(2026, 1, 5), 9, 2, 3, 1, "DepartmentCreated"),
        (date(2026, 2, 1), 2, 0, 2, 1, "DepartmentMoved"),
    ]


def test_members_in_many_departments_with_the_main_one_first(audit_of: Open) -> None:
    audit = audit_of(small())

    assert audit.ask("members_in_many_departments", org=ORG).rows() == [
        ("m-b", "#m-b", "Bo", 2, ["Research/Platform", "Sales"]),
    ]
    assert audit.ask("members_in_many_departments", org=ORG, more_than="2").rows() == []


@pytest.mark.parametrize("role", ["r-1", "#r-1", "Auditor"])
def test_who_had_a_role_on_a_date(audit_of: Open, role: str) -> None:
    story = small().on("2026-02-01 10:00").by("user:li", run="run-2")
    story.tell(e.RoleGranted(uid="r-1", member="m-a"), e.RoleRevoked(uid="r-1", member="m-b"))
    audit = audit_of(story)

    assert audit.ask("role_holders", org=ORG, role=role, at="2026-01-31").rows() == [
        ("r-1", "Auditor", "m-b", "#m-b", "Bo", "active", utc(2026, 1, 5, 9), "schedule", "run-1"),
    ]
    assert audit.ask("role_holders", org=ORG, role=role).rows() == [
        ("r-1", "Auditor", "m-a", "#m-a", "Ann", "active", utc(2026, 2, 1, 10), "user:li",
         "run-2"),
    ]  # fmt: skip


def test_leavers_who_still_have_duties(audit_of: Open) -> None:
    story = small().on("2026-02-01 10:00")
    story.tell(
        e.MemberManagerChanged(uid="m-b", manager="m-a"),
        e.OrganizationLeaderChanged(uid=ORG, leaders=("m-a",)),
        e.MemberResigned(uid="m-a"),
        e.MemberDeactivated(uid="m-b"),
    )

    answer = audit_of(story).ask("leavers_with_duties", org=ORG)

    assert answer.columns == [
        "uid", "id", "name", "state", "since", "duty", "of_uid", "of_name",
    ]  # fmt: skip
    ann = ("m-a", "#m-a", "Ann", "resigned", utc(2026, 2, 1, 10))
    assert answer.rows() == [
        (*ann, "leads department", "d-r", "Research"),
        (*ann, "leads organization", ORG, "Acme"),
        (*ann, "manages", "m-b", "Bo"),
        ("m-b", "#m-b", "Bo", "deactivated", utc(2026, 2, 1, 10), "holds role", "r-1", "Auditor"),
    ]


def test_who_changed_how_much(audit_of: Open) -> None:
    answer = audit_of(moved()).ask("changes_by_actor", org=ORG, since="2026-02-01")

    assert answer.columns == ["actor", "source", "event", "events", "entities", "first", "last"]
    assert answer.rows() == [
        ("user:li", None, "DepartmentMoved", 2, 1, utc(2026, 2, 1, 10), utc(2026, 3, 1, 10)),
        ("user:li", None, "DepartmentMerged", 1, 1, utc(2026, 3, 1, 10), utc(2026, 3, 1, 10)),
        ("user:li", None, "DepartmentRenamed", 1, 1, utc(2026, 2, 1, 10), utc(2026, 2, 1, 10)),
    ]


def test_contacts_that_several_members_share(audit_of: Open) -> None:
    story = small().member("m-c", "Cy", email="ANN@acme.example", job_number="7")
    story.member("m-d", "Di", email="ann@acme.example").tell(e.MemberResigned(uid="m-d"))

    answer = audit_of(story).ask("duplicate_contacts", org=ORG)

    assert answer.columns == ["field", "value", "members", "uids", "names"]
    assert answer.rows() == [
        ("email", "ann@acme.example", 2, ["m-a", "m-c"], ["Ann", "Cy"]),
    ]


def test_runs_that_need_attention(audit_of: Open) -> None:
    story = small().on("2026-02-01 10:00").by("user:li")
    story.tell(e.RunStarted(uid="run-1", system="hr"), e.RunFinished(uid="run-1"))
    story.tell(e.RunStarted(uid="run-2", system="hr"), e.RunHeld(uid="run-2", reason="3 go"))
    story.tell(e.RunApproved(uid="run-2", continued_by="run-3"))
    story.tell(e.RunStarted(uid="run-3", system="hr"))
    story.tell(e.RunFinished(uid="run-3", refused=("x", "y"), gaps=("z",)))
    story.tell(e.RunStarted(uid="run-4", system="hr", mode="publish"))
    story.tell(e.RunStarted(uid="run-5", system="hr"))
    story.on("2026-02-01 11:00")
    story.tell(e.RunFailed(uid="run-5", error="LogError", reason="No log."))

    answer = audit_of(story).ask("troubled_runs", org=ORG)

    assert answer.columns == [
        "run", "system", "mode", "status", "started", "finished", "refused", "gaps", "reason",
        "approved_by", "continued_by",
    ]  # fmt: skip
    ten, eleven = utc(2026, 2, 1, 10), utc(2026, 2, 1, 11)
    assert answer.rows() == [
        ("run-2", "hr", "read", "held", ten, ten, None, None, "3 go", "user:li", "run-3"),
        ("run-3", "hr", "read", "partial", ten, ten, 2, 1, None, None, None),
        ("run-4", "hr", "publish", "running", ten, None, None, None, None, None, None),
        ("run-5", "hr", "read", "failed", ten, eleven, None, None, "No log.", None, None),
    ]


def test_another_organization_is_not_in_the_answers(audit_of: Open) -> None:
    story = small()
    audit = audit_of(story)
    other = Story("other", first=len(story.entries) + 1).registered().member("m-a", "Zed")
    audit.apply(other.entries)
    given = {"member": "m-a", "role": "Auditor", "run": "run-1"}
    for name, question in QUESTIONS.items():
        params = {p.name: given[p.name] for p in question.parameters if p.name in given}
        assert "Zed" not in str(audit.ask(name, org=ORG, **params).rows())


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("busy_days", {"org": ORG}, "no question named 'busy_days'. Did you mean 'busiest_days'?"),
        ("busiest_days", {}, "busiest_days needs the parameter 'org': the organization."),
        ("busiest_days", {"org": "acne"}, "no organization 'acne'. It has: acme."),
        ("busiest_days", {"org": ORG, "sinc": 1}, "no parameter 'sinc'. Did you mean 'since'?"),
        ("busiest_days", {"org": ORG, "since": "May"}, "since = 'May' is not of type date."),
        ("busiest_days", {"org": ORG, "most": "few"}, "most = 'few' is not of type integer."),
        ("busiest_days", {"org": ORG, "zone": "Mars"}, "Unknown TimeZone 'Mars'"),
        ("role_holders", {"org": ORG}, "role_holders needs the parameter 'role'"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_sentence(
    audit_of: Open, name: str, params: dict[str, object], sentence: str
) -> None:
    audit = audit_of(small())
    with pytest.raises(QueryError) as caught:
        audit.ask(name, **params).rows()
    assert sentence in str(caught.value)
