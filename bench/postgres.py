"""A private PostgreSQL for one row: its own data directory, on loopback only."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.log import Env
from bench.row import Skipped

_DEBIAN = Path("/usr/lib/postgresql")
_START_S = 60


def _binaries() -> Path:
    """The newest installed version's ``bin``; PATH where Debian's layout is not there."""
    found = sorted(_DEBIAN.glob("*/bin"), key=lambda path: float(path.parent.name))
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    if on_path is None:
        raise Skipped("PostgreSQL is not installed (apt-get install postgresql)")
    return Path(on_path).resolve().parent


def _account() -> str:
    """PostgreSQL does not run as root: then as its own user, or nobody."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Skipped("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


def _run(account: str, folder: Path, *command: str | Path) -> None:
    user = account if os.geteuid() == 0 else None
    done = subprocess.run(
        command, user=user, cwd=folder, capture_output=True, text=True, timeout=_START_S
    )
    if done.returncode:
        raise Skipped(f"PostgreSQL does not start: {(done.stderr or done.stdout).strip()[-300:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[Env]:
    """The library's settings for a fresh database. PostgreSQL's defaults: commits are synced.

    Over TCP: over a unix socket a pipeline of psycopg 3.3 with a thousand events hung here once,
    each side waiting for the other; why is not known.
    """
    binaries, account = _binaries(), _account()
    with tempfile.TemporaryDirectory(prefix="orgledger-pg-") as name:
        folder, data = Path(name), Path(name) / "data"
        secret, port = secrets.token_hex(16), _free_port()
        (folder / "secret").write_text(secret)
        if os.geteuid() == 0:
            for path in (folder, folder / "secret"):
                shutil.chown(path, account)
        access = ("-U", "bench", "-A", "scram-sha-256", "--pwfile", folder / "secret")
        _run(account, folder, binaries / "initdb", "-D", data, *access)
        where = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        control = (binaries / "pg_ctl", "-D", data, "-w")
        _run(account, folder, *control, "-l", folder / "log", "-o", where, "start")
        try:
            yield {
                "POSTGRES_DBNAME": "postgres",
                "POSTGRES_HOST": "127.0.0.1",
                "POSTGRES_PORT": str(port),
                "POSTGRES_USER": "bench",
                "POSTGRES_PASSWORD": secret,
            }
        finally:
            _run(account, folder, *control, "-m", "immediate", "stop")
