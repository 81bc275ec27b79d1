"""The service's own beginning and end, apart from what it does in between."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest
from nats.js.api import StreamConfig

from adapters.nats.inbox import STREAM
from domain.errors import ConfigError
from orgledger.bootstrap import open_service
from orgledger.live.jobs import Check, Running
from orgledger.live.service import Live
from tests.adapters.nats.service_desk import connected
from tests.live.live_desk import LiveDesk


def test_a_service_that_cannot_begin_leaves_nothing_behind(tmp_path: Path) -> None:
    """Somebody else has a stream of the inbox's name; the connection is closed again."""

    async def run() -> None:
        with open_service(desk.config) as opened:
            async with connected(opened.address) as client:
                await client.jetstream().add_stream(StreamConfig(name=STREAM, subjects=["x.>"]))
            before = asyncio.all_tasks()
            with pytest.raises(ConfigError, match="is not orgledger's"):
                await Live(opened).__aenter__()
            await asyncio.sleep(0.05)
            assert asyncio.all_tasks() == before

    with LiveDesk(tmp_path, "dingtalk", ()) as desk:
        asyncio.run(run())


class _Blocked:
    name = "blocked"

    async def run(self, leave: asyncio.Event, check: Check) -> None:
        """It does not let itself be told anything."""
        time.sleep(0.3)


def test_a_job_that_outlives_the_service_ends_in_silence() -> None:
    """Its thread has nobody any more to tell, which is no failure of it."""

    async def begin() -> Running:
        running = Running(_Blocked(), lambda: None)
        await asyncio.sleep(0.05)
        return running

    asyncio.run(begin())
    (left,) = [thread for thread in threading.enumerate() if thread.name == "blocked"]
    left.join(5)
