"""sync, sync --full and sync --plan with an Entra that is read by its changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import orgledger.__main__  # noqa: F401 - as the program itself begins
from adapters.entra.simulator import create_app
from adapters.nats.embedded import attach
from adapters.simulation.app import SimulatorApp
from adapters.simulation.server import running
from tests.adapters.entra.entra_desk import APP, company
from tests.cli.conftest import Cli

CONFIG = """\
[orgs.acme]
name = "Acme"
source = "entra"

[systems.entra]
type = "entra"
org = "acme"
tenant_id = "{tenant_id}"
client_id = "{client_id}"
client_secret = "{client_secret}"
login_url = "{url}"
base_url = "{url}/v1.0"
"""


@pytest.fixture
def app() -> SimulatorApp:
    return create_app(roster=company(3, 12))


@pytest.fixture
def cli(app: SimulatorApp, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Cli]:
    """An empty log, and a tenant on loopback."""
    with running(app) as served, attach(tmp_path / ".orgledger"):
        config = CONFIG.format(url=served.url, **APP)
        (tmp_path / "orgledger.toml").write_text(config, encoding="utf-8")
        yield Cli(tmp_path, capsys)


def listings(app: SimulatorApp) -> int:
    """How often everybody was listed."""
    return int(app.stats.calls.get("users", 0))


def change(app: SimulatorApp, **fields: Any) -> None:
    app.provider.change({"op": "update_member", "id": "u7", **fields})


def test_only_the_first_sync_lists_everybody_unless_full_is_said(
    app: SimulatorApp, cli: Cli
) -> None:
    assert cli("sync").code == 0
    change(app, title="Lead")
    (said,) = cli("sync", "--json").json
    assert (said["status"], said["appended"], said["read"]["members"]) == ("finished", 1, 1)
    assert listings(app) == 1
    (said,) = cli("sync", "--full", "--json").json
    assert (said["appended"], said["read"]["members"]) == (0, 12)
    assert listings(app) == 2
    assert cli("sync").code == 0
    assert listings(app) == 2


def next_reading(cli: Cli) -> str:
    found = cli("check", "entra", "--json").json["entra"]
    (text,) = (f["text"] for f in found if f["subject"] == "next reading")
    return str(text)


def test_complaint_48_the_age_of_the_link_is_shown_and_when_everything_is_read_again(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to guess how old the delta token is, in either language."""
    assert next_reading(cli) == "The next sync reads everything."
    cli("sync")
    assert re.fullmatch(
        r"The link to what changed since is \d s old\."
        r" Everything was read \d s ago, and is read again in 24 h\.",
        next_reading(cli),
    )
    monkeypatch.setenv("ORGLEDGER_LANG", "zh")
    assert re.fullmatch(
        r"增量链接获取于 \d 秒前。上次全量读取在 \d 秒前，24 小时后将再次全量读取。",
        next_reading(cli),
    )
    with (cli.folder / "orgledger.toml").open("a", encoding="utf-8") as config:
        config.write("full_every = 0.0000001\n")
    assert next_reading(cli) == "下次同步将全量读取。"


def test_a_plan_shows_what_changed_and_the_sync_after_it_still_does(
    app: SimulatorApp, cli: Cli
) -> None:
    cli("sync")
    change(app, title="Lead")
    for _ in range(2):
        (said,) = cli("sync", "--plan", "--json").json
        assert [fact["event"] for fact in said["plan"]] == ["MemberProfileChanged"]
    assert cli("sync", "--json").json[0]["appended"] == 1
    assert cli("sync", "--json").json[0]["appended"] == 0
