"""A real SCIM service on loopback: the scim2-server package, in memory, in a process of its own.

For rehearsals, the demo and the tests. It forgets everything when it ends.
"""

from __future__ import annotations

import contextlib
import importlib.util
import secrets
import select
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence

import msgspec

from domain.errors import ConfigError, TransientFault

TRIES = 3
START_SECONDS = 20.0
STOP_SECONDS = 5.0
MODULE = "scim2_server.testserver.cli"
SAID = b"Serving SCIM on "
"""How the line begins that scim2-server prints once it has its port (its testserver/cli.py)."""


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
    with contextlib.ExitStack() as stack:
        for _ in range(TRIES):
            port, token = _free_port(), secrets.token_urlsafe(24)
            with contextlib.ExitStack() as started:
                process = started.enter_context(_process(port, token, options))
                if _serves(process):
                    stack.push(started.pop_all())
                    break
        else:
            raise TransientFault(
                "the SCIM service on loopback did not start",
                why=f"it did not say within {START_SECONDS:g} s that it serves, {TRIES} times",
                fix="Try again when the machine is less busy.",
            )
        yield ScimServer(f"http://127.0.0.1:{port}/v2", token)


@contextlib.contextmanager
def _process(port: int, token: str, options: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", MODULE, "--hostname", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [*command, f"--bearer-token={token}", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _serves(process: subprocess.Popen[bytes]) -> bool:
    """Whether it comes to serve.

    It says so itself. A call to the port would not show it: another program may have taken
    the port first, and then the answer is that program's.
    """
    said = process.stdout
    if said is None or not select.select([said], [], [], START_SECONDS)[0]:
        return False
    return said.readline().startswith(SAID)
