"""Play a provider: simulate."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from adapters.simulation.server import running
from domain.errors import ConfigError
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.words import _
from orgledger.config import nearest
from orgledger.simulators import SIMULATORS, simulated


@app.command()
def simulate(
    provider: Annotated[str, typer.Argument(help="Which provider to play.")],
    roster: Annotated[Path, typer.Option("--roster", help="The organization to start with.")],
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")],
    host: Annotated[
        str, typer.Option("--host", help="The address to listen on; loopback by default.")
    ] = "127.0.0.1",
    latency_ms: Annotated[
        float, typer.Option("--latency-ms", min=0, help="Delay of every answer.")
    ] = 0,
    qps: Annotated[
        float | None,
        typer.Option("--qps", min=0.001, help="Calls per second of each API before it throttles."),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="SPEC", help="API:KIND[:times=N][:after=N]…"),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The organization's own name.")] = None,
    callback_url: Annotated[
        str | None, typer.Option("--callback-url", help="Where every change is told.")
    ] = None,
    callback_token: Annotated[
        str | None, typer.Option("--callback-token", help="The token of these calls.")
    ] = None,
    callback_key: Annotated[
        str | None, typer.Option("--callback-key", help="The key that encrypts them.")
    ] = None,
    json: Json = False,
) -> None:
    """Serve a provider's simulator until stopped."""
    if provider not in SIMULATORS:
        raise ConfigError(
            f"there is no simulator of {provider!r}{nearest(provider, list(SIMULATORS))}"
        )
    simulator = simulated(
        provider,
        roster,
        name=name,
        latency_ms=latency_ms,
        qps=qps,
        faults=fault or [],
        callback_url=callback_url,
        callback_token=callback_token,
        callback_key=callback_key,
    )
    with ExitStack() as stack:
        try:
            served = stack.enter_context(running(simulator, port, host))
        except OSError as error:
            raise ConfigError(
                f"the port {port} cannot be used",
                why=os.strerror(error.errno or 0),
                fix="Stop what listens there, or give another --port.",
            ) from None
        at = {"provider": provider, "url": served.url}
        if json:
            screen.emit_json(at)
        else:
            screen.warn(_("Serving {provider} at {url} (Ctrl-C to stop)", **at), style="default")
        Event().wait()
