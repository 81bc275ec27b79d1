"""At every position the intervals are what the domain's fold says, however the log was cut."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.delivery.state import TargetState
from domain.delivery.state import fold as deliver
from domain.directory import Directory
from domain.envelope import Entry
from domain.events import DELIVERIES, DIRECTORY, DeliveryFact
from domain.evolve import evolve
from domain.identity import GENERIC
from projections.audit import Audit, rebuild
from tests.projections.audit.random_logs import facts
from tests.projections.audit.story import ORG, Story

Rows = dict[str, set[tuple[Any, ...]]]

COLUMNS = {
    "organizations": "org, name, source",
    "departments": "org, uid, id, name, parent, place, state, merged_into, details",
    "members": "org, uid, id, name, email, mobile, job_number, title, avatar, manager, state,"
    " details",
    "memberships": "org, member, department, is_main",
    "leaders": "org, department, member, place",
    "role_groups": "org, uid, id, name, state",
    "roles": "org, uid, id, name, role_group, state, details",
    "grants": "org, role, member",
    "links": "org, system, kind, id, uid",
    "placements": "org, target, kind, entity, remote, closed",
    "failures": "org, target, kind, entity, action, member, outcome, code, reason, fix",
}


def of_directory(d: Directory) -> Rows:
    """What the tables should hold while the organization is as ``d`` says."""
    own = d.source or GENERIC

    def identity(kind: str, uid: str) -> tuple[str, str, str | None]:
        return d.org, uid, d.linked(own, kind).ids.get(uid)

    return {
        "organizations": {(d.org, d.name, d.source)},
        "departments": {
            (*identity("department", x.uid), x.name, x.parent, x.order, x.state, x.merged_into,
             text(x.details))
            for x in d.departments.values()
        },
        "members": {
            (*identity("member", x.uid), x.name, x.email, x.mobile, x.job_number, x.title,
             x.avatar, x.manager, x.state, text(x.details))
            for x in d.members.values()
        },
        "memberships": {
            (d.org, x.uid, department, department == x.main_department)
            for x in d.members.values()
            for department in x.departments
        },
        "leaders": {
            (d.org, department, member, place)
            for department, leaders in [
                (None, d.leaders),
                *((x.uid, x.leaders) for x in d.departments.values()),
            ]
            for place, member in enumerate(leaders, 1)
        },
        "role_groups": {
            (*identity("role_group", x.uid), x.name, x.state) for x in d.role_groups.values()
        },
        "roles": {
            (*identity("role", x.uid), x.name, x.group, x.state, text(x.details))
            for x in d.roles.values()
        },
        "grants": {(d.org, role, m) for role, members in d.grants.items() for m in members},
        "links": {
            (d.org, *key.rsplit("/", 1), record_id, uid)
            for key, links in d.links.items()
            for record_id, uid in links.uids.items()
        },
    }  # fmt: skip


def of_targets(org: str, targets: dict[str, TargetState]) -> Rows:
    """What the tables should hold while the targets of ``org`` are as their sync states say."""
    rows: Rows = {"placements": set(), "failures": set()}
    for target, state in targets.items():
        for kind, entities in state.placed.items():
            for uid, placed in entities.items():
                place = (org, target, kind, uid)
                if not placed.gone:
                    rows["placements"].add((*place, placed.remote, placed.left is not None))
                for slot, stuck in placed.stuck.items():
                    action, _, member = slot.partition(":")
                    why = (stuck.code or None, stuck.why, stuck.fix or None)
                    rows["failures"].add((*place, action, member or None, stuck.result, *why))
    return rows


def text(details: dict[str, Any]) -> str | None:
    return json.dumps(details, sort_keys=True) if details else None


def of_audit(audit: Audit) -> dict[str, list[tuple[Any, ...]]]:
    """Every interval: its values, where it begins and where it ends."""
    return {
        table: [
            tuple(
                text(json.loads(cell)) if name == "details" and cell else cell
                for name, cell in zip(answer.columns, row, strict=True)
            )
            for row in answer
        ]
        for table, columns in COLUMNS.items()
        for answer in [audit.query(f"SELECT {columns}, valid_from, valid_to FROM {table}")]
    }


def at(intervals: dict[str, list[tuple[Any, ...]]], position: int) -> Rows:
    return {
        table: {
            row[:-2]
            for row in rows
            if row[-2] <= position and (row[-1] is None or row[-1] > position)
        }
        for table, rows in intervals.items()
    }


def check(audit: Audit, entries: list[Entry]) -> None:
    """Every position, and that no interval ends for nothing."""
    intervals = of_audit(audit)
    directories: dict[str, Directory] = {}
    targets: dict[str, dict[str, TargetState]] = {"one": {}, "two": {}}
    for entry in entries:
        evolve(directories.setdefault(entry.org, Directory(org=entry.org)), entry.fact)
        if isinstance(entry.fact, DeliveryFact):
            target = entry.fact.target
            state = targets[entry.org].setdefault(target, TargetState(org=entry.org, target=target))
            deliver(state, entry.fact, entry.envelope.at, entry.envelope.run)
        expected: Rows = {table: set() for table in COLUMNS}
        for directory in directories.values():
            there = of_targets(directory.org, targets[directory.org])
            for table, true in (of_directory(directory) | there).items():
                expected[table] |= true
        assert at(intervals, entry.position) == expected, f"at position {entry.position}"
    for rows in intervals.values():
        assert len({row[:-1] for row in rows}) == len(rows), "two rows for one interval"
        beginnings = {(row[:-2], row[-2]) for row in rows}
        assert not [r for r in rows if (r[:-2], r[-1]) in beginnings], "nothing had changed"


def rows_of(audit: Audit) -> dict[str, list[tuple[Any, ...]]]:
    """What is no interval."""
    return {
        table: audit.query(f"FROM {table} ORDER BY ALL").rows()
        for table in ("events", "outcomes", "runs")
    }


def check_rows(audit: Audit, entries: list[Entry]) -> None:
    """One row per event, and one outcome per event about a target."""
    assert audit.query("SELECT position, category, kind FROM events ORDER BY ALL").rows() == [
        (x.position, x.originator_id.split(".")[1],
         x.fact.kind if isinstance(x.fact, DeliveryFact) else x.fact.KIND)
        for x in entries
    ]  # fmt: skip
    facts = [(x, x.fact) for x in entries if isinstance(x.fact, DeliveryFact)]
    outcomes = audit.query("SELECT position, org, target, kind, entity FROM outcomes ORDER BY ALL")
    assert outcomes.rows() == [(x.position, x.org, f.target, f.kind, f.uid) for x, f in facts]


@st.composite
def logs(draw: Any) -> list[Entry]:
    """Two organizations side by side, in one total order."""
    told = {org: draw(facts(org)) for org in ("one", "two")}
    story = Story("one")
    while any(told.values()):
        story.org = draw(st.sampled_from([org for org, rest in told.items() if rest]))
        story.tell(told[story.org].pop(0))
    return story.entries


@st.composite
def cuts(draw: Any, entries: list[Entry]) -> list[list[Entry]]:
    points = sorted(draw(st.sets(st.integers(1, len(entries)), max_size=5)))
    starts = [0, *points]
    return [entries[a:b] for a, b in zip(starts, [*points, len(entries)], strict=True)]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_intervals_are_the_fold_at_every_position(data: st.DataObject) -> None:
    """Batches cut anywhere, in any order within, each applied twice, the file perhaps reopened."""
    entries = data.draw(logs())
    batches = data.draw(cuts(entries))
    reopening = data.draw(st.booleans())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "audit.duckdb"
        audit = Audit.open(path)
        for batch in batches:
            audit.apply(reversed(batch))
            position = audit.position
            assert audit.apply(batch) == position
            if reopening:
                audit.close()
                audit = Audit.open(path)
                assert audit.position == position
        check(audit, entries)
        check_rows(audit, entries)
        audit.close()


@settings(max_examples=12, deadline=None)
@given(st.data(), st.sampled_from([1, 3, 250_000]))
def test_a_rebuilt_audit_is_the_same_however_little_memory_it_may_use(
    data: st.DataObject, limit: int
) -> None:
    entries = data.draw(logs())
    batches = data.draw(cuts(entries))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "audit.duckdb"
        assert rebuild(path, batches, entities_in_memory=limit) == entries[-1].position
        audit = Audit.open(path)
        check(audit, entries)
        followed = Audit.open(Path(folder) / "followed.duckdb")
        for batch in batches:
            followed.apply(batch)
        assert rows_of(audit) == rows_of(followed)
        audit.close()
        followed.close()


@pytest.mark.parametrize("apart", [False, True])
def test_a_record_freed_and_given_to_a_new_member_has_two_intervals(
    path: Path, apart: bool
) -> None:
    """Whether one batch or two, applied or rebuilt, each end belongs to its own beginning."""
    story = Story().registered()
    for uid in ("m-1", "m-2"):
        story.tell(
            e.MemberCreated(uid=uid, name="A", origin=e.Origin(system="ad", id="1")),
            e.RecordUnlinked(uid=ORG, system="ad", kind="member", id="1"),
        )
    batches = [story.entries[:4], story.entries[4:]] if apart else [story.entries]
    ask = "SELECT uid, valid_from, valid_to FROM links ORDER BY valid_from"
    applied = Audit.open(path)
    for batch in batches:
        applied.apply(batch)
    assert applied.query(ask).rows() == [("m-1", 2, 3), ("m-2", 4, 5)]
    applied.close()

    rebuild(path, batches)

    rebuilt = Audit.open(path)
    assert rebuilt.query(ask).rows() == [("m-1", 2, 3), ("m-2", 4, 5)]
    rebuilt.close()


def test_the_random_logs_know_every_fact_about_the_directory_and_targets() -> None:
    source = (Path(__file__).parent / "random_logs.py").read_text(encoding="utf-8")
    told = (*DIRECTORY, *DELIVERIES)
    assert [cls.TOPIC for cls in told if f"e.{cls.TOPIC}" not in source] == []
