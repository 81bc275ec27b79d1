"""init, and the demo as a whole."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from orgledger.config import load
from tests.cli.conftest import Cli


def test_init_writes_a_configuration_that_can_be_used(
    fresh: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fresh.folder / "orgledger.toml"
    path.unlink()
    name = 'The "Acme" \\ 飞帆\t\x7f'
    said = fresh("init", "--org", "acme-1", "--name", name)
    assert said.out == (
        f"created {path}\nWrite your app's key in it, set DINGTALK_SECRET, then: orgledger check\n"
    )
    monkeypatch.setenv("DINGTALK_SECRET", "s")
    config = load(path)
    assert config.orgs["acme-1"].name == name
    assert config.warnings == ()


def test_what_init_suggests_can_be_used_too(fresh: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fresh.folder / "orgledger.toml"
    path.unlink()
    fresh("init")
    monkeypatch.setenv("DINGTALK_SECRET", "s")
    text = path.read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith(("# [", "# type", "# org =", "# path", "# members")):
            text = text.replace(line, line.removeprefix("# "))
    path.write_text(text, encoding="utf-8")
    assert tomllib.loads(text)["systems"].keys() == {"dingtalk-main", "hr"}
    assert load(path).systems["hr"].settings.path == "roster.json"


@pytest.mark.parametrize("org", ["", "Acme", "a b", '"]\nx=1'])
def test_init_refuses_an_id_that_cannot_be_one(org: str, fresh: Cli) -> None:
    (fresh.folder / "orgledger.toml").unlink()
    assert fresh("init", "--org", org).code == 2
    assert not (fresh.folder / "orgledger.toml").exists()


def test_init_overwrites_nothing(fresh: Cli) -> None:
    before = (fresh.folder / "orgledger.toml").read_bytes()
    said = fresh("init")
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(
        "orgledger.toml exists already. Edit it, or name another with --config FILE.\n"
    )
    assert (fresh.folder / "orgledger.toml").read_bytes() == before


def test_the_demo_tells_its_story_and_leaves_a_log(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "orgledger", "demo", "--folder", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["org"] == "feifan"
    assert "DepartmentMoved" in done.stderr
    follow = [sys.executable, "-m", "orgledger", "-c", document["config"], "search", "feifan"]
    found = subprocess.run([*follow, "oyxy"], capture_output=True, text=True, timeout=60)
    assert "ff9001" in found.stdout
