"""nats-py's protocol parser, with a short way for messages that go to a sink.

nats-py matches a regular expression for every message and cuts it out of its buffer: a third of
what reading the log costs. Here a message is found by its lengths
(https://docs.nats.io/reference/reference-protocols/nats-protocol, HMSG):
``HMSG <subject> <sid> [reply] <bytes of headers> <bytes in all>``, headers and payload.
Everything else is nats-py's own business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

Sink = Callable[[bytes, bytes, bytes, bytes], None]
"""Takes subject, reply subject, payload and header block of one message."""

_KEPT = 64 * 1024
"""Bytes of an incomplete message that are looked at again with what follows."""


class SinkParser(Parser):
    """Hands messages of the subscriptions in ``sinks`` over directly, by their number."""

    def __init__(self, client: Any, sinks: Mapping[int, Sink]) -> None:
        super().__init__(client)
        self._sinks = sinks

    async def parse(self, data: bytes = b"") -> None:
        """Take the next bytes from the socket."""
        if self.state == AWAITING_CONTROL_LINE:
            if self.buf:
                data = bytes(self.buf) + data
                self.buf.clear()
            data = data[deliver(data, self._sinks) :]
            if data.startswith(b"HMSG ") and len(data) < _KEPT:
                self.buf.extend(data)
                if not self._foreign(data):
                    return
                data = b""
        await super().parse(data)

    def _foreign(self, data: bytes) -> bool:
        """Whether ``data`` begins with a whole control line of somebody else's message."""
        line, found, _ = data.partition(b"\r\n")
        return bool(found) and int(line.split(b" ")[2]) not in self._sinks


def deliver(data: bytes, sinks: Mapping[int, Sink]) -> int:
    """Give the whole messages at the beginning of ``data`` to their sinks; the bytes they took.

    Ends at anything else, at a message of no sink, and at an incomplete one.
    """
    at, size = 0, len(data)
    while data.startswith(b"HMSG ", at):
        line = data.find(b"\r\n", at)
        if line < 0:
            break
        words = data[at:line].split(b" ")
        begin = line + 2
        end = begin + int(words[-1])
        sink = sinks.get(int(words[2]))
        if sink is None or end + 2 > size:
            break
        body = begin + int(words[-2])
        reply = words[3] if len(words) == 6 else b""
        sink(words[1], reply, data[body:end], data[begin:body])
        at = end + 2
    return at
