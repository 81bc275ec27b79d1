"""Bring the ledger up to date: sync, check."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from domain.envelope import Entry, Envelope, address
from domain.errors import ConfigError, HeldError, OrgledgerError
from domain.ports import Finding
from orgledger.bootstrap import Service, source
from orgledger.bootstrap import system as system_of
from orgledger.cli import screen
from orgledger.cli.app import Json, actor, app, load_config, service
from orgledger.cli.facts import shown
from orgledger.cli.words import _
from orgledger.config import Config, SystemConfig
from orgledger.engine.health import log_findings
from orgledger.engine.pull import Outcome, Pull
from orgledger.engine.runs import Run, Status

Systems = Annotated[list[str] | None, typer.Argument(metavar="[SYSTEM]...", help="All by default.")]


@app.command()
def sync(
    systems: Systems = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be done, do nothing.")
    ] = False,
    approve: Annotated[
        str | None, typer.Option("--approve", metavar="RUN", help="Let a held run go on.")
    ] = None,
    json: Json = False,
) -> int:
    """Read the sources and record what changed."""
    outcomes: list[Outcome] = []
    codes = [0]
    with service() as opened:
        approved = _approved(opened, approve)
        for configured in _chosen(opened.config, systems, approved):
            try:
                outcome = _pull(opened, configured, plan=plan, approved=approved, quiet=json)
            except OrgledgerError as error:
                screen.err.print(f"error: {configured.id}: {error}", style="red", markup=False)
                codes.append(error.exit_code)
                continue
            outcomes.append(outcome)
            codes.append(_code(outcome))
            if not json:
                _show(opened, outcome)
    if json:
        screen.emit_json(outcomes)
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
        return [system_of(config, approved.system)]
    if systems:
        return [system_of(config, name) for name in systems]
    found = config.sources()
    if not found:
        raise ConfigError(
            "there is no source in the configuration",
            fix='Add a system, and name it in its organization: [orgs.x] source = "…".',
        )
    return found


def _pull(
    opened: Service, configured: SystemConfig, *, plan: bool, approved: Run | None, quiet: bool
) -> Outcome:
    feed = opened.feed(configured)

    async def work() -> Outcome:
        with screen.progress(quiet=quiet) as report:
            pull = Pull(opened.ledger, opened.views, feed, actor=actor(), progress=report)
            try:
                return await (pull.plan() if plan else pull.execute(approved))
            finally:
                await feed.source.close()

    return asyncio.run(work())


def _code(outcome: Outcome) -> int:
    if outcome.status is Status.HELD:
        return HeldError.exit_code
    return 0 if outcome.status is Status.FINISHED else 1


def _show(opened: Service, outcome: Outcome) -> None:
    style = {Status.FINISHED: "green", Status.HELD: "yellow"}.get(outcome.status, "yellow")
    if outcome.plan or not outcome.appended:
        n = len(outcome.plan)
        did = _("would append {n} events", n=n) if n else _("nothing changed")
    else:
        did = _(
            "read {read}, kept {kept}, {n} events appended",
            read=sum(outcome.read.values()),
            kept=sum(outcome.kept.values()),
            n=outcome.appended,
        )
    line = Text(f"{outcome.system} → {outcome.org}: ")
    line.append(_(outcome.status.value), style=style)
    line.append(f", {did} ({outcome.run})")
    screen.out.print(line)
    if outcome.reason:
        screen.say(f"  {_('Held')}: {outcome.reason}", style="yellow")
    for title, things in (("Left out", outcome.refused), ("Could not be read", outcome.gaps)):
        if things:
            screen.say(f"  {_(title)}:", style="yellow")
            for thing in things:
                screen.say(f"    {thing}")
    if outcome.plan:
        _show_plan(opened, outcome)


def _show_plan(opened: Service, outcome: Outcome) -> None:
    directory = opened.views.directory(outcome.org)
    zone = opened.config.zone(outcome.org)
    rows = []
    for fact in outcome.plan:
        envelope = Envelope(id="", at=opened.ledger.now(), actor="", fact=fact)
        line = shown(Entry(address(outcome.org, fact), 0, envelope), directory, zone)
        rows.append((line.event, line.name, line.text))
    screen.table(["Event", "Entity", "What"], rows)


@app.command()
def check(
    system: Annotated[str | None, typer.Argument(help="One system; all by default.")] = None,
    json: Json = False,
) -> int:
    """Check the log, and each system's credentials, permissions and visible scope."""
    config = load_config()
    chosen = [system_of(config, system)] if system else list(config.systems.values())
    findings: dict[str, list[Finding]] = {}
    if system is None:
        with service() as opened:
            findings["log"] = log_findings(opened.ledger, config)
    for configured in chosen:
        findings[configured.id] = asyncio.run(_check(config, configured))
    if json:
        screen.emit_json(findings)
    else:
        styles = {"ok": "green", "warning": "yellow", "error": "red"}
        for name, found in findings.items():
            screen.say(name, style="bold")
            for finding in found:
                line = Text(f"  {_(finding.level)} ", style=styles[finding.level])
                line.append(f"{finding.subject}: {finding.text}", style="default")
                if finding.fix:
                    line.append(f" {finding.fix}", style="dim")
                screen.out.print(line)
    return int(any(f.level == "error" for found in findings.values() for f in found))


async def _check(config: Config, configured: SystemConfig) -> list[Finding]:
    reading = source(config, configured)
    try:
        return await reading.check()
    finally:
        await reading.close()
