"""What was synced from DingTalk is what DingTalk says: field by field, as both write a roster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from adapters.dingtalk.simulator import DingTalkSettings, create_app
from adapters.simulation.server import Running, running
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from tests.cli.conftest import Cli

ROSTER = Roster(
    departments=(
        DepartmentRecord(id="100", name="研发中心 R&D", parent_id=None, leaders=("u1",), order=1),
        DepartmentRecord(id="101", name="Search", parent_id="100", leaders=(), order=2),
        DepartmentRecord(id="102", name="Sales", parent_id=None, leaders=(), order=3),
    ),
    members=(
        MemberRecord(
            id="u1",
            name="欧阳晓月",
            departments=("100",),
            email="yue@example.com",
            mobile="13800009001",
            job_number="A-1",
            title="Director",
            active=True,
        ),
        MemberRecord(
            id="u2", name="Ann Weber", departments=("101", "102"), manager="u1", active=True
        ),
        MemberRecord(id="u3", name="单雄信 👩‍🚀", departments=("101",), active=True),
    ),
    roles=(RoleRecord(id="900", name="Auditor", group="Audit", members=("u2", "u1")),),
)

CONFIG = """\
[orgs.acme]
source = "ding"

[systems.ding]
type = "dingtalk"
org = "acme"
app_key = "dingsimulatedapp"
app_secret = {{ env = "SECRET_OF_THE_TEST" }}
base_url = "{url}"
api_url = "{url}"
rate = 1000
max_rate = 0
"""


@pytest.fixture
def dingtalk(fresh: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("SECRET_OF_THE_TEST", "simulated-secret")
    with running(create_app(DingTalkSettings(org_name="Acme"), ROSTER)) as served:
        config = CONFIG.format(url=served.url)
        (fresh.folder / "orgledger.toml").write_text(config, encoding="utf-8")
        yield served


def compared(fresh: Cli, dingtalk: Running) -> None:
    tree: dict[str, Any] = fresh("tree", "acme", "--json").json
    roster = httpx.get(f"{dingtalk.url}/_sim/roster").json()
    for kind in ("departments", "members", "roles"):
        rows = {row["id"]: row for row in tree[kind]}
        assert rows.keys() == {record["id"] for record in roster[kind]}
        for record in roster[kind]:
            row = rows[record["id"]]
            for field, value in record.items():
                told = row[field]
                same = sorted(told) == sorted(value) if isinstance(value, list) else told == value
                assert same, f"{kind} {record['id']} {field}: {told!r} is not {value!r}"


def test_the_tree_and_the_provider_say_the_same(fresh: Cli, dingtalk: Running) -> None:
    said = fresh("sync")
    assert (said.code, said.err) == (0, "")
    compared(fresh, dingtalk)


def test_they_say_the_same_after_changes(fresh: Cli, dingtalk: Running) -> None:
    fresh("sync")
    for change in (
        {"op": "move_department", "id": "101", "parent_id": "102"},
        {"op": "update_member", "id": "u3", "title": "Engineer", "departments": ["102"]},
        {"op": "create_member", "id": "u4", "name": "Ben", "departments": ["100"]},
        {"op": "delete_member", "id": "u2"},
    ):
        assert httpx.post(f"{dingtalk.url}/_sim/change", json=change).status_code == 200
    assert fresh("sync").code == 0
    compared(fresh, dingtalk)


def test_the_tree_can_be_played_again(fresh: Cli, dingtalk: Running) -> None:
    """``tree --json`` is a roster: what ``simulate --roster`` begins with."""
    fresh("sync")
    tree = fresh("tree", "acme", "--json").out.encode()
    with running(create_app(DingTalkSettings(org_name="Acme"), ROSTER)) as again:
        assert httpx.put(f"{again.url}/_sim/roster", content=tree).status_code == 200
        compared(fresh, again)


def test_a_check_says_what_is_visible(fresh: Cli, dingtalk: Running) -> None:
    said = fresh("check")
    assert said.code == 0
    assert said.out.startswith("log\n  ok embedded log: 0 events\n")
    assert "\nding\n  ok " in said.out
