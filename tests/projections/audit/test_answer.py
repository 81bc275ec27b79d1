"""An answer has names, types and rows of plain values, and goes into files whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from projections.audit import Audit, QueryError
from tests.projections.audit.story import Story

MANY_TYPES = """
SELECT 1 AS n, 'a,"b"' AS s, NULL AS nothing, TIMESTAMPTZ '2026-01-01 08:00+08' AS t,
    DATE '2026-01-02' AS d, [1, 2] AS l, {'k': '研发'} AS o, 1.50 AS x, sum(i) AS total, true AS b
FROM (VALUES (1), (2)) v(i)
"""


@pytest.fixture
def audit(audit_of: Callable[[Story], Audit]) -> Audit:
    return audit_of(Story().registered())


def test_rows_are_plain_python_values(audit: Audit) -> None:
    answer = audit.query(MANY_TYPES)

    assert answer.columns == ["n", "s", "nothing", "t", "d", "l", "o", "x", "total", "b"]
    assert answer.types[:5] == ["INTEGER", "VARCHAR", "NULL", "TIMESTAMP WITH TIME ZONE", "DATE"]
    assert answer.rows() == [
        (
            1,
            'a,"b"',
            None,
            datetime(2026, 1, 1, tzinfo=UTC),
            date(2026, 1, 2),
            [1, 2],
            {"k": "研发"},
            Decimal("1.50"),
            3,
            True,
        )
    ]


def test_an_answer_is_read_once(audit: Audit) -> None:
    answer = audit.query("SELECT 1")
    assert answer.rows() == [(1,)]
    assert answer.rows() == []


def test_csv_has_a_header_iso_times_and_json_for_what_is_nested(
    audit: Audit, tmp_path: Path
) -> None:
    assert audit.query(MANY_TYPES).to_csv(tmp_path / "a.csv") == 1
    assert (tmp_path / "a.csv").read_text("utf-8") == (
        "n,s,nothing,t,d,l,o,x,total,b\n"
        '1,"a,""b""",,2026-01-01T00:00:00+00:00,2026-01-02,"[1,2]","{""k"":""研发""}",1.50,3,True\n'
    )


def test_parquet_keeps_types(audit: Audit, tmp_path: Path) -> None:
    assert (
        audit.query("SELECT range AS n, 'x' AS s FROM range(25000)").to_parquet(
            tmp_path / "a.parquet"
        )
        == 25_000
    )
    table = pq.read_table(tmp_path / "a.parquet")
    assert (table.num_rows, table.column_names) == (25_000, ["n", "s"])
    assert str(table.schema.field("n").type) == "int64"


def test_what_parquet_cannot_hold_is_said(audit: Audit, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="cannot be written as Parquet"):
        audit.query("SELECT INTERVAL 1 DAY AS i").to_parquet(tmp_path / "a.parquet")
    assert list(tmp_path.glob("a.*")) == []


def test_a_half_answer_leaves_the_old_file(audit: Audit, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(QueryError, match="took longer"):
        audit.query("FROM range(1000000000000)", seconds=0.2).to_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "old"
    assert list(tmp_path.glob("*.partial")) == []
