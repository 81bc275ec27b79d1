"""What a simulator has to tell, and those who follow it."""

from __future__ import annotations

import asyncio
import threading
import time

from adapters.simulation.outbox import Outbox


def test_who_follows_gets_what_comes_next_in_order() -> None:
    """Each follower for itself; what was before is not news."""
    outbox = Outbox()
    outbox.put({"is": "old"})

    async def run() -> None:
        with outbox.follow() as one, outbox.follow() as other:
            outbox.put({"is": "first"})
            outbox.put({"is": "second"})
            assert one.behind == 2
            assert [await one.take(), await one.take()] == [
                {"number": 2, "is": "first"},
                {"number": 3, "is": "second"},
            ]
            assert (one.behind, other.behind) == (0, 2)
            assert (await other.take())["is"] == "first"
            outbox.forget()
            outbox.put({"is": "new"})
            assert [(await one.take())["number"], (await other.take())["number"]] == [1, 1]

    asyncio.run(run())
    outbox.put({"is": "told to nobody"})
    assert outbox.last == 2


def test_a_follower_wakes_at_once_for_an_event_from_another_thread() -> None:
    """Changes are made by tests and the demo on theirs, while the loop sleeps."""
    outbox = Outbox()

    async def run() -> float:
        follower = outbox.follow()
        threading.Timer(0.05, outbox.put, [{"is": "new"}]).start()
        started = time.perf_counter()
        async with asyncio.timeout(5):
            assert (await follower.take())["is"] == "new"
        return time.perf_counter() - started

    assert asyncio.run(run()) < 2


def test_who_gives_up_waiting_loses_nothing() -> None:
    """A take that is cancelled has taken nothing."""
    outbox = Outbox()

    async def run() -> None:
        follower = outbox.follow()
        waiting = asyncio.create_task(follower.take())
        await asyncio.sleep(0)
        waiting.cancel()
        outbox.put({"is": "new"})
        assert (await follower.take())["number"] == 1

    asyncio.run(run())
