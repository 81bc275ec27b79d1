"""Progress bars: count, rate and remaining time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from domain import ports
from orgledger.cli.words import _


class _Rate(ProgressColumn):
    """Things per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s", style="cyan")


class _Count(ProgressColumn):
    """``12,000/100,000``, or what is done while the total is unknown."""

    def render(self, task: Task) -> Text:
        total = "" if task.total is None else f"/{int(task.total):,}"
        return Text(f"{int(task.completed):,}{total}")


@contextmanager
def bars(console: Console) -> Iterator[ports.Progress]:
    """A bar for every kind of work that is reported, gone when all is done."""
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        _Count(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    tasks: dict[str, TaskID] = {}

    def report(what: str, done: int, total: int | None) -> None:
        task = tasks.get(what)
        if task is None:
            _clear(shown)
            task = tasks[what] = shown.add_task(_(what), total=total)
        shown.update(task, completed=done, total=total)

    with shown:
        yield report


def _clear(shown: Progress) -> None:
    """Take away what only told that something began, now that something else does."""
    for task in shown.tasks:
        if task.total is None and not task.completed:
            shown.remove_task(task.id)
