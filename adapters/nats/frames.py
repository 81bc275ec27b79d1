"""Messages as the bytes of the NATS client protocol. Pure.

``HPUB <subject> [reply] <bytes of headers> <bytes in all>``, then headers and payload
(https://docs.nats.io/reference/reference-protocols/nats-protocol, HPUB).
"""

from __future__ import annotations

_AROUND = len(b"NATS/1.0\r\n\r\n")


def frame(subject: str, reply: str, headers: str, payload: bytes) -> bytes:
    """One message; ``headers`` are whole lines. Nothing in it is checked: all of it is our own."""
    size = _AROUND + (len(headers) if headers.isascii() else len(headers.encode()))
    where = f"{subject} {reply}" if reply else subject
    head = f"HPUB {where} {size} {size + len(payload)}\r\nNATS/1.0\r\n{headers}\r\n"
    return b"%b%b\r\n" % (head.encode(), payload)
