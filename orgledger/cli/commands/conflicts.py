"""Show where a target had something else than what was brought there: conflicts."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated

import typer
from rich.text import Text

from domain.directory import Directory
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.commands.look import Org
from orgledger.cli.facts import name_of
from orgledger.cli.session import directory_at, service
from orgledger.cli.words import _, field
from orgledger.engine.conflicts import Conflict, Moment, State
from orgledger.engine.conflicts import conflicts as engine

_STILL = (State.OPEN, State.STANDS)


@app.command()
def conflicts(
    org: Org,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were put right.")
    ] = False,
    json: Json = False,
) -> None:
    """Show where a system had something else than what was brought there, with both histories."""
    with service() as opened:
        directory, _reached = directory_at(opened, org, None)
        zone = opened.config.zone(org)
        found = [
            conflict
            for target in opened.config.targets()
            if target.org == org
            for conflict in engine(opened.ledger, opened.views, opened.destination(target))
        ]
    listed = [one for one in found if everything or one.state in _STILL]
    if json:
        screen.emit_json(listed)
        return
    for conflict in listed:
        _show(conflict, directory, zone)
    _count(found, len(listed))


def _show(conflict: Conflict, directory: Directory, zone: tzinfo) -> None:
    name = name_of(directory, conflict.uid)
    what = f"{name} ({conflict.id}) · {field(conflict.field)} · {conflict.system}: "
    line = Text(what, style="bold")
    line.append(_(conflict.state.value), style="yellow" if conflict.state in _STILL else "green")
    screen.line(line)
    screen.table(
        [_("Time"), _("Side"), _("Value"), _("By"), _("Position")],
        [_row(moment, directory, zone) for moment in conflict.history],
    )


def _row(moment: Moment, directory: Directory, zone: tzinfo) -> tuple[str, str, str, str, int]:
    return (
        moment.time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        _(moment.side),
        _value(moment.value, directory),
        moment.source or moment.actor,
        moment.position,
    )


def _value(value: object, directory: Directory) -> str:
    """A value with names for uids."""
    if isinstance(value, dict):
        return "; ".join(f"{field(n)} {_value(v, directory)}" for n, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_value(one, directory) for one in value) or "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in (None, "") else name_of(directory, str(value))


def _count(found: list[Conflict], shown: int) -> None:
    rest = len(found) - shown
    if not found:
        screen.say(_("There is no conflict."))
    elif rest:
        screen.say(_("{n} more were put right; --all shows them.", n=rest))
