"""Eight years of a real organization, played through the simulated Entra into the log.

The data is a public team repository's history (94 monthly rosters); it stays outside this
repository, and the tests are skipped where it is not there.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.entra.settings import EntraSettings
from adapters.entra.simulator import create_app
from adapters.entra.simulator.directory import guid
from adapters.entra.source import EntraSource
from adapters.nats.embedded import attach
from adapters.simulation.server import running
from domain.directory import Directory
from domain.plausible import Limit, Limits
from domain.records import Roster
from domain.rows import Rows
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.pull import Feed, Outcome, Pull
from orgledger.engine.views import Views
from orgledger.ledger import Ledger
from tests.adapters.entra.entra_desk import APP, GROUPS

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "rust-org-history.jsonl.gz"
ORG = "rust"

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DATA.exists(), reason=f"the real history is not at {DATA}"),
]

Picture = tuple[set[Any], set[Any], set[Any]]


def months() -> list[dict[str, Any]]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def picture_of(month: dict[str, Any]) -> Picture:
    """What a month's roster says, by Graph's ids."""

    def people(ids: list[str]) -> frozenset[str]:
        return frozenset(guid("user", own) for own in ids)

    return (
        {
            (
                guid("group", d["id"]),
                d["name"],
                d["parent_id"] and guid("group", d["parent_id"]),
                people(d["leaders"]),
            )
            for d in month["departments"]
        },
        {
            (
                guid("user", m["id"]),
                m["name"],
                frozenset(guid("group", d) for d in m["departments"]),
            )
            for m in month["members"]
        },
        {(guid("role", r["id"]), r["name"], people(r["members"])) for r in month["roles"]},
    )


def picture_in(directory: Directory) -> Picture:
    """What the ledger says, by Graph's ids."""
    roster = Rows(directory).roster()
    return (
        {
            (d["id"], d["name"], d["parent_id"], frozenset(d["leaders"]))
            for d in roster["departments"]
        },
        {(m["id"], m["name"], frozenset(m["departments"])) for m in roster["members"]},
        {(r["id"], r["name"], frozenset(r["members"])) for r in roster["roles"]},
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with attach(tmp_path / "log") as attached:
        opened = Ledger(environment(LogConfig(), attached.env()))
        yield opened
        opened.close()


def sync(ledger: Ledger, views: Views, url: str) -> Outcome:
    settings = EntraSettings(
        **{**APP, **GROUPS, "login_url": url, "base_url": f"{url}/v1.0", "rate": 1000}
    )
    generous = Limit(count=10_000)
    limits = Limits(members=generous, departments=generous, memberships=generous, grants=generous)

    async def work() -> Outcome:
        source = EntraSource("entra", settings)
        feed = Feed(system="entra", org=ORG, name="Rust", source=source, limits=limits)
        try:
            return await Pull(ledger, views, feed, actor="test", progress=lambda *_: None).execute()
        finally:
            await source.close()

    return asyncio.run(work())


@pytest.mark.parametrize(
    "step", [pytest.param(23, id="sampled"), pytest.param(1, id="all", marks=pytest.mark.slow)]
)
def test_every_month_is_in_the_ledger_and_read_again_says_nothing(
    step: int, ledger: Ledger, tmp_path: Path
) -> None:
    app, views = create_app(), Views(ledger, tmp_path)
    chosen = months()[::step]
    with running(app) as served:
        for month in chosen:
            app.provider.put_roster(msgspec.convert(month, Roster))
            outcome = sync(ledger, views, served.url)
            assert not outcome.refused
            assert not outcome.gaps
            assert picture_in(views.directory(ORG)) == picture_of(month), month["at"]
        assert sync(ledger, views, served.url).appended == 0
    assert len(chosen) == (94 if step == 1 else 5)
