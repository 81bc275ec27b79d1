"""Look at one person: member."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated, Any

import typer
from rich.text import Text

from domain.directory import Directory
from domain.envelope import Entry
from domain.errors import ConfigError
from domain.rows import Row, Rows
from orgledger.bootstrap import Service
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.commands.look import Org
from orgledger.cli.facts import shown
from orgledger.cli.session import directory_at, service
from orgledger.cli.words import _, field


@app.command()
def member(
    org: Org,
    person: Annotated[str, typer.Argument(metavar="ID", help="Id in the source, or uid.")],
    history: Annotated[bool, typer.Option("--history", help="Every event of this person.")] = False,
    json: Json = False,
) -> None:
    """Show one person, and with --history everything that ever happened to them."""
    with service() as opened:
        directory, _reached = directory_at(opened, org, None)
        rows = Rows(directory)
        uid = _found(rows, org, person)
        entries = _events_of(opened, org, uid) if history else []
        zone = opened.config.zone(org)
    row = rows.member(directory.members[uid])
    hidden = sorted(rows.not_permitted("member") - row.keys())
    roles = [r.name for r in directory.present_roles() if uid in directory.grants.get(r.uid, ())]
    if json:
        document: dict[str, Any] = {**row, "roles": roles, "not_permitted": hidden}
        if history:
            document["history"] = [shown(entry, None, zone).record for entry in entries]
        screen.emit_json(document)
        return
    row["roles"] = roles
    lines = [(field(key), value) for key, value in _named(directory, uid, row).items()]
    lines += [(field(key), Text(_("not permitted"), style="yellow")) for key in hidden]
    screen.table([_("Field"), _("Value")], lines)
    if history:
        _show_history(entries, directory, zone)


def _found(rows: Rows, org: str, person: str) -> str:
    uid = rows.uid("member", person)
    if uid is None:
        raise ConfigError(
            f"there is no member {person!r} in {org!r}",
            fix=f"Look for the id with 'orgledger search {org} {person}'.",
        )
    return uid


def _events_of(opened: Service, org: str, uid: str) -> list[Entry]:
    return [
        entry
        for batch in opened.ledger.read(scope=org)
        for entry in batch
        if entry.fact.uid == uid
        or uid in (getattr(entry.fact, "member", None), getattr(entry.fact, "entity", None))
    ]


def _named(directory: Directory, uid: str, row: Row) -> Row:
    """The row with names for ids, and without what is empty."""
    person, departments = directory.members[uid], directory.departments
    named = dict(row)
    named["departments"] = [departments[d].name for d in person.departments]
    main = person.main_department
    named["main_department"] = departments[main].name if main else None
    if person.manager in directory.members:
        named["manager"] = f"{directory.members[person.manager].name} ({row['manager']})"
    if "state" in named:
        named["state"] = _(named["state"])
    return {key: value for key, value in named.items() if value not in (None, [], {}, "")}


def _show_history(entries: list[Entry], directory: Directory, zone: tzinfo) -> None:
    screen.table(
        [_("Position"), _("Time"), _("Event"), _("What"), _("By")],
        [
            (entry.position, said.time, said.event, _what(entry, said.name, said.text), said.by)
            for entry in entries
            for said in (shown(entry, directory, zone),)
        ],
        title=_("History"),
    )


def _what(entry: Entry, name: str, text: str) -> str:
    """What an event of another entity said of this person begins with that entity's name."""
    return f"{name}: {text}" if entry.fact.KIND == "role" else text
