"""audit and rebuild: questions, files, and an audit file that somebody holds or has damaged."""

from __future__ import annotations

import csv
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from projections.audit import Audit
from tests.cli.conftest import Cli

COUNT = "select count(*) as n from events"


def test_an_answer_is_a_table(cli: Cli) -> None:
    assert cli("audit", "select 1 as a, null as b, true as c, 0.5 as d, [1, 2] as e").out == (
        "a  b  c    d    e\n1     yes  0.5  1, 2\n"
    )


def test_headings_of_an_answer_are_never_translated(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORGLEDGER_LANG", "zh")
    assert cli("audit", "select 1 as members").out == "members\n1\n"
    assert cli("audit", "select 1 where false").out == "没有数据。\n"


def test_times_are_in_the_zone_of_the_organization(cli: Cli) -> None:
    out = cli("audit", "-q", "joined_or_left", "-p", "org=acme").out
    assert out.splitlines()[1].split()[2].endswith("+08:00")


def test_the_questions_with_their_parameters(cli: Cli) -> None:
    out = cli("audit").out
    assert "Who joined" in out or "joined_or_left" in out
    assert "-p org=… [-p since=…] [-p until=…]" in out
    assert out.endswith("orgledger audit --question NAME -p NAME=VALUE\n")


def test_an_answer_as_csv_and_as_parquet(cli: Cli, tmp_path: Path) -> None:
    question = "select position, name from events order by position"
    said = cli("audit", question, "--csv", str(tmp_path / "a.csv"))
    assert said.out == f"24 rows written to {tmp_path / 'a.csv'}\n"
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["position", "name"]
    assert rows[-1] == ["24", "RunFinished"]
    said = cli("audit", question, "--parquet", str(tmp_path / "a.parquet"), "--json")
    assert said.json == {"written": str(tmp_path / "a.parquet"), "rows": 24}
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 24


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-q", "joined"], "there is no question 'joined'; did you mean 'joined_or_left'?"),
        (["-q", "joined_or_left"], "joined_or_left needs the parameter 'org'"),
        (["-q", "joined_or_left", "-p", "og=acme"], "joined_or_left has no parameter 'og'"),
        (["-q", "joined_or_left", "-p", "org"], "'org' is not NAME=VALUE"),
        (["-q", "joined_or_left", "-p", "org=acmee"], "the audit has no organization 'acmee'"),
        (["-p", "org=acme"], "-p goes with --question NAME"),
        (["select 1", "-q", "joined_or_left"], "SQL and --question exclude each other"),
        (["select 1", "--csv", "a", "--parquet", "b"], "--csv and --parquet exclude each other"),
        (["select * from nowhere"], ""),
        (["drop table events"], "a statement of kind DROP is not answered"),
        ([""], "there is no statement to answer"),
    ],
)
def test_a_question_that_cannot_be_answered(arguments: list[str], reason: str, cli: Cli) -> None:
    said = cli("audit", *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: {reason}")


def test_a_file_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    said = cli("audit", COUNT, "--csv", str(tmp_path / "no" / "a.csv"))
    assert said.code == 1
    assert "No such file or directory" in said.err


@pytest.mark.parametrize("content", [b"", b"no database at all", b"\0" * 20_000])
def test_a_damaged_audit_is_built_anew(content: bytes, fresh: Cli) -> None:
    fresh("sync")
    (fresh.folder / ".orgledger" / "audit.duckdb").write_bytes(content)
    assert fresh("audit", COUNT, "--json").json == [{"n": 16}]


def test_an_audit_of_another_log_is_built_anew(fresh: Cli, cli: Cli) -> None:
    assert cli("audit", COUNT, "--json").json == [{"n": 24}]
    fresh("sync")
    foreign = (cli.folder / ".orgledger" / "audit.duckdb").read_bytes()
    (fresh.folder / ".orgledger" / "audit.duckdb").write_bytes(foreign)
    assert fresh("audit", COUNT, "--json").json == [{"n": 16}]


def test_an_audit_of_another_log_that_is_shorter_is_built_anew(fresh: Cli, cli: Cli) -> None:
    fresh("sync")
    assert fresh("audit", COUNT, "--json").json == [{"n": 16}]
    foreign = (fresh.folder / ".orgledger" / "audit.duckdb").read_bytes()
    (cli.folder / ".orgledger" / "audit.duckdb").write_bytes(foreign)
    assert cli("audit", "select distinct org from events where time is null", "--json").json == []
    assert cli("audit", COUNT, "--json").json == [{"n": 24}]


@contextmanager
def held(path: Path, *, seconds: float) -> Iterator[None]:
    """Another process writes to the audit for so long."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=hold, args=(path, ready, seconds))
    process.start()
    try:
        assert ready.wait(30)
        yield
    finally:
        process.terminate()
        process.join()


def hold(path: Path, ready: object, seconds: float) -> None:
    from time import sleep

    audit = Audit.open(path)
    ready.set()  # type: ignore[attr-defined]
    sleep(seconds)
    audit.close()


def test_an_audit_that_is_in_use_for_a_moment_is_waited_for(fresh: Cli) -> None:
    fresh("sync")
    fresh("audit", COUNT)
    with held(fresh.folder / ".orgledger" / "audit.duckdb", seconds=1):
        assert fresh("audit", COUNT, "--json").json == [{"n": 16}]


def test_an_audit_that_another_process_rebuilds_is_waited_for(fresh: Cli) -> None:
    fresh("sync")
    with held(fresh.folder / ".orgledger" / "audit.rebuilding", seconds=1):
        assert fresh("audit", COUNT, "--json").json == [{"n": 16}]


def test_an_audit_that_stays_in_use_is_an_error(fresh: Cli) -> None:
    fresh("sync")
    fresh("audit", COUNT)
    with held(fresh.folder / ".orgledger" / "audit.duckdb", seconds=60):
        said = fresh("audit", COUNT)
    assert said.code == 1
    assert "audit.duckdb is in use: another process holds it" in said.err


def test_projections_are_rebuilt_by_name(fresh: Cli) -> None:
    fresh("sync")
    assert fresh("rebuild").out == (
        "rebuilt org_tree up to position 16\nrebuilt audit up to position 16\n"
    )
    said = fresh("rebuild", "orgtree")
    assert (said.code, said.err) == (
        2,
        "error: there is no projection 'orgtree'; did you mean 'org_tree'?\n",
    )


@pytest.mark.parametrize("content", [b"", b"\x94\x02nonsense", b"\xff" * 400])
def test_a_damaged_snapshot_is_passed_over(content: bytes, fresh: Cli) -> None:
    fresh("sync")
    before = fresh("tree", "acme").out
    fresh("rebuild", "org_tree")
    snapshot = fresh.folder / ".orgledger" / "org_tree.snapshot"
    snapshot.write_bytes(content)
    assert fresh("tree", "acme").out == before
