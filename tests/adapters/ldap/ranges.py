"""A proxy that gives ``member`` in parts, as Active Directory does (MS-ADTS 3.1.1.3.1.3.3)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

from tests.adapters.ldap.proxy import close, message

RANGE = b";range="
SEQUENCE, SET, TEXT = 0x30, 0x31, 0x04
SEARCH, ENTRY, REFERENCE = 0x63, 0x64, 0x73
"""Tags of LDAP's messages (RFC 4511)."""


class InParts:
    """A context manager; ``size`` values make a part, ``cut`` counts the parts that were not all.

    ``stuck``: every part is the first one. ``meanwhile`` is told the entry's DN, once,
    before a second part.
    """

    def __init__(
        self,
        url: str,
        *,
        size: int,
        stuck: bool = False,
        meanwhile: Callable[[str], object] | None = None,
    ) -> None:
        self._to, self._size, self._stuck = urlsplit(url).port, size, stuck
        self._meanwhile = meanwhile
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self.cut = 0

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
            server = socket.create_connection(("127.0.0.1", self._to or 0))
            self._sockets += [client, server]
            threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while request := message(client):
                start, request = self._asked(request)
                server.sendall(request)
                while answer := message(server):
                    last, answer = self._answered(start, answer)
                    client.sendall(answer)
                    if last:
                        break
        except OSError:
            pass
        close(client)
        close(server)

    def _asked(self, request: bytes) -> tuple[int, bytes]:
        """The first value that is wanted, and the request as slapd understands it."""
        number, operation, *controls = inside(request)
        if operation[0] != SEARCH:
            return 0, request
        *what, wanted = inside(operation)
        start, names = 0, []
        for name in map(content, inside(wanted)):
            bare, is_range, told = name.partition(RANGE)
            if is_range:
                start = int(told.partition(b"-")[0])
                work, self._meanwhile = self._meanwhile, None
                if work is not None:
                    work(content(what[0]).decode())
            names.append(made(TEXT, bare))
        search = made(SEARCH, *what, made(SEQUENCE, *names))
        return start, made(SEQUENCE, number, search, *controls)

    def _answered(self, start: int, answer: bytes) -> tuple[bool, bytes]:
        number, operation, *controls = inside(answer)
        if operation[0] != ENTRY:
            return operation[0] != REFERENCE, answer
        dn, attributes = inside(operation)
        cut = [self._cut(a, 0 if self._stuck else start) for a in inside(attributes)]
        entry = made(ENTRY, dn, made(SEQUENCE, *cut))
        return False, made(SEQUENCE, number, entry, *controls)

    def _cut(self, attribute: bytes, start: int) -> bytes:
        name, values = inside(attribute)
        found, end = inside(values), start + self._size
        if content(name) != b"member" or (not start and len(found) <= self._size):
            return attribute
        last = "*" if end >= len(found) else str(end - 1)
        self.cut += last != "*"
        shown = made(TEXT, b"member" + RANGE + f"{start}-{last}".encode())
        return made(SEQUENCE, shown, made(SET, *found[start:end]))


def inside(element: bytes) -> list[bytes]:
    """The elements within one (BER, definite lengths only, as LDAP has it)."""
    data, found = content(element), []
    while data:
        size = len(data) if len(data) < 2 else _head(data) + _length(data)
        found.append(data[:size])
        data = data[size:]
    return found


def content(element: bytes) -> bytes:
    """What an element holds."""
    return element[_head(element) :]


def made(tag: int, *parts: bytes) -> bytes:
    """One element."""
    data = b"".join(parts)
    return bytes([tag, 0x84]) + len(data).to_bytes(4, "big") + data


def _head(element: bytes) -> int:
    return 2 + (element[1] & 0x7F if element[1] & 0x80 else 0)


def _length(element: bytes) -> int:
    if element[1] & 0x80:
        return int.from_bytes(element[2 : _head(element)], "big")
    return element[1]
