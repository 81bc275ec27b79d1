"""The end of a service: a process of its own is told to stop, whatever it is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orgledger.bootstrap import open_service
from orgledger.engine.runs import Status
from tests.live.live_desk import COMPANY, LiveDesk, eventually

WITHIN_S = 15.0
"""What the page about the service promises."""

RENAMED = {"op": "update_member", "id": "u4", "name": "Ann Later"}


@contextmanager
def served(desk: LiveDesk) -> Iterator[subprocess.Popen[bytes]]:
    """``orgledger serve`` for a desk. It is killed at the end if it still runs."""
    command = [sys.executable, "-m", "orgledger", "-c", str(desk.folder / "orgledger.toml")]
    with subprocess.Popen(
        [*command, "serve", "--port", str(desk.port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def stopped(process: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM) -> float:
    """Its exit code is 0; how many seconds it took."""
    begun = time.monotonic()
    process.send_signal(by)
    _out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said.decode()
    return time.monotonic() - begun


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LiveDesk]:
    with LiveDesk(tmp_path, "dingtalk", ("casdoor",)) as found:
        yield found


def test_a_call_under_way_is_finished_and_recorded(desk: LiveDesk) -> None:
    """The target answers after the stop; the change is there, in the log, and in a closed run."""
    target = desk.providers["casdoor"]
    with served(desk) as process:
        eventually(lambda: len(target.names()) == len(COMPANY.members), 40)
        target.spoil({"api": "update-user", "kind": "slow", "seconds": 1.5})
        before = _changes(desk)
        desk.source.change(RENAMED)
        eventually(lambda: _changes(desk) > before)
        took = stopped(process)
    assert 0.5 < took < WITHIN_S
    assert "Ann Later" in target.names()
    with open_service(desk.config) as opened:
        runs = opened.views.runs().by_id.values()
        assert [run for run in runs if run.status is not Status.FINISHED] == []
        state = opened.views.sync_state("feifan", "casdoor")
        held = [p.fields.get("displayName") for p in state.of("member").values()]
        assert "Ann Later" in held


def _changes(desk: LiveDesk) -> int:
    """Calls that change somebody at the target: those under way are counted, too."""
    calls: dict[str, int] = desk.providers["casdoor"].stats()["calls"]
    return calls.get("update-user", 0)


@pytest.mark.slow  # 35 s
def test_a_provider_that_hangs_keeps_nobody_from_stopping(desk: LiveDesk) -> None:
    """The reading is given up, its run says so, and the next service reads it all."""
    target = desk.providers["casdoor"]
    desk.source.spoil({"api": "*", "kind": "slow", "seconds": 30})
    with served(desk) as process:
        eventually(lambda: desk.source.stats()["max_concurrency"] > 0, 40)
        time.sleep(1)
        assert stopped(process) < WITHIN_S
    desk.source.spoil()
    with served(desk) as process:
        eventually(lambda: len(target.names()) == len(COMPANY.members), 60)
        stopped(process)


@pytest.mark.slow  # 50 s
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_while_the_log_is_away(desk: LiveDesk, by: signal.Signals) -> None:
    """Nothing can be recorded any more; that is no reason to stay."""
    target = desk.providers["casdoor"]
    with served(desk) as process:
        eventually(lambda: len(target.names()) == len(COMPANY.members), 40)
        os.kill(int((desk.folder / ".orgledger" / "nats.pid").read_text()), signal.SIGKILL)
        time.sleep(1)
        assert stopped(process, by) < WITHIN_S
