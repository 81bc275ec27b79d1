"""The simulated long connection: strict as Feishu's, for our client and for the vendor's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import lark_oapi as lark
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from adapters.feishu.long_connection import FeishuLongConnection
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.simulator.app import create_app
from adapters.feishu.simulator.settings import FeishuSettings as Simulated
from adapters.simulation.server import Running, running
from domain.records import DepartmentRecord, Roster
from orgledger.systems import TYPES
from tests.adapters.feishu.vendor_frames import Frame, connected_vendor
from tests.adapters.line_desk import QUICK, SOON, Store, get, listening, post

ROSTER = Roster(departments=(DepartmentRecord(id="d2", name="R&D", parent_id=None),))
ENDPOINT = "/callback/ws/endpoint"
ASKED = {"AppID": "cli_simulatedapp", "AppSecret": "simulated-secret"}


@pytest.fixture
def simulator() -> Iterator[Running]:
    """Feishu on loopback: repeats soon, reconnecting at once, events in small frames."""
    settings = Simulated(
        callback_pace=0.002,
        callback_limit=0.5,
        reconnect_nonce=0,
        reconnect_interval=0,
        frame_bytes=100,
    )
    with running(create_app(settings, ROSTER)) as served:
        yield served


def renamed(url: str, *names: str) -> None:
    """Somebody renames the department in the console."""
    for name in names:
        change = {"op": "update_department", "id": "d2", "name": name}
        post(f"{url}/_sim/change", json=change).raise_for_status()


def stats(url: str) -> dict[str, Any]:
    """What was sent and acknowledged."""
    told: dict[str, Any] = get(f"{url}/_sim/stats").json()["stream"]
    return told


async def counted(url: str, what: str, count: int) -> None:
    """Wait until the simulator counted so many."""
    async with asyncio.timeout(SOON):
        while (await asyncio.to_thread(stats, url))[what] < count:
            await asyncio.sleep(0.02)


def ours(url: str) -> FeishuLongConnection:
    """Our client, by the configuration's way to it."""
    settings = FeishuSettings(
        app_id="cli_simulatedapp", app_secret="simulated-secret", base_url=url, long_connection=True
    )
    made = TYPES["feishu"].listening
    assert made is not None
    assert isinstance(made(settings, "feishu"), FeishuLongConnection)
    return FeishuLongConnection(settings, patience=QUICK)


def granted(url: str, client: httpx.Client | None = None) -> str:
    """An address to connect to."""
    answer = (client.post if client else post)(f"{url}{ENDPOINT}", json=ASKED).json()
    assert answer["code"] == 0
    address: str = answer["data"]["URL"]
    return address


def test_a_long_connection_is_only_held_where_it_is_asked_for() -> None:
    """``long_connection = true``; otherwise the console is set to webhooks."""
    made = TYPES["feishu"].listening
    assert made is not None
    assert made(FeishuSettings(app_id="a", app_secret="s"), "feishu") is None


def test_changes_arrive_and_are_acknowledged(simulator: Running) -> None:
    """Every event once, put together from many frames, and none is sent again."""

    async def attempt() -> Store:
        store = Store()
        async with listening(ours(simulator.url), store):
            await counted(simulator.url, "connected", 1)
            await asyncio.to_thread(renamed, simulator.url, "研发", "研发二部", "c")
            await store.until(3)
            await asyncio.sleep(0.1)
        return store

    store = asyncio.run(attempt())
    assert [one.events for one in store.taken] == [("contact.department.updated_v3",)] * 3
    assert len({one.key for one in store.taken}) == 3
    assert store.taken[0].keep is not None
    (hint,) = ours("http://x").hints(store.taken[0].keep)
    assert (hint.kind, hint.id) == ("department", "d2")
    told = stats(simulator.url)
    assert (told["sent"], told["acknowledged"], told["failed"], told["misspoken"]) == (3, 3, 0, 0)


@pytest.mark.parametrize("end", ["closed", "reset", "halfway"])
def test_what_happens_while_a_connection_ends_still_arrives(simulator: Running, end: str) -> None:
    """Whatever way it ends, another one is opened, and the events are told again there."""

    async def attempt() -> set[str]:
        store = Store()
        async with listening(ours(simulator.url), store), httpx.AsyncClient() as control:
            await counted(simulator.url, "connected", 1)
            await asyncio.to_thread(renamed, simulator.url, "a")
            asked = await control.post(f"{simulator.url}/_sim/sockets", json={"end": end})
            assert asked.json() == {"ended": 1}
            await asyncio.to_thread(renamed, simulator.url, "b")
            await counted(simulator.url, "connected", 2)
            await asyncio.to_thread(renamed, simulator.url, "c")
            async with asyncio.timeout(SOON):
                while len({one.key for one in store.taken}) < 3:
                    await asyncio.sleep(0.02)
        return {one.key for one in store.taken}

    assert len(asyncio.run(attempt())) == 3


def test_what_we_cannot_store_is_told_again(simulator: Running) -> None:
    """500, and then 200."""

    async def attempt() -> None:
        store = Store(fails=2)
        async with listening(ours(simulator.url), store):
            await counted(simulator.url, "connected", 1)
            await asyncio.to_thread(renamed, simulator.url, "a")
            await store.until(1)
            await counted(simulator.url, "acknowledged", 1)

    asyncio.run(attempt())
    told = stats(simulator.url)
    assert (told["sent"], told["failed"], told["acknowledged"]) == (3, 2, 1)


def test_the_endpoint_is_strict(simulator: Running) -> None:
    """No credentials, wrong ones, no JSON, another method."""
    with httpx.Client(base_url=simulator.url) as client:
        codes = [
            client.post(ENDPOINT, json=asked).json()["code"]
            for asked in ({}, {**ASKED, "AppSecret": "x"}, {**ASKED, "AppID": ""})
        ]
        assert codes == [1000040344, 1000040345, 1000040344]
        assert client.post(ENDPOINT, content=b"{").json()["code"] == 1000040344
        assert client.get(ENDPOINT).status_code == 404


def test_a_refused_handshake_says_why_in_its_headers(simulator: Running) -> None:
    """A ticket that was used, and the fifty-first connection."""

    async def attempt() -> list[tuple[int, str]]:
        refused = []
        async with AsyncExitStack() as stack:
            first = granted(simulator.url)
            await stack.enter_async_context(connect(first))
            with pytest.raises(InvalidStatus) as used:
                await connect(first)
            client = stack.enter_context(httpx.Client())
            for _ in range(49):
                await stack.enter_async_context(connect(granted(simulator.url, client)))
            with pytest.raises(InvalidStatus) as many:
                await connect(granted(simulator.url))
            for one in (used, many):
                headers = one.value.response.headers
                code = headers["handshake-autherrcode"]
                refused.append((int(headers["handshake-status"]), code))
        return refused

    assert asyncio.run(attempt()) == [(514, "1000040343"), (514, "1000040350")]


def test_answers_in_another_form_count_for_nothing(simulator: Running) -> None:
    """Text, no protobuf, another service, no code: the event comes again."""
    post(f"{simulator.url}/_sim/settings", json={"frame_bytes": 100_000})

    async def attempt() -> int:
        tries = 0
        async with connect(granted(simulator.url)) as socket:
            await counted(simulator.url, "connected", 1)
            await asyncio.to_thread(renamed, simulator.url, "a")
            while tries < 3:
                frame = Frame()
                frame.ParseFromString(await asyncio.wait_for(socket.recv(), SOON))
                tries += 1
                frame.payload = b'{"code":200}'
                if tries == 1:
                    await socket.send("{}")
                    await socket.send(b"\xff")
                    frame.payload = b'{"status":200}'
                if tries == 2:
                    frame.service += 1
                await socket.send(frame.SerializeToString())
            await asyncio.sleep(0.1)
        return tries

    assert asyncio.run(attempt()) == 3
    told = stats(simulator.url)
    assert (told["acknowledged"], told["misspoken"]) == (1, 4)


def test_the_vendors_client_gets_the_events(simulator: Running) -> None:
    """lark-oapi connects, joins the parts, acknowledges, pings, and comes back after a close."""
    url, told = simulator.url, list[tuple[str, str]]()
    post(f"{url}/_sim/settings", json={"callback_limit": SOON}).raise_for_status()

    def taken(event: Any) -> None:
        told.append((event.header.event_id, event.event.object.name))

    handler = (
        lark.EventDispatcherHandler.builder("", "")
        .register_p2_contact_department_updated_v3(taken)
        .build()
    )
    with connected_vendor("cli_simulatedapp", "simulated-secret", handler, url):
        asyncio.run(counted(url, "connected", 1))
        renamed(url, "研发")
        asyncio.run(counted(url, "acknowledged", 1))
        post(f"{url}/_sim/sockets", json={"end": "closed"})
        asyncio.run(counted(url, "connected", 2))
        renamed(url, "b")
        asyncio.run(counted(url, "acknowledged", 2))
    assert told == [("sim-event-000000000001", "研发"), ("sim-event-000000000002", "b")]
    assert (stats(url)["failed"], stats(url)["misspoken"]) == (0, 0)
