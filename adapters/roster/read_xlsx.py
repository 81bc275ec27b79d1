"""A roster as an Excel workbook: the sheets departments, members and, where there are, roles."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl import Workbook, load_workbook

from adapters.roster.fields import DEPARTMENTS, MEMBERS, ROLES, Shape
from adapters.roster.headings import sheet_of
from adapters.roster.problems import Problems
from adapters.roster.read_csv import missing_columns
from adapters.roster.rows import Row, Rows
from adapters.roster.table import Table

Sheets = dict[str, tuple[str, list[list[Any]]]]
"""By kind: the title of its sheet, and the rows of values."""

_OLE = b"\xd0\xcf\x11\xe0"
_PADDED = re.compile(r"0{2,}")


def read_xlsx(data: bytes, problems: Problems) -> Rows:
    """The rows of a workbook; sheets with other names are not the roster's and pass by."""
    if data.startswith(_OLE):
        what = "it is an old .xls file, or protected with a password"
        problems.add("", what, "Save it as .xlsx without a password")
        raise problems.error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles it does not know
            sheets = _sheets(data)
            uncalculated = _uncalculated(data, sheets) if _has_formulas(data) else []
    except Exception as error:  # a damaged file fails anywhere inside openpyxl, in many ways
        problems.add("", "it is not a workbook that can be read", "Save it as .xlsx again")
        raise problems.error() from error
    for where in uncalculated:
        what = "a formula in it was never calculated"
        problems.add(where, what, "Open the file in Excel and save it")
    for shape in (DEPARTMENTS, MEMBERS):
        if shape.plural not in sheets:
            what = f"there is no sheet {shape.plural}"
            problems.add("", what, f"Give the workbook a sheet named {shape.plural}")
    rows = {
        shape.plural: _rows(shape, *sheets[shape.plural], problems)
        for shape in (DEPARTMENTS, MEMBERS, ROLES)
        if shape.plural in sheets
    }
    return Rows(
        departments=rows.get("departments", []),
        members=rows.get("members", []),
        roles=rows.get("roles"),
    )


def _sheets(data: bytes) -> Sheets:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    found = {}
    for name in book.sheetnames:
        kind = sheet_of(name)
        if kind is not None and kind not in found:
            found[kind] = (name, [[_shown(cell) for cell in row] for row in _lines(book, name)])
    book.close()
    return found


def _lines(book: Workbook, name: str) -> Iterator[tuple[Any, ...]]:
    sheet: Any = book[name]
    sheet.reset_dimensions()  # some writers state too small ones
    lines: Iterator[tuple[Any, ...]] = sheet.iter_rows()
    return lines


def _rows(shape: Shape, name: str, lines: list[list[Any]], problems: Problems) -> list[Row]:
    place = f"sheet {name}"
    if not lines or not any(lines[0]):
        fix = f"Begin with a row of headings: {', '.join(shape.required)}"
        problems.add(place, "the sheet is empty", fix)
        return []
    table = Table(shape.plural, place, lines[0], problems)
    if missing_columns(table, shape, problems):
        return []
    width = len(lines[0])
    found = []
    for number, cells in enumerate(lines[1:], 2):
        empty = [None] * (width - len(cells))  # cells at the end that no file has are empty
        row = table.row(number, cells + empty)
        if row is not None:
            found.append(row)
    return found


def _shown(cell: Any) -> Any:
    """The value; a number shown with leading zeros (format 000) is the text that is shown."""
    value = cell.value
    if type(value) is int and _PADDED.fullmatch(cell.number_format):
        return str(value).zfill(len(cell.number_format))
    return value


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(
            re.search(rb"<f[ >/]", archive.read(name))
            for name in archive.namelist()
            if name.startswith("xl/worksheets/")
        )


def _uncalculated(data: bytes, sheets: Sheets) -> list[str]:
    """The rows with a formula that was never calculated: it reads as empty, and is not."""
    book = load_workbook(io.BytesIO(data), read_only=True)
    found = []
    for name, values in sheets.values():
        for number, (written, calculated) in enumerate(
            zip(_lines(book, name), values, strict=True), 1
        ):
            cells = zip(written, calculated, strict=True)
            if any(cell.data_type == "f" and value is None for cell, value in cells):
                found.append(f"sheet {name} row {number}")
    book.close()
    return found
