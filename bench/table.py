"""The table at the end."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from bench.row import Line

_STYLES = {"ok": "green", "miss": "bold red", "skipped": "yellow", "shown": "dim"}


def figure(value: float | None) -> str:
    """A figure with as many digits as it deserves; nothing for None."""
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def table(lines: Sequence[Line]) -> Table:
    """One line for each row, and below it what there is to say about it."""
    drawn = Table(title="Numbers to hold: ratios measured in one run on this machine")
    for heading in ("what", "against"):
        drawn.add_column(heading, overflow="fold")
    for heading in ("ours", "theirs", "unit", "ratio", "hold", ""):
        drawn.add_column(heading, justify="left" if heading == "unit" else "right", no_wrap=True)
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
        drawn.add_row(
            f"[bold]{line.name}[/bold]  {line.what}"
            + (f"\n[dim]{line.note}[/dim]" if line.note else ""),
            line.against,
            figure(line.ours),
            figure(line.theirs),
            line.unit,
            ratio,
            line.hold,
            line.verdict,
            style=None if line.verdict == "ok" else _STYLES[line.verdict],
            end_section=True,
        )
    return drawn
