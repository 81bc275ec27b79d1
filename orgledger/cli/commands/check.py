"""Check what is configured: check."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer
from rich.text import Text

from domain.errors import ConfigError, OrgledgerError
from domain.ports import Continuing, Finding, Source, Target
from orgledger.abilities import limits
from orgledger.bootstrap import destination, open_service, source
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.session import load_config
from orgledger.cli.words import _, age
from orgledger.config import Config, SystemConfig
from orgledger.engine.deliver.mapped import mapped
from orgledger.engine.health import log_findings
from orgledger.sharing import must_tell
from orgledger.systems import TYPES

_STYLES = {"ok": "green", "warning": "yellow", "error": "red", "limit": "cyan"}


@app.command()
def check(
    system: Annotated[str | None, typer.Argument(help="One system; all by default.")] = None,
    member: Annotated[
        str | None,
        typer.Option("--member", metavar="ID", help="Show what a target gets of this person."),
    ] = None,
    json: Json = False,
) -> int:
    """Check the log, and each system's credentials, permissions and visible scope."""
    config = load_config()
    if member is not None:
        if system is None:
            raise ConfigError("--member goes with one target", fix="Name it: check TARGET.")
        return _show_mapped(config, config.system(system), member, json=json)
    chosen = [config.system(system)] if system else list(config.systems.values())
    findings = {} if system else {"log": _check_log(config)}
    for configured in chosen:
        findings[configured.id] = asyncio.run(_check(config, configured, whole=bool(system)))
    if json:
        screen.emit_json(findings)
    else:
        _show(findings)
    return int(any(f.level == "error" for found in findings.values() for f in found))


def _show_mapped(config: Config, configured: SystemConfig, name: str, *, json: bool) -> int:
    """One real person as the target gets them, field by field."""
    with open_service(config) as opened:
        found = mapped(opened.views, opened.destination(configured), name)
    if json:
        screen.emit_json(found)
        return int(bool(found.problems))
    rows = [
        (field, found.expressions.get(field, ""), value) for field, value in found.fields.items()
    ]
    rows += [(name, "", value) for name, value in found.relations.items()]
    screen.table([_("Field"), _("Expression"), _("Value")], rows, title=found.name)
    if not found.in_scope:
        screen.say(_("The scope of this target leaves this person out."), style="yellow")
    for problem in found.problems:
        screen.say(f"{_('error')}: {problem}", style="red")
    return int(bool(found.problems))


def _check_log(config: Config) -> list[Finding]:
    try:
        with open_service(config) as opened:
            return log_findings(opened.ledger, config)
    except OrgledgerError as error:
        return [_as_finding("log", error)]


async def _check(config: Config, configured: SystemConfig, *, whole: bool) -> list[Finding]:
    """The findings of both sides that a system has; the ``whole`` of it: its limits, too."""
    found: list[Finding] = []
    try:
        if config.is_source(configured):
            side = source(config, configured)
            found += await _asked(side, whole=whole)
            found += _owning(config, configured, side)
            if isinstance(side, Continuing):
                found.append(_reached(config, configured, side))
        if (make := TYPES[configured.type].door) is not None:
            door = make(configured.settings, configured.id)
            found += [*door.check(), *(limits(door.capabilities) if whole else ())]
        if config.is_target(configured):
            found += await _asked(destination(config, configured).target, whole=whole)
        found += _idle(config, configured)
    except OrgledgerError as error:
        found.append(_as_finding(configured.type, error))
    return found


async def _asked(side: Source | Target, *, whole: bool) -> list[Finding]:
    try:
        return [*await side.check(), *(limits(side.capabilities) if whole else ())]
    finally:
        await side.close()


def _owning(config: Config, configured: SystemConfig, side: Source) -> list[Finding]:
    """In what the system has the say, where the organization is shared."""
    ownership = config.ownership(configured.org)
    part, shared = ownership.part(configured.id), ownership.shared
    if part:
        must_tell(ownership, configured.id, side)
        text = _("it has the say in {groups}", groups=", ".join(sorted(part)))
    elif shared and ownership.source == configured.id:
        others = ", ".join(f"{group} ({ownership.owners[group]})" for group in sorted(shared))
        text = _("it has the say in everything but {groups}", groups=others)
    else:
        return []
    return [Finding(level="ok", subject="ownership", text=text)]


def _idle(config: Config, configured: SystemConfig) -> list[Finding]:
    """A system that works, and that no command and no service ever does anything with."""
    if configured in config.sources() or configured in config.targets():
        return []
    owner = config.org(configured.org).source
    text = (
        _("it is neither read nor written to: the source of {org} is {owner}",
          org=configured.org, owner=owner)
        if owner
        else _("it is neither read nor written to: {org} has no source", org=configured.org)
    )  # fmt: skip
    fix = f'To have it read, say source = "{configured.id}" in [orgs.{configured.org}].'
    return [Finding(level="warning", subject="use", text=text, fix=fix)]


def _reached(config: Config, configured: SystemConfig, side: Continuing) -> Finding:
    """From where the next reading goes on, as the log has it."""
    with open_service(config) as opened:
        _turn, cursor = opened.views.readings(configured.org, configured.id)
    reached, now = side.reached(cursor), time.time()
    if reached is None or reached.due <= now:
        text = _("The next sync reads everything.")
    else:
        text = _(
            "The link to what changed since is {age} old. Everything was read {full} ago,"
            " and is read again in {due}.",
            age=age(max(now - reached.at, 0)),
            full=age(max(now - reached.full, 0)),
            due=age(reached.due - now),
        )
    return Finding(level="ok", subject="next reading", text=text)


def _as_finding(subject: str, error: OrgledgerError) -> Finding:
    text = f"{error.what}: {error.why}" if error.why else error.what
    return Finding(level="error", subject=subject, text=text, fix=error.fix)


def _show(findings: dict[str, list[Finding]]) -> None:
    for name, found in findings.items():
        screen.say(name, style="bold")
        for finding in found:
            text = Text(f"  {_(finding.level)} ", style=_STYLES[finding.level])
            said = f"{finding.subject}: {finding.text}"
            if finding.fix and not said.endswith((".", "。", "!", "?")):
                said += "."
            text.append(screen.clean(said), style="default")
            if finding.fix:
                text.append(f" {screen.clean(finding.fix)}", style="dim")
            screen.line(text)
