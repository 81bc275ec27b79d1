"""A simulated provider in a process of its own, so that its memory and time are not ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from adapters.simulation.server import running
from bench.log import scratch
from domain.records import Roster
from orgledger.simulators import SIMULATORS

APP: dict[str, Any] = {"app_key": "dingsimulatedapp", "app_secret": "simulated-secret"}


class Stats(msgspec.Struct):
    """What the simulator was asked since it began, or since the last reset."""

    calls: dict[str, int]
    total: int
    writes: int
    errors: dict[str, int]
    throttled: int


class Simulator(msgspec.Struct, frozen=True):
    """One that answers at ``url``."""

    url: str

    def stats(self) -> Stats:
        answer = httpx.get(f"{self.url}/_sim/stats", trust_env=False, timeout=30)
        return msgspec.json.decode(answer.content, type=Stats)

    def reset(self) -> None:
        httpx.delete(f"{self.url}/_sim/stats", trust_env=False, timeout=30)


@contextmanager
def simulator(roster: Roster, provider: str = "dingtalk", **settings: Any) -> Iterator[Simulator]:
    """Serve ``roster`` on loopback. ``settings`` are dials of the provider's simulator."""
    with scratch() as folder:
        file = folder / "roster.json"
        file.write_bytes(msgspec.json.encode(roster))
        dials = msgspec.json.encode(settings).decode()
        command = [sys.executable, "-m", "bench.simulator", provider, str(file), dials]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            url = process.stdout.readline().decode().strip()
            if not url:
                raise RuntimeError("the simulator did not start")
            yield Simulator(url)
        finally:
            process.stdin.close()
            process.stdout.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main() -> None:
    """Serve the provider and roster in the arguments until standard input ends."""
    settings_of, create = SIMULATORS[sys.argv[1]]
    roster = msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=Roster)
    settings: dict[str, Any] = msgspec.json.decode(sys.argv[3])
    with running(create(settings_of(**settings), roster)) as served:
        print(served.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
