"""A proxy in front of slapd that counts writes and spoils some of them (plain LDAP only)."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from typing import Literal

Spoil = Literal["lost_reply", "reset", "busy", "error"]

SEARCH = 0x63
ANSWERS = {0x68: 0x69, 0x66: 0x67, 0x6C: 0x6D, 0x4A: 0x6B, SEARCH: 0x65}
"""Tags of add, modify, modrdn, delete and search requests, and of the last word to each
(RFC 4511)."""

CODES: dict[Spoil | None, int] = {"busy": 51, "error": 80}


class Proxy:
    """Listens on a free port and passes everything on to ``port``; a context manager.

    ``spoiled`` is what happens to the next writes, once ``after`` of them have passed;
    ``searches_spoiled`` to the next searches.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self.spoiled: deque[Spoil] = deque()
        self.searches_spoiled: deque[Spoil] = deque()
        self.writes, self.after, self.searches = 0, 0, 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Proxy:
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
            try:
                server = socket.create_connection(("127.0.0.1", self._to))
            except OSError:  # the server is away
                close(client)
                continue
            self._sockets += [client, server]
            threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        """One request at a time, as our client sends them."""
        try:
            while request := message(client):
                number, tag = opening(request)
                if tag == 0x42:  # unbind has no answer
                    break
                self.searches += tag == SEARCH
                spoil = self._spoil(tag) if tag in ANSWERS else None
                if spoil == "reset":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                if spoil in CODES:
                    client.sendall(result(number, ANSWERS[tag], CODES[spoil]))
                    continue
                server.sendall(request)
                answers = b""
                while answer := message(server):
                    answers += answer
                    if opening(answer)[1] not in (0x64, 0x73):  # entries and references precede
                        break
                if spoil == "lost_reply" or not answers:
                    break
                client.sendall(answers)
        except OSError:
            pass
        close(client)
        close(server)

    def _spoil(self, tag: int) -> Spoil | None:
        with self._lock:
            if tag == SEARCH:
                return self.searches_spoiled.popleft() if self.searches_spoiled else None
            self.writes += 1
            due = self.spoiled and self.writes > self.after
            return self.spoiled.popleft() if due else None


def message(peer: socket.socket) -> bytes:
    """One whole LDAP message, or nothing at the end."""
    head = _exactly(peer, 2)
    if not head:
        return b""
    size, more = head[1], b""
    if size & 0x80:
        more = _exactly(peer, size & 0x7F)
        size = int.from_bytes(more, "big")
    return head + more + _exactly(peer, size)


def _exactly(peer: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = peer.recv(size - len(found))
        if not part:
            return b""
        found += part
    return found


def opening(message: bytes) -> tuple[bytes, int]:
    """The message id as it was sent, and the tag of the operation."""
    start = 2 + (message[1] & 0x7F if message[1] & 0x80 else 0)
    end = start + 2 + message[start + 1]
    return message[start:end], message[end]


def result(number: bytes, tag: int, code: int) -> bytes:
    answer = bytes([tag, 7, 0x0A, 1, code, 0x04, 0, 0x04, 0])
    return bytes([0x30, len(number) + len(answer)]) + number + answer


def close(peer: socket.socket) -> None:
    try:
        peer.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    peer.close()
