"""kill -9 at any moment of a sync, and of the server under it: the next sync completes it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.dingtalk.simulator import create_app
from adapters.nats.server import running as alive
from adapters.simulation.server import running
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from domain.rows import Rows
from orgledger.bootstrap import Service, open_service
from orgledger.config import load
from orgledger.engine.pull import Pull

MOMENTS = 25
"""For each of the two seeds: fifty in all."""

PEOPLE = 700

CONFIG = """
[orgs.acme]
name = "Acme"
source = "dd"

[systems.dd]
type = "dingtalk"
org = "acme"
app_key = "dingsimulatedapp"
app_secret = {{ env = "KILL_TEST_SECRET" }}
base_url = "{url}"
api_url = "{url}"
managers = "none"
rate = 10000
max_rate = 0
"""


def company(chance: random.Random, generation: int) -> Roster:
    """A company in which every generation renames, moves, hires, dismisses and promotes."""
    departments = tuple(
        DepartmentRecord(
            id=str(1000 + number),
            name=f"Department {number} g{generation}",
            parent_id=None if number < 5 else str(1000 + chance.randrange(5)),
            leaders=(),
        )
        for number in range(30)
    )
    ids = range(generation * 3, PEOPLE + generation * 3)
    members = tuple(
        MemberRecord(
            id=f"u{number}",
            name=f"Person {number}" if chance.random() < 0.5 else f"Person {number} g{generation}",
            departments=(str(1000 + chance.randrange(30)),),
            title=f"Title {chance.randrange(3)}",
        )
        for number in ids
    )
    holders = tuple(m.id for m in chance.sample(members, 20))
    roles = (RoleRecord(id="5001", name="On call", group="Duty", members=holders),)
    leaders = {m.departments[0]: (m.id,) for m in members}
    departments = tuple(replace(d, leaders=leaders.get(d.id, ())) for d in departments)
    return Roster(departments=departments, members=members, roles=roles)


def complete(opened: Service) -> int:
    """Run one sync to its end and return the number of events it appended."""

    async def work() -> int:
        feed = opened.feed(opened.config.system("dd"))
        pull = Pull(opened.ledger, opened.views, feed, actor="test", progress=lambda *_: None)
        try:
            return (await pull.execute()).appended
        finally:
            await feed.source.close()

    return asyncio.run(work())


def start_sync(folder: Path) -> subprocess.Popen[bytes]:
    """``orgledger sync`` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "orgledger", "-c", str(folder / "orgledger.toml"), "sync"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def in_the_ledger(opened: Service) -> Counter[object]:
    rows = Rows(opened.views.directory("acme")).roster()
    return Counter(
        [(d["id"], d["name"], d["parent_id"], tuple(d["leaders"])) for d in rows["departments"]]
        + [(m["id"], m["name"], tuple(m["departments"]), m["title"]) for m in rows["members"]]
        + [(r["id"], r["name"], tuple(r["members"])) for r in rows["roles"]]
    )


def in_dingtalk(roster: Roster) -> Counter[object]:
    return Counter(
        [(d.id, d.name, d.parent_id, d.leaders) for d in roster.departments]
        + [(m.id, m.name, m.departments, m.title) for m in roster.members]
        + [(r.id, r.name, tuple(sorted(r.members or ()))) for r in roster.roles]
    )


def assert_nothing_twice(opened: Service) -> None:
    """Every entity's events are numbered 1, 2, 3 …, and no event has been recorded twice."""
    versions: Counter[str] = Counter()
    ids = set()
    for batch in opened.ledger.read():
        for entry in batch:
            versions[entry.originator_id] += 1
            assert entry.originator_version == versions[entry.originator_id]
            assert entry.envelope.id not in ids
            ids.add(entry.envelope.id)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [7, 8])
def test_a_sync_killed_at_fifty_random_moments_is_completed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv("KILL_TEST_SECRET", "simulated-secret")
    chance = random.Random(seed)
    app = create_app(roster=company(chance, 0))
    with running(app) as served:
        config = tmp_path / "orgledger.toml"
        config.write_text(CONFIG.format(url=served.url), encoding="utf-8")
        began = time.monotonic()
        assert start_sync(tmp_path).wait(60) == 0
        usual = time.monotonic() - began
        interrupted = 0
        for generation in range(1, MOMENTS + 1):
            roster = company(chance, generation)
            app.provider.put_roster(roster)
            process = start_sync(tmp_path)
            time.sleep(chance.uniform(0.1, 1.1) * usual)
            if generation % 2:
                kill_the_server(tmp_path / ".orgledger")
            process.kill()
            interrupted += process.wait() != 0
            with open_service(load(config)) as opened:
                complete(opened)
                assert in_the_ledger(opened) == in_dingtalk(roster), generation
                assert complete(opened) == 0, generation
        with open_service(load(config)) as opened:
            assert_nothing_twice(opened)
    assert interrupted > MOMENTS / 5  # how many depends on the machine; that some are, must not


def kill_the_server(data: Path) -> None:
    """kill -9 the embedded server, if it runs at this moment."""
    pid = data / "nats.pid"
    if alive(data) and pid.exists():
        with suppress(ProcessLookupError):
            os.kill(int(pid.read_text()), signal.SIGKILL)
