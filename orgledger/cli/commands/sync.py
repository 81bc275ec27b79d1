"""Bring the ledger up to date: sync."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer
from rich.text import Text

from domain.envelope import Entry, Envelope, address
from domain.errors import ConfigError, HeldError, OrgledgerError
from orgledger.bootstrap import Service
from orgledger.cli import screen
from orgledger.cli.app import Json, app, fail
from orgledger.cli.commands.runs import STYLES
from orgledger.cli.facts import said, shown
from orgledger.cli.session import actor, service
from orgledger.cli.words import _
from orgledger.config import Config, SystemConfig
from orgledger.engine.pull import Outcome, Pull
from orgledger.engine.runs import Run, Status


@app.command()
def sync(
    systems: Annotated[
        list[str] | None, typer.Argument(metavar="[SYSTEM]...", help="All sources by default.")
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be done, do nothing.")
    ] = False,
    approve: Annotated[
        str | None, typer.Option("--approve", metavar="RUN", help="Let a held run go on.")
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="TIME", help="Again every 30s, 15m or 2h, until stopped."),
    ] = None,
    json: Json = False,
) -> int:
    """Read the sources and record what changed."""
    if sum((plan, approve is not None, every is not None)) > 1:
        raise ConfigError("--plan, --approve and --every exclude each other", fix="Give one.")
    if every is None:
        return _once(systems, plan=plan, approve=approve, json=json)
    pause = _seconds(every)
    while True:
        _once(systems, plan=False, approve=None, json=json)
        time.sleep(pause)


def _seconds(text: str) -> float:
    """``15m`` in seconds; the units are s, m and h."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
    count = text[:-1]
    if unit is None or not (count.isascii() and count.isdigit() and int(count)):
        raise ConfigError(f"{text!r} is not a time to wait", fix="Give one such as 30s, 15m or 2h.")
    return int(count) * unit


def _once(systems: Sequence[str] | None, *, plan: bool, approve: str | None, json: bool) -> int:
    """One turn of all chosen systems; the exit code is that of the worst."""
    documents: list[dict[str, Any]] = []
    codes = [0]
    with service() as opened:
        approved = _approved(opened, approve)
        for configured in _chosen(opened.config, systems, approved):
            work = _Sync(opened, configured)
            try:
                outcome = work.run(plan=plan, approved=approved)
            except OrgledgerError as error:
                fail(f"{configured.id}: {error}")
                codes.append(error.exit_code)
                documents.append(work.failure(error))
                continue
            codes.append(_code(outcome))
            documents.append(_document(outcome))
            if not json:
                _show(opened, outcome)
    if json:
        screen.emit_json(documents)
    return max(codes)


def _approved(opened: Service, run_id: str | None) -> Run | None:
    if run_id is None:
        return None
    run = opened.views.run(run_id)
    if run.status is not Status.HELD:
        raise ConfigError(
            f"the run {run_id!r} is not held, it is {run.status.value}",
            fix="See 'orgledger runs' for what waits for you.",
        )
    return run


def _chosen(
    config: Config, systems: Sequence[str] | None, approved: Run | None
) -> list[SystemConfig]:
    if approved is not None:
        if systems and list(systems) != [approved.system]:
            raise ConfigError(f"the run {approved.id!r} is one of {approved.system!r}")
        return [config.system(approved.system)]
    if systems:
        return [config.system(name) for name in dict.fromkeys(systems)]
    found = config.sources()
    if not found:
        raise ConfigError(
            "there is no source in the configuration",
            fix='Add a system, and name it in its organization: [orgs.x] source = "…".',
        )
    return found


class _Sync:
    """One system's turn. ``pull`` is None until its source could be made."""

    def __init__(self, opened: Service, configured: SystemConfig) -> None:
        self.opened, self.configured = opened, configured
        self.pull: Pull | None = None

    def run(self, *, plan: bool, approved: Run | None) -> Outcome:
        feed = self.opened.feed(self.configured)

        async def work() -> Outcome:
            with screen.progress() as report:
                ledger, views = self.opened.ledger, self.opened.views
                self.pull = Pull(ledger, views, feed, actor=actor(), progress=report)
                try:
                    return await (self.pull.plan() if plan else self.pull.execute(approved))
                finally:
                    await feed.source.close()

        return asyncio.run(work())

    def failure(self, error: OrgledgerError) -> dict[str, Any]:
        """The document of a run that did not come to its end; its keys are those of an outcome."""
        outcome = Outcome(
            run=self.pull.run if self.pull else "",
            org=self.configured.org,
            system=self.configured.id,
            status=Status.HELD if isinstance(error, HeldError) else Status.FAILED,
            read={},
            kept={},
            reason=str(error),
        )
        return _document(outcome)


def _document(outcome: Outcome) -> dict[str, Any]:
    return {**msgspec.structs.asdict(outcome), "plan": [said(fact) for fact in outcome.plan]}


def _code(outcome: Outcome) -> int:
    if outcome.status is Status.HELD:
        return HeldError.exit_code
    return 0 if outcome.status is Status.FINISHED else 1


def _show(opened: Service, outcome: Outcome) -> None:
    line = Text(f"{outcome.system} → {outcome.org}: ")
    line.append(_(outcome.status.value), style=STYLES[outcome.status])
    line.append(f", {_did(outcome)} ({outcome.run})")
    screen.line(line)
    if outcome.reason:
        screen.say(f"  {_('Held')}: {outcome.reason}", style="yellow")
    for title, things in (
        (_("Left out"), outcome.refused),
        (_("Could not be read"), outcome.gaps),
    ):
        if things:
            screen.say(f"  {title}:", style="yellow")
            for thing in things:
                screen.say(f"    {thing}")
    if outcome.plan:
        _show_plan(opened, outcome)


def _did(outcome: Outcome) -> str:
    if outcome.plan:
        n = len(outcome.plan)
        return _("would append 1 event") if n == 1 else _("would append {n} events", n=n)
    if not outcome.appended:
        return _("nothing changed")
    return _(
        "read {read}, kept {kept}, {n} events appended",
        read=sum(outcome.read.values()),
        kept=sum(outcome.kept.values()),
        n=outcome.appended,
    )


def _show_plan(opened: Service, outcome: Outcome) -> None:
    directory = opened.views.directory(outcome.org)
    zone = opened.config.zone(outcome.org)
    rows = []
    for fact in outcome.plan:
        envelope = Envelope(id="", at=opened.ledger.now(), actor="", fact=fact)
        planned = shown(Entry(address(outcome.org, fact), 0, envelope), directory, zone)
        rows.append((planned.event, planned.name, planned.text))
    screen.table([_("Event"), _("Entity"), _("What")], rows)
