"""Leases of real processes, which are killed, frozen and cut off, over servers that are as well."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.nats.embedded import Attached, attach
from tests.adapters.nats.cluster import cluster
from tests.adapters.nats.test_restarts import strike

JOB = "read.dingtalk-main"
WITHIN = 10.0
"""Seconds after a kill within which somebody else does the job (issue 5)."""


class Crew:
    """Processes that want the same job, and what they wrote down."""

    def __init__(self, env: dict[str, str], file: Path) -> None:
        self.env, self.file = {**os.environ, **env}, file
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._names = 0
        file.touch()

    def hire(self) -> str:
        """One process more; its name."""
        self._names += 1
        name = f"p{self._names}"
        command = [sys.executable, "-m", "tests.adapters.nats.holding", name, JOB, str(self.file)]
        self.processes[name] = subprocess.Popen(command, env=self.env)
        return name

    def end(self, name: str, how: signal.Signals) -> None:
        self.processes[name].send_signal(how)
        self.processes.pop(name).wait(10)

    def notes(self) -> list[tuple[float, str]]:
        """Every moment at which somebody held the job: when, and who in which tenure."""
        lines = self.file.read_text().splitlines()
        return sorted((float(at), f"{name}/{number}") for name, number, at in map(str.split, lines))

    def holder(self, after: float = 0.0, seconds: float = 20.0) -> str:
        """Who holds the job at some moment after ``after``; waits for it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [who for at, who in self.notes() if at > after]
            if found:
                return found[-1].partition("/")[0]
            time.sleep(0.05)
        raise AssertionError(f"nobody held the job for {seconds:g} s")

    def overlaps(self) -> list[tuple[str, str]]:
        """Tenures that began before the one before them was over."""
        spans: dict[str, tuple[float, float]] = {}
        for at, who in self.notes():
            spans[who] = (spans.get(who, (at, at))[0], at)
        order = sorted(spans.items(), key=lambda item: item[1][0])
        return [
            (one, two) for (one, (_, end)), (two, (begin, _)) in pairwise(order) if begin <= end
        ]


@pytest.fixture
def hire(tmp_path: Path) -> Iterator[Callable[[dict[str, str], int], Crew]]:
    crews: list[Crew] = []

    def make(env: dict[str, str], size: int) -> Crew:
        crew = Crew(env, tmp_path / "notes")
        crews.append(crew)
        for _ in range(size):
            crew.hire()
        return crew

    yield make
    for crew in crews:
        for process in crew.processes.values():
            process.kill()
            process.send_signal(signal.SIGCONT)
            process.wait(10)


@pytest.mark.slow
def test_a_killed_holder_is_replaced_within_ten_seconds(
    own_server: Attached, hire: Callable[[dict[str, str], int], Crew]
) -> None:
    crew = hire(own_server.env(), 2)
    for _ in range(2):
        holder = crew.holder()
        time.sleep(1)
        crew.end(holder, signal.SIGKILL)
        gone = time.monotonic()
        crew.hire()
        crew.holder(after=gone)
        first = next(at for at, _ in crew.notes() if at > gone)
        assert first - gone < WITHIN
    assert crew.overlaps() == []


@pytest.mark.slow
def test_whatever_happens_two_never_hold_one_job(
    own_server: Attached, hire: Callable[[dict[str, str], int], Crew]
) -> None:
    """Kills, freezes for longer than a lease lasts, and restarts of the server, for a minute."""
    dice = random.Random(20261122)
    crew = hire(own_server.env(), 3)
    crew.holder()
    until, holds = time.monotonic() + 60, []
    while time.monotonic() < until:
        holder = crew.holder(after=time.monotonic() - 0.2, seconds=40)
        what = dice.choice(["kill", "freeze", "freeze", "blink", "server"])
        if what == "kill":
            crew.end(holder, signal.SIGKILL)
            crew.hire()
        elif what == "server":
            strike(own_server.data, dice.choice([signal.SIGKILL, signal.SIGTERM]))
            time.sleep(dice.choice([0.0, 1.0, 7.0]))
            holds.append(attach(own_server.data))
        else:
            frozen = crew.processes[holder]
            frozen.send_signal(signal.SIGSTOP)
            time.sleep(dice.uniform(5.5, 11.0) if what == "freeze" else dice.uniform(0.5, 4.0))
            frozen.send_signal(signal.SIGCONT)
            time.sleep(dice.uniform(0.0, 1.0))
    crew.holder(after=time.monotonic(), seconds=20)
    for hold in holds:
        hold.close()
    tenures = {who for _, who in crew.notes()}
    assert crew.overlaps() == []
    assert len(tenures) > 3


@pytest.mark.slow
def test_in_a_cluster_that_loses_its_leader_two_never_hold_one_job(
    tmp_path: Path, hire: Callable[[dict[str, str], int], Crew]
) -> None:
    """The node that leads the leases is killed three times, each time with a holder or without."""
    with cluster(tmp_path / "cluster") as three:
        crew = hire(three.env(), 3)
        for turn in range(3):
            holder = crew.holder(after=time.monotonic(), seconds=40)
            node = three.leader("KV_ORGLEDGER_LEASES")
            three.kill(node)
            if turn == 1:
                crew.end(holder, signal.SIGKILL)
                crew.hire()
            crew.holder(after=time.monotonic() + 1, seconds=40)
            three.start(node)
        assert crew.overlaps() == []
