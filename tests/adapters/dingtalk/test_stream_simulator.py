"""The simulated Stream gateway: strict as DingTalk's, for our client and for the vendor's."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator.app import create_app
from adapters.dingtalk.simulator.settings import DingTalkSettings as Simulated
from adapters.dingtalk.stream import DingTalkStream
from adapters.simulation.server import Running, running
from domain.hints import kept
from domain.records import DepartmentRecord, Roster
from orgledger.systems import TYPES
from tests.adapters.line_desk import QUICK, SOON, Store, get, listening, post

ROSTER = Roster(departments=(DepartmentRecord(id="2", name="R&D", parent_id="1"),))
OPEN = "/v1.0/gateway/connections/open"
ASKED = {
    "clientId": "dingsimulatedapp",
    "clientSecret": "simulated-secret",
    "subscriptions": [{"type": "EVENT", "topic": "*"}],
}
JSON = {"Accept": "application/json"}


@pytest.fixture
def simulator() -> Iterator[Running]:
    """DingTalk on loopback; repeats come a hundred times as quick."""
    settings = Simulated(callback_pace=0.01, callback_limit=0.5)
    with running(create_app(settings, ROSTER)) as served:
        yield served


def renamed(url: str, *names: str) -> None:
    """Somebody renames the department in the console."""
    for name in names:
        change = {"op": "update_department", "id": "2", "name": name}
        post(f"{url}/_sim/change", json=change).raise_for_status()


def stats(url: str) -> dict[str, Any]:
    """What the gateway counted."""
    told: dict[str, Any] = get(f"{url}/_sim/stats").json()["stream"]
    return told


async def connected(url: str, count: int = 1) -> None:
    """Wait until so many connections were made."""
    async with asyncio.timeout(SOON):
        while (await asyncio.to_thread(stats, url))["connected"] < count:
            await asyncio.sleep(0.02)


def ours(url: str) -> DingTalkStream:
    """Our client, by the configuration's way to it."""
    settings = DingTalkSettings(
        app_key="dingsimulatedapp", app_secret="simulated-secret", api_url=url, stream=True
    )
    made = TYPES["dingtalk"].listening
    assert made is not None
    assert isinstance(made(settings, "dingtalk"), DingTalkStream)
    return DingTalkStream(settings, patience=QUICK)


def test_stream_is_only_listened_to_where_it_is_asked_for() -> None:
    """``stream = true``; otherwise the console is set to HTTP."""
    made = TYPES["dingtalk"].listening
    assert made is not None
    assert made(DingTalkSettings(app_key="k", app_secret="s"), "dingtalk") is None


def test_changes_arrive_and_are_acknowledged(simulator: Running) -> None:
    """Every event once, and none is sent again."""

    async def attempt() -> Store:
        store = Store()
        async with listening(ours(simulator.url), store):
            await connected(simulator.url)
            await asyncio.to_thread(renamed, simulator.url, "a", "b", "c")
            await store.until(3)
            await asyncio.sleep(0.1)
        return store

    store = asyncio.run(attempt())
    assert [one.events for one in store.taken] == [("org_dept_modify",)] * 3
    assert len({one.key for one in store.taken}) == 3
    assert store.taken[0].keep is not None
    (hint,) = ours("http://x").hints(store.taken[0].keep)
    assert (hint.kind, hint.id) == ("department", "2")
    told = stats(simulator.url)
    assert (told["sent"], told["acknowledged"], told["failed"], told["misspoken"]) == (3, 3, 0, 0)


@pytest.mark.parametrize("end", ["asked", "closed", "reset", "halfway"])
def test_what_happens_while_a_connection_ends_still_arrives(simulator: Running, end: str) -> None:
    """Whatever way it ends, another one is opened, and the events are told again there."""

    async def attempt() -> set[str]:
        store = Store()
        async with listening(ours(simulator.url), store), httpx.AsyncClient() as control:
            await connected(simulator.url)
            await asyncio.to_thread(renamed, simulator.url, "a")
            asked = await control.post(f"{simulator.url}/_sim/sockets", json={"end": end})
            assert asked.json() == {"ended": 1}
            await asyncio.to_thread(renamed, simulator.url, "b")
            await connected(simulator.url, 2)
            await asyncio.to_thread(renamed, simulator.url, "c")
            async with asyncio.timeout(SOON):
                while len({one.key for one in store.taken}) < 3:
                    await asyncio.sleep(0.02)
        return {one.key for one in store.taken}

    assert len(asyncio.run(attempt())) == 3


def test_dials_lose_double_and_reorder(simulator: Running) -> None:
    """``stream:lost`` and its like; an event that comes twice has one key."""
    dials = [
        {"api": "stream", "kind": "lost", "times": 1},
        {"api": "stream", "kind": "duplicated", "times": 1},
        {"api": "stream", "kind": "reordered", "times": 1},
    ]

    async def attempt() -> Store:
        store = Store()
        async with listening(ours(simulator.url), store):
            await connected(simulator.url)
            post(f"{simulator.url}/_sim/faults", json=dials).raise_for_status()
            await asyncio.to_thread(renamed, simulator.url, "1", "2", "3", "4")
            await store.until(4)
        return store

    store = asyncio.run(attempt())
    marks = []
    for one in store.taken:
        assert one.keep is not None
        marks.append(json.loads(kept(one.keep).body)["headers"]["eventId"][-1])
    assert (sorted(marks), marks.index("4") < marks.index("3")) == (["2", "2", "3", "4"], True)
    told = stats(simulator.url)
    assert (told["lost"], told["duplicated"], told["reordered"]) == (1, 1, 1)


def test_what_we_cannot_store_is_told_again(simulator: Running) -> None:
    """LATER, a store that takes too long, and then SUCCESS."""

    async def attempt() -> None:
        store = Store(fails=2)
        async with listening(ours(simulator.url), store):
            await connected(simulator.url)
            await asyncio.to_thread(renamed, simulator.url, "a")
            await store.until(1)
            async with asyncio.timeout(SOON):
                while not stats(simulator.url)["acknowledged"]:
                    await asyncio.sleep(0.02)

    asyncio.run(attempt())
    told = stats(simulator.url)
    assert (told["sent"], told["failed"], told["acknowledged"]) == (3, 2, 1)


def test_the_gateway_is_strict(simulator: Running) -> None:
    """Wrong secret, nothing subscribed to, a topic of one's own, no JSON asked for."""
    with httpx.Client(base_url=simulator.url, headers=JSON) as client:
        wrong = client.post(OPEN, json={**ASKED, "clientSecret": "x"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "authFailed")
        for subscriptions in ([], None, [{"type": "EVENT", "topic": "user_add_org"}], ["EVENT"]):
            refused = client.post(OPEN, json={**ASKED, "subscriptions": subscriptions})
            assert refused.status_code == 400
        assert client.post(OPEN, content=b"{").status_code == 400
        plain = client.post(OPEN, json=ASKED, headers={"Accept": "*/*"})
        assert plain.headers["content-type"].startswith("application/xml")
        granted = client.post(OPEN, json=ASKED).json()
    assert granted["endpoint"] == f"{simulator.url.replace('http', 'ws')}/connect"


def test_a_ticket_is_good_for_one_connection_and_ninety_seconds(simulator: Running) -> None:
    """The second connection, and the late one, are refused."""

    def ticket() -> str:
        granted = post(f"{simulator.url}{OPEN}", json=ASKED, headers=JSON).json()
        return f"{granted['endpoint']}?ticket={granted['ticket']}"

    async def attempt() -> list[int]:
        url, refused = ticket(), []
        late = ticket()
        async with connect(url):
            for again in (url, f"{simulator.url.replace('http', 'ws')}/other", late):
                if again == late:
                    post(f"{simulator.url}/_sim/clock", json={"advance": 91})
                with pytest.raises(InvalidStatus) as status:
                    async with connect(again):
                        pass
                refused.append(status.value.response.status_code)
        return refused

    assert asyncio.run(attempt()) == [401, 404, 401]


def test_answers_in_another_form_count_for_nothing(simulator: Running) -> None:
    """No JSON, no messageId, data that is no text, a wrong id, binary: the event comes again."""
    granted = post(f"{simulator.url}{OPEN}", json=ASKED, headers=JSON).json()
    right = {"contentType": "application/json"}

    async def attempt() -> list[str]:
        seen: list[str] = []
        async with connect(f"{granted['endpoint']}?ticket={granted['ticket']}") as socket:
            await connected(simulator.url)
            await asyncio.to_thread(renamed, simulator.url, "a")
            while len(seen) < 4:
                message = json.loads(await asyncio.wait_for(socket.recv(), SOON))
                if message["type"] != "EVENT":
                    continue
                mark = message["headers"]["messageId"]
                seen.append(mark)
                good = {"code": 200, "headers": {**right, "messageId": mark}, "data": "{}"}
                said: list[Any] = [
                    {**good, "data": {}},
                    {**good, "headers": {"messageId": mark}},
                    {**good, "headers": {**right, "messageId": "other"}},
                    {**good, "code": 404},
                ]
                await socket.send(json.dumps(said[len(seen) - 1]))
                if len(seen) == 1:
                    await socket.send("{")
                    await socket.send(json.dumps(good).encode())
        return seen

    marks = asyncio.run(attempt())
    assert len(set(marks)) == 4
    assert stats(simulator.url)["acknowledged"] == 0
    assert stats(simulator.url)["misspoken"] >= 4


def test_only_one_of_several_connections_is_told(simulator: Running) -> None:
    """Each event goes to one, and over many events to every one of them."""

    async def attempt() -> tuple[int, int]:
        one, two = Store(), Store()
        async with listening(ours(simulator.url), one), listening(ours(simulator.url), two):
            await connected(simulator.url, 2)
            await asyncio.to_thread(renamed, simulator.url, *map(str, range(20)))
            async with asyncio.timeout(SOON):
                while len(one.taken) + len(two.taken) < 20:
                    await asyncio.sleep(0.02)
        return len(one.taken), len(two.taken)

    one, two = asyncio.run(attempt())
    assert one + two == 20
    assert min(one, two) > 0


def test_a_server_that_stops_leaves_nobody_hanging() -> None:
    """The connection ends with the simulator, and so does the simulator."""

    async def attempt() -> None:
        with running(create_app(Simulated(), ROSTER)) as served:
            granted = post(f"{served.url}{OPEN}", json=ASKED, headers=JSON).json()
            socket = await connect(f"{granted['endpoint']}?ticket={granted['ticket']}")
        await asyncio.wait_for(socket.wait_closed(), SOON)
        assert socket.close_code == 1012

    asyncio.run(attempt())


VENDOR = """
    import asyncio, dingtalk_stream, sys
    from dingtalk_stream import AckMessage

    class Handler(dingtalk_stream.EventHandler):
        async def process(self, event):
            print(event.headers.event_type, event.headers.event_id, event.data, flush=True)
            return AckMessage.STATUS_OK, "OK"

    credential = dingtalk_stream.Credential("dingsimulatedapp", "simulated-secret")
    client = dingtalk_stream.DingTalkStreamClient(credential)
    client.register_all_event_handler(Handler())
    asyncio.run(client.start())
"""


def test_the_vendors_client_gets_the_events(simulator: Running) -> None:
    """dingtalk-stream connects, is told, acknowledges, answers a ping, and leaves when asked."""
    post(f"{simulator.url}/_sim/settings", json={"callback_limit": SOON}).raise_for_status()
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(VENDOR)],
        env={"DINGTALK_OPENAPI_ENDPOINT": simulator.url, "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as vendor:
        try:
            asyncio.run(connected(simulator.url))
            renamed(simulator.url, "a", "b")
            assert vendor.stdout is not None
            lines = [vendor.stdout.readline().split(maxsplit=2) for _ in range(2)]
            post(f"{simulator.url}/_sim/sockets", json={"end": "asked"})
            asyncio.run(connected(simulator.url, 2))
        finally:
            vendor.kill()
    assert [line[:2] for line in lines] == [
        ["org_dept_modify", "sim-event-000000000001"],
        ["org_dept_modify", "sim-event-000000000002"],
    ]
    assert lines[0][2].strip() == "{'deptId': [2]}"
    told = stats(simulator.url)
    assert (told["acknowledged"], told["failed"], told["misspoken"]) == (2, 0, 0)
