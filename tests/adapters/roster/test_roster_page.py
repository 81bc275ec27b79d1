"""The examples of ``docs/reference/roster.md`` are run, and its headings are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.roster.headings import COLUMNS, NO, YES
from adapters.roster.read import read_roster
from adapters.roster.write import write_roster
from tests.adapters.roster.files import workbook

PAGE = (Path(__file__).parents[3] / "docs/reference/roster.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^<!-- ([\w.]+) -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SHEETS = dict(re.findall(r"^<!-- roster\.xlsx: (\w+) -->\n((?:\|.*\n)+)", PAGE, re.MULTILINE))


def test_the_example_in_json_is_read_as_the_page_says(tmp_path):
    path = tmp_path / "roster.json"
    path.write_text(BLOCKS["roster.json"], encoding="utf-8")
    reading = read_roster(path)
    departments, (u1, u2) = reading.roster.departments, reading.roster.members
    assert departments[1].details == {"cost_center": "C12"}
    assert (u1.title or "unknown", u2.title) == ("unknown", None)
    assert (u2.departments, u2.mobile, u2.job_number) == (("hq", "rd"), "+86-13800138000", "007")
    assert reading.roster.roles[0].members == ("u2",)


def test_the_example_in_csv_is_read_as_the_page_says(tmp_path):
    for name in ("departments.csv", "members.csv", "roles.csv"):
        (tmp_path / name).write_text(BLOCKS[name], encoding="utf-8")
    roster = read_roster(tmp_path).roster
    u2 = roster.members[1]
    assert (u2.departments, u2.main_department, u2.manager) == (("hq", "rd"), "rd", "u1")
    assert (u2.mobile, u2.job_number, u2.active) == ("+86-13800138000", "007", True)
    assert roster.departments[1].details == {"cost_center": "C12"}
    assert roster.roles[0].members == ("u2",)


def test_the_example_in_excel_is_read_as_the_page_says(tmp_path):
    sheets = {title: _cells(table) for title, table in SHEETS.items()}
    assert sheets["members"][1][4] == "13800138000"
    sheets["members"][1][4] = 13800138000
    reading = read_roster(workbook(tmp_path, **sheets))
    u1, u2 = reading.roster.members
    assert (u1.mobile, u1.job_number, u1.active) == ("13800138000", "007", True)
    assert (u2.departments, u2.email, u2.active) == (("hq", "rd"), None, False)
    assert reading.roster.departments[0].leaders == ("u1",)
    assert not reading.roles


def _cells(table: str) -> list[list[str | int]]:
    lines = [line.strip().strip("|").split("|") for line in table.splitlines()]
    return [[cell.strip() for cell in line] for line in [lines[0], *lines[2:]]]


def test_the_page_tells_every_heading_and_every_word():
    for kind, fields in COLUMNS.items():
        for field, headings in fields.items():
            told = ", ".join(f"`{heading}`" for heading in headings)
            assert f"| {kind} `{field}` | {told} |" in PAGE
    for word in YES | NO:
        assert f"`{word}`" in PAGE


def test_the_example_survives_all_three_forms(tmp_path):
    path = tmp_path / "roster.json"
    path.write_text(BLOCKS["roster.json"].replace('"title": null, ', ""), encoding="utf-8")
    roster = read_roster(path).roster
    write_roster(roster, tmp_path / "again.json")
    assert read_roster(tmp_path / "again.json").roster == roster
