"""What goes wrong between a sender and the service, to everything that is sent, but only once."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from eventsourcing.persistence import OperationalError

from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import PLAIN

ABORT = struct.pack("ii", 1, 0)
"""SO_LINGER: closing the socket resets the connection."""


class Disturbed(httpx.BaseTransport):
    """Sends requests. One that may change something meets the trouble ``kind`` at its first try."""

    def __init__(self, kind: str, ledger: Ledger) -> None:
        self._wire, self._ledger = httpx.HTTPTransport(verify=PLAIN), ledger
        self._known: set[tuple[str, str, bytes]] = set()
        self.struck = 0
        self._strike = STRIKES.get(kind)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        what = (request.method, str(request.url), request.read())
        if self._strike is None or request.method == "GET" or what in self._known:
            return self._wire.handle_request(request)
        self._known.add(what)
        self.struck += 1
        return self._strike(self, request)

    def close(self) -> None:
        self._wire.close()

    def _cut(self, request: httpx.Request) -> httpx.Response:
        """The connection is reset when half of the request has left."""
        head = f"{request.method} {request.url.raw_path.decode()} HTTP/1.1\r\n".encode()
        head += b"".join(b"%s: %s\r\n" % header for header in request.headers.raw) + b"\r\n"
        whole = head + request.read()
        with socket.create_connection((request.url.host, request.url.port or 80)) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            raw.sendall(whole[: max(len(head) // 2, len(whole) - 20)])
        raise httpx.WriteError("connection reset", request=request)

    def _unheard(self, request: httpx.Request) -> httpx.Response:
        """It was carried out, and the answer is lost."""
        self._wire.handle_request(request).read()
        raise httpx.ReadTimeout("no answer", request=request)

    def _twice(self, request: httpx.Request) -> httpx.Response:
        """It arrives twice, and the first answer is heard. A creation: see test_source_contract."""
        answer = self._wire.handle_request(request)
        answer.read()
        if request.method != "POST":
            self._wire.handle_request(request).read()
        return answer

    def _log_away(self, request: httpx.Request) -> httpx.Response:
        """The log takes nothing at this moment."""

        def nothing(*_given: Any, **_named: Any) -> Any:
            raise OperationalError("no servers available")

        with _instead(self._ledger.recorder, write=nothing, insert_events=nothing):
            return self._whole(request)

    def _log_unheard(self, request: httpx.Request) -> httpx.Response:
        """The log takes it, and the acknowledgement is lost."""
        write = self._ledger.recorder.write  # type: ignore[attr-defined]

        def taken(*given: Any, **named: Any) -> Iterator[Any]:
            list(write(*given, **named))
            raise OperationalError("no acknowledgement")
            yield  # the recorder's method is a generator

        with _instead(self._ledger.recorder, write=taken):
            return self._whole(request)

    def _whole(self, request: httpx.Request) -> httpx.Response:
        answer = self._wire.handle_request(request)
        answer.read()
        return answer


STRIKES: dict[str, Callable[[Disturbed, httpx.Request], httpx.Response]] = {
    "connections_reset": Disturbed._cut,
    "late_answers": Disturbed._unheard,
    "duplicate_rows": Disturbed._twice,
    "busy": Disturbed._log_away,
    "server_errors": Disturbed._log_unheard,
}
"""By what the contract suite calls them."""


@contextlib.contextmanager
def _instead(recorder: Any, **methods: Callable[..., Any]) -> Iterator[None]:
    for name, method in methods.items():
        setattr(recorder, name, method)
    try:
        yield
    finally:
        for name in methods:
            delattr(recorder, name)
