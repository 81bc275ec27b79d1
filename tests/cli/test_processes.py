"""The program as a process: start-up, terminals, pipes and signals."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from projections.audit import QUESTIONS
from tests.cli.conftest import CONFIG, Cli

HEAVY = {
    "adapters", "aiohttp", "duckdb", "eventsourcing", "httpx", "nats", "openpyxl", "projections",
    "pyarrow", "pypinyin", "rich.progress", "rich.table", "uvicorn",
}  # fmt: skip
PROGRAM = [sys.executable, "-m", "orgledger"]


def command(folder: Path, *arguments: str) -> list[str]:
    return [*PROGRAM, "-c", str(folder / "orgledger.toml"), *arguments]


def loaded_by(*arguments: str) -> set[str]:
    """The modules that the program has loaded when it ends."""
    code = (
        "import sys\nfrom orgledger.cli.app import run\n"
        f"run({list(arguments)!r})\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return set(done.stderr.splitlines())


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by("--help") & HEAVY == set()


def test_looking_at_runs_loads_neither_audit_nor_pinyin_nor_simulators(house: Path) -> None:
    loaded = loaded_by("-c", str(house / "orgledger.toml"), "runs")
    unwanted = {"duckdb", "pyarrow", "pypinyin", "uvicorn", "adapters.simulation"}
    assert loaded & unwanted == set()


def on_a_terminal(arguments: list[str], width: int) -> str:
    """What a command shows on a terminal of this width, without colours."""
    primary, secondary = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "TERM": "xterm"}
    process = subprocess.Popen(
        arguments, stdout=secondary, stderr=secondary, stdin=secondary, env=environment
    )
    os.close(secondary)
    shown = b""
    while select.select([primary], [], [], 60)[0]:
        try:
            data = os.read(primary, 65536)
        except OSError:  # the other side is closed
            break
        if not data:
            break
        shown += data
    os.close(primary)
    assert process.wait(30) == 0
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n")


def test_a_narrow_terminal_goes_without_the_columns_that_matter_least(house: Path) -> None:
    heading, *rows = on_a_terminal(command(house, "runs"), 76).splitlines()
    assert heading.split() == ["Run", "System", "Status", "Started", "Read", "Done"]
    assert len(rows) == 2


@pytest.mark.parametrize("width", [100, 140])
def test_ids_and_times_stay_on_one_line(width: int, house: Path) -> None:
    lines = on_a_terminal(command(house, "runs"), width).splitlines()
    assert len(lines) == 3
    for line in lines[1:]:
        assert re.match(r"run-\w{18}  hr +finished  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ", line)
        assert len(line) <= width


def test_a_name_that_is_to_be_typed_is_never_folded(house: Path) -> None:
    """The questions of the audit on the narrowest usual terminal: each name can be copied."""
    shown = on_a_terminal(command(house, "audit"), 80)
    assert max(map(len, shown.splitlines()[1:-1])) <= 80
    assert {name for name in QUESTIONS if not re.search(rf"^{name} ", shown, re.MULTILINE)} == set()


def test_a_table_that_is_too_wide_becomes_lists(house: Path) -> None:
    question = "select * from events order by position limit 1"
    shown = on_a_terminal(command(house, "audit", question), 100)
    lists = shown[shown.index("─ 1 ─\nposition  1 ") :]
    assert max(map(len, lists.splitlines())) <= 100


def test_the_log_on_a_terminal_goes_on_below_itself(house: Path) -> None:
    shown = on_a_terminal(command(house, "log", "acme"), 100)
    lines = shown.splitlines()
    at = next(n for n, line in enumerate(lines) if "job_number=A-1" in line)
    assert lines[at].startswith(" " * 58)


def test_a_sync_on_a_terminal_leaves_one_line(tmp_path: Path, house: Path) -> None:
    (tmp_path / "orgledger.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "roster.json").write_bytes((house / "roster.json").read_bytes())
    shown = on_a_terminal(command(tmp_path, "sync"), 100)
    assert "hr → acme: finished, read 10, kept 10, " in shown
    assert "members" in shown, "the bars were there"


def test_progress_leaves_no_trace_where_stderr_is_no_terminal(tmp_path: Path, house: Path) -> None:
    (tmp_path / "orgledger.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "roster.json").write_bytes((house / "roster.json").read_bytes())
    for arguments in (["sync"], ["rebuild"]):
        done = subprocess.run(command(tmp_path, *arguments), capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert "\x1b" not in done.stdout


@pytest.mark.parametrize("arguments", [["log"], ["log", "--json"], ["tree", "acme", "--json"]])
def test_a_reader_that_leaves_early_is_no_error(arguments: list[str], cli: Cli) -> None:
    process = subprocess.Popen(
        command(cli.folder, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), said) == (0, b"")


def interrupted(arguments: list[str], after: str) -> tuple[int, str, str]:
    """Press Ctrl-C once the command has said ``after``."""
    process = subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said = ""
    while after not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    process.stdout.close()
    return process.wait(30), said, rest


def test_following_the_log_goes_on_until_ctrl_c(house: Path) -> None:
    code, said, rest = interrupted(command(house, "log", "--follow"), "RunFinished")
    assert (code, "Traceback" in said + rest) == (130, False)


def free_port() -> str:
    """A loopback port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def test_a_simulator_serves_until_ctrl_c(tmp_path: Path) -> None:
    roster = tmp_path / "roster.json"
    roster.write_text('{"departments": [{"id": "9", "name": "D", "parent_id": null}]}')
    port = free_port()
    arguments = [*PROGRAM, "simulate", "dingtalk", "--roster", str(roster), "--port", port]
    code, said, rest = interrupted([*arguments, "--json"], "}")
    assert json.loads(said) == {"provider": "dingtalk", "url": f"http://127.0.0.1:{port}"}
    assert (code, rest) == (130, "")


def test_ctrl_c_in_a_sync_ends_it_and_the_next_one_goes_on(tmp_path: Path) -> None:
    (tmp_path / "roster.json").write_text(
        '{"departments": [{"id": "9", "name": "D", "parent_id": null}],'
        '"members": [{"id": "u", "name": "U", "departments": ["9"]}]}'
    )
    port = free_port()
    server = subprocess.Popen(
        [*PROGRAM, "simulate", "dingtalk", "--roster", str(tmp_path / "roster.json"),
         "--port", port, "--latency-ms", "600"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stderr is not None
    (tmp_path / "orgledger.toml").write_text(
        '[orgs.acme]\nsource = "ding"\n[systems.ding]\ntype = "dingtalk"\norg = "acme"\n'
        'app_key = "dingsimulatedapp"\napp_secret = { env = "SECRET_OF_THE_TEST" }\n'
        f'base_url = "http://127.0.0.1:{port}"\napi_url = "http://127.0.0.1:{port}"\n'
    )
    environment = {**os.environ, "SECRET_OF_THE_TEST": "simulated-secret"}
    try:
        assert "Serving dingtalk" in server.stderr.readline()
        sync = command(tmp_path, "sync")
        process = subprocess.Popen(
            sync, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
        )
        log = tmp_path / ".orgledger" / "jetstream"
        deadline = time.monotonic() + 30
        while not list(log.rglob("*.blk")) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
        assert (process.returncode, said) == (130, b"")
        again = subprocess.run(sync, capture_output=True, text=True, env=environment, timeout=60)
        assert again.returncode == 0, again.stderr
    finally:
        server.kill()
        server.communicate()


def test_every_goes_on_until_it_is_stopped(tmp_path: Path, house: Path) -> None:
    (tmp_path / "orgledger.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "roster.json").write_bytes((house / "roster.json").read_bytes())
    process = subprocess.Popen(
        command(tmp_path, "sync", "--every", "1s"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    seen = [process.stdout.readline().decode() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=30)
    finally:
        process.kill()
    assert all("hr → acme" in line for line in seen)
    assert process.returncode == 130
