"""Begin: init, simulate, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.simulation.server import serve
from domain.errors import ConfigError
from orgledger.cli import screen
from orgledger.cli.app import app, config_path
from orgledger.cli.words import _
from orgledger.config import nearest
from orgledger.simulators import SIMULATORS, simulated

_TEMPLATE = """\
# orgledger: see README.md for a tour, docs/reference/configuration.md for every key.

[log]
url = "embedded"              # or "nats://a:4222,nats://b:4222"
data = ".orgledger"

[orgs.{org}]
name = "{name}"
source = "{source}"           # the system that owns this organization
timezone = "Asia/Shanghai"

[systems.{source}]
type = "dingtalk"
org = "{org}"
app_key = "dingxxxxxxxx"      # Client ID of the internal app
app_secret = {{ env = "DINGTALK_SECRET" }}
"""


@app.command()
def init(
    org: Annotated[str, typer.Option("--org", help="The organization's id.")] = "acme",
    name: Annotated[str, typer.Option("--name", help="Its display name.")] = "Acme",
) -> None:
    """Write a first configuration file."""
    path = config_path()
    if path.exists():
        raise ConfigError(
            f"{path} exists already", fix="Edit it, or name another with --config FILE."
        )
    path.write_text(_TEMPLATE.format(org=org, name=name, source="dingtalk-main"), encoding="utf-8")
    screen.say(_("created {path}", path=path))


@app.command()
def simulate(
    provider: Annotated[str, typer.Argument(help="Which provider to play.")],
    roster: Annotated[Path, typer.Option("--roster", help="The organization to start with.")],
    port: Annotated[int, typer.Option("--port", help="The loopback port to listen on.")],
    latency_ms: Annotated[float, typer.Option("--latency-ms", help="Delay of every answer.")] = 0,
    qps: Annotated[
        float | None, typer.Option("--qps", help="Calls per second before it throttles.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="SPEC", help="API:KIND[:times=N][:after=N]…"),
    ] = None,
) -> None:
    """Serve a provider's simulator on loopback until stopped."""
    if provider not in SIMULATORS:
        raise ConfigError(
            f"there is no simulator of {provider!r}{nearest(provider, list(SIMULATORS))}"
        )
    simulator = simulated(provider, roster, latency_ms=latency_ms, qps=qps, faults=fault or [])
    url = f"http://127.0.0.1:{port}"
    screen.err.print(
        _("Serving {provider} at {url} (Ctrl-C to stop)", provider=provider, url=url), markup=False
    )
    serve(simulator, port)


@app.command()
def demo(
    fresh: Annotated[
        bool, typer.Option("--fresh/--keep", help="Begin anew, or go on with the last one.")
    ] = True,
    folder: Annotated[Path, typer.Option("--folder", help="Where to leave it.")] = Path("demo"),
) -> None:
    """Play a company in a simulated DingTalk, sync it, change it, and look back."""
    from orgledger.demo import play

    play(folder, fresh=fresh)
