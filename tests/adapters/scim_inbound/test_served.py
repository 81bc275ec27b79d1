"""The whole way: ``orgledger serve`` as a process, and clients that others wrote."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.nats.embedded import attach
from tests.adapters.scim_inbound.inbound_desk import TOKEN, USER

NEW_TOKEN = "another-token-of-the-tests-0123456789"
CONFIG = """\
[orgs.acme]
name = "Acme"
source = "idp"
[systems.idp]
type = "scim-inbound"
org = "acme"
token = [{tokens}]
"""
SCIM = shutil.which("scim", path=os.pathsep.join((str(Path(sys.executable).parent),
                                                  os.environ.get("PATH", ""))))  # fmt: skip


def hashed(token: str) -> str:
    return f'"sha256:{hashlib.sha256(token.encode()).hexdigest()}"'


class Served:
    """A folder with a configuration, and the process that serves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def command(self, *arguments: str) -> list[str]:
        config = str(self.folder / "orgledger.toml")
        return [sys.executable, "-m", "orgledger", "-c", config, *arguments]

    def run(self, *arguments: str) -> Any:
        """What a command of ours shows as JSON."""
        done = subprocess.run(self.command(*arguments, "--json"), capture_output=True, timeout=60)
        return json.loads(done.stdout)

    def start(self, *tokens: str) -> None:
        text = CONFIG.format(tokens=", ".join(hashed(token) for token in tokens))
        (self.folder / "orgledger.toml").write_text(text, encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        told = (self.folder / "serve.log").open("ab")
        with told:
            self.process = subprocess.Popen(
                self.command("serve", "--port", str(port), "--json"),
                stdout=subprocess.PIPE,
                stderr=told,
            )
        assert self.process.stdout is not None
        lines = b""
        while not lines.rstrip().endswith(b"}"):
            line = self.process.stdout.readline()
            assert line, "serve ended before it listened"
            lines += line
        self.url = json.loads(lines)["doors"][0]

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            with self.process:
                assert self.process.wait(30) == 0
            self.process = None

    def ask(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, f"{self.url}{path}", json=body, headers=headers, timeout=30)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with attach(tmp_path / ".orgledger"):
        found = Served(tmp_path)
        try:
            yield found
        finally:
            found.stop()


@pytest.mark.slow  # test_conformance asks the same of the service within the process
@pytest.mark.skipif(SCIM is None, reason="scim2-cli is not installed (dependency group dev)")
def test_scim2_cli_finds_nothing_wrong(served: Served) -> None:
    """``scim test`` over HTTP succeeds with every check; a user made with it is in the tree."""
    served.start(TOKEN)
    surroundings = {**os.environ, "SCIM_CLI_HEADERS": f"Authorization: Bearer {TOKEN}"}

    def scim(*arguments: str) -> str:
        command = [str(SCIM), "--url", served.url, *arguments]
        done = subprocess.run(
            command, capture_output=True, env=surroundings, timeout=100, stdin=subprocess.DEVNULL
        )
        text = (done.stdout + done.stderr).decode()
        assert done.returncode == 0, text
        return text

    results = re.findall(r"^(?:\x1b\[\d+m)*([A-Z]+)\b", scim("test", "--verbose"), re.MULTILINE)
    assert set(results) == {"SUCCESS"}
    assert len(results) > 100
    scim("create", "user", "--user-name", "ann", "--display-name", "Ann Weber")
    assert "ann" in scim("query", "user")
    assert [m["name"] for m in served.run("tree", "acme")["members"]] == ["Ann Weber"]


def test_a_held_sender_goes_on_after_the_approval(served: Served) -> None:
    """The service, which runs on, learns of it from the log; the same call is taken then."""
    served.start(TOKEN)
    users = [{"schemas": [USER], "userName": f"u{number}"} for number in range(10)]
    uids = [served.ask("POST", "/Users", user).json()["id"] for user in users]
    answers = [served.ask("DELETE", f"/Users/{uid}") for uid in uids]
    assert [a.status_code for a in answers] == [204] * 5 + [409] * 5
    (held,) = [run for run in served.run("runs") if run["status"] == "held"]
    assert held["id"] in answers[-1].json()["detail"]
    (approved,) = served.run("sync", "idp", "--approve", held["id"])
    assert approved["status"] == "approved"
    assert served.ask("DELETE", f"/Users/{uids[-1]}").status_code == 204
    assert served.run("runs")[-1]["status"] in ("running", "partial")


def test_a_token_is_changed_without_an_outage(served: Served) -> None:
    """Both are let in while both are configured, one of them before and after; none is told."""
    for allowed in ((TOKEN,), (TOKEN, NEW_TOKEN), (NEW_TOKEN,)):
        served.start(*allowed)
        for token in (TOKEN, NEW_TOKEN):
            expected = 200 if token in allowed else 401
            assert served.ask("GET", "/Users", token=token).status_code == expected
        served.ask("POST", "/Users", {"schemas": [USER], "userName": TOKEN}, token="x")
        served.stop()
    told = (served.folder / "serve.log").read_text(encoding="utf-8")
    stored = b"".join(p.read_bytes() for p in served.folder.rglob("*") if p.is_file())
    for token in (TOKEN, NEW_TOKEN):
        assert token not in told
        assert token.encode() not in stored


def test_after_a_kill_everything_that_was_answered_is_there(served: Served) -> None:
    """The state is in the log alone: killed without warning, the next process has all of it."""
    served.start(TOKEN)
    uids = [
        served.ask("POST", "/Users", {"schemas": [USER], "userName": f"u{n}"}).json()["id"]
        for n in range(20)
    ]
    assert served.process is not None
    served.process.kill()
    with served.process:
        served.process.wait(30)
    served.start(TOKEN)
    found = served.ask("GET", "/Users?count=100").json()["Resources"]
    assert [user["id"] for user in found] == uids
    assert served.ask("DELETE", f"/Users/{uids[0]}").status_code == 204
    assert [r["status"] for r in served.run("runs")][:1] == ["interrupted"]
