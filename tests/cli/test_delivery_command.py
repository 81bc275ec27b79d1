"""sync for a target, filled from a roster's log: what is planned, done and repaired."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cli.casdoor_target import (
    DELIVERED_KEYS,
    RUN_ID,
    Casdoor,
    last_run,
    steady,
)
from tests.cli.conftest import BEFORE, Cli, Said, changed

PLAN = """\
acme → casdoor: finished, would do 6 operations (run-##################)
Plan: 1 update, 2 create, 1 move, 1 add, 1 deactivate
Operation     Kind        Name            What
~ update      department  发现 Discovery  displayName: 搜索 Search → 发现 Discovery
+ create      department  Lab             name: d4; displayName: Lab; parent: R&D
+ create      member      Chen Li         id: u6; name: u6; displayName: Chen Li; departments: Lab
~ move        member      Ann Weber       departments: 发现 Discovery → Lab
+ add         role        Auditor         欧阳晓月
- deactivate  member      Ben Tan         no longer in the organization; departments: Sales, \
发现 Discovery → –
"""

OPERATION_KEYS = {
    "action", "kind", "uid", "id", "remote", "fields", "was", "relations", "had", "members",
    "reason",
}  # fmt: skip


def test_a_sync_reads_the_sources_and_then_fills_the_targets(fresh: Cli, casdoor: Casdoor) -> None:
    """A target that was empty is filled from the log, and the next sync has nothing to do."""
    said = fresh("sync")
    assert said.code == 0
    assert steady(said.out) == (
        f"hr → acme: finished, read 9, kept 9, 14 events appended ({RUN_ID})\n"
        f"acme → casdoor: finished, 11 operations done ({RUN_ID})\n"
    )
    assert casdoor.members().keys() == {"A-1", "u2", "u3", "u4", "u5"}
    before = casdoor.writes()
    assert steady(fresh("sync", "casdoor").out) == (
        f"acme → casdoor: finished, nothing to do ({RUN_ID})\n"
    )
    assert casdoor.writes() == before


def test_a_plan_is_a_diff_and_nothing_is_done(fresh: Cli, casdoor: Casdoor) -> None:
    """``--plan`` shows every operation in order, with names, and neither calls nor records."""
    fresh("sync")
    fresh.roster(changed())
    fresh("sync", "hr")
    before, runs = casdoor.writes(), len(fresh("runs", "--json").json)
    said = fresh("sync", "casdoor", "--plan")
    assert (said.code, steady(said.out)) == (0, PLAN)
    assert (casdoor.writes(), len(fresh("runs", "--json").json)) == (before, runs)


def test_the_plan_that_was_shown_is_done_or_the_run_says_what_changed(
    fresh: Cli, casdoor: Casdoor
) -> None:
    """A run after a plan is silent when it does that plan, and names what was not in it."""
    fresh("sync")
    fresh.roster(changed())
    fresh("sync", "hr")
    fresh("sync", "casdoor", "--plan")
    assert "Since the plan" not in fresh("sync", "casdoor").out
    fresh("sync", "casdoor", "--plan")
    roster = changed()
    roster["members"][0]["title"] = "President"
    fresh.roster(roster)
    fresh("sync", "hr")
    assert "  Since the plan was shown:\n    new: update member u1 (title)\n" in (
        fresh("sync", "casdoor").out
    )
    assert "new: update member u1 (title)" in fresh("run", last_run(fresh)).out


def test_a_first_plan_waits_for_the_organization(fresh: Cli, casdoor: Casdoor) -> None:
    """Before the first sync only the source has a plan, and that is no failure."""
    said = fresh("sync", "--plan")
    assert (said.code, said.err) == (0, "")
    last = said.out.splitlines()[-1]
    assert last == "acme → casdoor: nothing to do before the organization is recorded"
    assert [d["system"] for d in fresh("sync", "--plan", "--json").json] == ["hr", "casdoor"]


def test_a_source_that_fails_at_first_is_the_only_error(fresh: Cli, casdoor: Casdoor) -> None:
    """What a target cannot get because its source failed is not another mistake."""
    (fresh.folder / "roster.json").write_text("[")
    said = fresh("sync")
    assert (said.code, said.err.count("error: ")) == (1, 1)
    assert said.out == "acme → casdoor: nothing to do before the organization is recorded\n"


def test_a_target_without_its_organization_says_what_to_do_first(
    fresh: Cli, casdoor: Casdoor
) -> None:
    """Named alone, a target whose organization is not in the log yet is a mistake."""
    said = fresh("sync", "casdoor")
    assert said == (
        2,
        "",
        "error: casdoor: the log knows nothing of the organization 'acme' yet."
        " Run 'orgledger sync' for its source first.\n",
    )


def clash(fresh: Cli, casdoor: Casdoor) -> Said:
    """A delivery in which one person has the mobile number of a stranger at the target."""
    fresh("sync")
    casdoor.change(op="create_member", id="guest", name="A Guest", mobile="13900000077")
    roster = changed()
    roster["members"][1]["mobile"] = "13900000077"
    fresh.roster(roster)
    return fresh("sync")


def test_one_failure_is_alone_and_can_be_tried_again(fresh: Cli, casdoor: Casdoor) -> None:
    """The others are delivered, the failure is a sentence, and ``retry`` does it once mended."""
    said = clash(fresh, casdoor)
    assert said.code == 1
    assert "Not done:\n    move member u2: " in said.out
    assert casdoor.departments() == {"R&D", "发现 Discovery", "Sales", "Lab"}
    failed = last_run(fresh)
    assert fresh("status").code == 1
    assert "Ann Weber (u2)" in fresh("status").out
    casdoor.change(op="delete_member", id="guest")
    assert fresh("retry", failed, "--entity", "u4").code == 2
    assert fresh("retry", failed, "--entity", "u2", "--json").json[0]["status"] == "finished"
    assert fresh("status").code == 0


def test_what_others_changed_is_repaired_on_request(fresh: Cli, casdoor: Casdoor) -> None:
    """A usual sync trusts its own record; ``--verify`` reads back, says so and repairs."""
    fresh("sync")
    casdoor.change(op="update_member", id="u2", name="Ann W.")
    casdoor.change(op="delete_member", id="u5")
    assert "nothing to do" in fresh("sync", "casdoor").out
    plan = fresh("sync", "casdoor", "--verify", "--plan")
    assert "~ update   member  Ann Weber  displayName: Ann W. → Ann Weber\n" in plan.out
    assert casdoor.members()["u2"]["name"] == "Ann W."
    said = fresh("sync", "casdoor", "--verify")
    assert steady(said.out) == (
        f"acme → casdoor: finished, 2 operations done, 2 found changed by others ({RUN_ID})\n"
    )
    assert casdoor.members()["u2"]["name"] == "Ann Weber"
    assert "u5" in casdoor.members()
    assert "DriftDetected            Ann Weber  kind=member; fields=displayName Ann W." in (
        fresh("log", "acme").out
    )


def test_the_log_tells_our_own_words_in_chinese(
    fresh: Cli, casdoor: Casdoor, chinese: None
) -> None:
    """What is done and to what is translated; values of people and targets stay as they are."""
    fresh("sync")
    assert "欧阳晓月  类型=成员; 操作=新建; 目标系统编号=A-1; 字段=编号 u1, 名称 A-1" in (
        fresh("log", "acme").out
    )


def test_a_target_can_be_brought_to_the_past(fresh: Cli, casdoor: Casdoor) -> None:
    """``--at`` makes it the organization of that moment; the next sync makes it today's."""
    fresh("sync")
    first = fresh("runs", "--json").json[0]["id"]
    fresh.roster(changed())
    fresh("sync")
    assert casdoor.departments() == {"R&D", "发现 Discovery", "Sales", "Lab"}
    assert fresh("sync", "casdoor", "--at", first).code == 0
    assert casdoor.departments() == {"R&D", "搜索 Search", "Sales"}
    assert fresh("sync", "casdoor").code == 0
    assert casdoor.departments() == {"R&D", "发现 Discovery", "Sales", "Lab"}


def test_a_wrong_secret_is_one_sentence_without_it(fresh: Cli, casdoor: Casdoor) -> None:
    """The run fails, nothing is half-recorded, and the next one with the right secret goes on."""
    fresh("sync", "hr")
    (fresh.folder / "secret.txt").write_text("wr0ng-s3cret")
    said = fresh("sync", "casdoor", "--json")
    assert (said.code, said.json[0]["status"], said.json[0].keys()) == (
        1,
        "failed",
        DELIVERED_KEYS,
    )
    assert said.err.count("\n") == 1
    assert "wr0ng-s3cret" not in said.err + said.out
    assert fresh("check", "casdoor").code == 1
    (fresh.folder / "secret.txt").write_text("simulated-secret")
    assert fresh("sync").code == 0


def test_a_delivery_as_a_document(fresh: Cli, casdoor: Casdoor) -> None:
    """Plan, run and hold have the same keys; operations name their entity by its id."""
    fresh("sync", "hr")
    (plan,) = fresh("sync", "casdoor", "--plan", "--json").json
    (done,) = fresh("sync", "casdoor", "--json").json
    assert plan.keys() == done.keys() == DELIVERED_KEYS
    assert {frozenset(operation) for operation in plan["plan"]} == {frozenset(OPERATION_KEYS)}
    assert len(plan["plan"]) == done["planned"] == done["applied"] == 11
    assert plan["plan"][0]["id"] == "d1"
    assert done["plan"] == []
    assert held_document(fresh).keys() == DELIVERED_KEYS


def held_document(fresh: Cli) -> dict[str, Any]:
    roster = {**BEFORE, "members": BEFORE["members"][:1], "roles": []}
    config = fresh.folder / "orgledger.toml"
    text = config.read_text(encoding="utf-8")
    limits = "\n[systems.casdoor.guard]\ndeactivate = { count = 0, percent = 0 }\n"
    config.write_text(text + limits, encoding="utf-8")
    fresh.roster(roster)
    fresh("sync", "hr")
    (document,) = fresh("sync", "casdoor", "--json").json
    assert document["status"] == "held"
    assert [o["action"] for o in document["held"]].count("deactivate") == 4
    return dict(document)


@pytest.mark.usefixtures("chinese")
def test_a_delivery_in_chinese(fresh: Cli, casdoor: Casdoor) -> None:
    """Actions, kinds, headings and states are Chinese; the target's own field names stay."""
    fresh("sync")
    fresh.roster(changed())
    fresh("sync", "hr")
    plan = steady(fresh("sync", "casdoor", "--plan").out).splitlines()
    assert plan[0] == f"acme → casdoor: 完成, 将执行 6 项操作 ({RUN_ID})"
    assert plan[1] == "计划: 更新 1, 新建 2, 调动 1, 加入 1, 停用 1"
    assert plan[-1] == "- 停用  成员  Ben Tan         已不在组织中; 部门: Sales, 发现 Discovery → –"
    fresh("sync", "casdoor")
    heading, row, *_ = fresh("status").out.splitlines()
    assert heading.split() == [
        "目标系统",
        "组织",
        "已一致",
        "待执行",
        "受阻",
        "落后",
        "最近一次同步",
    ]
    assert re.fullmatch(r"casdoor +acme +10/10 +0 +完成, \d+ 秒前", row)
