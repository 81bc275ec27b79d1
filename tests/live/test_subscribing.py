"""The state at a position and every event after it: over HTTP, and over NATS."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.js.api import ConsumerConfig, DeliverPolicy

from adapters.nats.client import connect
from domain.envelope import decode
from domain.rows import Rows
from orgledger.api import Event, State
from orgledger.bootstrap import Service
from orgledger.client import AsyncClient, ProblemError
from orgledger.live import answering, orgs
from tests.live.api_desk import ELSEWHERE, FOUNDED, READER, ApiDesk, renamed
from tests.live.live_desk import eventually


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiDesk, Service]]:
    made = ApiDesk(tmp_path_factory.mktemp("api"))
    with made.serving() as (opened, live):
        eventually(lambda: live.jobs["answer"].here)
        with made.client() as client:
            client.publish("acme", FOUNDED, key="founded")
        yield made, opened


def log(opened: Service, after: int = 0) -> list[tuple[int, str]]:
    """What the log itself says happened to the organization."""
    read = opened.ledger.read(after, scope="acme.directory")
    return [(e.position, e.fact.TOPIC) for batch in read for e in batch]


def told(events: list[Event]) -> list[tuple[int, str]]:
    return [(e.position, e.event) for e in events]


def test_the_state_is_the_roster_with_its_position(desk: tuple[ApiDesk, Service]) -> None:
    """Rows as `tree --json` has them, and the role groups, which events name too."""
    api, opened = desk
    with api.client(READER) as client:
        state = client.state("acme")
    directory = opened.views.directory("acme")
    assert (state.org, state.name, state.position) == ("acme", "Acme", directory.position)
    roster = Rows(directory).roster()
    assert (state.departments, state.members, state.roles) == (
        roster["departments"], roster["members"], roster["roles"],
    )  # fmt: skip
    (group,) = directory.role_groups.values()
    assert state.role_groups == [{"id": "g1", "uid": group.uid, "name": "Duties"}]


def test_a_state_that_one_has_is_not_sent_again(desk: tuple[ApiDesk, Service]) -> None:
    api, _ = desk
    first = api.call("GET", "/orgs/acme/state")
    assert first.headers["etag"] == f'"{first.json()["position"]}"'
    known = {"If-None-Match": first.headers["etag"]}
    for tags in (first.headers["etag"], f'"7", W/{first.headers["etag"]}', "*"):
        reply = api.call("GET", "/orgs/acme/state", headers={"If-None-Match": tags})
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply.headers["etag"] == first.headers["etag"]
        assert reply.headers.keys().isdisjoint({"content-length", "content-type"})
    api.call("POST", "/orgs/acme/events", json=[renamed("Olga")])
    assert api.call("GET", "/orgs/acme/state", headers=known).status_code == 200


def test_the_state_and_every_event_after_it_are_the_organization(
    desk: tuple[ApiDesk, Service],
) -> None:
    """Nothing is missing between the two, and nothing comes twice, whoever publishes meanwhile."""
    api, opened = desk
    with api.client() as client:
        begun = client.state("acme").position
        for number in range(3):
            client.publish("acme", [renamed(f"P{number}")])
        stream = client.events("acme", after=begun)
        found = [*islice(stream, 3)]
        for number in range(3, 6):
            client.publish("acme", [renamed(f"P{number}")])
        found += islice(stream, 3)
    assert told(found) == log(opened, begun)
    assert [e.fact["name"] for e in found] == [f"P{number}" for number in range(6)]
    assert {(e.org, e.kind, e.actor) for e in found} == {("acme", "member", "token:hr-portal")}


def test_from_the_beginning_the_whole_log_of_the_organization_comes(
    desk: tuple[ApiDesk, Service],
) -> None:
    api, opened = desk
    expected = log(opened)
    with api.client() as client:
        assert told([*islice(client.events("acme", after=0), len(expected))]) == expected


def test_an_event_comes_within_moments(desk: tuple[ApiDesk, Service]) -> None:
    api, _ = desk
    with api.client() as client:
        stream = client.events("acme", after=client.state("acme").position)
        took = []
        for number in range(5):
            client.publish("acme", [renamed(f"Q{number}")])
            begun = time.perf_counter()
            next(stream)
            took.append(time.perf_counter() - begun)
    assert sorted(took)[2] < 0.2


def test_it_is_a_stream_of_server_sent_events(desk: tuple[ApiDesk, Service]) -> None:
    """As an EventSource of a browser reads it: the id is the position, with which it comes back."""
    api, opened = desk
    expected = log(opened)
    headers = {"authorization": f"Bearer {READER}", "last-event-id": str(expected[1][0])}
    with httpx.stream("GET", f"{api.url}/orgs/acme/events?after=0", headers=headers) as reply:
        assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = islice(reply.iter_lines(), 4)
        assert [line for line in lines if line.startswith("id")] == [f"id: {expected[2][0]}"]


def test_asyncio_has_the_same_client(desk: tuple[ApiDesk, Service]) -> None:
    api, opened = desk

    async def work() -> list[Event]:
        async with AsyncClient(api.url, READER) as reader:
            state = await reader.state("acme")
            with pytest.raises(ProblemError, match="403 Forbidden"):
                await reader.publish("acme", [renamed("x")])
            found = []
            async for event in reader.events("acme", after=state.position - 1):
                found.append(event)
                return found
        raise AssertionError

    assert told(asyncio.run(work())) == log(opened)[-1:]


def test_who_may_not_read_is_told_nothing(desk: tuple[ApiDesk, Service]) -> None:
    api, _ = desk
    refused = pytest.raises(ProblemError, match="may not read the organization 'acme'")
    with api.client(ELSEWHERE) as client, refused:
        next(client.events("acme", after=0))


def test_a_caller_who_goes_away_leaves_nothing_behind(desk: tuple[ApiDesk, Service]) -> None:
    """Its stream ends here too."""
    api, _ = desk
    with api.client() as client:
        eventually(lambda: api.live.orgs.streams == 0, 5)
        stream = client.events("acme", after=0)
        next(stream)
        assert api.live.orgs.streams == 1
        stream.close()  # type: ignore[attr-defined]
        eventually(lambda: api.live.orgs.streams == 0, 5)


def test_a_caller_who_does_not_read_is_given_up(
    desk: tuple[ApiDesk, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or those who went silent would take the places of all others, of which there are so many."""
    monkeypatch.setattr(orgs, "UNREAD_S", 0.3)
    api, _ = desk
    eventually(lambda: api.live.orgs.streams == 0, 5)
    with socket.socket() as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.connect(("127.0.0.1", api.port))
        asked = b"GET /orgs/acme/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n\r\n"
        caller.sendall(asked % READER.encode())
        eventually(lambda: api.live.orgs.streams == 1, 5)
        with api.client() as client:
            for _ in range(8):
                changes = [
                    {"event": "MemberProfileChanged", "id": "u1", "details": {"cv": "x" * 50_000}}
                ]
                client.publish("acme", changes * 18)
        eventually(lambda: api.live.orgs.streams == 0, 10)


def test_a_stop_does_not_wait_for_streams_and_they_go_on_afterwards(tmp_path: Path) -> None:
    """A restart of the service costs a subscriber nothing."""
    api = ApiDesk(tmp_path)
    found: list[Event] = []

    def follow() -> None:
        with api.client() as client:
            found.extend(islice(client.events("acme", after=0), 8))

    with api.serving(), api.client() as client:
        client.publish("acme", FOUNDED)
        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        time.sleep(0.3)
        begun = time.monotonic()
    assert time.monotonic() - begun < 6
    with api.serving() as (opened, _), api.client() as client:
        for name in ("Rita", "Sue"):
            client.publish("acme", [renamed(name)])
        thread.join(20)
        assert told(found) == log(opened)
        assert len(found) == 8


async def asked(
    opened: Service, subject: str
) -> tuple[dict[str, Any], list[bytes], dict[str, str]]:
    """``nats request --wait-for-empty``: the parts of an answer put together."""
    client = await connect(opened.address)
    try:
        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox)
        await client.publish(subject, b"", reply=inbox)
        parts = []
        while (message := await subscription.next_msg(timeout=10)).data:
            parts.append(message.data)
        return json.loads(b"".join(parts)), parts, message.headers or {}
    finally:
        await client.close()


def test_over_nats_the_state_comes_in_parts_and_then_the_stream(
    desk: tuple[ApiDesk, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then a consumer of JetStream from the next position on: what docs/publish.md shows."""
    api, opened = desk
    monkeypatch.setattr(answering, "PART", 100)

    async def work() -> list[tuple[int, str]]:
        document, parts, headers = await asked(opened, "orgledger.state.acme")
        state = State(**document)
        assert headers["Orgledger-Position"] == str(state.position)
        assert headers["Orgledger-Parts"] == str(len(parts))
        assert len(parts) > 5
        with api.client() as caller:
            assert caller.state("acme") == state
            for name in ("Tom", "Uli"):
                caller.publish("acme", [renamed(name)])
        client = await connect(opened.address)
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=state.position + 1
        )
        subscription = await client.jetstream().subscribe(
            "orgledger.log.acme.directory.>", ordered_consumer=True, config=config
        )
        found = []
        for name in ("Tom", "Uli"):
            message = await subscription.next_msg(timeout=5)
            topic = message.subject.rpartition(".")[2]
            assert decode(topic, message.data).fact.name == name
            found.append((message.metadata.sequence.stream, topic))
        await client.close()
        assert found == log(opened, state.position)
        return found

    assert len(asyncio.run(work())) == 2


def test_over_nats_an_organization_that_is_not_there_is_a_problem(
    desk: tuple[ApiDesk, Service],
) -> None:
    _, opened = desk
    document, _, _ = asyncio.run(asked(opened, "orgledger.state.nobody"))
    assert document["status"] == 404
