"""orgledger serve: a process of its own that takes in what a system pushes."""

from __future__ import annotations

import json
import os
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
from orgledger.cli.app import run
from tests.cli.conftest import Cli

TOKEN = "a-token-of-the-tests-0123456789"
CONFIG = """\
[orgs.acme]
name = "Acme"
source = "idp"

[systems.idp]
type = "scim-inbound"
org = "acme"
token = {{ env = "IDP_TOKEN" }}

[serve]
port = {port}
"""


@pytest.fixture
def pushed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cli]:
    """A configuration with a system that pushes, and its log."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("IDP_TOKEN", TOKEN)
    (tmp_path / "orgledger.toml").write_text(CONFIG.format(port=port), encoding="utf-8")
    with attach(tmp_path / ".orgledger"):
        yield Cli(tmp_path, capsys)


def served(folder: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    command = [sys.executable, "-m", "orgledger", "-c", str(folder / "orgledger.toml"), "serve"]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    text = b""
    while not text.rstrip().endswith(b"}"):
        line = process.stdout.readline()
        assert line, "serve ended before it listened"
        text += line
    return process, json.loads(text)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_stopped_and_ends_well(pushed: Cli, stop: signal.Signals) -> None:
    """A pushed user is in the tree; the stop closes the run and ends with 0."""
    process, told = served(pushed.folder)
    try:
        (door,) = told["doors"]
        assert door.endswith("/scim/idp/v2")
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "ann",
            "displayName": "Ann Weber",
        }
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert httpx.post(f"{door}/Users", json=body, headers=headers).status_code == 201
        assert httpx.get(f"{told['url']}/healthz").text == "ok\n"
    finally:
        process.send_signal(stop)
        with process:
            assert process.wait(30) == 0
    assert [m["name"] for m in pushed("tree", "acme", "--json").json["members"]] == ["Ann Weber"]
    (found,) = pushed("runs", "--json").json
    assert (found["status"], found["mode"], found["appended"]) == ("finished", "push", 2)
    assert found["actor"] == "token:idp"


def test_sync_says_that_such_a_system_is_not_read(pushed: Cli) -> None:
    """One sentence with the command that takes its changes in."""
    for arguments in (("sync",), ("sync", "idp")):
        said = pushed(*arguments)
        assert said.code == 2
        assert "Run 'orgledger serve' to take them in." in said.err


def test_check_tells_the_address_and_how_tokens_are_kept(pushed: Cli) -> None:
    """A token in the clear is a warning with the way to a hash."""
    said = pushed("check", "idp")
    assert said.code == 0
    assert "/scim/idp/v2" in said.out
    assert "sha256:" in said.out
    assert TOKEN not in said.out


def test_a_taken_port_is_said(pushed: Cli) -> None:
    """The sentence names the port and the section that says another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = pushed("serve", "--port", str(taken.getsockname()[1]))
    assert said.code == 2
    assert "cannot be listened on" in said.err
    assert "[serve]" in said.err


def test_without_an_organization_there_is_nothing_to_serve(fresh: Cli) -> None:
    """The sentence says what to add."""
    (fresh.folder / "orgledger.toml").write_text("[serve]\nport = 18499\n", encoding="utf-8")
    said = fresh("serve")
    assert said.code == 2
    assert "[orgs.<id>]" in said.err


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("[serve]\nport = 0\n", "port is 1 to 65535"),
        ('[serve]\nhost = ""\n', "host must not be empty"),
        ("[serve]\nprot = 1\n", "did you mean 'port'"),
    ],
)
def test_the_section_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], section: str, told: str
) -> None:
    """A mistake in [serve] is told as every other one."""
    file = tmp_path / "orgledger.toml"
    file.write_text(section, encoding="utf-8")
    assert run(["-c", os.fspath(file), "serve"]) == 2
    assert told in capsys.readouterr().err


def test_the_hash_of_a_token_is_no_secret(pushed: Cli) -> None:
    """It may stand in the file without a warning; a token in the clear is warned about."""
    text = (pushed.folder / "orgledger.toml").read_text(encoding="utf-8")
    for token, warned in ((f"sha256:{'0' * 64}", False), (TOKEN, True)):
        changed = text.replace('{ env = "IDP_TOKEN" }', f'"{token}"')
        (pushed.folder / "orgledger.toml").write_text(changed, encoding="utf-8")
        assert ("token is written in the file" in pushed("check", "idp").err) is warned
