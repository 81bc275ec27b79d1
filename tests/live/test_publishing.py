"""What other programs publish, over HTTP and NATS: checked, recorded once, answered."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.nats.client import connect
from domain.rows import Rows
from orgledger.api import Published
from orgledger.bootstrap import Service, open_service
from orgledger.client import ProblemError
from orgledger.engine.publications import Publisher
from orgledger.live.publishing import LARGEST
from tests.live.api_desk import ELSEWHERE, FOUNDED, READER, TOKEN, ApiDesk, news, renamed
from tests.live.live_desk import eventually


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiDesk, Service]]:
    """One service for the module; tests do not need an empty log."""
    made = ApiDesk(tmp_path_factory.mktemp("api"))
    with made.serving() as (opened, live):
        eventually(lambda: live.jobs["answer"].here)
        with made.client() as client:
            client.publish("acme", FOUNDED, key="founded")
        yield made, opened


def name(opened: Service, member: str = "u1") -> str:
    rows = Rows(opened.views.directory("acme")).roster()["members"]
    return next(str(row["name"]) for row in rows if row["id"] == member)


def request(
    opened: Service, subject: str, body: bytes, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """What ``nats request`` does: one request, one reply."""

    async def ask() -> bytes:
        client = await connect(opened.address)
        try:
            found = await client.request(subject, body, timeout=10, headers=headers or {})
            return bytes(found.data)
        finally:
            await client.close()

    answer: dict[str, Any] = json.loads(asyncio.run(ask()))
    return answer


def test_it_is_answered_with_the_position_and_is_in_the_log(desk: tuple[ApiDesk, Service]) -> None:
    """Over HTTP: 201 with run, events and position; the actor is the token's name."""
    api, opened = desk
    reply = api.call("POST", "/orgs/acme/events", json=[renamed("Anna")])
    assert reply.status_code == 201, reply.text
    answer = reply.json()
    assert answer.keys() == {"run", "events", "position", "repeated"}
    entry = opened.ledger.at(answer["position"])
    assert entry is not None
    assert (entry.fact.TOPIC, entry.envelope.actor) == ("MemberRenamed", "token:hr-portal")
    assert entry.envelope.run == answer["run"]
    assert name(opened) == "Anna"


def test_json_lines_and_one_object_are_taken_too(desk: tuple[ApiDesk, Service]) -> None:
    api, opened = desk
    lines = "\n".join(json.dumps(renamed(n)) for n in ("Bea", "Cleo"))
    assert api.call("POST", "/orgs/acme/events", content=lines).json()["events"] == 2
    assert api.call("POST", "/orgs/acme/events", json=renamed("Dora")).json()["events"] == 1
    marked = b"\xef\xbb\xbf" + json.dumps(renamed("Dot")).encode()
    assert api.call("POST", "/orgs/acme/events", content=marked).status_code == 201
    assert name(opened) == "Dot"


def test_a_key_is_taken_once_over_every_way_in(desk: tuple[ApiDesk, Service]) -> None:
    """What came over HTTP is a repetition over NATS and for the command line, and says so."""
    api, opened = desk
    first = api.call(
        "POST", "/orgs/acme/events", json=[renamed("Eve")], headers={"Idempotency-Key": "k-1"}
    )
    again = api.call(
        "POST", "/orgs/acme/events", json=[renamed("Fay")], headers={"Idempotency-Key": "k-1"}
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"repeated": True}
    body = json.dumps(renamed("Gia")).encode()
    assert request(opened, "orgledger.publish.acme", body, {"Nats-Msg-Id": "k-1"}) == again.json()
    publisher = Publisher(opened.ledger, "acme", name="Acme")
    told = publisher.publish([renamed("Hal")], actor="user:x", key="k-1")
    assert told == Published(**again.json())
    assert name(opened) == "Eve"


def test_over_nats_the_reply_is_the_position_and_the_actor_is_named(
    desk: tuple[ApiDesk, Service],
) -> None:
    _, opened = desk
    body = json.dumps([renamed("Ida")]).encode()
    headers = {"Nats-Msg-Id": "n-1", "Orgledger-Actor": "hr"}
    answer = request(opened, "orgledger.publish.acme", body, headers)
    entry = opened.ledger.at(answer["position"])
    assert entry is not None
    assert entry.envelope.actor == "nats:hr"
    assert name(opened) == "Ida"


WRONG = [
    ([renamed("x", "u9"), 7], 422, "event 1: there is no member 'u9'"),
    ([renamed("x"), {"event": "MemberRename"}], 422, "event 2: 'event' is not the name"),
]


@pytest.mark.parametrize(("changes", "status", "said"), WRONG)
def test_every_mistake_is_answered_and_nothing_is_recorded(
    changes: list[Any], status: int, said: str, desk: tuple[ApiDesk, Service]
) -> None:
    """The same problem document over HTTP and NATS."""
    api, opened = desk
    head = opened.ledger.head
    reply = api.call("POST", "/orgs/acme/events", json=changes)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem["errors"][0].startswith(said)
    assert problem["status"] == status
    body = json.dumps(changes).encode()
    assert request(opened, "orgledger.publish.acme", body) == problem
    assert not news(opened, head)


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("POST", "/orgs/acme/events", None, 401),
        ("POST", "/orgs/acme/events", "not-a-token-that-is-known", 401),
        ("GET", "/orgs/acme/state", None, 401),
        ("GET", "/orgs/acme/events", None, 401),
        ("GET", "/orgs/nobody/anything", None, 401),
        ("POST", "/orgs/acme/events", READER, 403),
        ("POST", "/orgs/acme/events", ELSEWHERE, 403),
        ("GET", "/orgs/acme/state", ELSEWHERE, 403),
        ("GET", "/orgs/nobody/state", READER, 403),
        ("GET", "/orgs/nobody/state", "", 404),
        ("GET", "/orgs/acme/nothing", "", 404),
        ("POST", "/orgs/acme", "", 404),
        ("DELETE", "/orgs/acme/events", "", 405),
        ("POST", "/orgs/owned/events", "", 409),
        ("GET", "/orgs/acme/events?after=x", "", 400),
        ("GET", "/orgs/acme/events?after=99999999", "", 422),
    ],
)
def test_who_may_not_is_told_why(
    method: str, path: str, token: str | None, status: int, desk: tuple[ApiDesk, Service]
) -> None:
    """Refused with a document, whatever is asked, and nothing is recorded."""
    api, opened = desk
    head = opened.ledger.head
    token = {"token": token} if token != "" else {}  # type: ignore[assignment]
    reply = api.call(method, path, json=[renamed("x")], **token)  # type: ignore[arg-type]
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["status"] == status
    assert ("www-authenticate" in reply.headers) == (status == 401)
    assert reply.headers.get("allow") == ("POST, GET, HEAD" if status == 405 else None)
    assert not news(opened, head)


def test_a_body_is_taken_up_to_the_limit(desk: tuple[ApiDesk, Service]) -> None:
    """1 MiB; more is refused before it is read, also where no length is told."""
    api, opened = desk
    fits = json.dumps([renamed("Jil")]).encode().ljust(LARGEST)
    assert api.call("POST", "/orgs/acme/events", content=fits).status_code == 201

    def parts() -> Iterator[bytes]:
        yield fits
        yield b" "

    for content in (fits + b" ", parts()):
        assert api.call("POST", "/orgs/acme/events", content=content).status_code == 413
    too_long = request(opened, "orgledger.publish.acme", fits + b" ")
    assert too_long["status"] == 413


def test_a_body_that_is_nested_too_deeply_is_refused(desk: tuple[ApiDesk, Service]) -> None:
    api, opened = desk
    body = b"[" * 100_000 + b"]" * 100_000
    reply = api.call("POST", "/orgs/acme/events", content=body)
    assert (reply.status_code, reply.json()["errors"]) == (400, ["it is nested too deeply"])
    assert request(opened, "orgledger.publish.acme", body) == reply.json()


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "ü"])
def test_a_key_that_is_none_is_refused(key: str, desk: tuple[ApiDesk, Service]) -> None:
    api, _ = desk
    headers = {"Idempotency-Key": key.encode()}
    reply = api.call("POST", "/orgs/acme/events", json=[renamed("x")], headers=headers)
    assert reply.status_code == 400


def test_other_subjects_and_actors_are_refused(desk: tuple[ApiDesk, Service]) -> None:
    _, opened = desk
    body = json.dumps([renamed("x")]).encode()
    assert request(opened, "orgledger.publish.nobody", body)["status"] == 404
    assert request(opened, "orgledger.publish.owned", body)["status"] == 409
    answer = request(opened, "orgledger.publish.acme", body, {"Orgledger-Actor": "a b"})
    assert answer["status"] == 400


def test_one_publication_costs_milliseconds(desk: tuple[ApiDesk, Service]) -> None:
    """The organization and the keys are at hand: the log is not read for each."""
    api, _ = desk
    with httpx.Client(headers={"authorization": f"Bearer {TOKEN}"}) as client:
        took = []
        for number in range(15):
            begun = time.perf_counter()
            reply = client.post(f"{api.url}/orgs/acme/events", json=[renamed(f"K{number}")])
            took.append(time.perf_counter() - begun)
            assert reply.status_code == 201
    assert sorted(took)[len(took) // 2] < 0.25


def test_two_at_once_under_one_key_make_one_recording(desk: tuple[ApiDesk, Service]) -> None:
    """Also from two processes' publishers, which know nothing of each other."""
    _, opened = desk
    with open_service(opened.config) as other:
        publishers = [Publisher(service.ledger, "acme", name="Acme") for service in (opened, other)]
        for number in range(12):
            barrier = threading.Barrier(2)

            def publish(
                publisher: Publisher, number: int = number, barrier: threading.Barrier = barrier
            ) -> Published:
                barrier.wait(10)
                return publisher.publish(
                    [renamed(f"L{number}")], actor="user:x", key=f"both-{number}"
                )

            with ThreadPoolExecutor(2) as pool:
                answers = list(pool.map(publish, publishers))
            assert sorted(a.repeated for a in answers) == [False, True], number
            assert len({(a.run, a.position) for a in answers}) == 1


def test_two_at_once_under_two_keys_are_both_recorded(desk: tuple[ApiDesk, Service]) -> None:
    _, opened = desk
    with open_service(opened.config) as other:
        publishers = [Publisher(service.ledger, "acme", name="Acme") for service in (opened, other)]
        barrier = threading.Barrier(2)

        def publish(number: int) -> list[Published]:
            barrier.wait(10)
            return [
                publishers[number].publish(
                    [renamed(f"M{number}{n}")], actor="user:x", key=f"apart-{number}-{n}"
                )
                for n in range(6)
            ]

        with ThreadPoolExecutor(2) as pool:
            answers = [a for found in pool.map(publish, range(2)) for a in found]
    assert not any(a.repeated for a in answers)
    assert len({a.position for a in answers}) == 12


def test_a_key_is_known_after_a_restart(tmp_path: Path) -> None:
    """It is in the log, and nowhere else."""
    api = ApiDesk(tmp_path)
    with api.serving(), api.client() as client:
        first = client.publish("acme", FOUNDED, key="once")
        client.publish("acme", [renamed("Nan")])
    with api.serving() as (opened, _), api.client() as client:
        again = client.publish("acme", FOUNDED, key="once")
        assert (again.run, again.position, again.repeated) == (first.run, first.position, True)
        assert name(opened) == "Nan"
        with pytest.raises(ProblemError, match="the department 'd1' exists already"):
            client.publish("acme", FOUNDED)
