"""Look back: log, runs, run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from domain.envelope import Entry
from orgledger.bootstrap import Service
from orgledger.cli import screen
from orgledger.cli.app import Json, app, service
from orgledger.cli.facts import shown
from orgledger.cli.words import _
from orgledger.engine.runs import Run, Status
from orgledger.engine.when import position
from projections.org_tree.fold import OrgTree

_STYLES = {
    Status.FINISHED: "green",
    Status.APPROVED: "green",
    Status.PARTIAL: "yellow",
    Status.HELD: "yellow",
    Status.RUNNING: "cyan",
    Status.INTERRUPTED: "red",
    Status.FAILED: "red",
}


@app.command()
def log(
    org: Annotated[str | None, typer.Argument(help="Only this organization.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only after WHEN.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as it grows.")] = False,
    json: Json = False,
) -> None:
    """Show the events of the log, in order."""
    with service() as opened:
        zone = opened.config.zone(org) if org else ZoneInfo("UTC")
        start = 0 if since is None else position(since, opened.views, zone)
        tree = opened.views.tree(start) if start else OrgTree()
        last = start
        for batch in opened.ledger.read(start, org=org):
            _print(batch, tree, zone, json=json)
            last = batch[-1].position if batch else last
        if follow:
            _follow(opened, org, last, tree, zone, json=json)


def _follow(
    opened: Service, org: str | None, after: int, tree: OrgTree, zone: ZoneInfo, *, json: bool
) -> None:
    with opened.ledger.follow(after) as subscription:
        for notification in subscription:
            entry = opened.ledger.entry(notification)
            if org is None or entry.org == org:
                _print([entry], tree, zone, json=json)


def _print(batch: Iterable[Entry], tree: OrgTree, zone: ZoneInfo, *, json: bool) -> None:
    for entry in batch:
        if json:
            screen.emit_line(shown(entry, None, zone).record)
            continue
        tree.apply([entry])
        line = shown(entry, tree.directory(entry.org), zone)
        text = Text(f"{entry.position:>8} ", style="dim")
        text.append(f"{line.time} ", style="dim")
        text.append(f"{line.event:<24} ", style="cyan")
        text.append(line.name, style="bold")
        text.append(f"  {line.text}  ")
        text.append(line.by, style="dim")
        screen.out.print(text)


@app.command()
def runs(
    org: Annotated[str | None, typer.Argument(help="Only this organization.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="The newest so many.")] = 20,
    json: Json = False,
) -> None:
    """List the syncs, the newest last."""
    with service() as opened:
        found = [r for r in opened.views.runs().by_id.values() if org in (None, r.org)][-limit:]
        zones = {r.org: opened.config.zone(r.org) for r in found}
    if json:
        screen.emit_json(found)
        return
    if not found:
        screen.say(_("There are no runs yet."))
        return
    screen.table(
        ["Run", "System", "Status", "Started", "Took", "Read", "Appended", "Reason"],
        [
            (
                r.id,
                r.system,
                Text(_(r.status.value), style=_STYLES[r.status]),
                r.started.astimezone(zones[r.org]).strftime("%Y-%m-%d %H:%M:%S"),
                _took(r),
                sum(r.read.values()) or "",
                r.appended,
                r.reason,
            )
            for r in found
        ],
    )


def _took(run: Run) -> str:
    return "" if run.ended is None else f"{(run.ended - run.started).total_seconds():.1f} s"


@app.command()
def run(
    run_id: Annotated[str, typer.Argument(metavar="ID", help="The run's id, see 'runs'.")],
    json: Json = False,
) -> None:
    """Show one sync: what it read, what it left out and why, and every event it appended."""
    with service() as opened:
        found = opened.views.run(run_id)
        zone = opened.config.zone(found.org)
        directory = opened.views.directory(found.org)
        entries = [
            entry
            for batch in opened.ledger.read(org=found.org, stop=found.position)
            for entry in batch
            if entry.envelope.run == run_id
        ]
    if json:
        events = [shown(entry, None, zone).record for entry in entries]
        screen.emit_json({"run": found, "events": events})
        return
    screen.table(
        ["Field", "Value"],
        [
            ("Run", found.id),
            (_("System"), f"{found.system} → {found.org}"),
            (_("Status"), Text(_(found.status.value), style=_STYLES[found.status])),
            (_("By"), found.actor),
            (_("Started"), found.started.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")),
            (_("Took"), _took(found)),
            (_("Read"), found.read),
            (_("Kept"), found.kept),
            (_("Calls"), found.calls),
            (_("Appended"), found.appended),
            (_("Reason"), found.reason),
        ],
    )
    for title, lines in (("Left out", found.refused), ("Could not be read", found.gaps)):
        if lines:
            screen.say(_(title), style="bold yellow")
            for line in lines:
                screen.say(f"  {line}")
    facts = [entry for entry in entries if entry.fact.KIND != "run"]
    if facts:
        screen.table(
            ["Position", "Event", "Entity", "What"],
            [
                (e.position, line.event, line.name, line.text)
                for e in facts
                for line in (shown(e, directory, zone),)
            ],
        )
