"""``docs/reference/audit.md`` tells every table, column, macro and question, and no others."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from projections.audit import QUESTIONS, Audit, Question, outcomes, runs
from projections.audit.tables import INTERVALS
from tests.projections.audit.story import Story

PAGE = (Path(__file__).parents[3] / "docs/reference/audit.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
LINES = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}
COMMON = {"org", "valid_from", "valid_to", "time_from", "time_to"}


@pytest.fixture
def columns(audit_of: Callable[[Story], Audit]) -> dict[str, set[str]]:
    answer = audit_of(Story().registered()).query(
        "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal GROUP BY ALL"
    )
    return {table: set(names) for table, names in answer}


def told(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def test_the_page_tells_every_table_and_column(columns: dict[str, set[str]]) -> None:
    for table, names in columns.items():
        text = SECTIONS.get(table) or LINES[table]
        common = COMMON if table in {interval.name for interval in INTERVALS} else set()
        assert names - common <= told(text), table


def test_the_page_tells_every_macro(audit_of: Callable[[Story], Audit]) -> None:
    answer = audit_of(Story().registered()).query(
        "SELECT function_name FROM duckdb_functions() "
        "WHERE NOT internal AND function_type IN ('macro', 'table_macro')"
    )
    names = {name for (name,) in answer}
    assert "members_at" in names
    assert names <= set(re.findall(r"`(\w+)\(", PAGE))


def test_the_page_tells_the_questions_there_are() -> None:
    questions = re.findall(r"^### `(\w+)`", PAGE.split("## Questions")[1], re.MULTILINE)
    assert questions == list(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_the_page_tells_what_a_question_asks_and_takes(question: Question) -> None:
    section = SECTIONS[question.name]
    for words in (question.title.en, question.title.zh, question.description.en.strip()):
        assert words in section
    for parameter in question.parameters:
        default = "required" if parameter.required else "–"
        if parameter.default is not None:
            default = f"`{parameter.default}`"
        row = f"| `{parameter.name}` | {parameter.type} | {default} | {parameter.about.en} |"
        assert row in section


def test_the_projector_writes_the_columns_there_are(columns: dict[str, set[str]]) -> None:
    for table in INTERVALS:
        assert columns[table.name] == set(table.columns)
    assert columns["runs"] == set(runs.COLUMNS)
    assert columns["outcomes"] == set(outcomes.COLUMNS)
