"""What a service costs that has nothing to do: five systems, and nobody changes anything.

``orgledger serve`` runs in a process of its own with DingTalk, WeCom and Feishu as the sources of
three organizations, and Casdoor and Feishu as targets; all of them are simulated here. The log is
that of the embedded server, which is a process of its own and is not counted, only told.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.row import Hold, Measured, Row, Setting, Skipped
from domain.records import Roster
from tests.live.live_desk import COMPANY, SOURCES, TARGETS, Provider, eventually, keys

_CPU_PERCENT, _MEMORY_MB = 2.0, 250.0
_TARGETS = {"casdoor": "wecom", "feishu": "dingtalk"}
"""Where the people of which source go; Feishu takes nobody without the mobile that WeCom hides."""

_SETTLED_S = 5.0


@contextmanager
def _service() -> Iterator[int]:
    """The service's process id; its targets hold everybody."""
    if not Path("/proc/self/stat").exists():
        raise Skipped("this system has no /proc")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-idle")))
        text, there = "", []
        for name in SOURCES:
            source = stack.enter_context(Provider(name, COMPANY))
            text += f'[orgs.{name}]\nsource = "{name}"\n[systems.{name}]\ntype = "{name}"\n'
            text += f'org = "{name}"\n{keys(source, SOURCES[name])}'
        for name, org in _TARGETS.items():
            target = stack.enter_context(Provider(name, Roster()))
            text += f'[systems.to-{name}]\ntype = "{name}"\norg = "{org}"\nrole = "target"\n'
            text += keys(target, TARGETS[name])
            there.append(target)
        (folder / "orgledger.toml").write_text(text, encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "orgledger", "-c", f"{folder}/orgledger.toml", "serve"]
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            people = len(COMPANY.members)
            eventually(lambda: all(len(one.names()) == people for one in there), 60)
            time.sleep(_SETTLED_S)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def _seconds(pid: int) -> float:
    """Processor seconds of a process, of its own and the system's (proc(5), utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _measure(setting: Setting) -> tuple[float, float]:
    """Per cent of one core, and MB, over a minute in which nothing happens."""
    seconds = setting.size(60, 10)
    with _service() as pid:
        before, begun = _seconds(pid), time.monotonic()
        time.sleep(seconds)
        used, took = _seconds(pid) - before, time.monotonic() - begun
        return 100 * used / took, _megabytes(pid)


def _idle(setting: Setting) -> Measured:
    percent, memory = _measure(setting)
    too_large = f"{memory:.0f} MB are more than {_MEMORY_MB:.0f}"
    return Measured(
        ours=percent,
        theirs=_CPU_PERCENT,
        note=f"five systems; {memory:.0f} MB (at most {_MEMORY_MB:.0f})",
        broken=(too_large,) if memory > _MEMORY_MB else (),
    )


IDLE = Row(
    name="live-idle",
    what="processor time of an idle service with five systems",
    against="2 % of one core",
    unit="%",
    hold=Hold("<=", 1.0),
    run=_idle,
)
