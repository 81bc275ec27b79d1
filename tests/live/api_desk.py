"""A whole service with a generic organization, and the tokens with which it is called."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from orgledger import config as configuration
from orgledger.bootstrap import Service, open_service
from orgledger.client import Client
from orgledger.live.beside import beside
from orgledger.live.service import Live

TOKEN = "a-token-that-may-do-everything"
READER = "a-token-that-may-only-read-acme"
ELSEWHERE = "a-token-for-another-organization"

CONFIG = """\
[log]
url = "{log}"

[orgs.acme]
name = "Acme"

[orgs.owned]
source = "hr"

[systems.hr]
type = "roster"
org = "owned"
path = "roster.json"

[serve.tokens.hr-portal]
token = "{token}"
orgs = ["*"]

[serve.tokens.reader]
token = "{reader}"
orgs = ["acme"]
may = ["read"]

[serve.tokens.elsewhere]
token = "{elsewhere}"
orgs = ["owned"]
"""

ROSTER = {"departments": [{"id": "hq", "name": "HQ", "parent_id": None}], "members": []}

FOUNDED = [
    {"event": "DepartmentCreated", "id": "d1", "name": "Board"},
    {"event": "DepartmentCreated", "id": "d2", "name": "研发部", "parent": "d1"},
    {"event": "RoleGroupCreated", "id": "g1", "name": "Duties"},
    {"event": "RoleCreated", "id": "r1", "name": "Treasurer", "group": "g1"},
    {"event": "MemberCreated", "id": "u1", "name": "李雷", "departments": ["d2"],
     "email": "lilei@acme.example"},
]  # fmt: skip


def hashed(token: str) -> str:
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


def renamed(name: str, member: str = "u1") -> dict[str, Any]:
    return {"event": "MemberRenamed", "id": member, "name": name}


class ApiDesk:
    """Where the service listens, and how it is called."""

    live: Live

    def __init__(self, folder: Path, more: str = "", log: str = "embedded") -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        tokens = {
            "token": hashed(TOKEN), "reader": hashed(READER), "elsewhere": hashed(ELSEWHERE),
        }  # fmt: skip
        (folder / "roster.json").write_text(json.dumps(ROSTER))
        text = CONFIG.format(log=log, **tokens) + more
        (folder / "orgledger.toml").write_text(text, encoding="utf-8")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> configuration.Config:
        return configuration.load(self.folder / "orgledger.toml")

    @contextmanager
    def serving(self) -> Iterator[tuple[Service, Live]]:
        """The service in a thread; it answers when this is entered."""
        with open_service(self.config) as opened, beside(opened, self.port) as self.live:
            yield opened, self.live

    def client(self, token: str = TOKEN) -> Client:
        return Client(self.url, token)

    def call(
        self, method: str, path: str, token: str | None = TOKEN, **more: Any
    ) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return httpx.request(method, f"{self.url}{path}", headers=headers, timeout=20, **more)


def news(opened: Service, head: int) -> list[str]:
    """What was recorded of acme after ``head``; its neighbour is read by the service meanwhile."""
    return [e.fact.TOPIC for batch in opened.ledger.read(head, scope="acme") for e in batch]
