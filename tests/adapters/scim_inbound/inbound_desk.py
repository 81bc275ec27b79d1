"""An identity provider's side of the service: the real service over a real log, on loopback."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from adapters.nats.connection import Address
from adapters.scim_inbound.settings import ScimInboundSettings
from domain.directory import Directory
from domain.envelope import Entry
from domain.plausible import Limit, Limits
from domain.rows import Rows
from orgledger.bootstrap import Service, environment
from orgledger.config import Config, LogConfig, OrgConfig, SystemConfig
from orgledger.engine.runs import Run
from orgledger.engine.views import Views
from orgledger.ledger import Ledger
from orgledger.serving import hall

TOKEN = "a-token-of-the-tests-0123456789"
SYSTEM = "idp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
MEDIA = "application/scim+json"

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients: there is no TLS on loopback, and reading all certificates takes 50 ms."""

_ANY = Limit(percent=100, most=10**6)
UNGUARDED = Limits(members=_ANY, departments=_ANY, memberships=_ANY, grants=_ANY)

_numbers = itertools.count(1)


class Desk:
    """One organization, what pushes into it, and what the log says of it."""

    def __init__(self, ledger: Ledger, folder: Path, **settings: Any) -> None:
        self.ledger, self.folder = ledger, folder
        self.org = f"org{next(_numbers)}"
        self.settings = ScimInboundSettings(**{"token": TOKEN, **settings})
        self.guard = Limits()
        self.url = ""
        self.http = httpx.Client(verify=PLAIN)

    def service(self) -> Service:
        config = Config(
            folder=self.folder,
            orgs={self.org: OrgConfig(name="Acme", source=SYSTEM)},
            systems={
                SYSTEM: SystemConfig(
                    id=SYSTEM,
                    type="scim-inbound",
                    org=self.org,
                    settings=self.settings,
                    guard=self.guard,
                )
            },
        )
        return Service(config, self.ledger, Address.of(self.ledger.env))

    @contextlib.contextmanager
    def open(self) -> Iterator[Desk]:
        """The service runs while the context lasts; it can be opened again."""
        with hall(self.service()) as doors, listening(doors) as url:
            self.url = f"{url}/scim/{SYSTEM}/v2"
            headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": MEDIA}
            with httpx.Client(
                base_url=self.url, headers=headers, timeout=60, verify=PLAIN
            ) as self.http:
                yield self

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return (
            self.http.request(method, path, json=body, **more)
            if body is not None
            else (self.http.request(method, path, **more))
        )

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.http.get(path, params=query or None)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def user(self, login: str, **more: Any) -> str:
        """Create a user; its id."""
        body = {"schemas": [USER, ENTERPRISE], "userName": login, "externalId": f"x-{login}"}
        return self._made("/Users", {**body, **more})

    def group(self, name: str, *members: str, **more: Any) -> str:
        """Create a group; its id."""
        body = {"schemas": [GROUP], "displayName": name, "externalId": f"g-{name}"}
        return self._made("/Groups", {**body, "members": [{"value": m} for m in members], **more})

    def _made(self, path: str, body: dict[str, Any]) -> str:
        answer = self.ask("POST", path, body)
        assert answer.status_code == 201, answer.text
        made: str = answer.json()["id"]
        return made

    def patch(self, path: str, *operations: dict[str, Any]) -> httpx.Response:
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def directory(self) -> Directory:
        """The organization as everybody else reads it from the log."""
        return Views(self.ledger, self.folder).directory(self.org)

    def rows(self) -> Rows:
        return Rows(self.directory())

    def entries(self) -> list[Entry]:
        """Everything that the log has of the organization."""
        return [entry for batch in self.ledger.read(scope=self.org) for entry in batch]

    def facts(self) -> list[str]:
        """The names of the facts about the organization itself, in order."""
        return [e.fact.TOPIC for e in self.entries() if e.fact.KIND != "run"]

    def runs(self) -> list[Run]:
        found = Views(self.ledger, self.folder).runs().by_id.values()
        return [run for run in found if run.org == self.org]


@contextlib.contextmanager
def listening(app: Any) -> Iterator[str]:
    """Serve an ASGI application on a free port of loopback; its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        # asyncio does not: without it the second half of an answer waits 40 ms for the first
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port = listener.getsockname()[1]
        config = uvicorn.Config(app, ws="none", lifespan="on", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.005)
        assert server.started
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(20)


def opened(connection: dict[str, str]) -> Ledger:
    """A ledger on the log of the tests."""
    return Ledger(environment(LogConfig(), connection))
