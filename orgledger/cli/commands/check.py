"""Check what is configured: check."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.text import Text

from domain.errors import OrgledgerError
from domain.ports import Finding
from orgledger.bootstrap import open_service, source
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.session import load_config
from orgledger.cli.words import _
from orgledger.config import Config, SystemConfig
from orgledger.engine.health import log_findings

_STYLES = {"ok": "green", "warning": "yellow", "error": "red"}


@app.command()
def check(
    system: Annotated[str | None, typer.Argument(help="One system; all by default.")] = None,
    json: Json = False,
) -> int:
    """Check the log, and each system's credentials, permissions and visible scope."""
    config = load_config()
    chosen = [config.system(system)] if system else list(config.systems.values())
    findings = {} if system else {"log": _check_log(config)}
    for configured in chosen:
        findings[configured.id] = asyncio.run(_check(config, configured))
    if json:
        screen.emit_json(findings)
    else:
        _show(findings)
    return int(any(f.level == "error" for found in findings.values() for f in found))


def _check_log(config: Config) -> list[Finding]:
    try:
        with open_service(config) as opened:
            return log_findings(opened.ledger, config)
    except OrgledgerError as error:
        return [_as_finding("log", error)]


async def _check(config: Config, configured: SystemConfig) -> list[Finding]:
    try:
        reading = source(config, configured)
        try:
            return await reading.check()
        finally:
            await reading.close()
    except OrgledgerError as error:
        return [_as_finding(configured.type, error)]


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
