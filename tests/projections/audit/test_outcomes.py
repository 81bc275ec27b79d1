"""What events about targets leave in ``events``, ``outcomes``, ``runs`` and the interval tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain import events as e
from projections.audit import Audit
from projections.audit.outcomes import COLUMNS
from tests.projections.audit.story import ORG, Story, utc

Open = Callable[[Story], Audit]

SECRET = "ann@acme.example"


def delivered() -> Story:
    ann: dict[str, Any] = {"uid": "m-1", "target": "ldap", "kind": "member"}
    role: dict[str, Any] = {"uid": "r-1", "target": "ldap", "kind": "role"}
    story = Story().on("2026-02-01 10:00").registered()
    story.by("schedule", run="run-1", source="ldap")
    return story.tell(
        e.RunStarted(uid="run-1", system="ldap", mode="deliver"),
        e.ChangeApplied(
            **ann, action="adopt", remote="cn=ann", fields={"mail": SECRET},
            relations={"active": True}, at=1,
        ),
        e.ChangeApplied(**role, action="add", members=("m-1", "m-2"), at=1, warning="m-2 twice"),
        e.ChangeRefused(
            **ann, action="update", digest="x", why="too long", code="19", fix="Shorten it.", at=1
        ),
        e.ChangeDeferred(**role, action="add", digest="x", why="busy", members=("m-3",), at=1),
        e.ChangeParked(**ann, action="relate", digest="x", why="busy", at=1),
        e.ChangeApplied(**ann, action="deactivate", remote="cn=ann", leaver=True, at=1),
        e.DriftDetected(**role, fields={"cn": SECRET}, gained=("m-4",), lost=("m-1",)),
        e.ChangeApplied(**ann, action="delete", remote="cn=ann", at=1),
        e.RunFinished(
            uid="run-1", planned=6, acknowledged=4, deferred=1, parked=1, stuck=2, at=1,
            refused=("all", "that", "failed"),
        ),
    )  # fmt: skip


def test_each_event_about_a_target_is_an_outcome(audit_of: Open) -> None:
    answer = audit_of(delivered()).query(f"SELECT {', '.join(COLUMNS)} FROM outcomes")
    ann, role, at = (
        (ORG, "ldap", "member", "m-1"),
        (ORG, "ldap", "role", "r-1"),
        utc(2026, 2, 1, 10),
    )
    assert answer.rows() == [
        (*ann, "adopt", "run-1", 3, at, "adopted", None, None, None, "cn=ann", 1, 0,
         ["mail", "active"], False, False, None),
        (*role, "add", "run-1", 4, at, "applied", None, None, None, None, 1, 2, [], False, False,
         "m-2 twice"),
        (*ann, "update", "run-1", 5, at, "refused", "19", "too long", "Shorten it.", None, 1, 0,
         [], False, False, None),
        (*role, "add", "run-1", 6, at, "deferred", None, "busy", None, None, 1, 1, [], False,
         False, None),
        (*ann, "relate", "run-1", 7, at, "parked", None, "busy", None, None, 1, 0, [], False,
         False, None),
        (*ann, "deactivate", "run-1", 8, at, "applied", None, None, None, "cn=ann", 1, 0, [],
         True, False, None),
        (*role, None, "run-1", 9, at, "drift", None, None, None, None, None, 2, ["cn"], False,
         False, None),
        (*ann, "delete", "run-1", 10, at, "applied", None, None, None, "cn=ann", 1, 0, [], False,
         True, None),
    ]  # fmt: skip


def test_values_of_fields_are_kept_in_the_event_alone(audit_of: Open) -> None:
    """What is to be erased of a person some day stands in one place."""
    audit = audit_of(delivered())
    tables = audit.query("SELECT table_name FROM duckdb_tables()").rows()
    holding = [table for (table,) in tables if SECRET in str(audit.query(f"FROM {table}").rows())]
    assert holding == ["events"]


def test_the_event_is_about_the_entity_and_not_about_the_delivery(audit_of: Open) -> None:
    answer = audit_of(delivered()).query(
        "SELECT kind, entity, count(*) FROM events WHERE category = 'delivery' GROUP BY ALL "
        "ORDER BY ALL"
    )
    assert answer.rows() == [("member", "m-1", 5), ("role", "r-1", 3)]


def test_a_delivery_is_a_run_that_counts_what_was_refused(audit_of: Open) -> None:
    """Its closing event lists everything that failed, and no more than some hundreds."""
    answer = audit_of(delivered()).query(
        "SELECT system, mode, status, planned, acknowledged, refused, deferred, parked, stuck, "
        "up_to FROM runs"
    )
    assert answer.rows() == [("ldap", "deliver", "partial", 6, 4, 1, 1, 1, 2, 1)]


def test_a_held_delivery_waits_for_a_person_after_everything_else_is_done(audit_of: Open) -> None:
    story = delivered().tell(
        e.RunHeld(uid="run-1", reason="40 deletions", operations={"delete": ("m-9",)}),
        e.RunApproved(uid="run-1", continued_by="run-2"),
    )
    answer = audit_of(story).query(
        "SELECT status, reason, acknowledged, refused, continued_by FROM runs"
    )
    assert answer.rows() == [("held", "40 deletions", 4, 1, "run-2")]


def test_an_account_at_a_target_is_an_interval_until_it_is_gone(audit_of: Open) -> None:
    answer = audit_of(delivered()).query("SELECT * EXCLUDE (time_from, time_to) FROM placements")
    ann = (ORG, "ldap", "member", "m-1", "cn=ann")
    assert answer.rows() == [(*ann, False, 3, 8), (*ann, True, 8, 10)]


def test_an_open_failure_is_an_interval_until_it_is_done(audit_of: Open) -> None:
    """A deleted account needs nothing any more."""
    answer = audit_of(delivered()).query(
        "SELECT entity, action, member, outcome, valid_from, valid_to FROM failures ORDER BY 5"
    )
    assert answer.rows() == [
        ("m-1", "update", None, "refused", 5, 10),
        ("r-1", "add", "m-3", "deferred", 6, None),
        ("m-1", "relate", None, "parked", 7, 10),
    ]
