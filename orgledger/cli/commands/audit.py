"""Ask the audit: SQL, named questions; and rebuild projections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from domain.errors import ConfigError
from orgledger.cli import screen
from orgledger.cli.app import Json, app, service
from orgledger.cli.words import _, chinese
from orgledger.config import nearest
from orgledger.engine.auditing import caught_up, rebuild_audit
from orgledger.engine.views import Views
from projections.audit import QUESTIONS, Answer, Audit


@app.command()
def audit(
    sql: Annotated[str | None, typer.Argument(metavar="[SQL]", help="Your own query.")] = None,
    question: Annotated[
        str | None, typer.Option("--question", "-q", metavar="NAME", help="A named question.")
    ] = None,
    parameters: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the answer to a file.")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="The same, as Parquet.")] = None,
    json: Json = False,
) -> None:
    """Query the audit history in SQL or by a named question; without either, list the questions."""
    if sql is None and question is None:
        _list_questions(json=json)
        return
    if sql is not None and question is not None:
        raise ConfigError("give SQL or --question, not both")
    with (
        service() as opened,
        screen.progress(quiet=json) as report,
        caught_up(opened.ledger, opened.config.data, report) as history,
    ):
        answer = history.query(sql) if sql else _ask(history, question or "", parameters or [])
        rows = None
        if csv is not None:
            answer.to_csv(csv)
        elif parquet is not None:
            answer.to_parquet(parquet)
        else:
            rows = answer.rows()
    if rows is None:
        screen.say(_("written to {path}", path=csv or parquet))
    elif json:
        screen.emit_json([dict(zip(answer.columns, row, strict=True)) for row in rows])
    elif not rows:
        screen.say(_("No rows."))
    else:
        screen.table(answer.columns, rows)


def _ask(history: Audit, name: str, parameters: list[str]) -> Answer:
    if name not in QUESTIONS:
        raise ConfigError(f"there is no question {name!r}{nearest(name, list(QUESTIONS))}")
    given: dict[str, Any] = {}
    for parameter in parameters:
        key, equals, value = parameter.partition("=")
        if not equals:
            raise ConfigError(f"{parameter!r} is not NAME=VALUE")
        given[key] = value
    return history.ask(name, **given)


def _list_questions(*, json: bool) -> None:
    if json:
        screen.emit_json(
            [
                {
                    "name": q.name,
                    "title": {"en": q.title.en, "zh": q.title.zh},
                    "parameters": [p.name for p in q.parameters],
                }
                for q in QUESTIONS.values()
            ]
        )
        return
    screen.table(
        ["Question", "What", "Parameters"],
        [
            (
                q.name,
                q.title.zh if chinese() else q.title.en,
                " ".join(f"-p {p.name}=…" for p in q.parameters),
            )
            for q in QUESTIONS.values()
        ],
    )


@app.command()
def rebuild(
    projection: Annotated[
        str | None, typer.Argument(help="audit or org_tree; both by default.")
    ] = None,
    json: Json = False,
) -> None:
    """Drop a projection and build it anew from the log; the old one serves until the swap."""
    known = ["audit", "org_tree"]
    if projection is not None and projection not in known:
        raise ConfigError(f"there is no projection {projection!r}{nearest(projection, known)}")
    rebuilt: dict[str, int] = {}
    with service() as opened, screen.progress(quiet=json) as report:
        if projection in (None, "org_tree"):
            rebuilt["org_tree"] = Views(opened.ledger, opened.config.data).rebuild()
        if projection in (None, "audit"):
            rebuilt["audit"] = rebuild_audit(opened.ledger, opened.config.data, report)
    if json:
        screen.emit_json(rebuilt)
        return
    for name, position in rebuilt.items():
        screen.say(_("rebuilt {name} up to position {position}", name=name, position=position))
