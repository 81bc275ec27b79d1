"""Subscribers: their address is told every event, in order, signed, until it takes it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from adapters.nats.bookmarks import Bookmarks
from adapters.nats.client import connect
from domain.errors import LogError
from orgledger.bootstrap import Service, open_service
from orgledger.engine.publications import Publisher
from orgledger.live import notifying
from tests.live.api_desk import FOUNDED, ApiDesk, renamed
from tests.live.live_desk import eventually

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def subscriber(name: str, url: str, past: bool = True, events: str = '["*"]') -> str:
    return f'''
[subscribers.{name}]
org = "acme"
url = "{url}"
secret = "{SECRET}"
past = {str(past).lower()}
events = {events}
'''


class Address:
    """Where a subscriber is told. ``answers`` says with which status."""

    def __init__(self) -> None:
        self.notices: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.status: Callable[[int], int] = lambda number: 204
        self.calls = 0

    @property
    def events(self) -> list[tuple[int, str]]:
        return [(e["position"], e["event"]) for n in self.notices for e in n["events"]]

    @contextmanager
    def open(self) -> Iterator[str]:
        """The URL, while it is open."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                Webhook(SECRET).verify(body, dict(self.headers.items()))
                outer.calls += 1
                status = outer.status(outer.calls)
                if status < 300:
                    outer.notices.append(json.loads(body))
                else:
                    outer.refused.append(str(self.headers["webhook-id"]))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Nothing is printed."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/told"
        finally:
            server.shutdown()
            server.server_close()
            thread.join(5)


Desk = tuple[ApiDesk, Service, Address, Address]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One service, a subscriber that wants everything and one that wants something."""
    every, some = Address(), Address()
    patch = pytest.MonkeyPatch()
    patch.setattr(notifying, "AGAIN_S", (0.05, 0.2))
    with every.open() as one, some.open() as other:
        more = subscriber("every", one) + subscriber("some", other, False, '["*Renamed", "RoleG*"]')
        api = ApiDesk(tmp_path_factory.mktemp("api"), more)
        with open_service(api.config) as opened:
            Publisher(opened.ledger, "acme", name="Acme").publish(FOUNDED, actor="user:x")
        with api.serving() as (opened, _):
            eventually(lambda: asyncio.run(marked(opened, "every")))
            eventually(lambda: asyncio.run(marked(opened, "some")))
            yield api, opened, every, some
    patch.undo()


async def marked(opened: Service, name: str) -> bool:
    """Whether it is remembered how far the subscriber is."""
    client = await connect(opened.address)
    try:
        return await Bookmarks(client).get(f"notify.{name}") is not None
    except LogError:
        return False  # not even the bucket is there
    finally:
        await client.close()


def log(opened: Service) -> list[tuple[int, str]]:
    read = opened.ledger.read(scope="acme.directory")
    return [(e.position, e.fact.TOPIC) for batch in read for e in batch]


def test_every_event_is_told_in_order_and_signed(desk: Desk) -> None:
    """From the first one with `past`; what comes later comes within moments."""
    api, opened, every, _ = desk
    eventually(lambda: every.events == log(opened))
    with api.client() as client:
        client.publish("acme", [renamed("Vera")])
    took = eventually(lambda: every.events == log(opened))
    newest = every.notices[-1]
    position = newest["events"][-1]["position"]
    assert newest["id"] == f"acme-{position}-{position}"
    assert (newest["type"], newest["org"]) == ("organization.changed", "acme")
    assert newest["events"][0]["fact"]["name"] == "Vera"
    assert took < 2


def test_a_new_subscriber_is_told_what_comes_and_only_what_it_wants(desk: Desk) -> None:
    api, opened, _, some = desk
    before = log(opened)[-1][0]
    grant = {"event": "RoleGranted", "id": "r1", "member": "u1"}
    moved = {"event": "DepartmentReordered", "id": "d1", "order": 1}
    with api.client() as client:
        client.publish("acme", [moved, grant, renamed("Wim")])

    def told() -> list[str]:
        return [event for position, event in some.events if position > before]

    eventually(lambda: len(told()) == 2)
    assert told() == ["RoleGranted", "MemberRenamed"]
    assert "RoleGroupCreated" not in [event for _, event in some.events]


def test_what_is_not_taken_is_told_again_and_nothing_after_it(desk: Desk) -> None:
    """Whatever it answers; meanwhile it can be seen that it does not take what it is told."""
    api, opened, every, _ = desk
    eventually(lambda: every.events == log(opened))
    taking, statuses, before = threading.Event(), (500, 400, 401, 410, 301), len(every.notices)
    every.status = lambda number: 200 if taking.is_set() else statuses[number % len(statuses)]
    with api.client() as client:
        client.publish("acme", [renamed("Wanda")])
        eventually(lambda: len(every.refused) > 6)
        ready = httpx.get(f"{api.url}/readyz").json()
        (job,) = [j for j in ready["jobs"] if j["name"] == "notify.every"]
        assert job["here"]
        assert job["trouble"].endswith("Fault")
        assert 'subscriber_hindered{system="every"} 1.0' in httpx.get(f"{api.url}/metrics").text
        client.publish("acme", [renamed("Xena")])
        assert len(every.notices) == before
    taking.set()
    eventually(lambda: every.events == log(opened))
    assert len(set(every.refused)) == 1
    eventually(lambda: api.live.jobs["notify.every"].trouble == "")
    assert 'subscriber_hindered{system="every"} 0.0' in httpx.get(f"{api.url}/metrics").text


def test_it_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    """Also with what it had not taken, and with what was published while it was away."""
    address = Address()
    with address.open() as url:
        api = ApiDesk(tmp_path, subscriber("every", url))
        with api.serving() as (opened, _), api.client() as client:
            client.publish("acme", FOUNDED)
            eventually(lambda: address.events == log(opened))
            address.status = lambda number: 503
            client.publish("acme", [renamed("Yves")])
            eventually(lambda: bool(address.refused))
        address.status = lambda number: 200
        with open_service(api.config) as opened:
            Publisher(opened.ledger, "acme", name="Acme").publish([renamed("Zoe")], actor="user:x")
        with api.serving() as (opened, _):
            eventually(lambda: address.events == log(opened))
            assert [event for _, event in address.events[-2:]] == ["MemberRenamed"] * 2


def test_a_stop_waits_until_what_was_taken_is_remembered(tmp_path: Path) -> None:
    """What a subscriber was taking when the service was told to stop is not told again."""
    address, taking, taken = Address(), threading.Event(), threading.Event()

    def slow(number: int) -> int:
        taking.set()
        taken.wait(10)
        return 200

    address.status = slow
    with address.open() as url:
        api = ApiDesk(tmp_path, subscriber("every", url))
        with api.serving(), api.client() as client:
            client.publish("acme", FOUNDED)
            assert taking.wait(10)
            threading.Timer(0.5, taken.set).start()
        address.status = lambda number: 200
        with api.serving() as (opened, _), api.client() as client:
            client.publish("acme", [renamed("Abel")])
            eventually(lambda: address.events[-1:] == log(opened)[-1:])
            assert address.events == log(opened)


def test_a_message_has_not_more_than_a_receiver_takes(desk: Desk) -> None:
    """Servers refuse long bodies, and would refuse the same one for ever."""
    api, opened, every, _ = desk
    eventually(lambda: every.events == log(opened))
    before = len(every.notices)
    with api.client() as client:
        for _ in range(3):
            client.publish(
                "acme",
                [
                    {"event": "MemberProfileChanged", "id": "u1", "details": {"cv": "x" * 50_000}}
                    for _ in range(18)
                ],
            )
    eventually(lambda: every.events == log(opened))
    sizes = [len(json.dumps(notice)) for notice in every.notices[before:]]
    assert sum(sizes) > 2_700_000
    assert max(sizes) < notifying.LARGEST + 20_000
