"""Find people and departments: search."""

from __future__ import annotations

from typing import Annotated

import typer

from domain.directory import Directory
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.commands.look import Org
from orgledger.cli.session import directory_at, service
from orgledger.cli.words import _, field
from projections.org_tree.search import Hit, search


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
        [_("Kind"), _("Id"), _("Name"), _("Where"), _("Found by")],
        [
            (_(hit.kind), hit.row["id"], hit.row["name"], _where(directory, hit), field(hit.field))
            for hit in hits
        ],
    )


def _where(directory: Directory, hit: Hit) -> list[str]:
    """What tells it from others of the same name: departments, the parent, the role group."""
    uid, departments = hit.row["uid"], directory.departments
    if hit.kind == "member":
        return [departments[d].name for d in directory.members[uid].departments]
    if hit.kind == "department":
        parent = departments[uid].parent
        return [departments[parent].name] if parent else []
    group = hit.row["group"]
    return [group] if group else []
