"""Whatever may answer at an address where a target should be."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple


class Page(NamedTuple):
    """An answer to everything."""

    status: int
    body: bytes = b"<!doctype html><title>Welcome</title>"
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/html"),)


PAGE = Page(200)
NOT_FOUND = Page(404)
LOGIN = Page(302, b"", (("location", "https://login.example/"),))


@contextmanager
def web(page: Page, wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[str]:
    """A web server that gives one page; yields ``host:port``."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 0.5

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
            pass

        def handle_one(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(page.status)
            for name, value in page.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A handshake that fails is what the test is about."""

        def finish_request(self, request: Any, client_address: Any) -> None:
            super().finish_request(wrap(request) if wrap else request, client_address)

    server = Quiet(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def secured(certificate: Path, key: Path) -> Iterator[str]:
    """A TLS server with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with web(PAGE, lambda peer: context.wrap_socket(peer, server_side=True)) as place:
        yield place


@contextmanager
def nobody() -> Iterator[str]:
    """A port where nobody listens, and nobody else can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def silence() -> Iterator[str]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
