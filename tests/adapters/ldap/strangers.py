"""Servers that are no LDAP servers, or bad ones, on a free port of 127.0.0.1."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Self

from tests.adapters.ldap.proxy import close, message, opening, result

Manner = Callable[[socket.socket], None]
"""What a server does with one connection, until it returns or the connection breaks."""

BIND, EXTENDED = 0x61, 0x78
"""Tags of the answers to a bind and to StartTLS (RFC 4511)."""


class Stranger:
    """A context manager; ``manner`` says what it is like."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.close()
        for peer in self._sockets:
            close(peer)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            self._manner(client)
        except OSError:
            pass
        close(client)


def says(words: bytes) -> Manner:
    """Answers every request with the same bytes."""

    def manner(client: socket.socket) -> None:
        while client.recv(4096):
            client.sendall(words)

    return manner


def lets_in(then: Manner, welcome: int = BIND) -> Manner:
    """Says yes to the first request, and ``then`` is on its own."""

    def manner(client: socket.socket) -> None:
        number, _ = opening(message(client))
        client.sendall(result(number, welcome, 0))
        then(client)

    return manner


def silent(client: socket.socket) -> None:
    """Takes what comes and never answers."""
    while client.recv(4096):
        pass


def drips(client: socket.socket) -> None:
    """Answers a request with one long message, a byte now and then."""
    client.recv(4096)
    client.sendall(bytes.fromhex("308400100000"))
    stop = threading.Event()
    while not stop.wait(0.05):
        client.sendall(b"\0")
