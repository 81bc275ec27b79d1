"""Tables: the headings of a sheet or .csv file, and cells turned into the values of rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from adapters.roster.headings import KEY, NO, YES, field_of
from adapters.roster.problems import Problems
from adapters.roster.rows import Row

_SEPARATORS = re.compile(r"[;|、；]")
_SHORTENED = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_LISTS = frozenset({"departments", "leaders", "members"})
_CODES = frozenset({"id", "parent_id", "main_department", "manager", "group_id", "mobile"})
_EXACT = _LISTS | _CODES | {"job_number"}
_EXCEL_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_DIGITS = 10**15

_AS_TEXT = "Format the column as text and enter the value again"


class Table:
    """One table of ``kind``. ``place`` names it in messages; the first row has the headings."""

    def __init__(self, kind: str, place: str, headings: Sequence[Any], problems: Problems) -> None:
        self.place, self._problems = place, problems
        self._columns: list[tuple[str | None, str]] = []
        taken: dict[str, int] = {}
        for number, cell in enumerate(headings, 1):
            heading = "" if cell is None else str(cell).strip()
            field = field_of(kind, heading)
            self._columns.append((field, heading))
            name = field or heading
            if name and name in taken:
                both = f"the columns {taken[name]} and {number}"
                what = f"{both} are both the {field}" if field else f"{both} have the same heading"
                problems.add(place, what, "Keep one of them")
            taken.setdefault(name, number)

    def missing(self, required: Iterable[str]) -> list[str]:
        there = {field for field, _ in self._columns}
        return [field for field in required if field not in there]

    def row(self, number: int, cells: Sequence[Any]) -> Row | None:
        """The values of a row; None for an empty one. A row may be shorter than the headings."""
        if all(cell is None or cell == "" for cell in cells):
            return None
        where = f"{self.place} row {number}"
        values: dict[str, Any] = {}
        details: dict[str, Any] = {}
        keys: dict[str, Any] = {}
        for place, cell in enumerate(cells):
            field, heading = self._columns[place] if place < len(self._columns) else (None, "")
            value = self._clean(where, heading, cell)
            if field is not None:
                values[field] = self._value(where, field, value)
            elif heading.startswith(KEY):
                if value is not None:
                    keys[heading.removeprefix(KEY)] = _text_of(value)
            elif heading:
                details[heading] = value
            elif value is not None:
                self._problems.add(
                    where,
                    f"there is a value in column {place + 1}, which has no heading",
                    "Give the column a heading, or put the value in quotes if a comma split it",
                )
        if details:
            values["details"] = details
        if keys:
            values["keys"] = keys
        if values.get("group_id", "") is None:
            del values["group_id"]
        return Row(where, values)

    def _clean(self, where: str, heading: str, cell: Any) -> Any:
        """A cell as text, number, true or false; None where it is empty."""
        if isinstance(cell, str):
            cell = cell.strip()
            if cell in _EXCEL_ERRORS:
                what = "the cell shows an error of Excel"
                self._problems.add(f"{where}, {heading}", what, "Mend its formula")
                return None
            return cell or None
        if isinstance(cell, datetime) and cell.time() == time.min:
            return cell.date().isoformat()
        if isinstance(cell, datetime | date | time):
            return cell.isoformat()
        if isinstance(cell, timedelta):
            return str(cell)
        return int(cell) if isinstance(cell, float) and cell.is_integer() else cell

    def _value(self, where: str, field: str, value: Any) -> Any:
        if value is None:
            return None
        if field == "active":
            return _flag(value)
        if field == "order":
            return _number(value)
        text = _text_of(value)
        if field in _EXACT:
            if isinstance(value, int) and abs(value) >= _DIGITS:
                what = "Excel keeps only 15 digits of a number, this one has more"
                self._problems.add(f"{where}, {field}", what, _AS_TEXT)
            elif _SHORTENED.fullmatch(text):
                what = "Excel wrote the number in short form, digits of it are lost"
                self._problems.add(f"{where}, {field}", what, _AS_TEXT)
        if field in _LISTS:
            return [part for item in _SEPARATORS.split(text) if (part := item.strip())]
        return text


def _text_of(value: Any) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)


def _flag(value: Any) -> Any:
    word = str(value).casefold()
    if word in YES:
        return True
    return False if word in NO else value


def _number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}(\.0+)?", value):
        return int(value.partition(".")[0])
    return value
