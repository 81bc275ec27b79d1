"""``--json``: one document on stdout for every command, with the same keys every time."""

from __future__ import annotations

from typing import Any

import pytest

from orgledger.cli.commands import COMMANDS
from tests.cli.conftest import Cli, Said

RUN_KEYS = {
    "id", "org", "system", "mode", "actor", "status", "started", "key", "ended", "position",
    "version", "read", "kept", "appended", "calls", "cursor", "refused", "gaps", "reason",
    "members_going", "departments_going", "digest", "planned", "acknowledged", "verified",
    "deferred", "parked", "stuck", "at", "foreign", "since", "operations",
}  # fmt: skip
OUTCOME_KEYS = {
    "run", "org", "system", "status", "read", "kept", "appended", "calls", "refused", "gaps",
    "reason", "plan",
}  # fmt: skip
EVENT_KEYS = {
    "position", "time", "org", "kind", "event", "entity", "payload", "actor", "source", "run",
    "cause", "id",
}  # fmt: skip


def of(said: Said) -> Any:
    assert (said.code, said.err) == (0, "")
    return said.json


def test_every_command_has_it() -> None:
    from typer.main import get_command

    from orgledger.cli.app import app

    group = get_command(app)
    for name in COMMANDS:
        options = [o for p in group.get_command(None, name).params for o in p.opts]  # type: ignore[attr-defined]
        assert "--json" in options, name


def test_tree(cli: Cli) -> None:
    tree = of(cli("tree", "acme", "--json"))
    assert list(tree) == [
        "org", "name", "position", "leaders", "departments", "members", "roles"
    ]  # fmt: skip
    assert (tree["org"], tree["name"], tree["position"]) == ("acme", "Acme", 24)
    assert [m["id"] for m in tree["members"]] == ["u1", "u2", "u3", "u5", "u6"]
    assert tree["roles"][0]["members"] == ["u1", "u2"]


def test_tree_all_has_the_resigned_too(cli: Cli) -> None:
    members = of(cli("tree", "acme", "--all", "--json"))["members"]
    assert {m["id"]: m.get("state") for m in members}["u4"] == "resigned"


def test_diff(cli: Cli) -> None:
    changes = of(cli("diff", "acme", "--from", "16", "--json"))
    assert {tuple(change) for change in changes} == {
        ("kind", "change", "id", "uid", "name", "fields")
    }
    assert changes[0]["fields"] == {"name": ["搜索 Search", "发现 Discovery"]}
    assert of(cli("diff", "acme", "--from", "24", "--json")) == []


def test_member(cli: Cli) -> None:
    member = of(cli("member", "acme", "u2", "--history", "--json"))
    assert (member["manager"], member["roles"], member["not_permitted"]) == ("u1", ["Auditor"], [])
    assert [event.keys() for event in member["history"]] == [EVENT_KEYS] * 4


def test_search(cli: Cli) -> None:
    assert [(h["kind"], h["field"]) for h in of(cli("search", "acme", "lab", "--json"))] == [
        ("department", "name")
    ]
    assert of(cli("search", "acme", "zzz", "--json")) == []


def test_log_is_a_line_per_event(cli: Cli) -> None:
    said = cli("log", "--json")
    assert [event["position"] for event in said.lines] == list(range(1, 25))
    assert {frozenset(event) for event in said.lines} == {frozenset(EVENT_KEYS)}
    assert said.lines[17]["payload"] == {"name": "发现 Discovery"}


def test_runs_and_run(cli: Cli) -> None:
    runs = of(cli("runs", "--json"))
    assert [run.keys() for run in runs] == [RUN_KEYS] * 2
    one = of(cli("run", runs[0]["id"], "--json"))
    assert one["run"] == runs[0]
    assert [event["position"] for event in one["events"]] == list(range(1, 17))
    assert of(cli("runs", "club", "--json")) == []


def test_audit(cli: Cli) -> None:
    rows = of(
        cli("audit", "select kind, count(*) as n from events group by all order by n", "--json")
    )
    assert {row["kind"]: row["n"] for row in rows}["member"] == 9
    assert of(cli("audit", "select 1 as one where false", "--json")) == []
    assert (
        of(cli("audit", "--question", "joined_or_left", "-p", "org=acme", "--json"))[-1]["change"]
        == "left"
    )
    assert {"name", "title", "description", "parameters"} == of(cli("audit", "--json"))[0].keys()


def test_check(cli: Cli) -> None:
    found = of(cli("check", "--json"))
    assert list(found) == ["log", "hr"]
    assert all(f.keys() == {"level", "subject", "text", "fix"} for f in found["log"])
    assert list(of(cli("check", "hr", "--json"))) == ["hr"]


def test_rebuild(fresh: Cli) -> None:
    fresh("sync")
    assert of(fresh("rebuild", "--json")) == {"org_tree": 16, "audit": 16}
    assert of(fresh("rebuild", "audit", "--json")) == {"audit": 16}


def test_sync_a_plan_and_then_the_same(fresh: Cli) -> None:
    (plan,) = of(fresh("sync", "--plan", "--json"))
    (outcome,) = of(fresh("sync", "--json"))
    assert plan.keys() == outcome.keys() == OUTCOME_KEYS
    assert plan["plan"][0] == {
        "kind": "organization",
        "event": "OrganizationRegistered",
        "entity": "acme",
        "payload": {"name": "Acme", "source": "hr"},
    }
    assert len(plan["plan"]) == outcome["appended"] == 14


def test_publish(fresh: Cli) -> None:
    file = fresh.folder / "changes.json"
    file.write_text('{"event": "DepartmentCreated", "id": "d", "name": "Openings"}')
    answer = of(fresh("publish", "club", str(file), "--json"))
    again = of(fresh("publish", "club", str(file), "--json"))
    assert answer.keys() == {"run", "events", "position", "repeated"}
    assert (answer["events"], answer["repeated"], again["repeated"]) == (2, False, True)


def test_init(fresh: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (fresh.folder / "orgledger.toml").unlink()
    assert of(fresh("init", "--json")) == {"created": str(fresh.folder / "orgledger.toml")}


def test_warnings_go_to_stderr(fresh: Cli) -> None:
    config = fresh.folder / "orgledger.toml"
    config.write_text(config.read_text() + '\n[log]\npassword = "pa55"\n')
    said = fresh("tree", "acme", "--json")
    assert said.json["org"] == "acme"
    assert said.err.startswith("warning: [log] password is written in the file; prefer {")
    assert "pa55" not in said.err
