"""What a service asks of JetStream: it leaves nothing behind, and nothing keeps it from ending."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any, cast

import pytest
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NoStreamResponseError

from adapters.nats.asking import batch, publish
from adapters.nats.embedded import Attached
from adapters.nats.inbox import STREAM, Inbox
from tests.adapters.nats.service_desk import address, connected
from tests.adapters.nats.test_restarts import strike


def test_what_was_asked_when_the_connection_broke_leaves_nothing_behind(
    own_server: Attached,
) -> None:
    """A service looks at its leases every two seconds, also while the log is away for a day."""

    async def run() -> None:
        async with connected(address(own_server)) as client:
            await Inbox(client).ensure()
            before = len(client._subs)
            asked: dict[str, Any] = {"next_by_subj": "orgledger.inbox.>", "batch": 1}
            assert await batch(client, STREAM, asked, 2.0) == []
            os.kill(int((own_server.data / "nats.pid").read_text()), signal.SIGSTOP)
            asking = asyncio.create_task(batch(client, STREAM, asked, 1.0))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(strike, own_server.data, signal.SIGKILL)
            with pytest.raises((NatsError, TimeoutError)):
                await asking
            with pytest.raises(NatsError, match="not connected"):
                await batch(client, STREAM, asked, 1.0)
            assert (len(client._subs), client.pending_data_size) == (before, 0)

    asyncio.run(run())


class _Swallowing:
    """Takes a cancellation for an answer, as wait_for does when both come at once."""

    async def publish(self, *_: object, **__: object) -> None:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            raise NoStreamResponseError from None


def test_a_cancellation_that_comes_with_a_failure_is_heeded() -> None:
    """Else who publishes until it works would go on for ever."""

    async def run() -> None:
        js = cast("JetStreamContext", _Swallowing())
        task = asyncio.create_task(publish(js, "s", b"", {}, 5))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(NoStreamResponseError):
            await publish(js, "s", b"", {}, 0.01)  # its own end is no cancellation

    asyncio.run(run())
