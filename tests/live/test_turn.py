"""A command's turn at what a service does: it is asked for, and its loss ends no work."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace

import pytest

from adapters.nats import leases as module
from adapters.nats.connection import Address
from adapters.nats.embedded import attach
from domain.errors import LogError
from orgledger.live import turn as turns
from orgledger.live.turn import turn
from tests.adapters.nats.service_desk import address, replica

JOB = "read.dingtalk"


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with attach(tmp_path_factory.mktemp("turn")) as attached:
        yield address(attached)


@asynccontextmanager
async def served(where: Address, *, leaves: bool = True) -> AsyncIterator[list[str]]:
    """A service that has the job; what it did. It leaves it to who asks, or does not."""
    done: list[str] = []

    async def serve() -> None:
        async with replica(where, "service") as leases:
            while True:
                async with leases.hold(JOB) as lease:
                    done.append("begun")
                    await (lease.wanted if leaves else lease.lost).wait()
                done.append("left")

    task = asyncio.create_task(serve())
    try:
        async with asyncio.timeout(10):
            while not done:
                await asyncio.sleep(0.01)
        yield done
    finally:
        task.cancel()
        await asyncio.wait([task])


def given(where: Address, told: Callable[[str], None] = print) -> AbstractAsyncContextManager[None]:
    return turn(where, JOB, replicas=1, waiting=told)


@pytest.mark.parametrize("ahead", [0, 290], ids=["right", "five minutes ahead"])
def test_it_is_alone_while_it_lasts_whatever_its_clock_says(
    where: Address, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    """The service leaves, and has the job again afterwards."""

    async def run() -> None:
        async with served(where) as done:
            clock = SimpleNamespace(**vars(time) | {"time": lambda: time.time() + ahead})
            monkeypatch.setattr(module, "time", clock)
            async with given(where):
                assert done == ["begun", "left"]
            async with asyncio.timeout(5):
                while done != ["begun", "left", "begun"]:
                    await asyncio.sleep(0.01)

    asyncio.run(run())


def test_who_is_not_given_it_is_told_so_and_who_has_it(
    where: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE_S", 2.0)
    holders: list[str] = []

    async def run() -> None:
        async with served(where, leaves=False) as done:
            with pytest.raises(LogError, match="was not left to this command within 2 s"):
                async with given(where, holders.append):
                    raise AssertionError("two have the job")
            assert done == ["begun"]

    asyncio.run(run())
    assert holders == ["service"]


def test_a_lease_that_is_lost_meanwhile_ends_no_work(
    where: Address, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log is away then, and the work says so better, in its own words."""

    async def run() -> None:
        async with served(where), given(where):
            monkeypatch.setattr(module.Leases, "_beat", _unanswered)
            await asyncio.sleep(module.BEAT_S + 0.5)

    with caplog.at_level(logging.WARNING, "orgledger.live"):
        asyncio.run(run())
    assert f"The job {JOB} was not ours any more when it came to its end" in caplog.messages


async def _unanswered(*_: object) -> bool:
    await asyncio.sleep(0.05)
    return False
