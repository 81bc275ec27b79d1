"""Look at the organization: tree, diff."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from domain.directory import Directory, Member
from domain.rows import Rows
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.session import directory_at, service
from orgledger.cli.words import _, field
from projections.org_tree.diff import Change, diff
from projections.org_tree.outline import Branch, outline

Org = Annotated[str, typer.Argument(help="The organization's id.")]

PEOPLE_SHOWN = 12
"""People listed under a department before the rest is only counted."""


@app.command()
def tree(
    org: Org,
    at: Annotated[
        str | None, typer.Option("--at", help="A position, an ISO time or date, or a run id.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also resigned people and deleted departments.")
    ] = False,
    people: Annotated[bool, typer.Option("--people", help="List everybody.")] = False,
    json: Json = False,
) -> None:
    """Show an organization, now or at any moment of its past."""
    with service() as opened:
        directory, reached = directory_at(opened, org, at)
    if json:
        rows = Rows(directory)
        screen.emit_json(
            {
                "org": org,
                "name": directory.name,
                "position": reached,
                "leaders": [rows.id("member", uid) for uid in directory.leaders],
                **rows.roster(everything=everything),
            }
        )
        return
    limit = None if people else PEOPLE_SHOWN
    print_tree(directory, reached, limit=limit, everything=everything)


def print_tree(
    directory: Directory,
    position_: int,
    *,
    limit: int | None,
    branch: str | None = None,
    everything: bool = False,
) -> None:
    """Draw an organization or one top-level department, with ``limit`` people in each."""
    whole = outline(directory)
    count = _("1 person") if whole.people == 1 else _("{n} people", n=whole.people)
    note = f"{count}, {_('at position {position}', position=position_)}"
    root = Tree(_line(directory.name or directory.org, note, "bold"))
    for found in whole.branches:
        if branch in (None, found.department.name):
            _grow(root, found, limit)
    if whole.members and branch is None:
        node = root.add(Text(_("Members of no department"), style="dim"))
        _people(node, whole.members, frozenset(), limit)
    if everything:
        _gone(root, directory, limit)
    screen.tree(root)


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


def _gone(root: Tree, directory: Directory, limit: int | None) -> None:
    """What is no more: deleted departments and resigned people."""
    departments = sorted(d.name for d in directory.departments.values() if not d.present)
    if departments:
        node = root.add(Text(_("Deleted departments"), style="dim"))
        for name in departments:
            node.add(_line(name, "", "dim"))
    left = tuple(
        sorted((m for m in directory.members.values() if not m.present), key=lambda m: m.name)
    )
    if left:
        node = root.add(Text(_("Resigned"), style="dim"))
        _people(node, left, frozenset(), limit)


def _line(name: str, note: str, style: str) -> Text:
    text = Text(screen.clean(name), style=style)
    if note:
        text.append(f"  {screen.clean(note)}", style="dim")
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
    headings = ("Change", "Kind", "Id", "Name", "Field", "Before", "After")
    screen.table([_(heading) for heading in headings], rows)


def _changed(change: Change) -> list[tuple[Any, ...]]:
    style = {"added": "green", "removed": "red", "changed": "yellow"}[change.change]
    mark = Text(_(change.change), style=style)
    fields = change.fields or {"": (None, None)}
    return [
        (mark, _(change.kind), change.id, change.name, field(key), old, new)
        for key, (old, new) in fields.items()
    ]
