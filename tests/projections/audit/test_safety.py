"""The user's SQL reads the audit and nothing else, changes nothing, and ends in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from domain import events as e
from projections.audit import Audit, QueryError
from projections.audit.query import run_query
from tests.projections.audit.story import Story

secret_variable = [1, 2, 3]

ATTEMPTS = [
    "COPY members TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.parquet' (FORMAT parquet)",
    "COPY members FROM '{folder}/in.csv'",
    "EXPORT DATABASE '{folder}/out'",
    "IMPORT DATABASE '{folder}'",
    "SELECT * FROM read_csv('{folder}/in.csv')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('{folder}/in.csv')",
    "SELECT * FROM read_blob('{folder}/in.csv')",
    "SELECT * FROM read_json('{folder}/in.csv')",
    "SELECT * FROM read_parquet('{folder}/in.csv')",
    "SELECT * FROM read_duckdb('{folder}/other.duckdb', table_name = 'secret')",
    "SELECT * FROM sniff_csv('{folder}/in.csv')",
    "SELECT * FROM '{folder}/in.csv'",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM query('COPY members TO ''{folder}/out.csv''')",
    "SELECT * FROM read_csv('https://127.0.0.1:1/x.csv')",
    "SELECT getenv('HOME')",
    "SELECT * FROM secret_variable",
    "ATTACH '{folder}/other.duckdb' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH audit",
    "USE other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "SET lock_configuration = false",
    "SET max_execution_time = 0",
    "RESET enable_external_access",
    "PRAGMA enable_profiling",
    "PRAGMA database_list",
    "CALL enable_logging(storage = 'file')",
    "SELECT * FROM enable_logging()",
    "CREATE TABLE mine (a INTEGER)",
    "CREATE TEMP TABLE mine (a INTEGER)",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE SECRET mine (TYPE s3)",
    "INSERT INTO members SELECT * FROM members",
    "WITH gone AS (DELETE FROM events RETURNING *) SELECT * FROM gone",
    "SELECT * FROM query('DELETE FROM events RETURNING *')",
    "DELETE FROM events",
    "UPDATE events SET actor = 'nobody'",
    "TRUNCATE events",
    "DROP TABLE events",
    "ALTER TABLE events ADD COLUMN mine INTEGER",
    "CHECKPOINT",
    "VACUUM",
    "COMMIT",
    "BEGIN TRANSACTION",
    "EXPLAIN ANALYZE DELETE FROM events",
    "SELECT 1; SELECT 2",
    "SELECT 1; DELETE FROM events",
    "",
]


@pytest.fixture
def audit(audit_of: Callable[[Story], Audit]) -> Audit:
    return audit_of(Story().registered().member("m-1", "Ann").tell(e.MemberResigned(uid="m-1")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in.csv").write_text("a\n1\n")
    other = duckdb.connect(str(tmp_path / "other.duckdb"))
    other.execute("CREATE TABLE secret AS SELECT 42")
    other.close()
    return tmp_path


def contents(audit: Audit) -> list[tuple[object, ...]]:
    return audit.query("SELECT * FROM events").rows() + audit.query("SELECT * FROM members").rows()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_attempt_fails_with_a_sentence_and_without_a_trace(
    audit: Audit, folder: Path, attempt: str
) -> None:
    before, files = contents(audit), sorted(folder.iterdir())
    with pytest.raises(QueryError) as caught:
        audit.query(attempt.format(folder=folder)).rows()
    assert "\n" not in str(caught.value)
    assert contents(audit) == before
    assert sorted(folder.iterdir()) == files


@pytest.mark.parametrize("attempt", ATTEMPTS[:-1])
def test_a_connection_cannot_do_it_either(audit: Audit, folder: Path, attempt: str) -> None:
    """The second wall: were the statement let through, it would still change nothing."""
    before = contents(audit)
    con = audit._reader.cursor()
    con.execute("BEGIN TRANSACTION READ ONLY")
    try:
        con.execute(attempt.format(folder=folder)).fetchall()
    except (duckdb.Error, RuntimeError):
        pass
    con.close()
    assert contents(audit) == before
    assert not list(folder.glob("out.*"))


@pytest.mark.parametrize(
    "sql",
    [
        "FROM members",
        "SELECT * FROM members -- all of them",
        "/* first */ SELECT 1;",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) FROM n",
        "DESCRIBE members",
        "SUMMARIZE events",
        "SHOW TABLES",
        "SELECT payload->>'name' FROM events",
        "SELECT * FROM members_at('acme', '2026-02-01')",
        "SELECT * FROM departments_at('acme', DATE '2026-02-01')",
    ],
)
def test_reading_in_whatever_form_is_answered(audit: Audit, sql: str) -> None:
    answer = audit.query(sql)
    assert len(answer.columns) == len(answer.types)
    answer.rows()


def test_values_travel_beside_the_sql(audit: Audit) -> None:
    assert audit.query("SELECT uid FROM members WHERE name = ?", ["Ann"]).rows()
    assert audit.query("SELECT uid FROM members WHERE name = $n", {"n": "' OR 1=1"}).rows() == []


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        (
            "SELECT nme FROM members",
            'the SQL cannot be answered: Referenced column "nme" not found in FROM clause. '
            'Candidate bindings: "name", ',
        ),
        ("SELECT * FROM membrs", 'Table with name membrs does not exist. Did you mean "members"?'),
        (
            "SELECT * FORM members",
            'the SQL cannot be answered: syntax error at or near "members".',
        ),
        (
            "SELECT CAST(name AS INTEGER) FROM members",
            "the SQL cannot be answered: Could not convert string 'Ann' to INT32",
        ),
        (
            "SELECT * FROM read_csv('/etc/passwd')",
            "the SQL reaches outside of the audit: files, network, extensions and settings are "
            "closed to it. Ask for the tables of the audit only.",
        ),
        (
            "DELETE FROM events",
            "a statement of kind DELETE is not answered: the audit can only be read.",
        ),
        ("SELECT 1; SELECT 2", "the SQL has 2 statements: one is answered at a time."),
    ],
)
def test_a_mistake_is_told_in_one_sentence(audit: Audit, sql: str, sentence: str) -> None:
    with pytest.raises(QueryError) as caught:
        audit.query(sql).rows()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


LONG = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = 7"


def test_a_question_that_takes_too_long_is_stopped(audit: Audit) -> None:
    with pytest.raises(QueryError, match=r"took longer than 0\.2 seconds"):
        audit.query(LONG, seconds=0.2).rows()
    assert audit.query("SELECT 1").rows() == [(1,)]


def test_the_time_counts_while_the_answer_is_read(audit: Audit) -> None:
    def slowly() -> Iterator[tuple[object, ...]]:
        for i, row in enumerate(audit.query("FROM range(1000000000000)", seconds=0.3)):
            yield row
            assert i < 10**9

    with pytest.raises(QueryError, match=r"took longer than 0\.3 seconds"):
        for _ in slowly():
            pass


def test_a_question_that_needs_too_much_memory_is_stopped(audit: Audit) -> None:
    hungry = "SELECT list(repeat(range::VARCHAR, 1000)) FROM range(20000000)"
    with pytest.raises(QueryError, match="needs more memory"):
        audit.query(hungry).rows()


def test_the_next_question_is_answered_while_one_is_being_read(audit: Audit) -> None:
    with audit.query("FROM range(1000000)") as half_read:
        assert next(iter(half_read)) == (0,)
        assert audit.query("SELECT 2").rows() == [(2,)]
        story = Story(first=audit.position + 1).tell(e.MemberRehired(uid="m-1"))
        audit.apply(story.entries)
    assert audit.query("SELECT state FROM members WHERE valid_to IS NULL").rows() == [("active",)]


def test_every_answer_closes_its_connection(audit: Audit) -> None:
    con = audit._reader.cursor()
    run_query(con, "SELECT 1", None, 1.0).rows()
    with pytest.raises(duckdb.ConnectionException):
        con.execute("SELECT 1")


def test_questions_are_answered_from_other_threads_while_one_follows_the_log(
    audit: Audit,
) -> None:
    start = audit.position
    story = Story(first=start + 1)
    for number in range(200):
        story.tell(e.OrganizationRenamed(uid="acme", name=f"Acme {number}"))

    def ask(_: int) -> tuple[object, ...]:
        return audit.query("SELECT count(*), max(position) FROM events").rows()[0]

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(ask, range(40))
        for entry in story.entries:
            audit.apply([entry])
        assert all(count == last for count, last in answers)
    assert audit.position == start + 200
