"""status of sources: when they were read, what they told and did not tell, and who does it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from adapters.nats.client import connect
from adapters.nats.leases import Leases
from domain.events import DriftDetected, MemberRenamed, RunFinished, RunStarted
from orgledger.bootstrap import Service, open_service
from orgledger.config import load
from orgledger.ledger import Circumstances
from tests.cli.conftest import Cli

TOLD = 249


@contextmanager
def opened(folder: Path) -> Iterator[Service]:
    with open_service(load(folder / "orgledger.toml")) as found:
        yield found


def month(folder: Path) -> None:
    """249 changes that were told this month, and one that was not."""
    with opened(folder) as found:
        directory, ledger = found.views.directory("acme"), found.ledger
        (uid,) = [m.uid for m in directory.members.values() if m.name == "Ann Weber"]
        by = Circumstances(actor="callback:hr", source="hr", run="run-told")
        ledger.note("acme", RunStarted(uid="run-told", system="hr", mode="follow"), by, 1)
        ledger.append(directory, [MemberRenamed(uid=uid, name=f"Ann {n}") for n in range(TOLD)], by)
        ledger.note("acme", RunFinished(uid="run-told", appended=TOLD), by, 2)
        lost = DriftDetected(
            uid=uid, target="hr", kind="member", missed="MemberRenamed", delay=21_600
        )
        ledger.record("acme", [(lost, 1)], Circumstances(actor="schedule", source="hr"))


def shows(out: str, line: str) -> bool:
    return re.search(f"^{line}$", out, re.MULTILINE) is not None


def test_the_share_of_the_callbacks_that_were_lost(fresh: Cli) -> None:
    """One of 250 changes of this month had not been told: 0.4 %, by event and with its delay."""
    fresh("sync")
    month(fresh.folder)
    said = fresh("status")
    assert said.code == 0
    assert shows(said.out, r"hr +acme +\d+ s ago +in \d+ \w+ +249 +1 \(0\.4 %\)")
    assert said.out.endswith(
        "hr: lost 0.4 % of callbacks this month: MemberRenamed 1, found after 6 h at most\n"
    )
    (source,) = fresh("status", "hr", "--json").json
    assert source["callbacks"] == {
        "month": f"{datetime.now(UTC) + timedelta(hours=8):%Y-%m}",
        "announced": 249,
        "missed": 1,
        "lost": pytest.approx(0.4),
        "events": {"MemberRenamed": 1},
        "delay": 21600,
    }
    assert source["last"]["mode"] == "read"
    assert source["job"] is None


def test_it_is_told_in_chinese(fresh: Cli, chinese: None) -> None:
    """The sentence and the headings are translated."""
    fresh("sync")
    month(fresh.folder)
    out = fresh("status").out
    assert out.startswith("数据源")
    assert out.endswith("hr: 本月丢失了 0.4 % 的回调：MemberRenamed 1，最迟在 6 小时后发现\n")


@pytest.mark.parametrize(
    ("schedule", "next_"),
    [("off", "–"), ("* * * * *", r"(now|in \d+ s)"), ("0 0 1 1 *", r"in \d+ d")],
)
def test_the_next_reading_is_the_schedule_s(fresh: Cli, schedule: str, next_: str) -> None:
    """What is off has none."""
    fresh("sync")
    config = fresh.folder / "orgledger.toml"
    config.write_text(config.read_text(encoding="utf-8") + f'schedule = "{schedule}"\n')
    assert shows(fresh("status").out, rf"hr +acme +\d+ s ago +{next_}")


def test_what_was_never_read_is_due_now(fresh: Cli) -> None:
    """Also where there is no log yet."""
    assert shows(fresh("status").out, r"hr +acme +never +now")


def test_why_the_newest_reading_did_not_come_to_its_end(fresh: Cli) -> None:
    """One that failed, and one that waits for approval; when the last good one was says neither."""
    fresh("sync")
    roster = fresh.folder / "roster.json"
    good = roster.read_bytes()
    roster.write_text("{")
    assert fresh("sync").code == 1
    failed = fresh("runs", "--json").json[-1]
    assert fresh("status").out.endswith(f"hr: {failed['reason']} ({failed['id']})\n")
    roster.write_text('{"departments": [], "members": []}')
    assert fresh("sync").code == 3
    held = fresh("runs", "--json").json[-1]
    said = fresh("status").out
    assert f"hr: {held['reason']} ({held['id']})\n" in said
    assert f"orgledger sync hr --approve {held['id']}" in said
    roster.write_bytes(good)
    assert fresh("sync").code == 0
    assert "run-" not in fresh("status").out


@asynccontextmanager
async def holding(found: Service, *jobs: str) -> AsyncIterator[None]:
    client = await connect(found.address)
    try:
        async with (
            Leases(client, holder="host-1:4711") as leases,
            leases.hold(jobs[0]),
            leases.hold(jobs[1]),
        ):
            yield
    finally:
        await client.close()


def test_who_does_the_jobs_and_since_when(fresh: Cli) -> None:
    """Each lease with its process; with a system only its own."""
    with opened(fresh.folder) as found:
        ready, over = Event(), Event()

        async def hold() -> None:
            async with holding(found, "read.hr", "deliver.casdoor"):
                ready.set()
                await asyncio.to_thread(over.wait, 30)

        thread = Thread(target=lambda: asyncio.run(hold()))
        thread.start()
        try:
            assert ready.wait(20)
            said = fresh("status")
            assert shows(said.out, r"Job +Process +Since")
            assert shows(said.out, r"deliver\.casdoor +host-1:4711 +\d+ s ago")
            assert shows(said.out, r"read\.hr +host-1:4711 +\d+ s ago")
            assert "deliver.casdoor" not in fresh("status", "hr").out
            (source,) = fresh("status", "hr", "--json").json
            assert source["job"]["holder"] == "host-1:4711"
        finally:
            over.set()
            thread.join(20)
    assert "host-1" not in fresh("status").out
