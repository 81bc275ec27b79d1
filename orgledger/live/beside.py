"""The service beside something else: in a thread, for as long as a context lasts."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from domain.errors import LogError
from orgledger.live.service import Live
from orgledger.serving import Hall, hall, listening

if TYPE_CHECKING:
    from orgledger.bootstrap import Service

START_S, STOP_S = 30.0, 30.0

GRACE_S = 10
"""How long a stop waits for the requests that are being answered."""


class _Server(uvicorn.Server):
    """A stop ends what has no end of its own; then the rest is waited for."""

    def __init__(self, config: uvicorn.Config, doors: Hall) -> None:
        super().__init__(config)
        self._doors = doors

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._doors.leave()
        await super().shutdown(sockets)


def answering(doors: Hall) -> uvicorn.Server:
    """How the service answers HTTP, wherever it listens."""
    config = uvicorn.Config(
        doors,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    return _Server(config, doors)


@contextmanager
def beside(opened: Service, port: int) -> Iterator[Live]:
    """The service on loopback; it answers when this is entered. Raises what its start raises."""
    live, started = Live(opened), threading.Event()
    with hall(opened, live.doors) as doors, listening("127.0.0.1", port) as listener:
        server = answering(doors)
        failed: list[BaseException] = []

        async def work() -> None:
            async with live:
                started.set()
                await server.serve(sockets=[listener])

        def main() -> None:
            try:
                asyncio.run(work())
            except BaseException as error:
                failed.append(error)
            finally:
                started.set()

        thread = threading.Thread(target=main, name="orgledger-serve", daemon=True)
        thread.start()
        try:
            started.wait(START_S)
            while not server.started and not failed and thread.is_alive():
                thread.join(0.01)
            if failed:
                raise failed[0]
            if not server.started:
                raise LogError("the service did not start", why="it was stopped at once")
            yield live
        finally:
            server.should_exit = True
            thread.join(STOP_S)
