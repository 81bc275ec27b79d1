"""A real SCIM service on loopback: the scim2-server package, in memory, in a process of its own.

For rehearsals, the demo and the tests. It forgets everything when it ends.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import msgspec

from domain.errors import ConfigError, TransientFault

TRIES = 3
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
    with contextlib.ExitStack() as stack:
        for _ in range(TRIES):
            port, token = _free_port(), secrets.token_urlsafe(24)
            with contextlib.ExitStack() as started:
                process = started.enter_context(_process(port, token, options))
                if _answers(process, port, token):
                    stack.push(started.pop_all())
                    break
        else:
            raise TransientFault(
                "the SCIM service on loopback did not start",
                why=f"no answer within {START_SECONDS:g} s, tried {TRIES} times",
                fix="Try again when the machine is less busy.",
            )
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


def _answers(process: subprocess.Popen[bytes], port: int, token: str) -> bool:
    """Whether it comes to answer, and is ours: another program may have taken the port first."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if _is_ours(port, token):
                return process.poll() is None
        except OSError:
            pass
        time.sleep(0.05)
    return False


def _is_ours(port: int, token: str) -> bool:
    """Whether what answers there is a SCIM service that takes the token. Raises OSError."""
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        headers = {"Authorization": f"Bearer {token}"}
        caller.request("GET", "/v2/ServiceProviderConfig", headers=headers)
        answer = caller.getresponse()
        return answer.status == 200 and b"ServiceProviderConfig" in answer.read()
    except http.client.HTTPException:
        return False
    finally:
        caller.close()
