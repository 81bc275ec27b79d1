"""Try again what did not come through: retry."""

from __future__ import annotations

from typing import Annotated

import typer

from orgledger.cli.app import Json, app
from orgledger.cli.commands.sync import Wish, once


@app.command()
def retry(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, see 'runs'.")],
    entity: Annotated[
        list[str] | None,
        typer.Option("--entity", metavar="ID", help="Only this one; repeatable."),
    ] = None,
    json: Json = False,
) -> int:
    """Try again what a run could not do; what is done already is not done twice."""
    return once(None, Wish(retry=run_id, only=tuple(entity or ())), json=json)
