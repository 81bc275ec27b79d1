"""Write a roster in the three forms, so that reading it gives the same roster again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from adapters.roster.fields import DEPARTMENTS, MEMBERS, ROLES, Shape
from adapters.roster.headings import KEY, field_of
from adapters.roster.read_csv import csv_files
from domain.errors import InputError
from domain.records import Record, Roster

_SEPARATORS = ";|、；"
_FIX = "Export to .json, which holds everything."


def write_roster(roster: Roster, path: Path) -> list[Path]:
    """Write ``roster`` and say which files it became; ``path`` as in reading.

    Raises InputError where a table cannot say it: a field that is known of some people only,
    nested details, an id with a separator in it.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        path.write_bytes(msgspec.json.format(msgspec.json.encode(roster), indent=1) + b"\n")
        return [path]
    tables = {
        shape.plural: list(_table(shape, getattr(roster, shape.plural)))
        for shape in (DEPARTMENTS, MEMBERS, ROLES)
    }
    if suffix == ".xlsx":
        _write_xlsx(tables, path)
        return [path]
    if suffix not in ("", ".csv"):
        raise InputError(
            f"{path} is not a form that a roster can have", fix="Use .json, .csv or .xlsx."
        )
    if not suffix:
        path.mkdir(parents=True, exist_ok=True)
    files = csv_files(path)
    for kind, lines in tables.items():
        text = io.StringIO(newline="")
        csv.writer(text).writerows(lines)
        files[kind].write_bytes(text.getvalue().encode("utf-8-sig"))
    return list(files.values())


def _write_xlsx(tables: dict[str, list[list[Any]]], path: Path) -> None:
    book = Workbook(write_only=True)
    for kind, lines in tables.items():
        sheet = book.create_sheet(kind)
        for line in lines:
            sheet.append([_cell(sheet, value) for value in line])
    book.save(path)


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"  # a text that begins with = is no formula
    cell.number_format = "@"
    return cell


def _table(shape: Shape, records: Sequence[Record]) -> Iterator[list[Any]]:
    fields = [field for field in shape.fields if field not in ("details", "keys")]
    fields = [field for field in fields if _spoken_of(shape, field, records)]
    keys = _names("keys", records)
    details = _names("details", records)
    for name in details:
        if field_of(shape.plural, name) or name != name.strip() or not name or name.startswith(KEY):
            raise InputError(f"The detail {name!r} cannot be a column of its own", fix=_FIX)
    yield [*fields, *(f"{KEY}{name}" for name in keys), *details]
    for record in records:
        yield [
            *(_value(record, field) for field in fields),
            *((getattr(record, "keys", UNSET) or {}).get(name) for name in keys),
            *(_detail(record, name) for name in details),
        ]


def _spoken_of(shape: Shape, field: str, records: Sequence[Record]) -> bool:
    """Whether the field is known of all, which a column says; or of none, which no column says."""
    unknown = sum(getattr(record, field) is UNSET for record in records)
    if unknown and unknown < len(records):
        raise InputError(
            f"A table cannot say that {field} is known of some {shape.plural} only", fix=_FIX
        )
    return field in shape.required if not records else not unknown


def _names(field: str, records: Sequence[Record]) -> list[str]:
    return sorted({name for record in records for name in (getattr(record, field, UNSET) or {})})


def _value(record: Record, field: str) -> Any:
    value = getattr(record, field)
    if isinstance(value, tuple):
        if any(separator in item for item in value for separator in _SEPARATORS):
            raise InputError(f"An id in {field} of {record.id!r} has a separator in it", fix=_FIX)
        return ";".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _detail(record: Record, name: str) -> Any:
    value = (record.details or {}).get(name)
    if isinstance(value, list | dict):
        raise InputError(f"The detail {name!r} of {record.id!r} is nested", fix=_FIX)
    return value
