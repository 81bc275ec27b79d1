"""The first and an unchanged sync of 100,000 members, each one run of ``orgledger sync``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import msgspec

from adapters.nats.embedded import attach
from bench.command import Ran, orgledger
from bench.log import scratch
from bench.people import SYSTEM, company
from bench.row import Setting
from bench.simulator import APP, Simulator, Stats, simulator

TIMEOUT_S = 2400
"""Most seconds for one sync; the first took three to six minutes on two busy cores."""
_TOLD_EVERY_S = 15

_CONFIG = """\
[orgs.feifan]
source = "{system}"
[systems.{system}]
type = "dingtalk"
org = "feifan"
app_key = "{app_key}"
app_secret = {{ file = "secret" }}
base_url = "{url}"
max_rate = 0
"""


class Synced(msgspec.Struct, frozen=True):
    """One sync: how it ran, what it appended, and what the provider saw of it."""

    ran: Ran
    appended: int
    gaps: tuple[str, ...]
    stats: Stats


class Twice(msgspec.Struct, frozen=True):
    """The same organization synced twice."""

    members: int
    departments: int
    first: Synced
    second: Synced


def configure(folder: Path, url: str) -> None:
    """Write the configuration of an organization that comes from the simulator at ``url``."""
    (folder / "secret").write_text(APP["app_secret"])
    text = _CONFIG.format(system=SYSTEM, app_key=APP["app_key"], url=url)
    (folder / "orgledger.toml").write_text(text)


@cache
def twice(setting: Setting) -> Twice:
    """Sync, and sync again; measured once and used by several rows."""
    members, departments = setting.size(100_000, 2_000), setting.size(5_000, 100)
    with scratch() as folder, simulator(company(departments, members)) as served:
        configure(folder, served.url)
        # Our own hold on the server keeps it out of the command's time and memory.
        with attach(folder / ".orgledger"):
            first = _sync(folder, served, "first", setting.say)
            second = _sync(folder, served, "unchanged", setting.say)
    return Twice(members, departments, first, second)


def _sync(folder: Path, served: Simulator, which: str, say: Callable[[str], None]) -> Synced:
    served.reset()
    with _told(served, which, say):
        ran = orgledger(folder, "sync", "--json", timeout=TIMEOUT_S)
    outcome = msgspec.json.decode(ran.output)[0]
    say(f"{which} sync: {ran.seconds:.1f} s, {ran.megabytes:.0f} MB")
    gaps = tuple(outcome.get("gaps", ()))
    return Synced(ran, outcome.get("appended", 0), gaps, served.stats())


@contextmanager
def _told(served: Simulator, which: str, say: Callable[[str], None]) -> Iterator[None]:
    """Show every now and then how many calls were made."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(_TOLD_EVERY_S):
            say(f"{which} sync: {served.stats().total:,} calls")

    teller = threading.Thread(target=tell)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
