"""A roster as .csv files beside each other: departments, members and, where there are, roles."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from adapters.roster.fields import DEPARTMENTS, MEMBERS, ROLES, Shape
from adapters.roster.headings import field_of
from adapters.roster.problems import Problems
from adapters.roster.rows import Row, Rows
from adapters.roster.table import Table

SHAPES = (DEPARTMENTS, MEMBERS, ROLES)


def csv_files(path: Path) -> dict[str, Path]:
    """The files of the roster at ``path``, by kind.

    ``path`` is a folder (``departments.csv`` …), one of the files, or a name without a file of its
    own: ``acme.csv`` stands for ``acme.departments.csv``, ``acme.members.csv`` and so on.
    """
    if path.suffix.lower() != ".csv":
        return {shape.plural: path / f"{shape.plural}.csv" for shape in SHAPES}
    stem = path.stem
    for shape in SHAPES:
        if stem == shape.plural or stem.endswith(f".{shape.plural}"):
            stem = stem.removesuffix(shape.plural).removesuffix(".")
            break
    prefix = f"{stem}." if stem else ""
    return {shape.plural: path.with_name(f"{prefix}{shape.plural}.csv") for shape in SHAPES}


def read_csv(files: dict[str, bytes], names: dict[str, str], problems: Problems) -> Rows:
    """The rows of the files, by kind; ``names`` are their names for messages."""
    rows = {
        shape.plural: _rows(shape, files[shape.plural], names[shape.plural], problems)
        for shape in SHAPES
        if shape.plural in files
    }
    return Rows(departments=rows["departments"], members=rows["members"], roles=rows.get("roles"))


def _rows(shape: Shape, data: bytes, name: str, problems: Problems) -> list[Row]:
    text = _text(data, name, problems)
    if text is None:
        return []
    lines = csv.reader(
        io.StringIO(text, newline=""), delimiter=_delimiter(shape.plural, text), strict=True
    )
    found = []
    try:
        headings = next(lines, None)
        if headings is None:
            fix = f"Begin with a line of headings: {', '.join(shape.required)}"
            problems.add(name, "the file is empty", fix)
            return []
        table = Table(shape.plural, name, headings, problems)
        if missing_columns(table, shape, problems):
            return []
        found = list(_read(table, lines))
    except csv.Error as error:
        problems.add(f"{name} line {lines.line_num}", f"it is malformed ({error})", "Mend it")
    return found


def _read(table: Table, lines: Iterator[list[str]]) -> Iterator[Row]:
    for number, cells in enumerate(lines, 2):
        row = table.row(number, cells)
        if row is not None:
            yield row


def missing_columns(table: Table, shape: Shape, problems: Problems) -> bool:
    """Note the columns that must be there and are not."""
    missing = table.missing(shape.required)
    for field in missing:
        fix = f"Give the table a column {field}; its cells may be empty where nothing applies"
        problems.add(table.place, f"there is no column {field}", fix)
    return bool(missing)


def _text(data: bytes, name: str, problems: Problems) -> str | None:
    """UTF-8, with or without a BOM; UTF-16 with one; or what Excel writes in China."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    problems.add(name, "the file is neither in UTF-8 nor in GB 18030", "Save it as CSV UTF-8")
    return None


def _delimiter(kind: str, text: str) -> str:
    """The one of comma, tab and semicolon that gives the most headings that we know."""
    first = text.partition("\n")[0]

    def known(delimiter: str) -> int:
        headings = (heading.strip(' "\r') for heading in first.split(delimiter))
        return sum(field_of(kind, heading) is not None for heading in headings)

    return max(",\t;", key=known)
