"""Consumers of the log and of the inbox, when the log is not there."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.nats.connection import Address
from adapters.nats.embedded import Attached, attach
from adapters.nats.inbox import STREAM, Inbox, subject
from orgledger.live.consuming import consuming
from tests.adapters.nats.service_desk import address, connected
from tests.adapters.nats.test_restarts import strike


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Attached]:
    with attach(tmp_path / "ledger") as attached:
        yield attached


async def _consume(where: Address, away: Path | None) -> None:
    """Begin to, and leave; before that the server is gone, where its folder is given."""
    taken: list[object] = []
    async with consuming(
        where, taken.append, stream=STREAM, subject=subject("dingtalk"), durable="read-dingtalk"
    ):
        if away is not None:
            await asyncio.to_thread(strike, away, signal.SIGKILL)
            await asyncio.sleep(0.5)


@pytest.mark.parametrize("away", [False, True])
def test_who_leaves_leaves_nothing_behind_and_hides_no_error(server: Attached, away: bool) -> None:
    """A job that is told to leave because the log is away ends by that, not by its connection."""

    async def run() -> None:
        async with connected(address(server)) as client:
            await Inbox(client).ensure()
        before = asyncio.all_tasks()
        await _consume(address(server), server.data if away else None)
        await asyncio.sleep(0.05)
        assert asyncio.all_tasks() == before

    asyncio.run(run())
