"""Hearing: a provider that is asked to call us, and when that leaves a gap."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from nats.aio.client import Client

from adapters.nats.client import connect
from adapters.nats.embedded import attach
from adapters.receiving import Refused
from domain.errors import ConfigError, TransientFault
from domain.hints import Asked
from orgledger.bootstrap import Service
from orgledger.config import SystemConfig
from orgledger.live import hearing as module
from orgledger.live.hearing import Hearing
from tests.adapters.nats.service_desk import address, connected
from tests.live.receiving import SETTINGS


def hearing(where: Any = None) -> Hearing:
    """Of a system that calls us, of which nothing else is needed."""
    config = SimpleNamespace(
        serve=SimpleNamespace(public_url="https://sync.example.com"),
        log=SimpleNamespace(replicas=1),
    )
    opened = SimpleNamespace(config=config, address=where)
    configured = SimpleNamespace(id="entra", type="entra", settings=SETTINGS["entra"])
    return Hearing(cast("Service", opened), cast("SystemConfig", configured), lambda _: None)


class Provider:
    """Is busy the first so many times; then it calls us, since just now or since before."""

    def __init__(self, busy: int, anew: list[bool]) -> None:
        self._busy, self._anew = busy, iter(anew)
        self.done = asyncio.Event()

    async def keep(self, url: str) -> Asked:
        """Ask it to call; an hour later it is looked after again."""
        assert url == "https://sync.example.com/callbacks/entra"
        if self._busy:
            self._busy -= 1
            raise TransientFault("It is busy")
        self.done.set()
        return Asked(datetime.now(UTC) + timedelta(hours=1), next(self._anew))

    async def heed(self, url: str, stored: bytes) -> Asked | None:
        """Nothing is asked for."""
        return None

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("busy", [0, 2])
@pytest.mark.parametrize("anew", [True, False])
def test_what_happened_before_a_provider_calls_us_has_to_be_read(
    busy: int, anew: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However late it was persuaded, and told once; not where it has been calling all along."""
    monkeypatch.setattr(module, "SUBSCRIBE_S", 0.0)
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    found = hearing()

    async def run() -> None:
        provider = Provider(busy, [anew])
        task = asyncio.create_task(found._subscribed(provider))
        await asyncio.wait_for(provider.done.wait(), 10)
        task.cancel()
        await asyncio.wait((task,), timeout=10)

    asyncio.run(run())
    assert (found.begun(), found.begun()) == (anew, False)


def test_a_start_that_fails_leaves_no_connection_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again and again; here a stream of somebody else's has the subjects."""
    opened = list[Client]()

    async def remembered(*args: Any, **more: Any) -> Client:
        opened.append(await connect(*args, **more))
        return opened[-1]

    monkeypatch.setattr(module, "connect", remembered)

    async def run(where: Any) -> None:
        async with connected(where) as client:
            await client.jetstream().add_stream(name="OTHER", subjects=["orgledger.inbox.>"])
        with pytest.raises(ConfigError):
            async with hearing(where):
                raise AssertionError("it cannot be opened")
        assert [client.is_closed for client in opened] == [True]

    with attach(tmp_path / "ledger") as server:
        asyncio.run(run(address(server)))


def test_an_event_that_is_refused_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """By its reason; the provider repeats it for some time, and then it is lost."""

    class Line:
        async def listen(self, take: Any) -> None:
            """One event in no known form."""
            await take(Refused("shape").received)
            await asyncio.sleep(10)

        def hints(self, kept: bytes) -> tuple[()]:
            """None."""
            return ()

    async def run() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hearing()._listen(Line(), cast("Any", None)), 0.05)

    asyncio.run(run())
    assert "entra: an event was refused (shape)" in caplog.text
