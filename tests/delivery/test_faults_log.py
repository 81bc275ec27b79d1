"""A log whose disk is full, in the middle of a delivery.

A server with ``max_file_store`` answers as one whose disk is full does (nats-server 2.14 on a
tmpfs of 400 KB: code 10023 for both), and needs no mount.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.nats.embedded import attach
from adapters.nats.server import find_binary
from orgledger.engine.deliver import outcomes
from tests.cli.conftest import Cli
from tests.delivery.branch import TARGETS, Branch, desk_of
from tests.delivery.people import COMPANY, add, after, person

pytestmark = pytest.mark.slow

CROWD = after(COMPANY, add(*(person(n, "be") for n in range(100, 250))))
AHEAD, MORE = 20, 40
"""Outcomes that may wait here for the log, and calls that are no operation of their own."""

WRAPPER = """\
#!/bin/sh
if [ "$1" = "-c" ]; then
  sed -i 's/store_dir:/max_file_store: {room}\\n  store_dir:/' nats.conf
fi
exec {binary} "$@"
"""


@contextmanager
def room(folder: Path, size: int) -> Iterator[None]:
    """The embedded log of ``folder`` with room for ``size`` bytes."""
    wrapper = folder / "nats-server"
    wrapper.write_text(WRAPPER.format(room=size, binary=find_binary()))
    wrapper.chmod(0o755)
    with attach(folder / ".orgledger", binary=wrapper):
        yield


def used(folder: Path) -> int:
    """Bytes that the log takes."""
    store = folder / ".orgledger" / "jetstream"
    return sum(f.stat().st_size for f in store.rglob("*.blk") if f.is_file())


@pytest.mark.parametrize("type_", TARGETS)
def test_a_full_disk_at_the_log(
    type_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run stops with one sentence, no further operation goes out once an outcome can't be
    recorded, and with room again the next run finds what was done: nothing is there twice."""
    monkeypatch.setenv("NATS_PATIENCE", "1")
    monkeypatch.setattr(outcomes, "AHEAD", AHEAD)
    with desk_of(type_) as desk:
        branch = Branch(Cli(tmp_path, capsys), desk, type_)
        with attach(tmp_path / ".orgledger"):
            branch.tell(CROWD)
        with room(tmp_path, used(tmp_path) + 20_000):
            said = branch("sync", "there", "--json")
            assert said.code == 1, said.out + said.err
            [document] = said.json
            assert document["status"] == "failed"
            assert said.err == f"error: there: {document['reason']}\n"
            assert document["reason"].startswith("The log at 127.0.0.1:")
            assert "has no room for more: insufficient resources. Free space" in document["reason"]
            recorded = branch.cli("log", "feifan", "--json").out.count('"ChangeApplied"')
            assert 0 < recorded < len(CROWD.members), "it was in the middle"
            can = branch.target().capabilities
            assert desk.writes() - recorded <= AHEAD + can.batch * can.concurrency + MORE
        with attach(tmp_path / ".orgledger"):
            branch.heals()
        branch.is_discreet()
