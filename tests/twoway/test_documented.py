"""The configurations of docs/two-way.md are run against the simulated providers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.nats.embedded import attach
from domain.records import Roster
from orgledger.cli.app import run
from tests.adapters.webhook.target_desk import WebhookTargetDesk
from tests.live.live_desk import COMPANY, Provider, keys

PAGE = (Path(__file__).parents[2] / "docs/two-way.md").read_text(encoding="utf-8")
PAIR, OFFICE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

DINGTALK = (("app_key", "app_key"), ("app_secret", "app_secret"))
FEISHU = (("app_id", "app_id"), ("app_secret", "app_secret"))


def pointed(text: str, system: str, lines: str) -> str:
    """The configuration with these lines in a system's section, instead of those of their keys."""
    named = {line.partition(" ")[0] for line in lines.splitlines()}
    kept, inside = list[str](), False
    for line in text.splitlines():
        inside = line == f"[systems.{system}]" if line.startswith("[") else inside
        if not (inside and line.partition(" ")[0] in named):
            kept.append(line)
        if line == f"[systems.{system}]":
            kept += lines.splitlines()
    return "\n".join([*kept, ""])


class Desk:
    """A configuration, and the command line over it."""

    def __init__(self, folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        self.folder, self._captured = folder, capsysbinary

    def write(self, text: str) -> None:
        (self.folder / "orgledger.toml").write_text(text, encoding="utf-8")

    def tell(self, *arguments: str) -> Any:
        """A command, and its document."""
        code = run(["-c", str(self.folder / "orgledger.toml"), *arguments, "--json"])
        out, err = self._captured.readouterr()
        assert code in (0, 1), err.decode()
        return json.loads(out)

    def sync(self) -> dict[str, Any]:
        """Everything read and brought; how many facts and operations that were, by system."""
        done = self.tell("sync")
        assert {one["status"] for one in done} <= {"finished", "partial"}, done
        return {
            f"{'to' if 'applied' in one else 'from'} {one['system']}": one.get(
                "applied", one.get("appended", 0)
            )
            for one in done
        }


@pytest.fixture
def desk(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Iterator[Desk]:
    with attach(tmp_path / ".orgledger"):
        yield Desk(tmp_path, capsysbinary)


def person(holds: Mapping[str, Any], record_id: str) -> dict[str, Any]:
    return next(m for m in holds["members"] if m["id"] == record_id)


def test_dingtalk_and_feishu(desk: Desk) -> None:
    """Each side's change is at the other after one sync, and the next one does nothing."""
    with Provider("dingtalk", COMPANY) as dingtalk, Provider("feishu", Roster()) as feishu:
        text = pointed(PAIR, "dingtalk-main", keys(dingtalk, DINGTALK))
        desk.write(pointed(text, "feishu-main", keys(feishu, FEISHU)))
        said = {n: f["text"] for n, found in desk.tell("check").items() for f in found
                if f["subject"] == "ownership"}  # fmt: skip
        assert said["feishu-main"] == "it has the say in contact"
        assert said["dingtalk-main"] == "it has the say in everything but contact (feishu-main)"
        desk.sync()
        desk.sync()
        feishu.change({"op": "update_member", "id": "u3", "email": "new@feifan.example"})
        dingtalk.change({"op": "update_member", "id": "u4", "name": "Renamed"})
        desk.sync()
        assert person(dingtalk.holds(), "u3")["email"] == "new@feifan.example"
        assert person(feishu.holds(), "u4")["name"] == "Renamed"

        dingtalk.change({"op": "update_member", "id": "u5", "email": "wrong@feifan.example"})
        ours = person(feishu.holds(), "u5")["email"]
        desk.tell("sync", "dingtalk-main")
        assert person(dingtalk.holds(), "u5")["email"] == ours
        assert desk.tell("conflicts", "feifan") == []
        [conflict] = desk.tell("conflicts", "feifan", "--all")
        assert (conflict["state"], conflict["id"], conflict["field"]) == ("repaired", "u5", "email")
        assert [m["side"] for m in conflict["history"]][-3:] == ["ours", "there", "written"]
        assert set(desk.sync().values()) == {0}


def test_a_number_that_dingtalk_refuses_is_tried_once(desk: Desk) -> None:
    """An app cannot change the number of an account (41054); it is told, and not tried again."""
    with Provider("dingtalk", COMPANY) as dingtalk, Provider("feishu", Roster()) as feishu:
        text = pointed(PAIR, "dingtalk-main", keys(dingtalk, DINGTALK))
        desk.write(pointed(text, "feishu-main", keys(feishu, FEISHU)))
        desk.sync()
        desk.sync()
        feishu.change({"op": "update_member", "id": "u3", "mobile": "+8613911112222"})
        desk.sync()
        writes = dingtalk.stats()["writes"]
        assert set(desk.sync().values()) == {0}
        assert dingtalk.stats()["writes"] == writes
        found = {one["system"]: one for one in desk.tell("status") if one["role"] == "target"}
        assert [one["id"] for one in found["dingtalk-main"]["stuck"]] == ["u3"]


def test_an_office_and_dingtalk(desk: Desk) -> None:
    """People come from the office, their mail addresses from DingTalk, and go back to it."""
    (desk.folder / "roster.json").write_bytes(_roster("Person 3", "office@feifan.example"))
    with Provider("dingtalk", Roster()) as dingtalk, WebhookTargetDesk() as hook:
        text = pointed(OFFICE, "dingtalk-main", keys(dingtalk, DINGTALK))
        told = (f"{name} = {json.dumps(value)}" for name, value in hook.settings().items())
        desk.write(pointed(text, "hr-hook", "\n".join(told)))
        desk.sync()
        desk.sync()
        dingtalk.change({"op": "update_member", "id": "u3", "email": "new@feifan.example"})
        (desk.folder / "roster.json").write_bytes(_roster("Renamed", "other@feifan.example"))
        desk.sync()
        at_office = {m.id: m for m in hook.roster().members}["u3"]
        assert (at_office.name, at_office.email) == ("Renamed", "new@feifan.example")
        at_dingtalk = person(dingtalk.holds(), "u3")
        assert (at_dingtalk["name"], at_dingtalk["email"]) == ("Renamed", "new@feifan.example")
        assert set(desk.sync().values()) == {0}


def _roster(name: str, email: str) -> bytes:
    members = tuple(
        msgspec.structs.replace(m, name=name, email=email) if m.id == "u3" else m
        for m in COMPANY.members
    )
    return msgspec.json.encode(msgspec.structs.replace(COMPANY, members=members))
