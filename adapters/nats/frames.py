"""Messages as the bytes of the NATS client protocol. Pure.

``HPUB <subject> [reply] <bytes of headers> <bytes in all>``, then headers and payload
(https://docs.nats.io/reference/reference-protocols/nats-protocol, HPUB).
"""

from __future__ import annotations

from collections.abc import Mapping


def frame(subject: str, reply: str, headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message with headers. Nothing in it is checked: subject and headers are our own."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    head = f"NATS/1.0\r\n{lines}\r\n".encode()
    size = len(head)
    where = f"{subject} {reply}" if reply else subject
    command = f"HPUB {where} {size} {size + len(payload)}\r\n".encode()
    return b"".join((command, head, payload, b"\r\n"))
