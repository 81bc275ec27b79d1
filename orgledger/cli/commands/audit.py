"""Ask the audit, in SQL or by a named question: audit."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from domain.errors import ConfigError
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.session import service
from orgledger.cli.words import _, chinese
from orgledger.config import Config, nearest
from orgledger.engine.auditing import caught_up
from projections.audit import QUESTIONS, Answer, Audit, Parameter


@app.command()
def audit(
    sql: Annotated[str | None, typer.Argument(metavar="[SQL]", help="Your own query.")] = None,
    question: Annotated[
        str | None, typer.Option("--question", "-q", metavar="NAME", help="A named question.")
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter of the question."),
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the answer to a file.")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="The same, as Parquet.")] = None,
    json: Json = False,
) -> None:
    """Query the audit history in SQL or by a named question; without either, list the questions."""
    given = _given(question, parameters or [])
    if sql is None and question is None:
        _list_questions(json=json)
        return
    if sql is not None and question is not None:
        raise ConfigError("SQL and --question exclude each other", fix="Give one of them.")
    if csv is not None and parquet is not None:
        raise ConfigError("--csv and --parquet exclude each other", fix="Ask once for each.")
    with (
        service() as opened,
        screen.progress() as report,
        caught_up(opened.ledger, opened.config.data, report) as history,
    ):
        if question is not None:
            given = completed(question, given, opened.config)
        answer = history.query(sql) if sql is not None else _ask(history, question or "", given)
        if csv is not None or parquet is not None:
            _write(answer, csv, parquet, json=json)
            return
        columns, rows = answer.columns, answer.rows()
        zone = _zone(opened.config, given)
    show_answer(columns, rows, zone, json=json)


def _given(question: str | None, parameters: list[str]) -> dict[str, str]:
    """The parameters by name, checked as far as that goes without the audit."""
    if question is not None and question not in QUESTIONS:
        raise ConfigError(
            f"there is no question {question!r}{nearest(question, list(QUESTIONS))}",
            fix="'orgledger audit' lists them.",
        )
    if parameters and question is None:
        raise ConfigError("-p goes with --question NAME", fix="'orgledger audit' lists them.")
    given: dict[str, str] = {}
    for parameter in parameters:
        key, equals, value = parameter.partition("=")
        if not equals:
            raise ConfigError(f"{parameter!r} is not NAME=VALUE", fix="Write -p org=acme.")
        given[key] = value
    return given


def completed(question: str, given: dict[str, str], config: Config) -> dict[str, str]:
    """The parameters with what the configuration knows: its only organization, and its zone."""
    values = dict(given)
    if len(config.orgs) == 1:
        values.setdefault("org", next(iter(config.orgs)))
    if any(parameter.name == "zone" for parameter in QUESTIONS[question].parameters):
        values.setdefault("zone", config.zone(values.get("org", "")).key)
    return values


def _ask(history: Audit, name: str, given: dict[str, str]) -> Answer:
    values: dict[str, Any] = dict(given)
    return history.ask(name, **values)


def _write(answer: Answer, csv: Path | None, parquet: Path | None, *, json: bool) -> None:
    if csv is not None:
        path, rows = csv, answer.to_csv(csv)
    else:
        assert parquet is not None
        path, rows = parquet, answer.to_parquet(parquet)
    if json:
        screen.emit_json({"written": str(path), "rows": rows})
    else:
        screen.say(_("{n} rows written to {path}", n=rows, path=path))


def _zone(config: Config, given: dict[str, str]) -> ZoneInfo:
    """The time zone to show times in: the named organization's, or the only one's, else UTC."""
    zones = {org.timezone for org in config.orgs.values()}
    org = given.get("org", "")
    return ZoneInfo(zones.pop()) if len(zones) == 1 else config.zone(org)


def show_answer(
    columns: list[str], rows: list[tuple[Any, ...]], zone: ZoneInfo, *, json: bool
) -> None:
    """A table for people, with times in ``zone``; or one JSON document."""
    if json:
        screen.emit_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif not rows:
        screen.say(_("No rows."))
    else:
        screen.table(columns, [[_local(value, zone) for value in row] for row in rows])


def _local(value: Any, zone: ZoneInfo) -> Any:
    return value.astimezone(zone) if isinstance(value, datetime) and value.tzinfo else value


def _list_questions(*, json: bool) -> None:
    questions = QUESTIONS.values()
    if json:
        screen.emit_json(
            [
                {
                    "name": q.name,
                    "title": q.title,
                    "description": q.description,
                    "parameters": [
                        {"name": p.name, "type": p.type, "required": p.required, "about": p.about}
                        for p in q.parameters
                    ],
                }
                for q in questions
            ]
        )
        return
    screen.table(
        [_("Question"), _("What"), _("Parameters")],
        [
            (
                q.name,
                q.title.zh if chinese() else q.title.en,
                " ".join(_parameter(p) for p in q.parameters),
            )
            for q in questions
        ],
        whole=(_("Question"),),
    )
    screen.say(_("[…] can be left out. Ask: orgledger audit --question NAME -p NAME=VALUE"))


def _parameter(parameter: Parameter) -> str:
    text = f"-p {parameter.name}=…"
    return text if parameter.required else f"[{text}]"
