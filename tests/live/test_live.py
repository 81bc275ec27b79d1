"""The service, from a change at the provider to the change at the targets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from orgledger.bootstrap import Service
from tests.live.live_desk import COMPANY, LiveDesk, eventually

PROVIDERS = ("dingtalk", "wecom", "feishu")


@pytest.fixture(params=PROVIDERS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveDesk]:
    with LiveDesk(tmp_path, request.param, ("casdoor",)) as found:
        yield found


def test_a_change_travels_from_its_callback_to_the_target(desk: LiveDesk) -> None:
    """Somebody comes, changes and leaves; nothing is read as a whole for it."""
    with desk.serving() as opened:
        eventually(lambda: len(desk.providers["casdoor"].names()) == len(COMPANY.members))
        readings = _modes(opened)["read"]
        desk.source.change(
            {"op": "create_member", "id": "u90", "name": "Zhang Wei", "departments": ["rd"],
             "mobile": "+8613900000090", "email": "u90@feifan.example"}
        )  # fmt: skip
        eventually(lambda: "Zhang Wei" in desk.providers["casdoor"].names())
        desk.source.change({"op": "update_member", "id": "u90", "departments": ["sales"]})
        eventually(lambda: _at(desk, "Zhang Wei") == ["Sales"])
        desk.source.change({"op": "delete_member", "id": "u90"})
        eventually(lambda: "Zhang Wei" not in desk.providers["casdoor"].names())
        assert _modes(opened)["read"] == readings


def _modes(opened: Service) -> Counter[str]:
    return Counter(run.mode for run in opened.views.runs().by_id.values())


def _at(desk: LiveDesk, name: str) -> list[str]:
    """The names of somebody's departments at Casdoor."""
    held = desk.providers["casdoor"].holds()
    places = {d["id"]: d["name"] for d in held["departments"]}
    person = next(m for m in held["members"] if m["name"] == name)
    return [places[d] for d in person["departments"]]


@pytest.mark.parametrize(
    ("provider", "more"), [("dingtalk", "stream = true\n"), ("feishu", "long_connection = true\n")]
)
def test_a_change_travels_without_a_public_address(
    tmp_path: Path, provider: str, more: str
) -> None:
    """The provider tells over the connection that we hold."""
    with LiveDesk(tmp_path, provider, ("casdoor",), more=more) as desk, desk.serving():
        target = desk.providers["casdoor"]
        eventually(lambda: len(target.names()) == len(COMPANY.members))
        eventually(lambda: desk.source.stats()["stream"]["open"] == 1)
        desk.source.change({"op": "update_member", "id": "u4", "name": "Over the line"})
        eventually(lambda: "Over the line" in target.names())
        assert desk.source.stats()["stream"]["acknowledged"] == 1


def test_graph_is_asked_to_call_and_its_notifications_are_followed(tmp_path: Path) -> None:
    """The service makes the subscriptions by itself, once it answers."""
    more = 'callback_token = "a-long-random-text"\ntree = "groups"\n'
    with LiveDesk(tmp_path, "entra", ("casdoor",), more=more) as desk, desk.serving():
        target = desk.providers["casdoor"]
        eventually(lambda: len(target.names()) == len(COMPANY.members))
        eventually(lambda: desk.source.stats()["calls"].get("subscriptions/create", 0) >= 2)
        desk.source.change({"op": "update_member", "id": "u4", "name": "Notified"})
        eventually(lambda: "Notified" in target.names())


def test_a_command_gets_its_turn_while_the_service_runs(tmp_path: Path) -> None:
    """It waits until the piece of work is done; afterwards the service goes on."""
    with LiveDesk(tmp_path, "dingtalk", ("casdoor",)) as desk, desk.serving():
        target = desk.providers["casdoor"]
        eventually(lambda: len(target.names()) == len(COMPANY.members))
        command = [sys.executable, "-m", "orgledger", "-c", str(tmp_path / "orgledger.toml")]
        done = subprocess.run([*command, "sync", "--json"], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert [one["status"] for one in json.loads(done.stdout)] == ["finished", "finished"]
        desk.source.change({"op": "update_member", "id": "u4", "name": "Afterwards"})
        eventually(lambda: "Afterwards" in target.names())
