"""The user's SQL: one statement that only reads, on a connection that can do nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from projections.audit.answer import Answer
from projections.audit.errors import QueryError

_ROWS_PER_BATCH = 10_000


def run_query(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    params: Mapping[str, Any] | Sequence[Any] | None,
    seconds: float,
) -> Answer:
    """Start ``sql`` on ``con``, which the answer closes when it has been read.

    Three things hold it: only a single SELECT is let through, its transaction is read-only, and
    the database has no external access and a locked configuration. Raises QueryError.
    """

    def explain(error: Exception) -> QueryError:
        return _explained(error, seconds)

    try:
        _check(con, sql)
        con.execute(f"SET max_execution_time = {max(1, round(seconds * 1000))}")
        con.execute("BEGIN TRANSACTION READ ONLY")
        relation = con.sql(sql, params=params)
        return Answer(
            columns=list(relation.columns),
            types=[str(kind).strip('"') for kind in relation.types],
            reader=relation.to_arrow_reader(_ROWS_PER_BATCH),
            close=con.close,
            explain=explain,
        )
    except (duckdb.Error, OSError) as error:
        con.close()
        raise explain(error) from None
    except BaseException:
        con.close()
        raise


def _check(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    try:
        statements = con.extract_statements(sql)
    except ValueError:
        statements = []
        kinds = ["OTHER"]
    else:
        kinds = [statement.type.name for statement in statements]
    if not kinds:
        raise QueryError("there is no statement to answer", fix="Write a SELECT.")
    if len(kinds) > 1:
        raise QueryError(
            f"the SQL has {len(kinds)} statements",
            why="one is answered at a time",
            fix="Ask them one by one.",
        )
    if kinds != ["SELECT"]:
        raise QueryError(
            f"a statement of kind {kinds[0]} is not answered",
            why="the audit can only be read",
            fix="Use SELECT, DESCRIBE, SUMMARIZE or SHOW TABLES; "
            "files are written with --csv and --parquet.",
        )


_KIND_OF_ERROR = re.compile(r"^[A-Za-z ]+ Error: ")


def _explained(error: Exception, seconds: float) -> QueryError:
    """DuckDB's error as one sentence with the cause, and the hint that it gives."""
    text = str(error)
    if "maximum execution time" in text:
        return QueryError(
            f"the question took longer than {seconds:g} seconds",
            why="it was stopped",
            fix="Narrow it down, by org or by time.",
        )
    if "Out of Memory" in text:
        return QueryError(
            "the question needs more memory than it may use",
            fix="Narrow it down, or sum up before sorting and joining.",
        )
    if "disabled" in text or "locked" in text:
        return QueryError(
            "the SQL reaches outside of the audit",
            why="files, network, extensions and settings are closed to it",
            fix="Ask for the tables of the audit only.",
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    hints = [line for line in lines[1:] if line.startswith(("Candidate bindings", "Did you mean"))]
    return QueryError(
        "the SQL cannot be answered",
        why=_KIND_OF_ERROR.sub("", lines[0]).rstrip(".!"),
        fix=" ".join(hint if hint.endswith((".", "?")) else f"{hint}." for hint in hints),
    )
