"""The named questions about targets: this story, asked that, exactly these rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain import events as e
from projections.audit import Audit
from tests.projections.audit.story import ORG, Story, small, utc

Open = Callable[[Story], Audit]

ANN: dict[str, Any] = {"uid": "m-a", "target": "ldap", "kind": "member"}
BO: dict[str, Any] = {"uid": "m-b", "target": "ldap", "kind": "member"}


def applied(place: dict[str, Any], action: str, at: int, **said: Any) -> e.ChangeApplied:
    return e.ChangeApplied(**place, action=action, at=at, **said)


def failed(
    cls: type[e.NotApplied], place: dict[str, Any], action: str, why: str, **said: Any
) -> e.NotApplied:
    return cls(**place, action=action, digest="x", why=why, **said)


def delivered() -> Story:
    """The small organization (positions 1 to 9), brought to the LDAP server the day after."""
    story = small().on("2026-01-06 10:00").by("schedule", run="run-d1", source="ldap")
    return story.tell(
        e.RunStarted(uid="run-d1", system="ldap", mode="deliver"),
        applied(ANN, "create", 9, remote="cn=ann", fields={"mail": "ann@acme.example"}),
        applied(BO, "adopt", 9, remote="cn=bo", fields={"cn": "Bo"}, relations={"active": True}),
        e.RunFinished(uid="run-d1", planned=1, acknowledged=1, verified=1, at=9),
    )


def test_what_failed_is_open_until_it_is_done(audit_of: Open) -> None:
    """Refused and parked, one member of a role alone; not what is tried again or was done since."""
    role: dict[str, Any] = {"uid": "r-1", "target": "ldap", "kind": "role"}
    story = delivered().on("2026-01-07 10:00").by("schedule", run="run-d2", source="ldap")
    story.tell(
        failed(e.ChangeRefused, ANN, "update", "mail: too long", code="19", fix="Shorten it."),
        failed(e.ChangeRefused, BO, "update", "mail: taken"),
        failed(e.ChangeDeferred, BO, "relate", "no answer"),
        failed(e.ChangeParked, role, "add", "unknown there", members=("m-b",), code="32"),
        failed(e.ChangeRefused, role, "add", "unknown there", members=("m-a",)),
        failed(e.ChangeRefused, {**ANN, "target": "feishu"}, "create", "no seat"),
    )
    story.on("2026-01-08 10:00").by("schedule", run="run-d3", source="ldap").tell(
        applied(BO, "update", 9, fields={"mail": None}),
        applied(role, "add", 9, members=("m-a", "m-c")),
    )

    audit = audit_of(story)
    answer = audit.ask("what_failed_at_target", org=ORG, target="ldap")

    assert answer.columns == [
        "target", "kind", "entity", "id", "name", "action", "member", "member_name", "outcome",
        "code", "reason", "fix", "since", "run",
    ]  # fmt: skip
    since = utc(2026, 1, 7, 10)
    assert answer.rows() == [
        ("ldap", "member", "m-a", "#m-a", "Ann", "update", None, None, "refused", "19",
         "mail: too long", "Shorten it.", since, "run-d2"),
        ("ldap", "role", "r-1", "#r-1", "Auditor", "add", "m-b", "Bo", "parked", "32",
         "unknown there", None, since, "run-d2"),
    ]  # fmt: skip
    everywhere = audit.ask("what_failed_at_target", org=ORG).rows()
    assert [(row[0], row[10]) for row in everywhere] == [
        ("feishu", "no seat"), ("ldap", "mail: too long"), ("ldap", "unknown there"),
    ]  # fmt: skip


def test_a_target_lags_by_the_events_since_what_was_brought_last(audit_of: Open) -> None:
    """A run that failed brings nothing on; a target that nothing was brought to lags by all."""
    story = delivered().on("2026-01-07 09:00").by("user:li")
    story.tell(e.MemberRenamed(uid="m-a", name="Anne"), e.MemberDeactivated(uid="m-b"))
    story.on("2026-01-07 10:00").tell(
        e.RunStarted(uid="run-d2", system="ldap", mode="deliver"),
        failed(e.ChangeDeferred, ANN, "update", "no answer", at=15),
        e.RunFailed(uid="run-d2", error="TransientFault", reason="no answer"),
        e.RunStarted(uid="run-d3", system="feishu", mode="deliver"),
    )
    audit = audit_of(story)

    answer = audit.ask("target_lag", org=ORG)

    assert answer.columns == [
        "target", "run", "finished", "up_to", "events_behind", "oldest_waiting", "refused",
        "deferred", "parked",
    ]  # fmt: skip
    assert answer.rows() == [
        ("feishu", None, None, None, 11, utc(2026, 1, 5, 9), 0, 0, 0),
        ("ldap", "run-d1", utc(2026, 1, 6, 10), 9, 2, utc(2026, 1, 7, 9), 0, 1, 0),
    ]
    assert [row[0] for row in audit.ask("target_lag", org=ORG, target="ldap")] == ["ldap"]


def test_propagation_is_measured_from_the_entitys_own_event(audit_of: Open) -> None:
    """Not from the latest event that the run knew, nor for what no new event had led to."""
    story = delivered().on("2026-01-07 09:00").by("user:li")
    story.tell(e.MemberRenamed(uid="m-a", name="Anne"))  # position 14
    story.on("2026-01-07 09:59:30").member("m-c", "Cy")  # position 15
    story.on("2026-01-07 10:00").by("schedule", run="run-d2").tell(
        applied(ANN, "update", 15, fields={"cn": "Anne"}),
        applied(ANN, "relate", 15, relations={"manager": None}),
        applied({**ANN, "uid": "m-c"}, "create", 15, remote="cn=cy"),
        failed(e.ChangeDeferred, BO, "update", "no answer", at=15),
    )
    story.on("2026-01-07 17:00").by("schedule", run="run-d3").tell(
        applied(BO, "update", 15, fields={"title": "new mapping"}),
        applied(ANN, "update", 15, fields={"title": "new mapping"}),
    )
    audit = audit_of(story)

    answer = audit.ask("propagation", org=ORG)

    assert answer.columns == [
        "target", "day", "brought", "p50_seconds", "p95_seconds", "longest_seconds",
    ]  # fmt: skip
    late = audit.ask("propagation", org=ORG, zone="Pacific/Kiritimati").rows()
    assert [str(row[1]) for row in late] == ["2026-01-08"]
    assert [(row[0], str(row[1]), *row[2:]) for row in answer] == [
        ("ldap", "2026-01-07", 2, 1815.0, 3421.5, 3600.0),
    ]
    assert audit.ask("propagation", org=ORG, since="2026-01-09").rows() == []
    assert audit.ask("propagation", org=ORG, target="feishu").rows() == []


def test_what_was_changed_at_a_target_between_two_dates(audit_of: Open) -> None:
    story = (
        delivered()
        .on("2026-01-07 10:00")
        .by("schedule", run="run-d2", source="ldap")
        .tell(
            failed(e.ChangeRefused, BO, "update", "mail: taken"),
            e.MemberRenamed(uid="m-b", name="Bob"),
            applied(BO, "update", 15, remote="cn=bo", fields={"cn": "Bob"}, warning="no avatar"),
        )
    )
    audit = audit_of(story)

    answer = audit.ask("changes_at_target", org=ORG, target="ldap", until="2026-01-07")

    assert answer.columns == [
        "position", "time", "target", "kind", "entity", "id", "name", "action", "changed",
        "members", "remote", "run", "warning",
    ]  # fmt: skip
    before, after = utc(2026, 1, 6, 10), utc(2026, 1, 7, 10)
    assert answer.rows() == [
        (11, before, "ldap", "member", "m-a", "#m-a", "Ann", "create", ["mail"], 0, "cn=ann",
         "run-d1", None),
        (12, before, "ldap", "member", "m-b", "#m-b", "Bo", "adopt", ["cn", "active"], 0, "cn=bo",
         "run-d1", None),
        (16, after, "ldap", "member", "m-b", "#m-b", "Bob", "update", ["cn"], 0, "cn=bo",
         "run-d2", "no avatar"),
    ]  # fmt: skip
    since = audit.ask("changes_at_target", org=ORG, since="2026-01-07").rows()
    assert [row[0] for row in since] == [16]
    assert audit.ask("changes_at_target", org=ORG, target="feishu").rows() == []


def test_what_others_changed_at_a_target(audit_of: Open) -> None:
    story = (
        delivered()
        .on("2026-01-07 10:00")
        .by("schedule", run="run-d2", source="ldap")
        .tell(
            e.DriftDetected(
                **ANN, fields={"mail": "other@acme.example"}, relations={"active": False}
            ),
            e.DriftDetected(**BO, missing=True),
        )
    )
    audit = audit_of(story)

    answer = audit.ask("drift_found", org=ORG)

    assert answer.columns == [
        "position", "time", "target", "kind", "entity", "id", "name", "what", "changed", "found",
        "run",
    ]  # fmt: skip
    at = utc(2026, 1, 7, 10)
    assert answer.rows() == [
        (14, at, "ldap", "member", "m-a", "#m-a", "Ann", "changed", ["mail", "active"],
         '{"fields":{"mail":"other@acme.example"},"relations":{"active":false}}', "run-d2"),
        (15, at, "ldap", "member", "m-b", "#m-b", "Bo", "missing", [], "{}", "run-d2"),
    ]  # fmt: skip
    assert audit.ask("drift_found", org=ORG, until="2026-01-06").rows() == []
    assert audit.ask("drift_found", org=ORG, target="feishu").rows() == []


def test_a_callback_that_never_came_is_no_drift_of_a_target(audit_of: Open) -> None:
    """What a source had not told is asked for by itself, and the source is no target for it."""
    hr: dict[str, Any] = {"target": "hr", "missed": "MemberRenamed", "delay": 1800}
    story = delivered().on("2026-01-07 10:00").by("schedule", run="run-r2", source="hr")
    story.tell(
        e.DriftDetected(**hr, uid="m-a", kind="member"),
        e.DriftDetected(**BO, fields={"mail": "bo@acme.example"}),
    )
    audit = audit_of(story)

    answer = audit.ask("missed_callbacks", org=ORG)

    assert answer.columns == [
        "position", "time", "source", "kind", "entity", "id", "name", "event", "delay_seconds",
        "run",
    ]  # fmt: skip
    at = utc(2026, 1, 7, 10)
    assert answer.rows() == [
        (14, at, "hr", "member", "m-a", "#m-a", "Ann", "MemberRenamed", 1800, "run-r2"),
    ]
    assert audit.ask("missed_callbacks", org=ORG, until="2026-01-06").rows() == []
    assert [row[0] for row in audit.ask("drift_found", org=ORG).rows()] == [15]
    assert [row[0] for row in audit.ask("target_lag", org=ORG).rows()] == ["ldap"]
    assert audit.query("SELECT count(*) FROM outcomes WHERE target = 'hr'").rows() == [(0,)]


def test_leavers_whose_account_was_neither_closed_nor_deleted(audit_of: Open) -> None:
    story = delivered().on("2026-01-10 12:00").by("user:li")
    story.tell(e.MemberResigned(uid="m-a"), e.MemberResigned(uid="m-b"))
    story.on("2026-01-11 12:00").tell(
        applied(BO, "deactivate", 15, leaver=True),
        failed(e.ChangeRefused, ANN, "deactivate", "the last administrator"),
    )
    story.on("2026-01-12 12:00").tell(applied(ANN, "delete", 15))
    audit = audit_of(story)

    def open_at(day: str | None) -> list[tuple[Any, ...]]:
        return audit.ask("leavers_still_open", org=ORG, at=day).rows()

    resigned = utc(2026, 1, 10, 12)
    bo = ("ldap", "m-b", "#m-b", "Bo", "cn=bo", resigned, 0, None, None)
    ann = ("ldap", "m-a", "#m-a", "Ann", "cn=ann", resigned)
    assert audit.ask("leavers_still_open", org=ORG).columns == [
        "target", "uid", "id", "name", "remote", "resigned", "days", "outcome", "reason",
    ]  # fmt: skip
    assert open_at("2026-01-09") == []
    assert open_at("2026-01-10") == [(*ann, 0, None, None), bo]
    assert open_at("2026-01-11") == [(*ann, 1, "refused", "the last administrator")]
    assert open_at(None) == []
    at: dict[str, Any] = {"at": "2026-01-10", "target": "feishu"}
    assert audit.ask("leavers_still_open", org=ORG, **at).rows() == []


def test_an_open_account_of_a_leaver_grows_older_until_now(audit_of: Open) -> None:
    audit = audit_of(delivered().on("2026-01-10 12:00").tell(e.MemberResigned(uid="m-a")))
    ((*_, days, _outcome, _reason),) = audit.ask("leavers_still_open", org=ORG).rows()
    (today,) = audit.query("SELECT date_sub('day', TIMESTAMPTZ '2026-01-10 12:00', now())")
    assert days in (today[0], today[0] - 1)


@pytest.mark.parametrize("who", ["m-a", "#m-a"])
def test_where_a_member_has_accounts(audit_of: Open, who: str) -> None:
    """The present one, one that is closed, one that is gone, and one that never came to be."""
    feishu, casdoor = {**ANN, "target": "feishu"}, {**ANN, "target": "casdoor"}
    story = (
        delivered()
        .on("2026-01-07 10:00")
        .tell(
            applied(feishu, "create", 9, remote="ou_1"),
            failed(e.ChangeRefused, casdoor, "create", "no seat", fix="Buy one."),
        )
    )
    story.on("2026-01-08 10:00").tell(
        e.DriftDetected(**feishu, missing=True),
        applied(feishu, "create", 9, remote="ou_2"),
        applied(ANN, "deactivate", 9, leaver=True),
        failed(e.ChangeDeferred, ANN, "delete", "no answer"),
    )

    answer = audit_of(story).ask("where_is", org=ORG, member=who)

    assert answer.columns == [
        "target", "uid", "remote", "state", "created", "since", "failed", "outcome", "reason",
        "fix",
    ]  # fmt: skip
    first, second, third = utc(2026, 1, 6, 10), utc(2026, 1, 7, 10), utc(2026, 1, 8, 10)
    nothing = (None,) * 4
    assert answer.rows() == [
        ("casdoor", "m-a", None, "never there", None, None, "create", "refused", "no seat",
         "Buy one."),
        ("feishu", "m-a", "ou_1", "gone", second, third, *nothing),
        ("feishu", "m-a", "ou_2", "open", third, third, *nothing),
        ("ldap", "m-a", "cn=ann", "closed", first, third, "delete", "deferred", "no answer", None),
    ]  # fmt: skip


def test_when_an_account_existed_is_one_query(audit_of: Open) -> None:
    story = delivered().on("2026-01-09 10:00").tell(applied(ANN, "delete", 9))
    rows = audit_of(story).query(
        "SELECT time_from, time_to FROM placements WHERE target = 'ldap' AND remote = 'cn=ann'"
    )
    assert rows.rows() == [(utc(2026, 1, 6, 10), utc(2026, 1, 9, 10))]
