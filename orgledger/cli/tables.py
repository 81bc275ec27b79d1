"""Tables: laid out for a terminal, or a line per row for a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from orgledger.cli.terminal import cell, line, out

WHOLE = 25
"""Columns up to this width are never folded: ids, times and positions are to be copied."""

_NARROWEST = 12
"""A longer column is folded to no less than this; when that is too wide, rows become lists."""

_GAP = 2


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    title: str = "",
    *,
    spare: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """Show rows; cells are taken as text, None is an empty cell. ``columns`` are the headings.

    ``spare`` are headings whose columns a terminal that is too narrow goes without, in this order;
    ``whole`` are headings whose columns are never folded, however wide they are.
    """
    cells = [[c if isinstance(c, Text) else Text(cell(c)) for c in row] for row in rows]
    if title:
        line(Text(title, style="bold"))
    widths = [
        max([cell_len(heading), *(cell_len(row[n].plain) for row in cells)])
        for n, heading in enumerate(columns)
    ]
    if not out.is_terminal:
        _plain(columns, cells, widths)
        return
    folded = [
        width > WHOLE and heading not in whole
        for heading, width in zip(columns, widths, strict=True)
    ]
    least = [_NARROWEST if fold else width for fold, width in zip(folded, widths, strict=True)]
    kept = _kept(columns, least, spare)
    if _needed([least[n] for n in kept]) <= out.width:
        rows_kept = [[row[n] for n in kept] for row in cells]
        _fitted([(columns[n], least[n], folded[n]) for n in kept], rows_kept)
    else:
        _lists(columns, cells)


def _kept(columns: Sequence[str], least: Sequence[int], spare: Sequence[str]) -> list[int]:
    """The numbers of the columns that are shown."""
    kept = list(range(len(columns)))
    for heading in spare:
        if _needed([least[n] for n in kept]) <= out.width:
            break
        kept.remove(columns.index(heading))
    return kept


def _needed(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _plain(columns: Sequence[str], rows: list[list[Text]], widths: Sequence[int]) -> None:
    for row in ([Text(heading) for heading in columns], *rows):
        padded = (
            (text := part.plain.replace("\n", " ")) + " " * (width - cell_len(text))
            for part, width in zip(row, widths, strict=True)
        )
        line(Text((" " * _GAP).join(padded).rstrip()))


def _fitted(columns: Sequence[tuple[str, int, bool]], rows: list[list[Text]]) -> None:
    """``columns``: heading, least width, and whether what does not fit goes on below itself."""
    shown = Table(header_style="bold", box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for heading, least, folded in columns:
        shown.add_column(Text(heading), overflow="fold", no_wrap=not folded, min_width=least)
    for row in rows:
        shown.add_row(*row)
    out.print(shown)


def _lists(columns: Sequence[str], rows: list[list[Text]]) -> None:
    """Each row as a list of its fields, for tables that are too wide for this terminal."""
    for number, row in enumerate(rows, 1):
        line(Text(f"─ {number} ─", style="dim"))
        shown = Table(box=None, show_header=False, pad_edge=False, padding=(0, _GAP, 0, 0))
        shown.add_column(style="bold", no_wrap=True)
        shown.add_column(overflow="fold")
        for heading, part in zip(columns, row, strict=True):
            if part.plain:
                shown.add_row(Text(heading), part)
        out.print(shown)
