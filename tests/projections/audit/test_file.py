"""The file: opened, followed, held by one, outdated, damaged, rebuilt beside and swapped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from domain import events as e
from domain.envelope import Entry
from domain.errors import OrgledgerError
from projections.audit import Audit, AuditLocked, AuditOutdated, rebuild
from tests.projections.audit.story import ORG, Story

Open = Callable[[Story], Audit]


def ann() -> Story:
    return Story().registered().member("m-1", "Ann")


def names(audit: Audit) -> list[tuple[object, ...]]:
    return audit.query("SELECT name, valid_from, valid_to FROM members ORDER BY valid_from").rows()


def test_a_new_file_is_at_the_beginning(path: Path) -> None:
    audit = Audit.open(path)
    assert audit.position == 0
    assert audit.apply([]) == 0
    assert audit.query("FROM events").rows() == []
    audit.close()


def test_the_position_is_kept_with_the_data(path: Path, audit_of: Open) -> None:
    audit = audit_of(ann())
    assert audit.position == 2
    audit.close()
    again = Audit.open(path, read_only=True)
    assert again.position == 2
    assert names(again) == [("Ann", 2, None)]
    again.close()


def test_an_event_is_kept_with_all_its_circumstances(audit_of: Open) -> None:
    story = Story().on("2026-02-01 10:00").by("user:li", source="hr", run="run-1", cause=7)
    story.registered().tell(e.RunStarted(uid="run-2", system="hr"))
    audit = audit_of(story)
    rows = audit.query("SELECT * EXCLUDE (time), epoch_us(time) FROM events").rows()
    at = 1_769_940_000_000_000
    assert rows == [
        (1, ORG, "directory", "organization", ORG, "OrganizationRegistered", "user:li", "hr",
         "run-1", 7, '{"uid":"acme","name":"Acme","source":"hr"}', at),
        (2, ORG, "run", "run", "run-2", "RunStarted", "user:li", "hr",
         "run-2", 7, '{"uid":"run-2","system":"hr"}', at),
    ]  # fmt: skip


def test_a_fact_about_nobody_leaves_nothing_of_its_batch(audit_of: Open) -> None:
    audit = audit_of(ann())
    story = Story(first=3).tell(e.MemberRenamed(uid="m-1", name="Anne"))
    story.tell(e.MemberRenamed(uid="m-9", name="Nobody"))
    with pytest.raises(OrgledgerError, match=r"position 4 cannot be folded.*'m-9'"):
        audit.apply(story.entries)
    assert audit.position == 2
    assert names(audit) == [("Ann", 2, None)]
    assert audit.apply(story.entries[:1]) == 3
    assert names(audit) == [("Ann", 2, 3), ("Anne", 3, None)]


def test_a_change_to_the_same_value_opens_no_interval(audit_of: Open) -> None:
    story = ann().tell(
        e.MemberRenamed(uid="m-1", name="Ann"),
        e.MemberProfileChanged(uid="m-1", details={"x": None}),
        e.MemberTransferred(uid="m-1", departments=()),
    )
    assert names(audit_of(story)) == [("Ann", 2, None)]


def test_a_day_full_of_changes_in_one_batch_is_a_chain_of_intervals(audit_of: Open) -> None:
    story = ann()
    for name in ("B", "C", "D"):
        story.tell(e.MemberRenamed(uid="m-1", name=name))
    assert names(audit_of(story)) == [("Ann", 2, 3), ("B", 3, 4), ("C", 4, 5), ("D", 5, None)]


def test_the_state_at_a_time_and_at_a_position(audit_of: Open) -> None:
    story = Story().on("2026-01-01 10:00").registered().department("d-1", "Research")
    story.department("d-2", "Platform", "d-1").member("m-1", "Ann", "d-2", "d-1")
    story.on("2026-02-01 10:00").tell(
        e.DepartmentRenamed(uid="d-1", name="Science"), e.MemberResigned(uid="m-1")
    )
    audit = audit_of(story)

    def ask(sql: str) -> list[tuple[object, ...]]:
        return audit.query(sql).rows()

    for then in ("members_at('acme', '2026-01-31')", "members_at_position('acme', 4)"):
        assert ask(f"SELECT name, departments, main_department FROM {then}") == [
            ("Ann", ["d-2", "d-1"], "d-2")
        ]
    assert ask("FROM members_at('acme', '2026-01-01 09:59')") == []
    assert ask("FROM members_at('acme', '2026-02-01 10:00')") == []
    assert ask("SELECT position_at('acme', '2026-01-31'), position_at('acme', now())") == [(4, 6)]
    assert ask("SELECT path FROM departments_at_position('acme', 4) ORDER BY path") == [
        ("Research",),
        ("Research/Platform",),
    ]
    now = "SELECT path, depth FROM {} ORDER BY path"
    for source in ("current_departments", "departments_at('acme', now())"):
        assert ask(now.format(source)) == [("Science", 1), ("Science/Platform", 2)]


HOLD = """
import sys, pathlib
from projections.audit import Audit
audit = Audit.open(pathlib.Path(sys.argv[1]), read_only=sys.argv[2] == "read")
print("open", flush=True)
sys.stdin.read()
audit.close()
"""


@pytest.fixture
def held(path: Path) -> Iterator[Callable[[str], None]]:
    """Another process that holds the file to ``read`` or to ``write``."""
    holders: list[subprocess.Popen[str]] = []

    def hold(how: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path), how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        holders.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"

    yield hold
    for process in holders:
        process.communicate()


def test_a_file_that_another_process_writes_is_locked(
    path: Path, audit_of: Open, held: Callable[[str], None]
) -> None:
    audit_of(ann()).close()
    held("write")
    for opening in (
        lambda: Audit.open(path),
        lambda: Audit.open(path, read_only=True),
        lambda: rebuild(path, [ann().entries]),
    ):
        with pytest.raises(AuditLocked, match=r"is in use.*Ask the service that holds it"):
            opening()
    assert not path.with_suffix(".rebuilding").exists()


def test_a_file_that_another_process_reads_is_open_to_readers_and_can_be_swapped(
    path: Path, audit_of: Open, held: Callable[[str], None]
) -> None:
    audit_of(ann()).close()
    held("read")
    Audit.open(path, read_only=True).close()
    assert rebuild(path, [ann().entries]) == 2


def test_a_file_open_in_this_process_for_writing_is_locked_to_readers(
    path: Path, audit_of: Open
) -> None:
    audit_of(ann())
    with pytest.raises(AuditLocked):
        Audit.open(path, read_only=True)


def spoil_schema(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE projection SET schema = 'older'")


def spoil_tables(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE mine (a INTEGER)")


def spoil_bytes(path: Path) -> None:
    path.write_bytes(b"not a database" * 1000)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("spoil", [spoil_schema, spoil_tables, spoil_bytes, cut_short])
def test_an_unusable_file_is_outdated_and_a_rebuild_mends_it(
    path: Path, audit_of: Open, spoil: Callable[[Path], None]
) -> None:
    audit_of(ann()).close()
    spoil(path)
    for read_only in (False, True):
        with pytest.raises(AuditOutdated, match="Run 'orgledger rebuild audit'"):
            Audit.open(path, read_only=read_only)
    assert rebuild(path, [ann().entries]) == 2
    audit = Audit.open(path)
    assert names(audit) == [("Ann", 2, None)]
    audit.close()


def test_a_missing_file_cannot_be_read_only(path: Path) -> None:
    with pytest.raises(AuditOutdated, match="there is no audit file"):
        Audit.open(path, read_only=True)


def test_a_rebuild_tells_its_progress_and_can_be_followed_on(path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    story = ann().tell(e.MemberRenamed(uid="m-1", name="Anne"))
    batches: list[list[Entry]] = [story.entries[:1], [], story.entries[1:]]

    assert rebuild(path, batches, lambda *step: told.append(step)) == 3

    assert told == [("audit", 3, None)]
    audit = Audit.open(path)
    audit.apply(Story(first=4).tell(e.MemberResigned(uid="m-1")).entries)
    assert names(audit) == [("Ann", 2, 3), ("Anne", 3, 4), ("Anne", 4, None)]
    audit.close()


def test_a_rebuild_cut_off_leaves_the_old_file_and_the_next_one_cleans_up(
    path: Path, audit_of: Open
) -> None:
    audit_of(ann()).close()
    beside = path.with_suffix(".rebuilding")

    def cut_off() -> Iterator[list[Entry]]:
        yield ann().entries
        raise ConnectionError

    with pytest.raises(ConnectionError):
        rebuild(path, cut_off())
    assert not beside.exists()
    beside.write_bytes(b"left by a crash")
    beside.with_name(beside.name + ".wal").write_bytes(b"left by a crash")
    audit = Audit.open(path, read_only=True)
    assert names(audit) == [("Ann", 2, None)]
    audit.close()
    assert rebuild(path, [ann().entries]) == 2
    assert sorted(path.parent.iterdir()) == [path]


def test_a_rebuild_whose_last_write_fails_is_not_swapped_in(path: Path, audit_of: Open) -> None:
    audit_of(ann()).close()
    broken = ann().by(None).tell(e.MemberRenamed(uid="m-1", name="Anne"))  # type: ignore[arg-type]
    with pytest.raises(duckdb.ConstraintException, match=r"events\.actor"):
        rebuild(path, [broken.entries])
    assert sorted(path.parent.iterdir()) == [path]
    audit = Audit.open(path)
    assert names(audit) == [("Ann", 2, None)]
    audit.close()


def test_the_old_file_is_readable_while_the_new_one_is_built_and_after(
    path: Path, audit_of: Open
) -> None:
    """Whoever has the old file open reads the old one until it opens it again."""
    old = audit_of(ann())

    def batches() -> Iterator[list[Entry]]:
        yield ann().entries
        assert names(old) == [("Ann", 2, None)]
        yield Story(first=3).tell(e.MemberRenamed(uid="m-1", name="Anne")).entries

    old.close()
    old = Audit.open(path, read_only=True)
    assert rebuild(path, batches()) == 3
    assert names(old) == [("Ann", 2, None)]
    old.close()
    new = Audit.open(path)
    assert names(new) == [("Ann", 2, 3), ("Anne", 3, None)]
    new.close()


def test_a_log_left_beside_the_old_file_does_not_get_into_the_new_one(
    path: Path, audit_of: Open
) -> None:
    audit_of(ann()).close()
    path.with_name(path.name + ".wal").write_bytes(b"of a process that was killed")
    rebuild(path, [ann().entries])
    audit = Audit.open(path)
    assert names(audit) == [("Ann", 2, None)]
    audit.close()
