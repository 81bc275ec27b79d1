"""Build projections anew: rebuild."""

from __future__ import annotations

from typing import Annotated

import typer

from domain.errors import ConfigError
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.session import service
from orgledger.cli.words import _
from orgledger.config import nearest
from orgledger.engine.auditing import rebuild_audit

_KNOWN = ["org_tree", "audit"]


@app.command()
def rebuild(
    projection: Annotated[
        str | None, typer.Argument(help="audit or org_tree; both by default.")
    ] = None,
    json: Json = False,
) -> None:
    """Drop a projection and build it anew from the log; the old one serves until the swap."""
    if projection is not None and projection not in _KNOWN:
        raise ConfigError(f"there is no projection {projection!r}{nearest(projection, _KNOWN)}")
    rebuilt: dict[str, int] = {}
    with service() as opened, screen.progress() as report:
        if projection in (None, "org_tree"):
            rebuilt["org_tree"] = opened.views.rebuild(report)
        if projection in (None, "audit"):
            rebuilt["audit"] = rebuild_audit(opened.ledger, opened.config.data, report)
    if json:
        screen.emit_json(rebuilt)
        return
    for name, position in rebuilt.items():
        screen.say(_("rebuilt {name} up to position {position}", name=name, position=position))
