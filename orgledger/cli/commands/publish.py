"""Publish change events from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from domain.errors import InputError
from orgledger.cli import screen
from orgledger.cli.app import Json, actor, app, service
from orgledger.cli.words import _
from orgledger.engine.publish import publish


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
        name = opened.config.org(org).name or org
        answer = publish(
            opened.ledger, opened.views, org, changes, name=name, actor=actor(), key=key
        )
    if json:
        screen.emit_json(answer)
    else:
        screen.say(
            _(
                "{n} events recorded, the last at position {position}",
                n=answer.events,
                position=answer.position,
            )
        )


def _read(file: Path) -> list[Any]:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror})") from None
    try:
        document = msgspec.json.decode(data)
        changes = document if isinstance(document, list) else [document]
    except msgspec.DecodeError:
        changes = _lines(file, data)
    if not changes:
        raise InputError(f"{file} has no event in it", fix="Give at least one.")
    return changes


def _lines(file: Path, data: bytes) -> list[Any]:
    changes, problems = [], []
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            try:
                changes.append(msgspec.json.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                problems.append(f"line {number}: {error}")
    if problems:
        raise InputError(
            f"{file} is not JSON, nor JSON lines", tuple(problems[:20]), fix="Mend these lines:"
        )
    return changes
