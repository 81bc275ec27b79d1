"""Small roster files for tests."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openpyxl import Workbook

from adapters.roster.read import read_roster
from domain.errors import InputError

DEPARTMENTS = [["id", "name", "parent_id"], ["hq", "HQ", ""], ["rd", "R&D", "hq"]]
MEMBERS = [["id", "name", "departments"], ["u1", "Ann", "hq"], ["u2", "Bob", "rd"]]


def json_file(folder: Path, **lists: Any) -> Path:
    lists = {"departments": [], "members": [], **lists}
    path = folder / "roster.json"
    path.write_bytes(msgspec.json.encode(lists))
    return path


def csv_folder(
    folder: Path,
    departments: list[list[str]] = DEPARTMENTS,
    members: list[list[str]] = MEMBERS,
    roles: list[list[str]] | None = None,
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    tables = {"departments": departments, "members": members, "roles": roles}
    for kind, lines in tables.items():
        if lines is not None:
            text = io.StringIO(newline="")
            csv.writer(text, delimiter=delimiter).writerows(lines)
            (folder / f"{kind}.csv").write_bytes(text.getvalue().encode(encoding))
    return folder


def workbook(folder: Path, **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    path = folder / "roster.xlsx"
    book.save(path)
    return path


def refused(path: Path) -> list[str]:
    """The problems for which the roster at ``path`` is not taken."""
    with pytest.raises(InputError) as caught:
        read_roster(path)
    return list(caught.value.problems)
