"""Two systems of one organization under the service: each change goes once to the other side."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from domain.records import Roster
from orgledger import config as configuration
from orgledger.bootstrap import Service, open_service
from orgledger.live.beside import beside
from tests.live.live_desk import COMPANY, SOURCES, Provider, eventually, keys

_CONFIG = """\
[log]
url = "embedded"

[orgs.feifan]
name = "Feifan"
source = "dingtalk"

[orgs.feifan.owners]
contact = "feishu"
"""


class Both:
    """DingTalk and Feishu, simulated, and one service between them."""

    def __init__(self, folder: Path, dingtalk: Provider, feishu: Provider, port: int) -> None:
        self.dingtalk, self.feishu, self.port = dingtalk, feishu, port
        text = _CONFIG
        for one in (dingtalk, feishu):
            text += f'\n[systems.{one.name}]\ntype = "{one.name}"\norg = "feifan"\nrole = "both"\n'
            text += keys(one, SOURCES[one.name])
        self.file = folder / "orgledger.toml"
        self.file.write_text(text, encoding="utf-8")

    @contextmanager
    def serving(self) -> Iterator[Service]:
        with open_service(configuration.load(self.file)) as opened, beside(opened, self.port):
            yield opened

    def person(self, provider: Provider, record_id: str) -> dict[str, Any]:
        people = provider.holds()["members"]
        return next((m for m in people if m["id"] == record_id), {})

    def writes(self) -> tuple[int, int]:
        return self.dingtalk.stats()["writes"], self.feishu.stats()["writes"]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    at = f"http://127.0.0.1:{port}/callbacks"
    told = {"callback_pace": 0.02}
    with (
        Provider("dingtalk", COMPANY, callback_url=f"{at}/dingtalk", **told) as dingtalk,
        Provider("feishu", Roster(), callback_url=f"{at}/feishu", **told) as feishu,
    ):
        yield Both(tmp_path, dingtalk, feishu, port)


def test_each_side_gets_what_the_other_owns_and_no_more(both: Both) -> None:
    """A mail address goes from Feishu to DingTalk, a name from DingTalk to Feishu, each once."""
    with both.serving() as opened:
        eventually(lambda: len(both.feishu.names()) == len(COMPANY.members))
        eventually(lambda: len(_linked(opened)) == len(COMPANY.members))
        both.feishu.change({"op": "update_member", "id": "u3", "email": "new@feifan.example"})
        eventually(lambda: both.person(both.dingtalk, "u3").get("email") == "new@feifan.example")
        both.dingtalk.change({"op": "update_member", "id": "u4", "name": "Renamed"})
        eventually(lambda: both.person(both.feishu, "u4")["name"] == "Renamed")
        before, writes = opened.ledger.head, both.writes()
        both.dingtalk.change({"op": "update_member", "id": "u5", "email": "wrong@feifan.example"})
        eventually(lambda: both.dingtalk.stats()["writes"] > writes[0])
        right = both.person(both.feishu, "u5")["email"]
        eventually(lambda: both.person(both.dingtalk, "u5")["email"] == right)
        quiet = both.writes()
        eventually(lambda: _settled(opened))
        assert both.writes() == quiet, "something goes in circles"
        assert quiet == (writes[0] + 1, writes[1])
        topics = [e.fact.TOPIC for batch in opened.ledger.read(before) for e in batch]
        assert topics.count("DriftDetected") == 1


def _linked(opened: Service) -> dict[str, str]:
    links = opened.views.directory("feifan").links.get("feishu/member")
    return links.ids if links is not None else {}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_many_changes_at_both_sides_come_to_rest(both: Both) -> None:
    """A hundred changes of the same people, at both sides at once; both end with the owner's."""
    with both.serving() as opened:
        eventually(lambda: len(_linked(opened)) == len(COMPANY.members), 60)
        for number in range(100):
            who, at = f"u{number % 7 + 1}", both.feishu if number % 2 else both.dingtalk
            field = ("email", "title", "name", "email", "email")[number % 5]
            value = f"v{number}@feifan.example" if field == "email" else f"Value {number}"
            at.change({"op": "update_member", "id": who, field: value})
        eventually(lambda: _settled(opened, 5), 120)
        eventually(lambda: _same(both), 60)
        writes, position = both.writes(), opened.views.directory("feifan").position
        time.sleep(5)
        assert both.writes() == writes
        assert opened.views.directory("feifan").position == position


def _same(both: Both) -> bool:
    """Whether the fields of everybody are the same at both."""
    fields = ("id", "name", "email", "title")
    here, there = (
        sorted(tuple(m.get(f) for f in fields) for m in one.holds()["members"])
        for one in (both.dingtalk, both.feishu)
    )
    return here == there


def _settled(opened: Service, seconds: float = 1.5) -> bool:
    """Whether nothing was recorded for so long."""
    head = opened.ledger.head
    time.sleep(seconds)
    return opened.ledger.head == head
