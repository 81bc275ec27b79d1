"""Look back at the syncs: runs, run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Annotated

import typer
from rich.text import Text

from domain.directory import Directory
from domain.envelope import Entry
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.deliveries import how_to_approve, kind_of, named
from orgledger.cli.facts import shown
from orgledger.cli.session import must_be_known, service
from orgledger.cli.styles import STYLES
from orgledger.cli.words import _
from orgledger.engine.runs import Run, Status


@app.command()
def runs(
    org: Annotated[str | None, typer.Argument(help="Only this organization.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The newest so many.")] = 20,
    json: Json = False,
) -> None:
    """List the syncs, the newest last."""
    with service() as opened:
        if org is not None and org not in opened.config.orgs:
            must_be_known(opened, org, opened.views.tree())
        found = [r for r in opened.views.runs().by_id.values() if org in (None, r.org)][-limit:]
        zones = {r.org: opened.config.zone(r.org) for r in found}
    if json:
        screen.emit_json(found)
        return
    if not found:
        screen.say(_("There are no runs yet."))
        return
    headings = ("Run", "System", "Status", "Started", "Took", "Read", "Done", "Appended")
    screen.table(
        [_(heading) for heading in headings],
        [
            (
                r.id,
                r.system,
                Text(_(r.status.value), style=STYLES[r.status]),
                _time(r, zones[r.org]),
                _took(r),
                sum(r.read.values()) or r.verified or "",
                _done(r),
                r.appended,
            )
            for r in found
        ],
        spare=(_("Appended"), _("Took"), _("Read")),
    )
    for r in found:
        if r.reason:
            screen.say(f"{r.id}: {_first_line(r.reason)}", style=STYLES[r.status])


def _time(run: Run, zone: tzinfo) -> str:
    return run.started.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _took(run: Run) -> str:
    return "" if run.ended is None else f"{(run.ended - run.started).total_seconds():.1f} s"


def _done(run: Run) -> str:
    """``12/14`` operations of a delivery; nothing for a reading."""
    return f"{run.acknowledged}/{run.planned}" if run.mode == "deliver" and run.at else ""


def _first_line(reason: str) -> str:
    head, more, _rest = reason.partition("\n")
    return f"{head} …" if more else head


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
            for batch in opened.ledger.read(scope=found.org, stop=found.position)
            for entry in batch
            if entry.envelope.run == run_id
        ]
    if json:
        events = [shown(entry, None, zone).record for entry in entries]
        screen.emit_json({"run": found, "events": events})
        return
    _summary(found, directory, zone)
    facts = [entry for entry in entries if entry.fact.KIND != "run"]
    if facts:
        _events(facts, directory, zone)


def _summary(found: Run, directory: Directory, zone: tzinfo) -> None:
    delivered = found.mode == "deliver"
    lines = [
        ("Run", found.id),
        (
            "System",
            f"{found.org} → {found.system}" if delivered else f"{found.system} → {found.org}",
        ),
        ("Status", Text(_(found.status.value), style=STYLES[found.status])),
        ("By", found.actor),
        ("Started", _time(found, zone)),
        ("Took", _took(found)),
        ("Read", counts(found.read)),
        ("Kept", counts(found.kept)),
        ("Calls", found.calls or None),
        ("Brought to position", found.at or None),
        ("Operations", _operations(found) or None),
        ("Read back", found.verified or None),
        ("Not ours", counts({f"{kind}s": n for kind, n in found.foreign.items()}) or None),
        ("Appended", found.appended),
        ("Reason", found.reason or None),
    ]
    screen.table([_("Field"), _("Value")], [(_(key), v) for key, v in lines if v not in ("", None)])
    for title, listed in (
        (_("Not done") if delivered else _("Left out"), found.refused),
        (_("Could not be read"), found.gaps),
        (_("Since the plan was shown"), found.since),
        (_("Waits for you"), tuple(_waiting(found, directory))),
    ):
        if listed:
            screen.say(title, style="bold yellow")
            for thing in listed:
                screen.say(f"  {thing}")


def _operations(found: Run) -> str:
    """``14 planned, 12 acknowledged, 2 deferred``."""
    if found.mode != "deliver":
        return ""
    named = ("planned", "acknowledged", "deferred", "parked", "stuck")
    return counts({name: n for name in named if (n := getattr(found, name))})


def _waiting(found: Run, directory: Directory) -> Iterator[str]:
    """What a held delivery asks for, and how to let it go on."""
    for action, uids in found.operations.items():
        yield f"{_(action)}: {named(directory, uids)}"
    if found.operations and found.status is Status.HELD:
        yield how_to_approve(found.system, found.id)


def counts(of: dict[str, int]) -> str:
    """``40 departments, 320 members``."""
    return ", ".join(f"{n} {kind_of(kind)}" for kind, n in of.items())


def _events(facts: list[Entry], directory: Directory, zone: tzinfo) -> None:
    screen.table(
        [_("Position"), _("Event"), _("Entity"), _("What")],
        [
            (entry.position, said.event, said.name, said.text)
            for entry in facts
            for said in (shown(entry, directory, zone),)
        ],
        title=_("Events"),
    )
