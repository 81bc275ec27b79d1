"""sync: what it says, what it holds, what it lets go on."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import BEFORE, Cli, changed

PLAN = """\
hr → acme: finished, would append 6 events (run-##################)
Event              Entity       What
DepartmentRenamed  搜索 Search  name=发现 Discovery
DepartmentCreated  Lab          parent=R&D; order=3
MemberTransferred  Ann Weber    departments=Lab
MemberCreated      Chen Li      departments=Lab
RoleGranted        Auditor      member=欧阳晓月
MemberResigned     Ben Tan
"""


def steady(text: str) -> str:
    return re.sub(r"run-[0-9a-z]{18}", "run-##################", text)


def many(people: int) -> dict[str, object]:
    members = [{"id": f"p{n}", "name": f"P{n}", "departments": ["d"]} for n in range(people)]
    return {"departments": [{"id": "d", "name": "D", "parent_id": None}], "members": members}


def test_a_sync_says_what_it_did(fresh: Cli) -> None:
    assert steady(fresh("sync").out) == (
        "hr → acme: finished, read 9, kept 9, 14 events appended (run-##################)\n"
    )
    assert steady(fresh("sync", "hr", "hr").out) == (
        "hr → acme: finished, nothing changed (run-##################)\n"
    )


def test_a_plan_is_shown_and_nothing_is_recorded(fresh: Cli) -> None:
    fresh("sync")
    fresh.roster(changed())
    said = fresh("sync", "--plan")
    assert said.code == 0
    assert steady(said.out) == PLAN
    assert len(fresh("log", "--json").lines) == 16


def test_a_held_sync_ends_with_three_and_says_how_to_go_on(fresh: Cli) -> None:
    fresh.roster(many(30))
    fresh("sync")
    fresh.roster(many(10))
    said = fresh("sync")
    assert (said.code, said.out) == (3, "")
    assert "20 of 30 members would leave" in said.err
    (held,) = re.findall(r"--approve (run-\w+)", said.err)
    assert fresh("sync", "--plan").code == 3
    assert fresh("sync", "--approve", held).code == 0
    assert len(fresh("tree", "acme", "--json").json["members"]) == 10


def test_a_held_sync_is_a_document_too(fresh: Cli) -> None:
    fresh("sync")
    fresh.roster({"departments": [], "members": []})
    said = fresh("sync", "--json")
    (held,) = said.json
    assert (said.code, held["status"], held["appended"], held["plan"]) == (3, "held", 0, [])
    assert held["run"] == fresh("runs", "--json").json[-1]["id"]


def test_a_failed_sync_is_a_document_too(fresh: Cli) -> None:
    (fresh.folder / "roster.json").write_text("[")
    said = fresh("sync", "--json")
    assert (said.code, said.json[0]["status"]) == (1, "failed")
    assert said.err.startswith("error: hr: roster.json ")


def test_only_a_held_run_can_be_approved(fresh: Cli) -> None:
    fresh("sync")
    run = fresh("runs", "--json").json[0]["id"]
    said = fresh("sync", "--approve", run)
    assert said == (
        2,
        "",
        f"error: the run {run!r} is not held, it is finished. "
        "See 'orgledger runs' for what waits for you.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--plan", "--approve", "run-1"], "--plan, --approve and --every exclude each other"),
        (["--every", "soon"], "'soon' is not a time to wait"),
        (["--every", "0m"], "'0m' is not a time to wait"),
        (["hrr"], "there is no system 'hrr' in the configuration; did you mean 'hr'?"),
        (["--approve", "run-1"], "there is no run 'run-1'"),
    ],
)
def test_a_sync_that_cannot_be_meant(arguments: list[str], reason: str, fresh: Cli) -> None:
    said = fresh("sync", *arguments)
    assert said.code == 2
    assert said.err.startswith(f"error: {reason}")


def test_one_bad_source_does_not_keep_the_others_from_being_read(fresh: Cli) -> None:
    config = fresh.folder / "orgledger.toml"
    text = config.read_text(encoding="utf-8").replace(
        'name = "Chess Club"', 'name = "Chess Club"\nsource = "club-hr"'
    )
    config.write_text(
        text + '\n[systems.club-hr]\ntype = "roster"\norg = "club"\npath = "missing.json"\n',
        encoding="utf-8",
    )
    said = fresh("sync")
    assert said.code == 1
    assert said.out.startswith("hr → acme: finished, ")
    assert said.err.startswith("error: club-hr: There is no file ")


def test_without_a_source_there_is_nothing_to_sync(fresh: Cli) -> None:
    (fresh.folder / "orgledger.toml").write_text('[orgs.acme]\nname = "Acme"\n')
    said = fresh("sync")
    assert said.code == 2
    assert said.err.startswith("error: there is no source in the configuration.")


@pytest.mark.usefixtures("chinese")
def test_a_sync_in_chinese(fresh: Cli) -> None:
    assert steady(fresh("sync").out) == (
        "hr → acme: 完成, 读取 9，采用 9，写入 14 个事件 (run-##################)\n"
    )


def test_the_roster_that_was_synced_is_what_the_tree_says(fresh: Cli) -> None:
    fresh("sync")
    tree = fresh("tree", "acme", "--json").json
    for kind in ("departments", "members", "roles"):
        rows = {row["id"]: row for row in tree[kind]}
        for record in BEFORE[kind]:
            row = rows.pop(record["id"])
            assert {field: row[field] for field in record} == record
        assert not rows
