"""A real SCIM service on loopback: the scim2-server package, in memory, in a process of its own.

For rehearsals, the demo and the tests. It forgets everything when it ends.
"""

from __future__ import annotations

import contextlib
import importlib.util
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import msgspec

from domain.errors import ConfigError, TransientFault

START_SECONDS = 20.0
STOP_SECONDS = 5.0
MODULE = "scim2_server.testserver.cli"


class ScimServer(msgspec.Struct, frozen=True):
    """A service that answers. ``url`` is what the setting ``base_url`` takes."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"ScimServer({self.url!r})"


@contextlib.contextmanager
def running(*options: str) -> Iterator[ScimServer]:
    """Start a service on a free port, and stop it again.

    ``options`` are further ones of the ``scim2-server`` command.
    Raises ConfigError where the package is missing, TransientFault when it does not start.
    """
    if importlib.util.find_spec("scim2_server") is None:
        raise ConfigError(
            "there is no SCIM service to start",
            why="the package scim2-server is not installed",
            fix="Install it: pip install scim2-server.",
        )
    port, token = _free_port(), secrets.token_urlsafe(24)
    with _process(port, token, options) as process:
        _await_answer(process, port)
        yield ScimServer(f"http://127.0.0.1:{port}/v2", token)


@contextlib.contextmanager
def _process(port: int, token: str, options: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", MODULE, "--hostname", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [*command, f"--bearer-token={token}", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await_answer(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TransientFault(
        "the SCIM service on loopback did not start",
        why=f"no answer on port {port} within {START_SECONDS:g} s",
        fix="Try again; another program may have taken the port.",
    )
