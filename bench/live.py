"""The whole service: from a change at the provider to the change at the target, over callbacks.

``orgledger serve`` runs in a process of its own, on the embedded server; DingTalk and Casdoor are
simulated here, without latency or limits. A change counts from the moment in which the provider
has made it, so that its callback, what the provider is asked again, both appends and the call to
the target are in the time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.row import Hold, Measured, Row, Setting
from tests.live.live_desk import COMPANY, LiveDesk, eventually

_LIMIT_MS, _ANSWER_MS = 250.0, 100.0
_RATE = 100


@contextmanager
def _serving() -> Iterator[LiveDesk]:
    """Everything runs, and the target holds the company."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-live") as folder,
        LiveDesk(Path(folder), "dingtalk", ("casdoor",)) as desk,
    ):
        command = [sys.executable, "-m", "orgledger", "-c", f"{folder}/orgledger.toml", "serve"]
        process = subprocess.Popen(
            [*command, "--port", str(desk.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            target = desk.providers["casdoor"]
            eventually(lambda: len(target.names()) == len(COMPANY.members), 60)
            yield desk
        finally:
            process.terminate()
            process.wait(30)


def _one_by_one(setting: Setting) -> Measured:
    times: list[float] = []
    with _serving() as desk:
        there = desk.providers["casdoor"].app.provider
        for number in range(setting.size(200, 20)):
            name = f"Person {number} changed"
            desk.source.change({"op": "update_member", "id": "u4", "name": name})
            begun = time.perf_counter()
            while not any(m.name == name for m in _people(there)):
                if time.perf_counter() - begun > 20:
                    return Measured(ours=20_000, theirs=_LIMIT_MS, broken=("a change was lost",))
                time.sleep(0.002)
            times.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.1)
    times.sort()
    return Measured(
        ours=times[int(len(times) * 0.95)],
        theirs=_LIMIT_MS,
        note=f"{len(times)} changes one after the other; median {times[len(times) // 2]:.0f} ms, "
        f"longest {times[-1]:.0f} ms",
    )


def _people(provider: object) -> tuple[object, ...]:
    roster = provider.roster(own_ids=False, system_roles=False)  # type: ignore[attr-defined]
    found: tuple[object, ...] = roster.members
    return found


def _under_load(setting: Setting) -> Measured:
    """100 changes a second; each has a callback, and the last state of each must arrive."""
    seconds = setting.size(60, 3)
    with _serving() as desk:
        begun = time.monotonic()
        for number in range(_RATE * seconds):
            person = f"u{number % len(COMPANY.members) + 1}"
            name = f"Person {number} changed"
            desk.source.change({"op": "update_member", "id": person, "name": name})
            time.sleep(max(0.0, begun + (number + 1) / _RATE - time.monotonic()))
        took = time.monotonic() - begun
        target, wanted = desk.providers["casdoor"], desk.source.names()
        after = eventually(lambda: target.names() == wanted, 60)
        told = desk.source.stats()["callbacks"]
    broken = []
    if told["acknowledged"] != _RATE * seconds:
        broken.append(f"{told['acknowledged']} of {_RATE * seconds} callbacks were acknowledged")
    if took > seconds * 1.1:
        broken.append(f"the changes took {took:.0f} s instead of {seconds}")
    return Measured(
        ours=told["latency_ms"]["p99"],
        theirs=_ANSWER_MS,
        note=f"{told['acknowledged']:,} callbacks, {told['retried']} repeated; the target had the "
        f"last change {after * 1000:.0f} ms after it",
        broken=tuple(broken),
    )


LATENCY = Row(
    name="live-latency",
    what="p95 from a change at the provider to the target, through orgledger serve",
    against="250 ms",
    unit="ms",
    hold=Hold("<=", 1.0),
    run=_one_by_one,
)

LOAD = Row(
    name="live-load",
    what="p99 of the service's answers while it follows and delivers 100 changes/s",
    against="100 ms",
    unit="ms",
    hold=Hold("<=", 1.0),
    run=_under_load,
)
