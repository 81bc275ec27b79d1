"""Look back at the events: log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from domain.envelope import Entry
from orgledger.bootstrap import Service
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.facts import shown
from orgledger.cli.session import must_be_known, service
from orgledger.cli.words import _
from orgledger.engine.when import position
from projections.org_tree.fold import OrgTree

_ROOM = 30
"""Columns that what was said needs beside position, time and event; else it takes whole lines."""


@app.command()
def log(
    org: Annotated[str | None, typer.Argument(help="Only this organization.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only after WHEN.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as it grows.")] = False,
    json: Json = False,
) -> None:
    """Show the events of the log, in order."""
    with service() as opened:
        start, head = 0, opened.ledger.head
        if since is not None:
            start = position(since, opened.views, opened.config.zone(org or ""))
        if org is not None and org not in opened.config.orgs:
            must_be_known(opened, org, opened.views.tree())
        printer = _Printer(opened, opened.views.tree(start) if start else OrgTree(), json=json)
        for batch in opened.ledger.read(start, scope=org, stop=head):
            printer.print(batch)
        if follow:
            _follow(opened, org, head, printer)
        elif not printer.printed and not json:
            screen.say(_("The log is empty.") if not head else _("There is nothing after that."))


def _follow(opened: Service, org: str | None, after: int, printer: _Printer) -> None:
    with opened.ledger.follow(after) as subscription:
        for notification in subscription:
            entry = opened.ledger.entry(notification)
            if org in (None, entry.org):
                printer.print([entry])


class _Printer:
    """Prints entries; an entity has the name that it had just before the event."""

    def __init__(self, opened: Service, tree: OrgTree, *, json: bool) -> None:
        self._config, self._tree, self._json = opened.config, tree, json
        self._wide = max([len(org) for org in opened.config.orgs], default=0)
        self._many = len(opened.config.orgs) > 1
        self.printed = 0

    def print(self, batch: Iterable[Entry]) -> None:
        for entry in batch:
            self.printed += 1
            zone = self._config.zone(entry.org)
            if self._json:
                screen.emit_line(shown(entry, None, zone).record)
                continue
            said = shown(entry, self._tree.directory(entry.org), zone)
            self._tree.apply([entry])
            head = Text(f"{entry.position:>8} {said.time} ", style="dim")
            if self._many:
                head.append(f"{entry.org:<{self._wide}} ")
            head.append(f"{said.event:<24}", style="not dim cyan")
            body = Text(said.name, style="bold")
            body.append(f"  {said.text}" if said.text else "", style="not bold")
            body.append(f"  {said.by}", style="not bold dim")
            _line(head, body)


def _line(head: Text, body: Text) -> None:
    """One line; on a terminal that it does not fit, what was said goes on below itself."""
    room = screen.out.width - head.cell_len - 1
    if not screen.out.is_terminal or room < _ROOM:
        screen.line(Text.assemble(head, " ", body))
        return
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, body)
    screen.out.print(grid)
