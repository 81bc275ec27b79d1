"""Figures that nothing is held against: deciding, loading a snapshot, starting up."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.command import orgledger
from bench.large import configure
from bench.log import scratch
from bench.people import company, observed
from bench.row import Measured, Row, Setting
from bench.simulator import simulator
from domain.decide import decide
from domain.directory import Directory
from domain.evolve import evolve
from domain.observe import Observation
from projections.org_tree import snapshot
from projections.org_tree.fold import OrgTree

_TIMES = 5


@cache
def _known(setting: Setting) -> tuple[Directory, Observation]:
    """A folded directory, and the observation that it came from."""
    members = setting.size(100_000, 2_000)
    observation = observed(company(members // 20, members))
    directory = Directory(org="feifan")
    for position, fact in enumerate(decide(directory, observation).facts, start=1):
        evolve(directory, fact, position)
    return directory, observation


def _decide(setting: Setting) -> Measured:
    directory, observation = _known(setting)
    seconds = []
    for _ in range(_TIMES):
        begun = perf_counter()
        decided = decide(directory, observation)
        seconds.append(perf_counter() - begun)
        assert not decided.facts
    return Measured(ours=median(seconds), note=f"{len(directory.members):,} members")


def _snapshot(setting: Setting) -> Measured:
    directory, _ = _known(setting)
    with scratch() as folder:
        path = folder / "tree"
        snapshot.save(OrgTree(directory.position, {"feifan": directory}), path, "log")
        seconds = []
        for _ in range(_TIMES):
            begun = perf_counter()
            loaded = snapshot.load(path, "log", at_most=directory.position)
            seconds.append(perf_counter() - begun)
            assert loaded is not None
        megabytes = path.stat().st_size / 1e6
    return Measured(
        ours=median(seconds), note=f"{len(directory.members):,} members, {megabytes:.0f} MB"
    )


def _help(setting: Setting) -> Measured:
    with scratch() as folder:
        return Measured(ours=median(_started(folder, "--help") for _ in range(_TIMES)))


def _tree(setting: Setting) -> Measured:
    with scratch() as folder:
        with simulator(company(10, 100)) as served:
            configure(folder, served.url)
            orgledger(folder, "sync", "--json")
        times = [_started(folder, "tree", "feifan") for _ in range(_TIMES)]
    return Measured(
        ours=median(times), note="100 members, with the start and end of the embedded server"
    )


def _started(folder: Path, *arguments: str) -> float:
    return orgledger(folder, *arguments).seconds


DECIDE = Row(
    name="decide",
    what="decide on an unchanged directory of 100,000 members",
    against="–",
    unit="s",
    run=_decide,
)
SNAPSHOT = Row(
    name="snapshot",
    what="load the org tree's snapshot, 100,000 members",
    against="–",
    unit="s",
    run=_snapshot,
)
HELP = Row(name="help", what="orgledger --help", against="–", unit="s", run=_help)
TREE = Row(
    name="tree", what="orgledger tree of a small organization", against="–", unit="s", run=_tree
)
