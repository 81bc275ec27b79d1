"""kill -9 at a hundred random moments of a delivery: the next run leaves no hole, no duplicate.

The child processes run the command line. They are forked from one that has imported it, so that
the moments lie in the delivery and not in the imports.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from domain.records import Roster
from domain.rows import Rows
from orgledger.bootstrap import Service, open_service
from orgledger.config import load
from orgledger.engine.deliver.delivered import Delivered
from orgledger.engine.deliver.delivery import Delivery
from orgledger.engine.pull import Feed, Pull
from orgledger.engine.runs import Status
from tests.adapters.casdoor.target_desk import CasdoorTargetDesk
from tests.adapters.dingtalk.target_desk import DingTalkTargetDesk
from tests.adapters.feishu.target_desk import FeishuTargetDesk
from tests.adapters.wecom.target_desk import WeComTargetDesk
from tests.delivery.desk import TargetDesk, Trouble
from tests.delivery.killed import command
from tests.delivery.people import (
    add,
    after,
    close,
    department,
    dept,
    duty,
    leave,
    member,
    person,
    role,
)
from tests.delivery.same import differences
from tests.delivery.suite import ORG, quiet
from tests.engine.fake_source import FakeSource

MOMENTS = {
    CasdoorTargetDesk: 25,
    DingTalkTargetDesk: 25,
    FeishuTargetDesk: 25,
    WeComTargetDesk: 25,
}
"""A hundred in all."""

PRELOADED = [
    "tests.delivery.killed", "orgledger.cli.commands.sync", "adapters.nats.factory",
    "adapters.casdoor.target", "adapters.dingtalk.target", "adapters.feishu.target",
    "adapters.wecom.target",
]  # fmt: skip

PEOPLE = 40
SECONDS = 20

CONFIG = """
[orgs.feifan]
name = "Feifan"
source = "hr"

[systems.hr]
type = "roster"
org = "feifan"
path = "never-read.json"

[systems.there]
org = "feifan"
role = "target"
type = "{type}"
"""


def begin() -> Roster:
    """Twelve departments below two, forty people, two roles (whose ids are their names)."""
    tree = [department("d0", "East"), department("d1", "West")]
    tree += [department(f"d{n}", f"Team {n}", f"d{n % 2}") for n in range(2, 14)]
    people = [person(n, f"d{2 + n % 12}") for n in range(PEOPLE)]
    roles = [role("Guide", "Guide", "u1", "u2"), role("On call", "On call", "u3")]
    return after(Roster(), add(*tree, *people, *roles))


def next_generation(roster: Roster, chance: random.Random, number: int) -> Roster:
    """People come, go, move and are renamed; so do departments; roles change hands."""
    gone = [m.id for m in chance.sample(roster.members, 2)]
    roster = after(roster, leave(*gone))
    teams = [d.id for d in roster.departments if d.parent_id]
    new = [person(1000 + number * 10 + n, chance.choice(teams)) for n in range(3)]
    born = f"n{number}"
    roster = after(roster, add(department(born, f"New {number}", chance.choice(["d0", "d1"]))))
    roster = after(roster, add(*new, person(1009 + number * 10, born)))
    ids = [m.id for m in roster.members]
    for key in chance.sample(ids, 4):
        roster = after(roster, member(key, name=f"Name {number}", title=f"Title {number}"))
    for key in chance.sample(ids, 3):
        roster = after(roster, member(key, departments=tuple(chance.sample(teams, 2))))
    for key in chance.sample(ids, 3):
        above = chance.choice([x for x in ids if x != key])
        roster = after(roster, member(key, manager=above))
    roster = after(
        roster,
        dept(chance.choice(teams), name=f"Renamed {number}"),
        dept(chance.choice(teams), parent_id=chance.choice(["d0", "d1"])),
        duty("Guide", members=tuple(chance.sample(ids, 5))),
        duty("On call", members=tuple(chance.sample(ids, 3))),
    )
    old = f"n{number - 2}"
    moved = [member(m.id, departments=("d2",)) for m in roster.members if old in m.departments]
    return after(roster, *moved, close(old))


class Stage:
    """A log that stays open, a simulator on loopback, and children that are killed."""

    def __init__(self, opened: Service, folder: Path, desk: TargetDesk) -> None:
        self.opened, self.folder, self.desk = opened, folder, desk
        self.source = FakeSource(Roster())
        self.children: ForkServerContext = multiprocessing.get_context("forkserver")
        self.children.set_forkserver_preload(PRELOADED)
        self.left: set[str] = set()

    def tell(self, roster: Roster) -> None:
        before = {m.id for m in self.source.roster.members}
        now = {m.id for m in roster.members}
        self.left = (self.left | (before - now)) - now
        self.source.roster = roster
        feed = Feed(system="hr", org=ORG, name="Feifan", source=self.source)
        pull = Pull(self.opened.ledger, self.opened.views, feed, actor="test", progress=quiet)
        asyncio.run(pull.execute())

    def deliver(self) -> Delivered:
        async def work() -> Delivered:
            destination = self.opened.destination(self.opened.config.system("there"))
            run = Delivery(
                self.opened.ledger, self.opened.views, destination, actor="test",
                progress=quiet, pause=0.01,
            )  # fmt: skip
            try:
                return await run.execute()
            finally:
                await destination.target.close()

        return asyncio.run(work())

    def kill_after(self, writes: int, more: float) -> bool:
        """Start a sync, kill it so many writes and seconds later; true if it was under way."""
        target = self.desk.writes() + writes
        child = self.children.Process(
            target=command, args=("-c", str(self.folder / "orgledger.toml"), "sync", "there")
        )
        child.start()
        deadline = time.monotonic() + SECONDS
        while self.desk.writes() < target and child.is_alive() and time.monotonic() < deadline:
            time.sleep(0.0005)
        time.sleep(more)
        child.kill()
        child.join(SECONDS)
        killed = child.exitcode == -9
        child.close()
        return killed

    def differences(self, roster: Roster) -> list[str]:
        target = self.opened.destination(self.opened.config.system("there")).target
        if isinstance(self.desk, WeComTargetDesk):
            self.desk.learn(Rows(self.opened.views.directory(ORG)).ids("department"))
        found = differences(roster, self.desk.roster(), target, self.left)
        asyncio.run(target.close())
        return found


@pytest.fixture(params=list(MOMENTS), ids=lambda desk: desk.type)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    make: Callable[[], TargetDesk] = request.param
    with make() as desk:
        settings: dict[str, Any] = desk.settings()
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        config = tmp_path / "orgledger.toml"
        config.write_text(CONFIG.format(type=desk.type) + "\n".join(lines), encoding="utf-8")
        with open_service(load(config)) as opened:
            yield Stage(opened, tmp_path, desk)


@pytest.mark.slow
@pytest.mark.timeout(170)
def test_a_delivery_killed_at_random_moments_is_completed_by_the_next(stage: Stage) -> None:
    """Also where an answer was lost before: everything once, and then nothing to write."""
    moments = MOMENTS[type(stage.desk)]  # type: ignore[index]
    chance = random.Random(stage.desk.type)
    roster = begin()
    stage.tell(roster)
    interrupted = 0
    for number in range(moments):
        if number % 3 == 2:
            stage.desk.trouble(_trouble(chance), 1)
        interrupted += stage.kill_after(chance.randrange(1, 60 if not number else 18),
                                        chance.uniform(0, 0.01))  # fmt: skip
        stage.desk.trouble("lost_reply", 0)
        outcome = stage.deliver()
        if outcome.deferred:
            outcome = stage.deliver()
        assert outcome.status is Status.FINISHED, (number, outcome.failures, outcome.reason)
        assert stage.differences(roster) == [], number
        writes = stage.desk.writes()
        assert (stage.deliver().planned, stage.desk.writes()) == (0, writes), number
        roster = next_generation(roster, chance, number)
        stage.tell(replace(roster))
    assert interrupted > moments * 0.7  # the others came to their end before


def _trouble(chance: random.Random) -> Trouble:
    return "lost_reply" if chance.random() < 0.7 else "reset"
