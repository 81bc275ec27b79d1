"""Take in what systems push: serve."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import ExitStack
from typing import Annotated

import typer
import uvicorn

from domain.errors import ConfigError
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.session import service
from orgledger.cli.words import _
from orgledger.serving import Hall, hall

GRACE_SECONDS = 10
"""How long a stop waits for the requests that are being answered."""


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="The address; [serve] host by default.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="The port; [serve] port by default."),
    ] = None,
    json: Json = False,
) -> int:
    """Take in what systems push, until stopped."""
    with ExitStack() as stack:
        opened = stack.enter_context(service())
        wanted = opened.config.serve
        host, port = host or wanted.host, port or wanted.port
        doors = stack.enter_context(hall(opened))
        listener = stack.enter_context(_listener(host, port))
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        if json:
            screen.emit_json({"url": url, "doors": [f"{url}{path}/v2" for path in doors.paths]})
        else:
            for path in doors.paths:
                told = _("Serving {url} (Ctrl-C to stop)", url=f"{url}{path}/v2")
                screen.warn(told, style="default")
        _run(doors, listener)
    return 0


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"{host}, port {port} cannot be listened on",
            why=os.strerror(error.errno) if error.errno else "the address is not known",
            fix="Stop what listens there, or say another one in [serve].",
        ) from None


def _run(doors: Hall, listener: socket.socket) -> None:
    """Until SIGINT or SIGTERM: what is being answered is finished, then the runs are closed."""
    config = uvicorn.Config(
        doors,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # uvicorn raises the signal that stopped it once more, when it has stopped
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
