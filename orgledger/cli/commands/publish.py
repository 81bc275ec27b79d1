"""Publish change events from a file: publish."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.errors import ConfigError, InputError
from orgledger.api import Published
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.session import actor, service
from orgledger.cli.words import _
from orgledger.engine.documents import changes_of
from orgledger.engine.publications import Publisher


@app.command("publish")
def publish_file(
    org: Annotated[str, typer.Argument(help="The generic organization's id.")],
    file: Annotated[Path, typer.Argument(help="JSON (a list) or JSON lines; - for stdin.")],
    key: Annotated[
        str | None, typer.Option("--key", help="Your own id of this publication; taken once.")
    ] = None,
    json: Json = False,
) -> None:
    """Publish change events: all are recorded, or none and every mistake is named."""
    changes = _read(file)
    with service() as opened:
        configured = opened.config.org(org)
        if configured.source is not None:
            raise ConfigError(
                f"the organization {org!r} is kept in {configured.source!r} and is read-only here",
                fix="Make the change there; the next sync brings it.",
            )
        publisher = Publisher(opened.ledger, org, name=configured.name or org)
        answer = publisher.publish(changes, actor=actor(), key=key)
    if json:
        screen.emit_json(answer)
    else:
        screen.say(_said(answer))


def _said(answer: Published) -> str:
    if answer.repeated:
        return _("taken before as {run}, nothing was recorded now", run=answer.run)
    return _(
        "{n} events recorded, the last at position {position} ({run})",
        n=answer.events,
        position=answer.position,
        run=answer.run,
    )


def _read(file: Path) -> list[Any]:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror})") from None
    changes = changes_of(data, str(file))
    if not changes:
        raise InputError(f"{file} has no event in it", fix="Give at least one.")
    return changes
