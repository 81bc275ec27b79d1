"""Deliveries of which a part waits for a person: too much to take away, whose account it is."""

from __future__ import annotations

import re

from tests.cli.casdoor_target import (
    RUN_ID,
    Casdoor,
    crowd,
    held,
    last_run,
    steady,
)
from tests.cli.conftest import Cli

STUCK_KEYS = {
    "kind", "uid", "id", "action", "result", "code", "why", "fix", "since", "tries", "run",
}  # fmt: skip


def test_only_what_is_too_much_is_held(fresh: Cli, casdoor: Casdoor) -> None:
    """Closing too many accounts waits with exit code 3, and the new title is delivered."""
    fresh.roster(crowd(40))
    fresh("sync")
    for people in (33, 28):
        roster = crowd(people)
        roster["members"][0]["title"] = "Lead"
        fresh.roster(roster)
        assert fresh("sync", "hr").code == 0
    said = fresh("sync", "casdoor")
    assert said.code == 3
    head, reason, fix, title, *_ = steady(said.out).splitlines()
    assert head == f"acme → casdoor: held, 1 operation done, 12 held ({RUN_ID})"
    assert reason == "  Held: 12 of 40 accounts would be closed (30 %)"
    assert fix == (
        f"  If that is right, run 'orgledger sync casdoor --approve {RUN_ID} [--entity ID]…'."
    )
    assert title == "Held: 12 deactivate"
    assert casdoor.members()["p0"]["title"] == "Lead"
    assert all(member.get("active", True) for member in casdoor.members().values())


def test_a_held_plan_names_no_run_to_approve(fresh: Cli, casdoor: Casdoor) -> None:
    """A plan is not recorded, so there is nothing of it that could be approved."""
    held(fresh)
    said = fresh("sync", "casdoor", "--plan")
    assert said.code == 3
    assert "12 of 40 accounts would be closed" in said.out
    assert "--approve" not in said.out


def test_some_of_a_held_run_and_then_the_rest(fresh: Cli, casdoor: Casdoor) -> None:
    """``--entity`` lets only these go; what is left is held again, and can be approved too."""
    assert held(fresh).code == 3
    some = fresh("sync", "--approve", last_run(fresh), "--entity", "p39", "--entity", "p38")
    assert some.code == 3
    closed = {name for name, m in casdoor.members().items() if not m.get("active", True)}
    assert closed == {"p38", "p39"}
    rest = last_run(fresh)
    assert f"--approve {rest}" in fresh("status").out
    (waiting,) = re.findall(r"^  deactivate: (.*)$", fresh("run", rest).out, re.MULTILINE)
    assert sorted(waiting.split(", ")) == [f"P{n} (p{n})" for n in range(28, 38)]
    assert fresh("sync", "casdoor", "--approve", rest).code == 0
    closed = {name for name, m in casdoor.members().items() if not m.get("active", True)}
    assert len(closed) == 12
    assert "casdoor: 12 closed accounts in their grace time" in fresh("status").out
    statuses = {run["id"]: run["status"] for run in fresh("runs", "--json").json}
    assert statuses[rest] == "approved"


def test_a_hold_heals_when_people_reappear(fresh: Cli, casdoor: Casdoor) -> None:
    """Nobody has to approve or discard anything when the leavers were a mistake."""
    assert held(fresh).code == 3
    fresh.roster(crowd(40))
    assert fresh("sync").code == 0
    assert fresh("status").code == 0


def test_an_account_that_may_be_somebodys_own_waits(fresh: Cli, inhabited: Casdoor) -> None:
    """One key alone adopts nobody: the person is named, approved, and then linked."""
    said = fresh("sync")
    assert said.code == 3
    assert "    adopt: 欧阳晓月 (u1)\n" in said.out
    status = next(s for s in fresh("status", "--json").json if s["role"] == "target")
    stuck = {one["id"]: one for one in status["stuck"]}
    assert all(one.keys() == STUCK_KEYS for one in status["stuck"])
    assert (stuck["u1"]["result"], stuck["u1"]["code"]) == ("parked", "candidate")
    assert fresh("sync", "--approve", last_run(fresh)).code == 0
    assert fresh("sync").code == 0
    people = inhabited.members()
    assert (people["yue"]["name"], people["yue"]["title"]) == ("欧阳晓月", "Director")
    assert people["guest"]["name"] == "A Guest"
    assert "A-1" not in people
