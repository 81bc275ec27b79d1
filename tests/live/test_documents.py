"""The documents of the API are up to date, valid, and true; the examples do what they say."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from adapters.nats.client import connect
from adapters.webhook import signing
from adapters.webhook.signing import key_of
from orgledger import asyncapi, openapi
from orgledger.api import Notice, event
from orgledger.bootstrap import Service
from orgledger.engine.publish import PUBLISHABLE
from tests.engine.test_publish import FOUNDED as EVERYTHING
from tests.live.api_desk import FOUNDED, READER, TOKEN, ApiDesk, renamed
from tests.live.live_desk import eventually
from tests.live.test_notifying import SECRET, subscriber

ROOT = Path(__file__).parents[2]
REFERENCE, EXAMPLES = ROOT / "docs" / "reference", ROOT / "docs" / "examples"
PAGE = (ROOT / "docs" / "publish.md").read_text(encoding="utf-8")
OPENAPI = openapi.document()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiDesk, Service]]:
    made = ApiDesk(tmp_path_factory.mktemp("api"))
    with made.serving() as (opened, live):
        eventually(lambda: live.jobs["answer"].here)
        with made.client() as client:
            client.publish("acme", FOUNDED, key="founded")
        yield made, opened


@pytest.mark.parametrize("module", [openapi, asyncapi])
def test_the_document_is_the_one_that_make_docs_writes(module: Any) -> None:
    file = REFERENCE / f"{module.__name__.rpartition('.')[2]}.json"
    assert file.read_text(encoding="utf-8") == openapi.page(module.document()), "make docs"


def test_the_openapi_document_is_valid() -> None:
    validate(OPENAPI)


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi.document()
    references = re.findall(r'"\$ref":"#/([^"]+)"', msgspec.json.encode(document).decode())
    assert references
    for reference in references:
        found: Any = document
        for step in reference.split("/"):
            found = found[step]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def checked(schema: str, instance: Any) -> None:
    """``instance`` is as the document says."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": OPENAPI["components"]}
    Draft202012Validator(whole).validate(instance)


def described(path: str, method: str, status: int) -> tuple[str, str]:
    """Content type and schema of an answer, as the document says."""
    answer = OPENAPI["paths"][path][method]["responses"][str(status)]
    ((content_type, content),) = answer["content"].items()
    return content_type, content["schema"].get("$ref", "").rpartition("/")[2]


CALLS: list[tuple[str, str, dict[str, Any], int]] = [
    ("post", "events", {"json": [renamed("A")], "headers": {"Idempotency-Key": "d"}}, 201),
    ("post", "events", {"json": [renamed("A")], "headers": {"Idempotency-Key": "d"}}, 200),
    ("post", "events", {"content": "{"}, 400),
    ("post", "events", {"json": [], "token": None}, 401),
    ("post", "events", {"json": [], "token": READER}, 403),
    ("post", "events", {"content": b" " * 2**21}, 413),
    ("post", "events", {"json": [renamed("A", "nobody")]}, 422),
    ("post", "events", {"json": [], "org": "none"}, 404),
    ("post", "events", {"json": [renamed("A")], "org": "owned"}, 409),
    ("get", "state", {}, 200),
    ("get", "state", {"token": None}, 401),
    ("get", "state", {"token": READER, "org": "owned"}, 403),
    ("get", "state", {"org": "none"}, 404),
    ("get", "events", {"params": {"after": "x"}}, 400),
    ("get", "events", {"token": "unknown"}, 401),
    ("get", "events", {"token": READER, "org": "owned"}, 403),
    ("get", "events", {"org": "none"}, 404),
    ("get", "events", {"params": {"after": "999999999"}}, 422),
]


@pytest.mark.parametrize(("method", "what", "more", "status"), CALLS)
def test_answers_are_as_the_document_says(
    method: str, what: str, more: dict[str, Any], status: int, desk: tuple[ApiDesk, Service]
) -> None:
    api, _ = desk
    more = dict(more)
    reply = api.call(method.upper(), f"/orgs/{more.pop('org', 'acme')}/{what}", **more)
    assert reply.status_code == status, reply.text
    content_type, schema = described(f"/orgs/{{org}}/{what}", method, status)
    assert reply.headers["content-type"] == content_type
    assert headers_described(f"/orgs/{{org}}/{what}", method, status) <= reply.headers.keys()
    checked(schema, reply.json())


def headers_described(path: str, method: str, status: int) -> set[str]:
    told = OPENAPI["paths"][path][method]["responses"][str(status)].get("headers", {})
    return {name.lower() for name in told}


def test_a_state_that_one_has_is_answered_as_the_document_says(
    desk: tuple[ApiDesk, Service],
) -> None:
    api, _ = desk
    tag = api.call("GET", "/orgs/acme/state").headers["etag"]
    reply = api.call("GET", "/orgs/acme/state", headers={"If-None-Match": tag})
    assert (reply.status_code, reply.content) == (304, b"")
    assert headers_described("/orgs/{org}/state", "get", 304) <= reply.headers.keys()


def test_every_field_of_a_state_is_in_the_document(desk: tuple[ApiDesk, Service]) -> None:
    """So that a program can be written with nothing else at hand."""
    api, _ = desk
    state = api.call("GET", "/orgs/acme/state").json()
    schemas = OPENAPI["components"]["schemas"]
    assert state.keys() == schemas["State"]["properties"].keys()
    for name in ("departments", "role_groups", "members", "roles"):
        items = schemas["State"]["properties"][name]["items"]
        told = schemas[items["$ref"].rpartition("/")[2]]["properties"].keys()
        assert state[name]
        for row in state[name]:
            assert row.keys() <= told


def test_a_stream_is_as_the_document_says(desk: tuple[ApiDesk, Service]) -> None:
    """The data of each frame is an Event, its id the position."""
    api, opened = desk
    positions = [e.position for batch in opened.ledger.read(scope="acme.directory") for e in batch]
    content_type, _ = described("/orgs/{org}/events", "get", 200)
    headers = {"authorization": f"Bearer {READER}"}
    with httpx.stream("GET", f"{api.url}/orgs/acme/events", headers=headers) as reply:
        assert reply.headers["content-type"].partition(";")[0] == content_type
        lines = (line for line in reply.iter_lines() if line and not line.startswith(":"))
        for position in positions:
            assert next(lines) == f"id: {position}"
            one = json.loads(next(lines).removeprefix("data: "))
            checked("Event", one)
            assert one["position"] == position
            assert one.keys() <= OPENAPI["components"]["schemas"]["Event"]["properties"].keys()


def test_events_and_notices_are_as_the_document_says(desk: tuple[ApiDesk, Service]) -> None:
    _, opened = desk
    entries = [e for batch in opened.ledger.read(scope="acme.directory") for e in batch]
    events = tuple(map(event, entries))
    for one in events:
        checked("Event", msgspec.to_builtins(one))
    notice = Notice(id="x", timestamp=events[0].at, org="acme", events=events)
    checked("Notice", json.loads(msgspec.json.encode(notice)))


def test_what_can_be_published_is_as_the_document_says() -> None:
    """What is taken is in it, and what is refused for its form is not."""
    schemas = OPENAPI["components"]["schemas"]
    told = {one["$ref"].rpartition("/")[2] for one in schemas["Change"]["oneOf"]}
    assert told == set(PUBLISHABLE)
    for change in (*EVERYTHING, *FOUNDED):
        checked("Change", change)
    validator = Draft202012Validator(
        {"$ref": "#/components/schemas/Change", "components": OPENAPI["components"]}
    )
    for wrong in (7, {}, {"event": "MemberRename"}, renamed("x") | {"nam": 1}, {"id": "u1"}):
        assert not validator.is_valid(wrong)


def example(name: str, *arguments: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(EXAMPLES / name), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_examples_do_what_they_say(tmp_path: Path) -> None:
    """One publishes, once; two follow, over HTTP and over NATS."""
    api = ApiDesk(tmp_path)
    with api.serving() as (opened, live):
        eventually(lambda: live.jobs["answer"].here)
        address = opened.address
        login = f"{quote(address.user or '')}:{quote(address.password or '')}"
        nats = address.servers[0].replace("://", f"://{login}@")
        http = {"ORGLEDGER_URL": api.url, "ORGLEDGER_TOKEN": TOKEN}
        said = [example("publish.py", "acme", **http).communicate(timeout=20)[0] for _ in range(2)]
        assert re.fullmatch(r"4 events recorded, the last at position \d+\n", said[0])
        at = said[0].split()[-1]
        assert said[1].startswith("recorded before, as run-")
        following = [
            example("subscribe.py", "acme", **http),
            example("subscribe_nats.py", "acme", NATS_URL=nats),
        ]
        try:
            begun = [line(one) for one in following]
            assert begun == [f"Acme at position {at}: 1 people\n", f"Acme at position {at}\n"]
            with api.client() as client:
                client.publish("acme", [renamed("Han Mei")])
            lines = [line(one) for one in following]
        finally:
            for one in following:
                one.kill()
                one.communicate(timeout=10)
    position, uid = said_of(lines[1])
    assert lines == [f"{position} MemberRenamed Han Mei\n", f"{position} MemberRenamed {uid}\n"]
    assert uid.startswith("m-")


def test_the_example_of_a_receiver_takes_what_is_genuine(tmp_path: Path) -> None:
    """Each event once; what is signed with another key, stale or changed is refused."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}/told"
    receiving = example("receive.py", str(port), ORGLEDGER_SECRET=SECRET)
    try:
        assert line(receiving) == f"listening at port {port}\n"
        api = ApiDesk(tmp_path, subscriber("crm", url))
        with api.serving() as (opened, _), api.client() as client:
            client.publish("acme", FOUNDED)
            entries = [e for batch in opened.ledger.read(scope="acme.directory") for e in batch]
            for entry in entries:
                told = f"{entry.position} {entry.fact.TOPIC} {entry.fact.uid}\n"
                assert line(receiving) == told
        body = b'{"events": []}'
        right, wrong, now = key_of(SECRET), b"x" * 24, int(time.time())
        tries: list[tuple[list[bytes], int, bytes, int]] = [
            ([right], now, body, 204),
            ([wrong, right], now, body, 204),
            ([wrong], now, body, 401),
            ([right], now - 400, body, 401),
            ([right], now + 400, body, 401),
            ([right], now, body + b" ", 401),
        ]
        for keys, at, sent, status in tries:
            signed = dict(signing.headers(keys, "acme-1-1", at, body))
            assert httpx.post(url, content=sent, headers=signed).status_code == status
        assert httpx.post(url, content=body).status_code == 401
    finally:
        receiving.kill()
        receiving.communicate(timeout=10)


def line(one: subprocess.Popen[str]) -> str:
    assert one.stdout is not None
    return one.stdout.readline()


def said_of(said: str) -> tuple[str, str]:
    position, _, uid = said.split()
    return position, uid


def commands() -> list[list[str]]:
    """The lines of the page that are typed into a shell and begin with nats."""
    lines = re.findall(r"^\$ (nats (?:request|sub) .*)$", PAGE, re.MULTILINE)
    return [shlex.split(one) for one in lines]


def nats(*arguments: str) -> Any:
    """The options of the nats command line (natscli 0.4, nats request and nats sub)."""
    parser = ArgumentParser()
    which = parser.add_subparsers(dest="command", required=True)
    request = which.add_parser("request")
    request.add_argument("subject")
    request.add_argument("body")
    request.add_argument("-H", dest="headers", action="append", default=[])
    request.add_argument("--raw", action="store_true")
    request.add_argument("--wait-for-empty", action="store_true")
    sub = which.add_parser("sub")
    sub.add_argument("subject")
    sub.add_argument("--stream")
    sub.add_argument("--start-sequence", type=int)
    return parser.parse_args(arguments)


def test_the_lines_with_the_nats_command_do_what_they_say(desk: tuple[ApiDesk, Service]) -> None:
    """The same with nats-py, option by option: the command itself is no package of Python."""
    api, opened = desk
    publish, state, sub = (nats(*line[1:]) for line in commands())

    async def work() -> None:
        client = await connect(opened.address)
        try:
            headers = dict(header.split(":", 1) for header in publish.headers)
            reply = await client.request(
                publish.subject, publish.body.encode(), timeout=10, headers=headers
            )
            answer = json.loads(reply.data)
            checked("Published", answer)
            entry = opened.ledger.at(answer["position"])
            assert entry is not None
            assert entry.envelope.actor == "nats:hr"
            inbox = client.new_inbox()
            replies = await client.subscribe(inbox)
            await client.publish(state.subject, state.body.encode(), reply=inbox)
            assert state.wait_for_empty
            parts = []
            while (part := await replies.next_msg(timeout=10)).data:
                parts.append(part.data)
            checked("State", json.loads(b"".join(parts)))
            with api.client() as caller:
                expected = [
                    e.event for e in islice(caller.events("acme", after=0), answer["position"] // 2)
                ]
            assert sub.stream == opened.config.log.stream
            schemas = asyncapi.document()["components"]["schemas"]
            envelope = Draft202012Validator(
                schemas["Envelope"] | {"additionalProperties": False, "components": schemas}
            )
            events = await client.jetstream().subscribe(
                sub.subject, stream=sub.stream, ordered_consumer=True
            )
            for name in expected:
                message = await events.next_msg(timeout=10)
                assert message.subject.rpartition(".")[2] == name
                envelope.validate(json.loads(message.data))
        finally:
            await client.close()

    asyncio.run(work())


@pytest.mark.skipif(shutil.which("nats") is None, reason="the nats command line is not installed")
def test_the_nats_command_itself_publishes(desk: tuple[ApiDesk, Service]) -> None:
    _, opened = desk
    address = opened.address
    login = ["--user", address.user or "", "--password", address.password or ""]
    line = commands()[0]
    done = subprocess.run(
        [line[0], "-s", address.servers[0], *login, *line[1:]], capture_output=True, timeout=20
    )
    checked("Published", json.loads(done.stdout))
