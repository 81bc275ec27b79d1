"""Look at the organization: tree, diff, member, search."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from domain.directory import Directory, Member
from domain.errors import ConfigError
from orgledger.bootstrap import Service
from orgledger.cli import screen
from orgledger.cli.app import Json, app, service
from orgledger.cli.facts import shown
from orgledger.cli.words import _
from orgledger.engine.when import position
from projections.org_tree.diff import Change, diff
from projections.org_tree.outline import Branch, outline
from projections.org_tree.rows import Rows
from projections.org_tree.search import search

Org = Annotated[str, typer.Argument(help="The organization's id.")]
When = Annotated[
    str | None, typer.Option("--at", help="A position, an ISO time or date, or a run id.")
]

PEOPLE_SHOWN = 12
"""People listed under a department before the rest is only counted."""


def directory_at(opened: Service, org: str, when: str | None) -> tuple[Directory, int]:
    """The organization at ``when`` (now by default), and the position that this is."""
    zone = opened.config.zone(org)
    at = None if when is None else position(when, opened.views, zone)
    tree = opened.views.tree(at)
    if org not in tree.directories:
        if org in opened.config.orgs:
            return tree.directory(org), tree.position
        known = sorted({*tree.directories, *opened.config.orgs})
        raise ConfigError(
            f"there is no organization {org!r}", fix=f"Known: {', '.join(known) or 'none'}."
        )
    return tree.directory(org), tree.position


@app.command()
def tree(
    org: Org,
    at: When = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also resigned people and deleted departments (JSON).")
    ] = False,
    people: Annotated[bool, typer.Option("--people", help="List everybody.")] = False,
    json: Json = False,
) -> None:
    """Show an organization, now or at any moment of its past."""
    with service() as opened:
        directory, reached = directory_at(opened, org, at)
    if json:
        rows = Rows(directory).roster(everything=everything)
        screen.emit_json({"org": org, "name": directory.name, "position": reached, **rows})
        return
    print_tree(directory, reached, limit=None if people else PEOPLE_SHOWN)


def print_tree(
    directory: Directory, position_: int, *, limit: int | None, branch: str | None = None
) -> None:
    """Draw an organization or one top-level department, with ``limit`` people in each."""
    whole = outline(directory)
    note = f"{whole.people} {_('people')}, {_('at position {position}', position=position_)}"
    root = Tree(_line(directory.name or directory.org, note, "bold"))
    for found in whole.branches:
        if branch in (None, found.department.name):
            _grow(root, found, limit)
    if whole.members and branch is None:
        node = root.add(Text(_("Members of no department"), style="dim"))
        _people(node, whole.members, frozenset(), limit)
    screen.out.print(root)


def _grow(parent: Tree, branch: Branch, limit: int | None) -> None:
    node = parent.add(_line(branch.department.name, str(branch.people), "bold cyan"))
    _people(node, branch.members, frozenset(branch.department.leaders), limit)
    for child in branch.children:
        _grow(node, child, limit)


def _people(
    node: Tree, members: tuple[Member, ...], leaders: frozenset[str], limit: int | None
) -> None:
    for member in members[:limit]:
        note = [_("leader")] if member.uid in leaders else []
        note += [member.title] if member.title else []
        note += [_(member.state.value)] if member.state.value != "active" else []
        node.add(_line(member.name, ", ".join(note), ""))
    if limit and len(members) > limit:
        node.add(Text(_("and {n} more", n=len(members) - limit), style="dim"))


def _line(name: str, note: str, style: str) -> Text:
    text = Text(name, style=style)
    if note:
        text.append(f"  {note}", style="dim")
    return text


@app.command("diff")
def show_diff(
    org: Org,
    since: Annotated[str, typer.Option("--from", help="The earlier moment (WHEN).")],
    to: Annotated[
        str | None, typer.Option("--to", help="The later moment; now by default.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what is different between two moments."""
    with service() as opened:
        before, _start = directory_at(opened, org, since)
        after, _end = directory_at(opened, org, to)
    changes = diff(before, after)
    if json:
        screen.emit_json(changes)
        return
    print_changes(changes)


def print_changes(changes: list[Change]) -> None:
    """A table of differences, or the sentence that there are none."""
    if not changes:
        screen.say(_("Nothing is different."))
        return
    rows = [line for change in changes for line in _changed(change)]
    screen.table(["Change", "Kind", "Id", "Name", "Field", "Before", "After"], rows)


def _changed(change: Change) -> list[tuple[Any, ...]]:
    style = {"added": "green", "removed": "red", "changed": "yellow"}[change.change]
    mark = Text(_(change.change), style=style)
    fields = change.fields or {"": (None, None)}
    return [
        (mark, _(change.kind), change.id, change.name, field, old, new)
        for field, (old, new) in fields.items()
    ]


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
        uid = rows.uid("member", person)
        if uid is None:
            raise ConfigError(
                f"there is no member {person!r} in {org!r}",
                fix=f"Look for the id with 'orgledger search {org} TEXT'.",
            )
        entries = [
            entry
            for batch in (opened.ledger.read(org=org) if history else ())
            for entry in batch
            if entry.fact.uid == uid
            or uid in (getattr(entry.fact, "member", None), getattr(entry.fact, "entity", None))
        ]
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
    names = {d.uid: d.name for d in directory.departments.values()}
    row["departments"] = [names[d] for d in directory.members[uid].departments]
    row["roles"] = roles
    lines = [(field, value) for field, value in row.items() if value not in (None, [], {})]
    lines += [(field, Text(_("not permitted"), style="yellow")) for field in hidden]
    screen.table(["Field", "Value"], lines)
    if history:
        screen.table(
            ["Position", "Time", "Event", "What", "By"],
            [
                (e.position, line.time, line.event, line.text, line.by)
                for e in entries
                for line in (shown(e, directory, zone),)
            ],
            title=_("History"),
        )


@app.command("search")
def find(
    org: Org,
    text: Annotated[str, typer.Argument(help="A name, pinyin, initials, id, number or address.")],
    json: Json = False,
) -> None:
    """Find people, departments and roles."""
    with service() as opened:
        directory, _reached = directory_at(opened, org, None)
    hits = search(directory, text)
    if json:
        screen.emit_json(hits)
        return
    if not hits:
        screen.say(_("Nothing found."))
        return
    screen.table(
        ["Kind", "Id", "Name", "Found by"],
        [(_(hit.kind), hit.row["id"], hit.row["name"], hit.field) for hit in hits],
    )
