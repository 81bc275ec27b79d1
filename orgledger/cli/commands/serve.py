"""The service: serve."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import ExitStack
from typing import Annotated

import typer

from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.session import service
from orgledger.cli.words import _
from orgledger.live.beside import answering
from orgledger.live.receiver import PATH
from orgledger.live.service import Live
from orgledger.serving import Hall, hall, listening


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
    """Follow the sources and bring the targets up to date, live, until stopped."""
    with ExitStack() as stack:
        opened = stack.enter_context(service())
        wanted = opened.config.serve
        host, port = host or wanted.host, port or wanted.port
        live = Live(opened)
        doors = stack.enter_context(hall(opened, live.doors))
        listener = stack.enter_context(listening(host, port))
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        _tell(url, live, doors, json=json)
        _run(live, doors, listener)
    return 0


def _tell(url: str, live: Live, doors: Hall, *, json: bool) -> None:
    """Where callers find what."""
    pushing = [f"{url}{path}/v2" for path in doors.pushing]
    callbacks = [f"{url}{PATH}/{system}" for system in live.callbacks]
    if json:
        screen.emit_json({"url": url, "doors": pushing, "callbacks": callbacks})
        return
    for address in (*pushing, *callbacks):
        screen.warn(_("Serving {url}", url=address), style="default")
    told = _("The service runs at {url} (Ctrl-C to stop)", url=url)
    screen.warn(told, style="default")


def _run(live: Live, doors: Hall, listener: socket.socket) -> None:
    """Until SIGINT or SIGTERM: what is being answered is finished, then jobs and runs end."""
    begun = False

    def told(number: int, frame: object) -> None:
        """Before uvicorn takes signals, and once more from it when it has stopped."""
        if not begun:
            raise KeyboardInterrupt  # asyncio's own handler would cut the jobs off, too

    async def work() -> None:
        nonlocal begun
        async with live:
            begun = True
            await answering(doors).serve(sockets=[listener])

    before = {one: signal.signal(one, told) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        pass
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
