"""Documents: what is published, from bytes to changes. Pure."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from domain.errors import InputError

LISTED = 20
"""Mistakes of one kind that are named: lines that are not JSON, or the ids in one list."""

_BYTE = re.compile(r" \(byte (\d+)\)$")


def changes_of(data: bytes, what: str) -> list[Any]:
    """The changes in a document: JSON (an event, or a list of them) or JSON lines.

    Raises InputError that names where it is none, or every line; ``what`` is what it calls the
    document.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        document = msgspec.json.decode(data)
        return document if isinstance(document, list) else [document]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _lines(data, what, error)


def _lines(data: bytes, what: str, error: Exception) -> list[Any]:
    """The changes in JSON lines; ``error`` is why it is no JSON as a whole."""
    changes, problems = [], []
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            try:
                changes.append(msgspec.json.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
                problems.append(f"line {number}: {_why(wrong)}")
    whole = data.lstrip().startswith(b"[") or not any(isinstance(c, dict) for c in changes)
    if problems and whole:  # it was not meant as lines
        raise InputError(f"{what} is not JSON", (_place(data, error),), fix="Mend it:")
    if problems:
        raise InputError(
            f"{what} is not JSON, nor JSON lines",
            tuple(listed(problems)),
            fix="Mend these lines:",
        )
    return changes


def listed(problems: list[str], most: int = LISTED) -> list[str]:
    """The first of them, and how many more there are: an answer fits into a message."""
    if len(problems) <= most:
        return problems
    return [*problems[:most], f"… and {len(problems) - most} more"]


def _place(data: bytes, error: Exception) -> str:
    """Where in a document of several lines it is no JSON."""
    told = _BYTE.search(str(error))
    if told is None:
        return _why(error)
    before = data[: int(told[1])]
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n") - 1
    return f"line {line}: {_BYTE.sub('', str(error))} (byte {column})"


def _why(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
