"""A door before a real SCIM server: counts writes, loses and refuses them, spoils answers."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
PASSED_ON = {"content-type", "authorization", "accept", "if-match"}


@dataclass(frozen=True)
class Seen:
    """A request that came. ``body`` is what it held, ``None`` without one."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class Canned:
    """What the next write gets. ``status`` 0 hangs up; ``forward`` does what was asked, first."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    forward: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def error(status: int, kind: str = "", detail: str = "li.lei@example.com is wrong") -> Canned:
    """An error of RFC 7644, section 3.12, whose detail quotes somebody's mail."""
    schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"]
    body = {"schemas": schemas, "status": str(status), "detail": detail}
    return Canned(status, {**body, "scimType": kind} if kind else body)


class Front:
    """A context manager; ``url`` is the server's address with the door's port."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._behind = (str(parts.hostname), int(parts.port or 80))
        self.seen: list[Seen] = []
        self.canned: deque[Canned] = deque()
        self.only: str = ""
        """The method that ``canned`` is for; empty: any write."""
        self.spoil: Callable[[Seen, Any], Any] = lambda seen, answer: answer
        """Changes a JSON answer to a GET."""
        self.asked: Callable[[dict[str, str]], dict[str, str]] = lambda query: query
        """Changes a query before it goes on."""
        self.missing: set[str] = set()
        """Paths below the base that are not there."""
        self.missing_as = 404
        """The status by which it says so; a gateway may have 403 for it."""
        self._lock = threading.Lock()
        front = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
                pass

            def handle_one(self) -> None:
                front.answer(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{parts.path}"

    def __enter__(self) -> Front:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def writes(self) -> list[Seen]:
        """The write requests so far, lookups apart."""
        return [seen for seen in self.seen if seen.method in WRITES]

    def operations(self) -> int:
        """Write operations so far: those inside of bulk requests counted one by one."""
        return sum(
            len(seen.body["Operations"]) if seen.path.endswith("/Bulk") else 1
            for seen in self.writes()
        )

    def paths(self, method: str) -> list[str]:
        """Paths below the base that were asked for, by method."""
        base = urlsplit(self.url).path
        return [s.path.removeprefix(base) for s in self.seen if s.method == method]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Pass a request on, or do to it what was arranged."""
        parts = urlsplit(handler.path)
        raw = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        headers = {k.lower(): v for k, v in handler.headers.items()}
        query = dict(parse_qsl(parts.query))
        seen = Seen(
            str(handler.command), parts.path, query, json.loads(raw) if raw else None, headers
        )
        with self._lock:
            self.seen.append(seen)
            fitting = seen.method in WRITES and self.only in ("", seen.method)
            canned = self.canned.popleft() if fitting and self.canned else None
        if parts.path.removeprefix(urlsplit(self.url).path) in self.missing:
            canned = error(self.missing_as)
        if canned is None or canned.forward:
            status, answered, content = self._pass_on(seen, raw)
        if canned is not None and not canned.status:
            handler.close_connection = True
            return
        if canned is not None:
            status, content = canned.status, canned.content
            answered = {"content-type": "application/scim+json", **canned.headers}
        elif seen.method == "GET" and content:
            content = json.dumps(self.spoil(seen, json.loads(content))).encode()
        handler.send_response(status)
        for name, value in answered.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def _pass_on(self, seen: Seen, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection(*self._behind, timeout=20)
        try:
            query = urlencode(self.asked(seen.query))
            path = f"{seen.path}?{query}" if query else seen.path
            headers = {k: v for k, v in seen.headers.items() if k in PASSED_ON}
            connection.request(seen.method, path, raw or None, headers)
            reply = connection.getresponse()
            kept = {"etag", "location", "content-type", "www-authenticate"}
            answered = {k.lower(): v for k, v in reply.getheaders() if k.lower() in kept}
            return reply.status, answered, reply.read()
        finally:
            connection.close()
