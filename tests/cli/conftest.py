"""The command line in process, over a real embedded log that a roster file feeds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import orgledger.__main__  # noqa: F401 - as the program itself begins
from adapters.nats.embedded import attach
from domain.records import MemberRecord, Roster
from orgledger.cli.app import run
from tests.cli.casdoor_target import Casdoor, served

CONFIG = """\
[orgs.acme]
name = "Acme"
source = "hr"

[orgs.club]
name = "Chess Club"
timezone = "Europe/Berlin"

[systems.hr]
type = "roster"
org = "acme"
path = "roster.json"
"""

BEFORE: dict[str, Any] = {
    "departments": [
        {"id": "d1", "name": "R&D", "parent_id": None, "leaders": ["u1"], "order": 1},
        {"id": "d2", "name": "搜索 Search", "parent_id": "d1", "order": 2},
        {"id": "d3", "name": "Sales", "parent_id": None, "order": 2},
    ],
    "members": [
        {
            "id": "u1",
            "name": "欧阳晓月",
            "departments": ["d1"],
            "email": "yue@example.com",
            "mobile": "13800009001",
            "job_number": "A-1",
            "title": "Director",
        },
        {"id": "u2", "name": "Ann Weber", "departments": ["d2"], "manager": "u1"},
        {"id": "u3", "name": "单雄信", "departments": ["d2"], "active": False},
        {"id": "u4", "name": "Ben Tan", "departments": ["d3", "d2"]},
        {"id": "u5", "name": "Nobody's", "departments": []},
    ],
    "roles": [{"id": "r1", "name": "Auditor", "group": "Audit", "members": ["u2"]}],
}


def changed() -> dict[str, Any]:
    """What the roster says at the second sync."""
    roster: dict[str, Any] = json.loads(json.dumps(BEFORE))
    roster["departments"][1]["name"] = "发现 Discovery"
    roster["departments"].append({"id": "d4", "name": "Lab", "parent_id": "d1", "order": 3})
    roster["members"][1]["departments"] = ["d4"]
    roster["members"].pop(3)
    roster["members"].append({"id": "u6", "name": "Chen Li", "departments": ["d4"]})
    roster["roles"][0]["members"] = ["u1", "u2"]
    return roster


class Said(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One JSON document a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Cli:
    """Runs commands with the configuration in ``folder``."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *arguments: str) -> Said:
        self._capsys.readouterr()
        code = run(["-c", str(self.folder / "orgledger.toml"), *arguments])
        out, err = self._capsys.readouterr()
        return Said(code, out, err)

    def roster(self, roster: dict[str, Any]) -> None:
        (self.folder / "roster.json").write_text(json.dumps(roster), encoding="utf-8")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGLEDGER_LANG", "en")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGLEDGER_LANG", "zh")


@pytest.fixture
def fresh(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Cli]:
    """An empty log, and the roster beside it."""
    (tmp_path / "orgledger.toml").write_text(CONFIG, encoding="utf-8")
    with attach(tmp_path / ".orgledger"):
        cli = Cli(tmp_path, capsys)
        cli.roster(BEFORE)
        yield cli


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose log has two syncs; tests only look at it."""
    folder = tmp_path_factory.mktemp("house")
    config = folder / "orgledger.toml"
    config.write_text(CONFIG, encoding="utf-8")
    with attach(folder / ".orgledger"):
        for roster in (BEFORE, changed()):
            (folder / "roster.json").write_text(json.dumps(roster), encoding="utf-8")
            assert run(["-c", str(config), "sync"]) == 0
        yield folder


@pytest.fixture
def cli(house: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line over the log with two syncs."""
    return Cli(house, capsys)


@pytest.fixture
def casdoor(fresh: Cli) -> Iterator[Casdoor]:
    """An empty Casdoor, configured as a target of the organization."""
    with served(fresh.folder) as target:
        yield target


@pytest.fixture
def inhabited(fresh: Cli) -> Iterator[Casdoor]:
    """A Casdoor with a stranger, and somebody who has the mail address of one of ours."""
    people = (
        MemberRecord(id="guest", name="A Guest", departments=()),
        MemberRecord(id="yue", name="Ouyang", departments=(), email="yue@example.com"),
    )
    with served(fresh.folder, Roster(members=people)) as target:
        yield target
