"""Serving a simulator on loopback: in the foreground, or in a thread for tests and the demo."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from adapters.simulation.app import SimulatorApp
from adapters.simulation.http import TRANSPORT

START_SECONDS = 10


class CuttableProtocol(H11Protocol):
    """Hands the connection to the application, so that a fault can cut it without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection in the state that every request of it sees."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


def _config(app: SimulatorApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=CuttableProtocol,
        ws="websockets-sansio",
        lifespan="on" if hasattr(app, "caller") else "off",  # tests serve others, too
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )


def serve(app: SimulatorApp, port: int, host: str = "127.0.0.1") -> None:
    """Serve ``app`` until the process is interrupted."""
    uvicorn.Server(_config(app, host, port)).run()


@dataclass(frozen=True)
class Running:
    """A simulator that answers at ``url`` (no trailing slash)."""

    app: SimulatorApp
    url: str


@contextlib.contextmanager
def running(app: SimulatorApp, port: int = 0, host: str = "127.0.0.1") -> Iterator[Running]:
    """Serve ``app`` in a thread while the context lasts; port 0 takes a free one."""
    with socket.create_server((host, port), backlog=2048) as listener:
        # asyncio does not: without it the second half of an answer waits 40 ms for the first
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        taken = cast("int", listener.getsockname()[1])
        server = uvicorn.Server(_config(app, host, taken))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + START_SECONDS
            while not server.started:
                if not thread.is_alive() or time.monotonic() > deadline:
                    raise RuntimeError(f"the simulator did not start at {host}:{taken}")
                time.sleep(0.005)
            yield Running(app, f"http://{host}:{taken}")
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)
